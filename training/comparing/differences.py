"""A figure of two runs on the same videos; NaN where there is none."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.training.measuring.operating_point import CONFIDENCE, Interval

FloatVector = npt.NDArray[np.float64]

TAILS: Final = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
"""The parts of the draws between which an interval lies."""


@dataclass(frozen=True, kw_only=True)
class PairedFigure:
    """A figure of two runs on the same videos; NaN where there is none."""

    old: float
    new: float
    difference: float
    """New less old."""
    interval: Interval
    """95 % of the draws of owners have a difference between these."""
    new_better: float
    """Share of the draws in which the new run has more."""
    old_interval: Interval
    new_interval: Interval


def paired_figure(
    old: float, new: float, old_draws: FloatVector, new_draws: FloatVector
) -> PairedFigure:
    """Compares a figure, and its values in the same draws of owners.

    Args:
        old: Measured on all videos.
        new: Likewise.
        old_draws: Measured in each draw, shape `(draws,)`; NaN where it has none.
        new_draws: In the same draws.
    """
    differences = new_draws - old_draws
    known = differences[~np.isnan(differences)]
    return PairedFigure(
        old=old,
        new=new,
        difference=new - old,
        interval=_between(known),
        new_better=float((known > 0).mean()) if known.size else float("nan"),
        old_interval=_between(old_draws[~np.isnan(old_draws)]),
        new_interval=_between(new_draws[~np.isnan(new_draws)]),
    )


def ratio(
    part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Shares; NaN where the whole is nothing."""
    shares = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.divide(part, whole, out=shares, where=whole != 0)


def _between(values: FloatVector) -> Interval:
    if not values.size:
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(values, TAILS)
    return Interval(float(low), float(high))
