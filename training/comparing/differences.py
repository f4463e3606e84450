"""A figure of two runs on the same videos; NaN where there is none."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidcat.training.measuring.operating_point import Interval
from vidcat.training.measuring.resampling import percentile_interval

FloatVector = npt.NDArray[np.float64]


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
        interval=percentile_interval(known),
        new_better=float((known > 0).mean()) if known.size else float("nan"),
        old_interval=percentile_interval(old_draws),
        new_interval=percentile_interval(new_draws),
    )
