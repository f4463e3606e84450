"""What text and frames say of the rows of a catalog, beside the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.features import FeatureStore
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merges.sources import merged_label_set, spread
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Video
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.labels import UNKNOWN, label_matrix
from vidcat.training.measuring.scoring import score_videos


@dataclass(frozen=True, kw_only=True)
class BothModels:
    """A text and a visual model whose words are to be put together."""

    text: TextCategorizer
    visual: VisualCategorizer
    visual_labels: LabelSet
    """Labels of the visual model."""
    as_of: datetime
    """The time at which the age of a video is taken."""

    @property
    def label_set(self) -> LabelSet:
        """The labels of both."""
        return merged_label_set(self.text.label_set, self.visual_labels)

    def separate(self) -> MergePolicy:
        """The merge that keeps each model's own thresholds."""
        return MergePolicy.separate(
            self.text.thresholds,
            self.text.label_set,
            self.visual.thresholds,
            self.visual_labels,
        )

    def score(self, videos: Sequence[Video], store: FeatureStore) -> "BothScores":
        """Scores rows by their text and by their stored features.

        Args:
            videos: N rows of a catalog, with labels.
            store: The features; the frames of a video without any are silent.
        """
        labels = self.label_set
        text = self.text.score(videos)
        described = np.array([video.id in store for video in videos], bool)
        seen = [video for video in videos if video.id in store]
        visual = np.zeros((len(videos), len(self.visual_labels)))
        logits = score_videos(self.visual, seen, store, as_of=self.as_of)
        visual[described] = self.visual.probabilities(logits)
        return BothScores(
            text=spread(text.probabilities, text.ok, self.text.label_set, labels),
            visual=spread(visual, described, self.visual_labels, labels),
            labels=self._truth(videos),
            languages=text.languages,
        )

    def _truth(self, videos: Sequence[Video]) -> NDArray[np.int8]:
        labels = self.label_set
        matrix = label_matrix(videos, labels, load_iab(labels.taxonomy_version))
        # Pseudo-labels are given for what can be seen; they leave the rest unsaid.
        pseudo = np.array([video.truth == "pseudo" for video in videos], bool)
        unseen = np.array([one not in self.visual_labels for one in labels.ids], bool)
        matrix[np.ix_(pseudo, unseen)] = UNKNOWN
        return matrix


@dataclass(frozen=True, kw_only=True, eq=False)
class BothScores:
    """What both say of N rows, by the M labels of both, beside the truth."""

    text: NDArray[np.float64]
    """Calibrated probabilities, shape `(N, M)`; not a number where text is silent."""
    visual: NDArray[np.float64]
    """Those of the frames, likewise."""
    labels: NDArray[np.int8]
    """1 yes, 0 no, -1 unknown, of the same shape."""
    languages: tuple[str | None, ...]
    """The language of each row's text, where it is known."""
