"""What the frames of a described video say, and which seconds of it say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle
from vidcat.inference.describing.describing import DescribedVideo
from vidcat.inference.evidence import find_evidence
from vidcat.inference.feature_store.frame_features import dequantise, quantise
from vidcat.inference.results import EvidenceSpan
from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredVideo:
    """A described video with what the network says of it."""

    bundle: Bundle
    """Holds the network."""
    described: DescribedVideo
    """The video."""
    frames: NDArray[np.float32]
    """Its frames as the network takes them, shape `(frames, feature_dim)`."""
    metadata: Mapping[str, NDArray[Any]] | None
    """Its metadata likewise; `None` if the network takes none."""
    probabilities: NDArray[np.float64]
    """Calibrated, of shape `(labels,)`."""

    @classmethod
    def of(
        cls, row: Video, described: DescribedVideo, bundle: Bundle, as_of: datetime
    ) -> "ScoredVideo":
        """Scores a described video.

        Args:
            row: Its row of the catalog.
            described: Its frames.
            bundle: Holds projection and network.
            as_of: The time at which the age of the video is taken.
        """
        # Through the bytes that a feature store keeps, as in training.
        frames = dequantise(quantise(bundle.projection.apply(described.features)))
        visual = bundle.visual
        metadata = None
        if visual.metadata is not None:
            metadata = visual.metadata.encode([row], as_of=as_of)
        return cls(
            bundle=bundle,
            described=described,
            frames=frames,
            metadata=metadata,
            probabilities=visual.probabilities(visual.logits([frames], metadata))[0],
        )

    def evidence(self, asked: Sequence[str]) -> dict[str, tuple[EvidenceSpan, ...]]:
        """The seconds that speak for categories.

        Args:
            asked: Ids of labels of the network.

        Returns:
            For each of them its spans; none where no stretch stands out.
        """
        if not asked:
            return {}
        facts = self.described.facts
        found = find_evidence(
            self.frames,
            self.described.times_seconds,
            # The file's own duration: its times are those of the frames.
            None if facts is None else facts.duration_seconds,
            self._logits_of_views,
            [self.bundle.label_set.index(category_id) for category_id in asked],
        )
        return dict(zip(asked, found, strict=True))

    def _logits_of_views(
        self, views: NDArray[np.float32], masks: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        repeated = self.metadata and {
            name: np.repeat(values, len(views), axis=0)
            for name, values in self.metadata.items()
        }
        return self.bundle.visual.logits(list(views), repeated, list(masks))
