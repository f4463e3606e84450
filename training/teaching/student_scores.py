"""What a visual model says of a catalog, in the columns of its teacher."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vidcat.inference.bundle import Bundle
from vidcat.inference.feature_store.accepted_sampling import require_sampling
from vidcat.inference.features import FeatureStore
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.scoring import score_videos


class NothingInCommon(ValueError):
    """Teacher and student cannot be compared; the text says in what."""


def student_probabilities(
    folder: Path, videos: Sequence[Video], store: FeatureStore, label_set: LabelSet
) -> npt.NDArray[np.float64]:
    """Scores the described videos of a catalog with a bundle's visual categorizer.

    Args:
        folder: The bundle.
        videos: N rows of a catalog.
        store: The features of some of them.
        label_set: The teacher's L categories.

    Returns:
        Calibrated probabilities of shape `(N, L)`; NaN where a video has no features
        or the student not the category.

    Raises:
        InvalidBundle: If the folder holds no whole bundle.
        FeatureSpaceMismatch: If the features are of another space or sampling.
        NothingInCommon: If no video has features, or the two share no category.
    """
    bundle = Bundle.load(folder, visual_only=True)
    bundle.space.require_same(store.space)
    require_sampling(folder, bundle.sampling, store.sampling)
    if bundle.label_set.taxonomy_version != label_set.taxonomy_version:
        raise NothingInCommon(
            f"{folder}: the labels must be of the taxonomy of the text categorizer, "
            f"{label_set.taxonomy_version}. Received: "
            f"{bundle.label_set.taxonomy_version}"
        )
    shared = [one for one in bundle.label_set.ids if one in label_set]
    rows = [row for row, video in enumerate(videos) if video.id in store]
    if not shared or not rows:
        raise NothingInCommon(
            f"{folder}: videos of the catalog must have features, and the bundle "
            f"categories of the text categorizer. Received: {len(rows)} of "
            f"{len(videos)} videos with features, {len(shared)} common categories"
        )
    logits = score_videos(
        bundle.visual,
        [videos[row] for row in rows],
        store,
        as_of=datetime.fromisoformat(bundle.provenance["as_of"]),
    )
    scored = bundle.visual.probabilities(logits)
    found = np.full((len(videos), len(label_set)), np.nan)
    theirs = [bundle.label_set.index(one) for one in shared]
    ours = [label_set.index(one) for one in shared]
    found[np.ix_(rows, ours)] = scored[:, theirs]
    return found
