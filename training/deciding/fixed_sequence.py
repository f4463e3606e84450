"""Tests thresholds from strict to loose until one is not shown to hold the target."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.thresholds import Support
from vidcat.training.deciding.promise import Promise
from vidcat.training.deciding.support import (
    chance_of,
    least_correct,
    lower_bound,
)

_STEP: Final = 1.05
"""Each threshold lets through a twentieth more than the one before."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """Scored pairs of video and category whose truth is known, best score first."""

    scores: npt.NDArray[np.float64]
    """Falling, shape `(n,)`; calibrated probabilities."""
    correct: npt.NDArray[np.bool_]
    """Whether each is true."""
    groups: npt.NDArray[np.intp]
    """The owner of each one's video, as a number."""

    @classmethod
    def of(
        cls,
        scores: npt.NDArray[np.float64],
        correct: npt.NDArray[np.bool_],
        groups: npt.NDArray[np.intp],
    ) -> "Predictions":
        """Sorts pairs; equal scores keep their order."""
        order = np.argsort(-scores, kind="stable")
        return cls(scores=scores[order], correct=correct[order], groups=groups[order])

    @cached_property
    def expected_precision(self) -> npt.NDArray[np.float64]:
        """Share of the first 1, 2, ... that is right if scores are probabilities."""
        count = np.arange(1, len(self.scores) + 1)
        return np.clip(np.cumsum(self.scores) / count, 0.0, 1.0)

    def effective(self, correlation: float) -> npt.NDArray[np.float64]:
        """How many independent predictions the first 1, 2, ... are worth.

        Args:
            correlation: Of being right, between predictions for one owner.

        Reference:
            Kish, 1965, "Survey Sampling", section 5.4: n / (1 + (m - 1) correlation).
        """
        count = np.arange(1, len(self.groups) + 1)
        return count / (1 + (self._squares / count - 1) * correlation)

    def support(self, count: int, correlation: float, assurance: float) -> Support:
        """What the first `count` of them show.

        Args:
            count: How many a threshold lets through, at least one.
            correlation: As for `effective`.
            assurance: How often the bound is to be right.
        """
        correct = int(np.count_nonzero(self.correct[:count]))
        effective = float(self.effective(correlation)[count - 1])
        bound = lower_bound(correct * effective / count, effective, assurance)
        return Support(
            predictions=count,
            correct=correct,
            effective=effective,
            lower_bound=float(bound),
        )

    @cached_property
    def _squares(self) -> npt.NDArray[np.intp]:
        """Sums, over owners, of their squared numbers among the first 1, 2, ..."""
        count = np.arange(1, len(self.groups) + 1)
        order = np.argsort(self.groups, kind="stable")
        ordered = self.groups[order]
        starts = np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)]
        first = np.maximum.accumulate(np.where(starts, count - 1, 0))
        nth = np.empty(len(count), np.intp)
        nth[order] = count - first
        # The n-th of an owner adds n^2 - (n - 1)^2 to the sum of squared numbers.
        return np.cumsum(2 * nth - 1)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A threshold that was shown to hold."""

    threshold: float
    """What a score must reach."""
    support: Support
    """What it was shown by."""


def loosest_shown(
    predictions: Predictions, promise: Promise, correlation: float
) -> Shown | None:
    """Finds the loosest threshold that is shown to hold a promise.

    Thresholds are fixed by the scores alone, before any truth is looked at: the first
    where, by the calibrated probabilities, most speaks for passing; each further one
    lets through a twentieth more. They are tested in this order, and the first that
    fails ends it. So the promise is broken only if the *first* one that does not hold
    passes its test, and no correction for the number of tests is due.

    Args:
        predictions: Of one category, or of several that share a threshold.
        promise: What is to be shown.
        correlation: Of being right, between predictions for one owner, in `[0, 1]`: so
            much less do many of them count (`n / (1 + (m - 1) correlation)`, with m of
            an owner).

    Returns:
        The threshold; `None` where nothing is shown.

    Reference:
        Maurer, Hothorn and Lehmacher, 1995, on tests in a fixed sequence; Angelopoulos
        et al., 2021, "Learn then Test", https://arxiv.org/abs/2110.01052
    """
    counts = _counts(predictions.scores)
    if not counts.size:
        return None
    effective = predictions.effective(correlation)[counts - 1]
    expected = predictions.expected_precision[counts - 1]
    least = least_correct(effective, promise.target_precision, promise.assurance)
    first = int(np.argmax(chance_of(least, effective, expected)))
    correct = np.cumsum(predictions.correct)[counts - 1]
    passes = correct * effective / counts >= least
    # Those that pass from the first one on, up to the first that fails.
    run = int(np.argmin(np.append(passes[first:], False)))
    if not run:
        return None
    count = int(counts[first + run - 1])
    return Shown(
        threshold=_threshold(predictions.scores, count),
        support=predictions.support(count, correlation, promise.assurance),
    )


def _counts(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """How many predictions each threshold lets through; equal scores go together."""
    counts: list[int] = []
    count = 1.0
    while count <= len(scores):
        counts.append(int(count))
        count = max(count + 1, count * _STEP)
    # Up to and with the last of those that have the same score.
    ends = np.searchsorted(-scores, -scores[np.array(counts, int) - 1], side="right")
    return np.unique(ends)


def _threshold(scores: npt.NDArray[np.float64], count: int) -> float:
    """Halfway to the best score that is not let through."""
    kept = float(scores[count - 1])
    return kept if count == len(scores) else (kept + float(scores[count])) / 2
