"""Fits decisions anew on what a bundle kept of its calibration part."""

import numpy as np
import numpy.typing as npt

from vidcat.inference.bundle import Bundle
from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.decisions import Thresholds
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.halves import Halves
from vidcat.training.deciding.promise import Promise
from vidcat.training.deciding.scored_halves import thresholds_on_halves
from vidcat.training.merges.fit import fit_kept
from vidcat.training.texts.config import TextConfig


class NoCalibrationScores(ValueError):
    """A bundle keeps nothing that thresholds could be fitted on."""


def promise_of(model: Bundle | TextCategorizer) -> Promise:
    """What the thresholds of a model were fitted to hold."""
    if isinstance(model, TextCategorizer):
        config = model.provenance.get("config")
        if config is not None:
            return TextConfig.from_json(config).promise
        return Promise(target_precision=model.thresholds.target_precision)
    kept = model.provenance.get("promise")
    if kept is None:
        # An earlier vidcat kept the target only.
        return Promise(target_precision=model.visual.thresholds.target_precision)
    return Promise(**kept)


def refit_bundle(
    bundle: Bundle, promise: Promise, label_set: LabelSet | None = None
) -> Thresholds | MergePolicy:
    """Fits what decides on a bundle's scores, for another promise or fewer labels.

    Args:
        bundle: The bundle.
        promise: What its decisions are to hold.
        label_set: Some of the labels of its decisions. Defaults to all of them.

    Returns:
        The merge of its two models, or, where it has no text model, the thresholds of
        the visual one.

    Raises:
        NoCalibrationScores: If an earlier vidcat wrote the bundle.
        UnknownCategory: If a label is none of the bundle's.
    """
    kept = _selected(bundle.calibration, label_set, "bundle")
    if bundle.merge is None:
        return _one_source(kept, kept.visual, promise, bundle.visual.thresholds)
    return fit_kept(
        kept,
        bundle.merge.kind,
        promise=promise,
        truth=next(iter(bundle.merge.thresholds.values())).truth,
    )


def refit_text(
    categorizer: TextCategorizer, promise: Promise, label_set: LabelSet | None = None
) -> Thresholds:
    """Fits the thresholds of a text categorizer likewise."""
    kept = _selected(categorizer.calibration, label_set, "text categorizer")
    return _one_source(kept, kept.text, promise, categorizer.thresholds)


def _selected(
    kept: CalibrationScores | None, label_set: LabelSet | None, what: str
) -> CalibrationScores:
    if kept is None:
        raise NoCalibrationScores(
            f"This {what} keeps no scores of its calibration part, on which thresholds "
            "could be fitted: an earlier vidcat wrote it. Train it again."
        )
    return kept if label_set is None else kept.select(label_set)


def _one_source(
    kept: CalibrationScores,
    said: npt.NDArray[np.float32],
    promise: Promise,
    before: Thresholds,
) -> Thresholds:
    return thresholds_on_halves(
        said,
        kept.labels,
        Halves.of(kept),
        kept.label_set,
        promise=promise,
        truth=before.truth,
    )
