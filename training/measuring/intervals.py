"""How far the figures of an operating point could be off, by drawing owners anew."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.training.measuring.operating_point import (
    Interval,
    clopper_pearson,
)
from vidcat.training.measuring.resampling import (
    DRAWS,
    no_narrower,
    percentile_interval,
    resampled_sums,
    sums_by_group,
)
from vidcat.training.measuring.video_counts import VideoCounts

_COUNTS: Final = 4
"""Columns a selection takes: correct, known, covered, videos."""


class PointIntervals(NamedTuple):
    """Where figures lie with 95 % confidence; NaN where nothing can be said."""

    precision: Interval
    coverage: Interval
    f1: Interval


class Selected(NamedTuple):
    """Some of the videos, with what is counted of them."""

    counts: VideoCounts
    """Of all V videos."""
    rows: npt.NDArray[np.bool_]
    """Which of them are meant, shape `(V,)`."""


def point_intervals(
    selections: Sequence[Selected], *, draws: int = DRAWS, seed: int = 0
) -> list[PointIntervals]:
    """Draws owners with replacement and looks where the figures come to lie.

    All selections are drawn at once. Draws alone say too little of a share that is 0
    or 1, or of few owners: no interval is narrower than that of as many independent
    videos or labels (Clopper-Pearson).

    Args:
        selections: Selections of the same V videos.
        draws: How many times to draw. Defaults to `DRAWS`.
        seed: Of the draws.

    Returns:
        The intervals of each selection; that of f1 is NaN where the videos are of
        fewer than two owners, or nothing is chosen.
    """
    if not selections:
        return []
    groups = selections[0].counts.groups
    sums = np.hstack([sums_by_group(_columns(one), groups) for one in selections])
    drawn = [
        _figures(totals.reshape(len(totals), len(selections), _COUNTS))
        for totals in resampled_sums(sums, draws=draws, seed=seed)
    ]
    figures = np.concatenate(drawn)
    return [
        _intervals(figures[:, at], sums[:, _COUNTS * at : _COUNTS * (at + 1)])
        for at in range(len(selections))
    ]


def _columns(selected: Selected) -> npt.NDArray[np.int64]:
    counts, rows = selected
    columns = (counts.correct, counts.known, counts.covered, np.ones_like(counts.said))
    return np.stack([np.where(rows, one, 0) for one in columns], axis=1)


def _figures(totals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Precision, coverage and f1 of totals of shape `(draws, selections, 4)`."""
    correct, known, covered, videos = np.moveaxis(totals, -1, 0)
    with np.errstate(invalid="ignore"):
        precision, coverage = correct / known, covered / videos
        both = np.nan_to_num(precision) + coverage
        f1 = np.where(both > 0, 2 * np.nan_to_num(precision) * coverage / both, 0.0)
    return np.stack([precision, coverage, f1], axis=-1)


def _intervals(
    drawn: npt.NDArray[np.float64], sums: npt.NDArray[np.float64]
) -> PointIntervals:
    correct, known, covered, videos = sums.sum(axis=0)
    owners = int(np.count_nonzero(sums[:, 3]))
    nothing = Interval(np.nan, np.nan)
    precision, coverage, f1 = (percentile_interval(one) for one in drawn.T)
    return PointIntervals(
        precision=no_narrower(precision, clopper_pearson(correct, known))
        if known
        else nothing,
        coverage=no_narrower(coverage, clopper_pearson(covered, videos))
        if videos
        else nothing,
        f1=f1 if known and owners > 1 else nothing,
    )
