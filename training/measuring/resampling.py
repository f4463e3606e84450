"""Draws videos anew, whole owners at a time, to see how far a figure could be off."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.training.measuring.operating_point import CONFIDENCE, Interval

DRAWS: Final = 1000
"""Enough for the ends of a 95 % interval to be steady in the second digit."""

_AT_ONCE: Final = 50
"""Draws whose weights are held in memory together."""

_TAIL: Final = (1 - CONFIDENCE) / 2

FloatArray = npt.NDArray[np.float64]


def sums_by_group(
    values: npt.ArrayLike, groups: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Adds up the rows of each group.

    Args:
        values: Shape `(N,)` or `(N, K)`: one or several counts of each video.
        groups: Group of each of the N videos, 0 to G - 1, every one of them there.

    Returns:
        Shape `(G, K)`; K is 1 for a single count.
    """
    counts = np.asarray(values, np.float64)
    columns = counts[:, None] if counts.ndim == 1 else counts
    size = int(groups.max()) + 1 if len(groups) else 0
    return np.stack(
        [np.bincount(groups, one, minlength=size) for one in columns.T], axis=1
    )


def resampled_sums(
    sums: FloatArray, *, draws: int = DRAWS, seed: int = 0
) -> Iterator[FloatArray]:
    """Adds up groups that are drawn with replacement, many times over.

    The same number of groups, `draws` and `seed` draw the same groups: two runs over
    the same videos are compared in pairs.

    Args:
        sums: Shape `(G, K)`, as `sums_by_group` gives them.
        draws: How many times to draw. Defaults to `DRAWS`.
        seed: Of the draws.

    Yields:
        Totals of shape `(some of the draws, K)`, `draws` rows in all.

    Reference:
        Efron and Tibshirani, 1993, "An Introduction to the Bootstrap", chapter 8.
    """
    random = np.random.default_rng(seed)
    size = len(sums)
    for start in range(0, draws, _AT_ONCE):
        times = min(_AT_ONCE, draws - start)
        drawn = random.integers(0, size, (times, size))
        # One more column a draw: positions of all draws are counted in one go.
        offset = size * np.arange(times)[:, None]
        weights = np.bincount((drawn + offset).ravel(), minlength=times * size)
        yield weights.reshape(times, size).astype(np.float64) @ sums


def percentile_interval(drawn: npt.ArrayLike) -> Interval:
    """The middle 95 % of what a figure was in the draws.

    Args:
        drawn: Shape `(draws,)`; NaN where a draw has no such figure.

    Returns:
        Its ends; NaN if no draw has the figure.
    """
    values = np.asarray(drawn, np.float64)
    known = values[~np.isnan(values)]
    if not known.size:
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(known, (_TAIL, 1 - _TAIL))
    return Interval(float(low), float(high))


def no_narrower(drawn: Interval, independent: Interval) -> Interval:
    """Spans both, so that draws never promise more than independent videos would.

    Args:
        drawn: From draws; NaN where there were none.
        independent: From as many independent videos.
    """
    return Interval(
        float(np.fmin(drawn.low, independent.low)),
        float(np.fmax(drawn.high, independent.high)),
    )


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Shares; NaN where the whole is nothing."""
    shares = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.divide(part, whole, out=shares, where=whole != 0)
