"""What the frames of a described video say, and which seconds of it say so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle
from vidcat.inference.evidence import Evidence, Method, find_evidence
from vidcat.inference.explaining.views import VideoViews
from vidcat.inference.feature_store.frame_features import FrameFeatures
from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredVideo:
    """A described video with what the network says of it."""

    bundle: Bundle
    """Holds the network."""
    views: VideoViews
    """Its frames and metadata as the network takes them."""
    times_seconds: NDArray[np.float32]
    """When the frames appear, in seconds, shape `(frames,)`."""
    duration_seconds: float | None
    """As the file says, whose times are those of the frames; `None` if unknown."""

    probabilities: NDArray[np.float64]
    """Calibrated, of shape `(labels,)`."""

    @classmethod
    def of(
        cls,
        row: Video,
        features: FrameFeatures,
        bundle: Bundle,
        as_of: datetime,
        logits: NDArray[np.float32] | None = None,
    ) -> "ScoredVideo":
        """Scores a video by its described frames.

        Args:
            row: Its row of the catalog.
            features: Its frames, in the bundle's feature space.
            bundle: Holds the network.
            as_of: The time at which the age of the video is taken.
            logits: What the network says of it, shape `(labels,)`, where it was asked
                before. Defaults to asking it.
        """
        views = views_of(row, features.frames(), bundle, as_of)
        if logits is None:
            (logits,) = bundle.visual.logits([views.frames], views.metadata)
        return cls(
            bundle=bundle,
            views=views,
            times_seconds=features.times_seconds,
            duration_seconds=features.duration_seconds,
            probabilities=bundle.visual.probabilities(logits[None])[0],
        )

    def evidence(
        self,
        asked: Sequence[str],
        *,
        method: Method = "windows",
        stands: Callable[[NDArray[np.float64]], Sequence[bool]] | None = None,
    ) -> list[Evidence]:
        """The seconds that speak for categories.

        Args:
            asked: Ids of labels of the network.
            method: How they are found; see `find_evidence`.
            stands: Answers, given probabilities `(labels,)`, which of them would be
                said; see `find_evidence`.

        Returns:
            For each of them its spans, or why there are none.
        """
        visual = self.bundle.visual
        if not asked:
            return []
        return find_evidence(
            self.views,
            self.times_seconds,
            self.duration_seconds,
            [self.bundle.label_set.index(label) for label in asked],
            method=method,
            stands=stands
            and (
                lambda logits: stands(
                    visual.probabilities(logits[None].astype(np.float32))[0]
                )
            ),
        )


def views_of(
    row: Video, frames: NDArray[np.float32], bundle: Bundle, as_of: datetime
) -> VideoViews:
    """A video as a bundle's network takes it.

    Args:
        row: Its row of the catalog.
        frames: Shape `(n, feature_dim)`, in the bundle's feature space.
        bundle: Holds the network.
        as_of: The time at which the age of the video is taken.
    """
    encoder = bundle.visual.metadata
    return VideoViews(
        visual=bundle.visual,
        frames=frames,
        metadata=None if encoder is None else encoder.encode([row], as_of=as_of),
    )
