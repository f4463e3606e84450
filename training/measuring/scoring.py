"""Scores the described videos of a catalog with a trained network."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.features import FeatureStore
from vidcat.inference.video import Video
from vidcat.inference.visual_categorizer import VisualCategorizer

_AT_ONCE = 256
"""Videos whose features are held in memory together."""


def score_videos(
    network: VisualCategorizer,
    videos: Sequence[Video],
    store: FeatureStore,
    *,
    as_of: datetime,
) -> NDArray[np.float32]:
    """Scores videos from their stored features.

    Args:
        network: The network.
        videos: N rows, each with features in `store`.
        store: The features.
        as_of: The time at which the age of a video is taken.

    Returns:
        Logits of shape `(N, labels)`.
    """
    logits = np.empty((len(videos), network.labels), np.float32)
    for start in range(0, len(videos), _AT_ONCE):
        rows = videos[start : start + _AT_ONCE]
        encoder = network.metadata
        logits[start : start + len(rows)] = network.logits(
            [store[row.id].frames() for row in rows],
            None if encoder is None else encoder.encode(rows, as_of=as_of),
        )
    return logits
