"""Fits what decides on a scored calibration part: calibrator, then thresholds."""

from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import (
    Calibrator,
    FloatArray,
    Thresholds,
    raised,
)
from vidcat.inference.video import Truth
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.calibration import fit_calibrator
from vidcat.training.deciding.dependence import Dependence, fit_dependence
from vidcat.training.deciding.halves import Halves
from vidcat.training.deciding.promise import Promise
from vidcat.training.measuring.measures import Labels, checked
from vidcat.training.measuring.truth import truth_of_sayable
from vidcat.training.thresholds import fit_thresholds

_SILENT: Final = -1.0
"""Less than any probability: what nobody says is neither right nor wrong."""


def fit_on_halves(
    logits: npt.ArrayLike,
    labels: npt.ArrayLike,
    halves: Halves,
    label_set: LabelSet,
    *,
    promise: Promise,
    truth: Truth,
) -> tuple[Calibrator, Thresholds]:
    """Fits the calibrator on one half, and thresholds on the other.

    Args:
        logits: Logits of shape `(N, L)` of the videos of the calibration part.
        labels: 1 yes, 0 no, -1 unknown, of the same shape.
        halves: Who is in which half.
        label_set: The L labels.
        promise: What the thresholds are to hold.
        truth: How the labels came about.

    Returns:
        The calibrator and the thresholds.

    Raises:
        ValueError: If the shapes differ, or a logit is not finite.
    """
    known, values = checked(labels, logits)
    calibrator = fit_calibrator(values[halves.first], known[halves.first])
    probabilities = calibrator.calibrate(values)
    return calibrator, thresholds_on_halves(
        probabilities, known, halves, label_set, promise=promise, truth=truth
    )


def thresholds_on_halves(
    probabilities: FloatArray,
    labels: Labels,
    halves: Halves,
    label_set: LabelSet,
    *,
    promise: Promise,
    truth: Truth,
) -> Thresholds:
    """Fits thresholds on the second half; the first says how owners depend.

    Args:
        probabilities: Calibrated on the first half, of shape `(N, L)`; not a number
            where nothing is said.
        labels: 1 yes, 0 no, -1 unknown, of the same shape.
        halves: Who is in which half.
        label_set: The L labels.
        promise: What the thresholds are to hold.
        truth: How the labels came about.
    """
    said = np.where(np.isnan(probabilities), _SILENT, probabilities)
    return fit_thresholds(
        said[halves.second],
        labels[halves.second],
        label_set,
        load_iab(label_set.taxonomy_version),
        promise=promise,
        truth=truth,
        groups=halves.groups[halves.second],
        dependence=_dependence_of_half(said, labels, halves, label_set),
    )


def _dependence_of_half(
    probabilities: FloatArray, labels: Labels, halves: Halves, label_set: LabelSet
) -> Dependence:
    """How much videos of one owner depend on one another, by the first half."""
    taxonomy = load_iab(label_set.taxonomy_version)
    rows = halves.first
    return fit_dependence(
        raised(probabilities[rows], label_set, taxonomy),
        truth_of_sayable(labels[rows], label_set, taxonomy),
        halves.groups[rows],
    )
