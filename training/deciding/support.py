"""How many predictions it takes to show a precision: exact binomial bounds."""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

FloatVector = npt.NDArray[np.float64]

_HALVINGS: Final = 40
"""Of the interval in which a bound is looked for: to a millionth of a prediction."""
_MOST_PREDICTIONS: Final = 1_000_000


def lower_bound(
    correct: npt.ArrayLike, predictions: npt.ArrayLike, assurance: float = 0.95
) -> FloatVector:
    """One-sided Clopper-Pearson bound: the precision is no less, at this assurance.

    Args:
        correct: Correct predictions, between 0 and `predictions`.
        predictions: Independent predictions; an effective number need not be whole.
        assurance: How often such a bound is right, in `(0, 1)`. Defaults to `0.95`.

    Returns:
        The bounds, in the shape of the arguments; 0 without correct ones.

    Reference:
        Clopper and Pearson, 1934, https://doi.org/10.1093/biomet/26.4.404; with
        effective numbers: Korn and Graubard, 1998, Survey Methodology 24, 193-201.

    >>> round(float(lower_bound(14, 14)), 3)
    0.807
    """
    from scipy.special import betaincinv

    right = np.asarray(correct, np.float64)
    wrong = np.asarray(predictions, np.float64) - right
    some = right > 0
    bound = betaincinv(np.where(some, right, 1.0), wrong + 1, 1 - assurance)
    return np.where(some, bound, 0.0)


def least_correct(
    predictions: npt.ArrayLike, target_precision: float, assurance: float = 0.95
) -> FloatVector:
    """How many predictions must be right for `lower_bound` to reach a target.

    Args:
        predictions: As for `lower_bound`.
        target_precision: What is to be shown, in `(0, 1]`.
        assurance: As for `lower_bound`.

    Returns:
        Numbers, not whole ones, in the shape of `predictions`; infinity where even
        all of them are too few.
    """
    from scipy.special import betainc

    count = np.asarray(predictions, np.float64)
    low, high = np.zeros_like(count), count.copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        # The chance of so many or more, were the precision the target and no better.
        chance = betainc(middle, count - middle + 1, target_precision)
        short = chance > 1 - assurance
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    enough = np.power(target_precision, count) <= 1 - assurance
    return np.where(enough, high, np.inf)


def chance_of(
    correct: npt.ArrayLike, predictions: npt.ArrayLike, precision: npt.ArrayLike
) -> FloatVector:
    """How likely it is that so many predictions, or more, are right.

    Args:
        correct: What is asked for, such as `least_correct`.
        predictions: As for `lower_bound`.
        precision: The precision that is supposed, in `[0, 1]`.

    Returns:
        Probabilities, in the shape of the arguments.
    """
    from scipy.special import betainc

    count, asked = np.asarray(predictions, np.float64), np.asarray(correct, np.float64)
    wanted = np.minimum(asked, count)
    chance = betainc(wanted, count - wanted + 1, np.asarray(precision, np.float64))
    return np.where(asked <= count, chance, 0.0)


@lru_cache(maxsize=256)
def predictions_needed(
    precision: float, target_precision: float = 0.80, assurance: float = 0.95
) -> int | None:
    """Fewest predictions that show a target if the share that is right is as supposed.

    Args:
        precision: Share of the predictions that is right, rounded to whole ones.
        target_precision: What is to be shown.
        assurance: As for `lower_bound`.

    Returns:
        Their number; `None` if no number up to a million will do.

    >>> [predictions_needed(precision) for precision in (1.0, 0.9, 0.85)]
    [14, 44, 176]
    """
    tried = 1024
    while tried <= _MOST_PREDICTIONS * 2:
        counts = np.arange(1, tried + 1, dtype=np.float64)
        bounds = lower_bound(np.rint(precision * counts), counts, assurance)
        reached = np.flatnonzero(bounds >= target_precision)
        if reached.size:
            return int(counts[reached[0]])
        if precision <= target_precision:
            return None
        tried *= 32
    return None
