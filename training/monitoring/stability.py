"""The population-stability index: how far the spread of scores has moved."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.training.monitoring.score_tally import (
    CELLS,
    IntArray,
    ScoresOf,
    ScoreTally,
)

BINS: Final = 10
"""As is usual: a tenth of the baseline's scores in each."""
LEAST_A_BIN: Final = 5
"""Scores a bin that both sides must have on average; else there are fewer bins."""
_PRIOR: Final = 0.5
"""Added to each bin, so that an empty one has a logarithm; Jeffreys' prior."""


@dataclass(frozen=True, kw_only=True)
class ScoreBin:
    """A range of scores, and what lies in it."""

    low: float
    """Lowest score in it."""
    high: float
    """Highest score in it."""
    baseline: float
    """Share of the baseline's scores."""
    today: float
    """Share of today's scores."""


@dataclass(frozen=True, kw_only=True)
class ScoreShift:
    """How scores are spread on both sides."""

    of: ScoresOf
    """Which scores."""
    baseline: int
    """Scores of the baseline."""
    today: int
    """Scores of today."""
    bins: tuple[ScoreBin, ...]
    """By quantiles of the baseline; none where there are too few scores."""
    index: float
    """The population-stability index; NaN without bins."""
    expected: float
    """What it is on average when nothing has moved: more, the fewer scores there
    are."""
    p_value: float
    """Chance of such an index, or a larger one, when nothing has moved."""
    adjusted_p: float = 1.0
    """The same, after Benjamini and Hochberg, among all that is compared."""
    alarming: bool = False
    """Whether it is sure and large enough for an alarm."""

    @property
    def excess(self) -> float:
        """The index less what chance alone gives."""
        return self.index - self.expected


def compare_scores(baseline: ScoreTally, today: ScoreTally) -> list[ScoreShift]:
    """Compares the scores that both sides have.

    Args:
        baseline: One side.
        today: The other.

    Returns:
        The shifts, in no order that means anything.
    """
    return [
        score_shift(
            of,
            (counts, baseline.effective[of]),
            (today.counts[of], today.effective[of]),
        )
        for of, counts in baseline.counts.items()
        if of in today.counts
    ]


def score_shift(
    of: ScoresOf,
    baseline: tuple[IntArray, float],
    today: tuple[IntArray, float],
) -> ScoreShift:
    """The population-stability index of scores, its bins tenths of the baseline.

    A score that alone makes up a tenth gets a bin of its own. Where either side is
    worth less than `LEAST_A_BIN` scores a bin there are fewer bins, and below two
    there is no index. With no shift, `index / (1 / n1 + 1 / n2)` is about
    chi-squared with one degree of freedom less than there are bins.

    Args:
        of: Which scores.
        baseline: Counts of shape `(CELLS,)`, and how many independent scores they
            are worth.
        today: The same of today.

    Returns:
        The shift.

    Reference:
        Yurdakul, 2018, "Statistical Properties of Population Stability Index",
        Western Michigan University, https://scholarworks.wmich.edu/dissertations/3208
    """
    from scipy.stats import chi2

    (before, worth_before), (now, worth_now) = baseline, today
    least = min(worth_before, worth_now)
    bins = min(BINS, int(least // LEAST_A_BIN))
    if bins < 2:
        return _untold(of, before, now)
    ends = bin_ends(before, bins)
    sums = np.stack([_binned(before, ends), _binned(now, ends)])
    # What neither side has tells nothing, and is no degree of freedom.
    filled = sums.any(axis=0)
    degrees = int(filled.sum()) - 1
    noise = 1 / worth_before + 1 / worth_now
    index = stability_index(*sums[:, filled])
    return ScoreShift(
        of=of,
        baseline=int(before.sum()),
        today=int(now.sum()),
        bins=_score_bins(sums, ends),
        index=index,
        expected=degrees * noise,
        p_value=float(chi2.sf(index / noise, degrees)) if degrees else 1.0,
    )


def _untold(of: ScoresOf, before: IntArray, now: IntArray) -> ScoreShift:
    return ScoreShift(
        of=of,
        baseline=int(before.sum()),
        today=int(now.sum()),
        bins=(),
        index=math.nan,
        expected=math.nan,
        p_value=1.0,
    )


def stability_index(baseline: npt.ArrayLike, today: npt.ArrayLike) -> float:
    """The population-stability index of counts in bins.

    Args:
        baseline: Counts, shape `(bins,)`.
        today: Counts in the same bins.

    Returns:
        The sum of `(q - p) ln(q / p)` over shares p and q of the bins, half a count
        added to each bin.

    >>> round(stability_index([50, 50], [75, 25]), 2)
    0.27
    """
    first, second = (np.asarray(one, np.float64) + _PRIOR for one in (baseline, today))
    p, q = first / first.sum(), second / second.sum()
    return float(((q - p) * np.log(q / p)).sum())


def bin_ends(counts: IntArray, bins: int) -> npt.NDArray[np.intp]:
    """The last cell of each bin, so that each holds the same share if it can.

    Args:
        counts: Of the baseline, shape `(CELLS,)`.
        bins: How many are wanted.

    Returns:
        Ascending cells, the last of them `CELLS - 1`; more or fewer than wanted where
        single cells hold more than the share of a bin.
    """
    up_to = np.cumsum(counts)
    wanted = np.arange(1, bins) / bins * up_to[-1]
    ends = np.searchsorted(up_to, wanted)
    heavy = np.flatnonzero(counts > up_to[-1] / bins)
    # A heavy cell ends a bin, and so does the cell before it: it stands alone.
    ends = np.concatenate([ends, heavy, heavy - 1, [len(counts) - 1]])
    return np.unique(ends[ends >= 0])


def _binned(counts: IntArray, ends: npt.NDArray[np.intp]) -> IntArray:
    return np.diff(np.cumsum(counts)[ends], prepend=0)


def _score_bins(sums: IntArray, ends: npt.NDArray[np.intp]) -> tuple[ScoreBin, ...]:
    shares = sums / sums.sum(axis=1, keepdims=True)
    lows = np.concatenate([[0], ends[:-1] + 1])
    return tuple(
        ScoreBin(
            low=float(low) / (CELLS - 1),
            high=float(high) / (CELLS - 1),
            baseline=float(before),
            today=float(now),
        )
        for low, high, before, now in zip(lows, ends, *shares, strict=True)
    )
