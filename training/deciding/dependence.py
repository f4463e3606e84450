"""How much the videos of one owner depend on one another."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray
from vidcat.training.measuring.measures import Labels
from vidcat.training.measuring.resampling import sums_by_group

Groups = npt.NDArray[np.intp]
"""A number for each video, the same for videos of one owner."""

_LIKELY: Final = 0.3
"""Only what is at least so likely is looked at: predictions are seldom less."""
_PRIOR: Final = 0.1
"""The correlation that is assumed until there are pairs to say otherwise."""
_PRIOR_PAIRS: Final = 20.0
"""How many pairs of videos that is worth; a pair counts by what is left open in it."""


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """Correlation, among the videos of one owner, of being right."""

    same_category: tuple[float, ...]
    """Between two videos said to be of one category, for each of M; in `[0, 1]`."""
    any_category: float
    """Between any two predictions for the videos of one owner."""

    @classmethod
    def assumed(cls, categories: int) -> "Dependence":
        """What is assumed where there is nothing to learn from."""
        return cls(same_category=(_PRIOR,) * categories, any_category=_PRIOR)


def fit_dependence(
    probabilities: FloatArray, labels: Labels, groups: Groups
) -> Dependence:
    """Estimates how much errors come by owners.

    The residual (truth less probability) of two independent videos is zero in the mean
    of their products; what it is beyond, of the most it could be, is the correlation.
    A category has its own estimate or that of all together, whichever is greater:
    where it is taken too small, too much is promised.

    Args:
        probabilities: Calibrated, of shape `(N, M)`.
        labels: 1 yes, 0 no, -1 unknown, of the same shape. They must be others than
            those that thresholds are then tested on.
        groups: The owner of each of the N videos, as a number.

    Returns:
        The correlations.

    Reference:
        Ridout, Demetrio and Firth, 1999, "Estimating intraclass correlation for
        binary data", https://doi.org/10.1111/j.0006-341X.1999.00137.x
    """
    open_ = (labels >= 0) & (probabilities >= _LIKELY)
    likely = np.where(open_, probabilities, 0.0)
    residual = np.where(open_, labels, 0) - likely
    spread = np.sqrt(likely * (1 - likely))
    found, most = _Pairs.of(residual, groups), _Pairs.of(spread, groups)
    together = _correlation(float(found.same.sum()), float(most.same.sum()))
    return Dependence(
        same_category=tuple(
            max(together, _correlation(float(one), float(bound)))
            for one, bound in zip(found.same, most.same, strict=True)
        ),
        any_category=max(together, _correlation(found.any, most.any)),
    )


@dataclass(frozen=True)
class _Pairs:
    """Products of the values of two predictions for one owner, added up."""

    same: npt.NDArray[np.float64]
    """Both of one category, for each of them."""
    any: float
    """Of any two."""

    @classmethod
    def of(cls, values: FloatArray, groups: Groups) -> "_Pairs":
        # The square of a sum holds each pair twice and each value with itself.
        totals = sums_by_group(values, groups)
        squares = np.square(values).sum(axis=0)
        every = np.square(totals.sum(axis=1)).sum() - squares.sum()
        return cls((np.square(totals).sum(axis=0) - squares) / 2, float(every) / 2)


def _correlation(found: float, most: float) -> float:
    # A pair of even odds leaves a quarter open; so much does each pair assumed.
    assumed = _PRIOR_PAIRS / 4
    return min(1.0, max(0.0, (found + _PRIOR * assumed) / (most + assumed)))
