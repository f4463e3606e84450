"""Puts a trained text model beside a trained visual one."""

from collections.abc import Mapping, Sequence

from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.features import FeatureStore
from vidcat.inference.merges.policy import MergeKind, MergePolicy
from vidcat.inference.video import Truth, Video
from vidcat.training.deciding.halves import Halves, calibration_halves
from vidcat.training.deciding.promise import Promise
from vidcat.training.merges.scoring import BothModels
from vidcat.training.merging import fit_merge
from vidcat.training.splits import SplitError, SplitKey

_HELD_OUT = {"calibration", "test"}


class NoTruthToMerge(ValueError):
    """A merge cannot be fitted against labels that its own text model made."""


def merge_kind(asked: MergeKind | None, truth: Truth) -> MergeKind:
    """Which merge to fit.

    Against pseudo-labels text would be right by construction and carry whatever the
    frames say wrong: thresholds stay separate.

    Args:
        asked: What was asked for; `None` for the best that the truth allows.
        truth: How the labels of the calibration part came about.

    Raises:
        NoTruthToMerge: If what was asked for needs labels by people.
    """
    if truth != "pseudo":
        return "union" if asked is None else asked
    if asked not in {None, "separate"}:
        raise NoTruthToMerge(
            f"A merge of the kind {asked!r} must be fitted against labels of people, "
            "for text agrees with pseudo-labels because it made them. Received: "
            "pseudo-labels in the calibration part. Have rows audited by people, or "
            "keep each source's own thresholds (--merge separate)."
        )
    return "separate"


def require_same_split(text_parts: Mapping[str, str], parts: Mapping[str, str]) -> None:
    """Refuses a text model that learned from what the merge is to be measured on.

    Args:
        text_parts: The part of each row that the text model was trained with, by id.
        parts: The part of each row here, by id.

    Raises:
        SplitError: If a row of either's calibration or test part is in another part
            for the other.
    """
    differing = [
        name
        for name, part in parts.items()
        if text_parts.get(name, part) != part and _HELD_OUT & {part, text_parts[name]}
    ]
    if differing:
        first = differing[0]
        raise SplitError(
            f"{len(differing)} videos are in other parts of the split for the text "
            f"model than here ({first!r}: {text_parts[first]} there, {parts[first]} "
            "here); text would be measured on what it learned. Train it on the same "
            "catalog with the same --split-by."
        )


def calibration_scores(
    models: BothModels,
    videos: Sequence[Video],
    store: FeatureStore,
    *,
    split_by: SplitKey = "auto",
) -> CalibrationScores:
    """Scores the calibration part with both models.

    Args:
        models: The two models, their calibrators fitted.
        videos: The described rows of the calibration part.
        store: Their features.
        split_by: What the parts of the split share none of.
    """
    scores = models.score(videos, store)
    halves = calibration_halves(videos, split_by)
    return halves.keep(
        models.label_set, scores.labels, text=scores.text, visual=scores.visual
    )


def fit_on_calibration(
    models: BothModels,
    kept: CalibrationScores,
    kinds: Sequence[MergeKind],
    *,
    promise: Promise,
    truth: Truth,
) -> list[MergePolicy]:
    """Fits merges of two models on the calibration part.

    Args:
        models: The two models, their own thresholds fitted.
        kept: What both say of the calibration part.
        kinds: What to fit; `separate` keeps the models' own thresholds.
        promise: What the merged decisions are to hold.
        truth: How the labels of the part came about.

    Returns:
        A policy for each kind.
    """
    return [
        models.separate()
        if kind == "separate"
        else fit_kept(kept, kind, promise=promise, truth=truth)
        for kind in kinds
    ]


def fit_kept(
    kept: CalibrationScores, kind: MergeKind, *, promise: Promise, truth: Truth
) -> MergePolicy:
    """Fits a merge on scores that were kept.

    Args:
        kept: What both models say of the calibration part.
        kind: What to fit.
        promise: What the merged decisions are to hold.
        truth: How the labels of the part came about.
    """
    return fit_merge(
        kept.text,
        kept.visual,
        kept.labels,
        kept.label_set,
        kind=kind,
        promise=promise,
        truth=truth,
        halves=Halves.of(kept),
    )
