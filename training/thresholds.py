"""Fits the thresholds at which a category is said."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray, Thresholds
from vidcat.inference.video import Truth
from vidcat.training.measuring.curves import precision_coverage_curve
from vidcat.training.measuring.measures import Labels, checked

LEAST_PREDICTIONS: Final = 14
"""Predictions, all right, that show a precision above 0.8: 0.8^14 < 0.05."""


def fit_thresholds(
    probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    target_precision: float = 0.80,
    truth: Truth,
) -> Thresholds:
    """Fits one threshold for all labels: most coverage at the target precision.

    A label is marked confident where it alone reaches the target at that threshold,
    with at least `LEAST_PREDICTIONS` predictions of known truth.

    Args:
        probabilities: Calibrated probabilities of shape `(N, L)`, of videos that the
            calibrator was not fitted on.
        labels: 1 yes, 0 no, -1 unknown, of the same shape.
        target_precision: What the chosen labels' precision is to reach there, above
            0 and at most 1. Defaults to `0.80`.
        truth: How the labels came about.

    Returns:
        The thresholds. They abstain everywhere (`abstains`) where no threshold
        reaches the target.

    Raises:
        ValueError: If the shapes differ, a probability is not finite, or the target
            is out of its range.
    """
    known_truth, scores = checked(labels, probabilities)
    best = precision_coverage_curve(known_truth, scores).best(target_precision)
    return at_one_threshold(
        math.inf if best is None else best.threshold,
        scores,
        known_truth,
        target_precision=target_precision,
        truth=truth,
    )


def at_one_threshold(
    threshold: float,
    scores: FloatArray,
    known_truth: Labels,
    *,
    target_precision: float,
    truth: Truth,
) -> Thresholds:
    """Takes one threshold for all labels and looks for which of them it is sure.

    Args:
        threshold: What a score must reach; infinity abstains.
        scores: Shape `(N, L)`; not a number where nothing is said.
        known_truth: 1 yes, 0 no, -1 unknown, of the same shape.
        target_precision: What the threshold was chosen for.
        truth: How the labels came about.
    """
    chosen = (scores >= threshold) & (known_truth >= 0)
    predicted = chosen.sum(axis=0)
    correct = (chosen & (known_truth == 1)).sum(axis=0)
    confident = (predicted >= LEAST_PREDICTIONS) & (
        correct >= target_precision * predicted
    )
    return Thresholds(
        values=(threshold,) * scores.shape[1],
        confident=tuple(bool(one) for one in np.asarray(confident)),
        target_precision=target_precision,
        truth=truth,
    )
