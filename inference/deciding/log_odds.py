"""From probabilities to log-odds, and back."""

from typing import Final

import numpy as np
import numpy.typing as npt

_LEAST: Final = 1e-6
"""Probabilities are taken for no smaller than this, and no larger than the rest."""


def logit(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The log-odds of probabilities, finite for 0 and 1 as well.

    >>> logit([0.5, 1.0]).round(2).tolist()
    [0.0, 13.82]
    """
    kept = np.clip(np.asarray(probabilities, np.float64), _LEAST, 1 - _LEAST)
    return np.log(kept) - np.log1p(-kept)


def sigmoid(log_odds: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The probabilities of log-odds; none overflows.

    >>> sigmoid([-1000.0, 0.0, 1000.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    # Half the tangent of half the log-odds.
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(log_odds, np.float64)))
