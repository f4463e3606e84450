"""Precision against coverage as one threshold moves over all labels."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray
from vidcat.training.measuring.measures import Labels, checked

FloatVector = npt.NDArray[np.float64]


class CurvePoint(NamedTuple):
    """One point of the curve; in the words of an evaluation."""

    threshold: float
    precision: float
    coverage: float
    correct_coverage: float


@dataclass(frozen=True, kw_only=True, eq=False)
class PrecisionCoverageCurve:
    """Precision and coverage at each threshold that matters, strictest first.

    Thresholds are the best score of each video, where coverage changes, and the
    score of each true label, where precision rises. Between them both stay, or
    precision falls.
    """

    threshold: FloatVector
    """Falling thresholds; a label is chosen where its score reaches it."""
    precision: FloatVector
    """Correct chosen labels / chosen labels of known truth; NaN where there are
    none."""
    coverage: FloatVector
    """Share of the videos with a chosen label; rising."""
    correct_coverage: FloatVector
    """Share of the videos with a correct chosen label; rising."""

    def __len__(self) -> int:
        return len(self.threshold)

    def point(self, position: int) -> CurvePoint:
        """The point at a position of the arrays."""
        return CurvePoint(
            float(self.threshold[position]),
            float(self.precision[position]),
            float(self.coverage[position]),
            float(self.correct_coverage[position]),
        )

    def best(self, target_precision: float) -> CurvePoint | None:
        """The point of most coverage whose precision reaches the target.

        Where several cover the same, the most precise is taken, and among these the
        strictest. Chosen on the data it is measured on, the point is optimistic.

        Returns:
            The point; `None` where the target is out of reach.
        """
        reaching = np.flatnonzero(self.precision >= target_precision)
        if not reaching.size:
            return None
        coverage = self.coverage[reaching]
        widest = reaching[coverage == coverage.max()]
        return self.point(int(widest[np.argmax(self.precision[widest])]))

    def thinned(self, points: int = 200) -> "PrecisionCoverageCurve":
        """At most so many points, spread evenly over coverage, both ends kept."""
        if len(self) <= points:
            return self
        places = np.linspace(self.coverage[0], self.coverage[-1], points)
        kept = np.searchsorted(self.coverage, places)
        kept = np.unique(np.r_[0, np.minimum(kept, len(self) - 1), len(self) - 1])
        return PrecisionCoverageCurve(
            threshold=self.threshold[kept],
            precision=self.precision[kept],
            coverage=self.coverage[kept],
            correct_coverage=self.correct_coverage[kept],
        )


def precision_coverage_curve(
    y_true: Labels, probabilities: FloatArray, *, failed: int = 0
) -> PrecisionCoverageCurve:
    """Traces precision and coverage from the strictest threshold to the loosest.

    Args:
        y_true: 1 yes, 0 no, -1 unknown, shape `(N, L)`. A video whose row is unknown
            throughout has no truth and is passed over.
        probabilities: Finite scores of the same shape.
        failed: Videos in scope with truth that could not be scored; they count as
            not covered. Defaults to `0`.

    Returns:
        The curve; empty where no video has truth.

    Raises:
        ValueError: If shapes differ, or a score is not finite.
    """
    y_true, probabilities = checked(y_true, probabilities)
    scores = _SortedScores(y_true, probabilities)
    threshold = np.unique(np.r_[scores.best, scores.positive])[::-1]
    chosen = scores.reaching(scores.known, threshold)
    with np.errstate(invalid="ignore"):
        precision = scores.reaching(scores.positive, threshold) / chosen
    videos = len(scores.best) + failed
    return PrecisionCoverageCurve(
        threshold=threshold,
        precision=precision,
        coverage=scores.reaching(scores.best, threshold) / max(videos, 1),
        correct_coverage=scores.reaching(scores.best_positive, threshold)
        / max(videos, 1),
    )


class _SortedScores:
    """Scores of the videos that have truth, each kind in rising order."""

    def __init__(self, y_true: Labels, probabilities: FloatArray) -> None:
        has_truth = (y_true >= 0).any(axis=1)
        self._truth = y_true[has_truth]
        self._score = probabilities[has_truth].astype(np.float64, copy=False)

    @cached_property
    def known(self) -> FloatVector:
        """Scores of the pairs whose truth is known."""
        return np.sort(self._score[self._truth >= 0])

    @cached_property
    def positive(self) -> FloatVector:
        """Scores of the true pairs."""
        return np.sort(self._score[self._truth == 1])

    @cached_property
    def best(self) -> FloatVector:
        """Best score of each video, be its truth known or not."""
        return np.sort(self._score.max(axis=1))

    @cached_property
    def best_positive(self) -> FloatVector:
        """Best score among the true labels of each video that has any."""
        positive = np.where(self._truth == 1, self._score, -np.inf).max(axis=1)
        return np.sort(positive[positive > -np.inf])

    @staticmethod
    def reaching(rising: FloatVector, threshold: FloatVector) -> npt.NDArray[np.intp]:
        """How many of the scores reach each threshold."""
        return len(rising) - np.searchsorted(rising, threshold, side="left")
