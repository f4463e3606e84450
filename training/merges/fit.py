"""Puts a trained text model beside a trained visual one."""

from collections.abc import Mapping, Sequence

from vidcat.inference.features import FeatureStore
from vidcat.inference.merges.policy import MergeKind, MergePolicy
from vidcat.inference.video import Truth, Video
from vidcat.training.measuring.selection import weakest_truth
from vidcat.training.merges.scoring import BothModels
from vidcat.training.merging import fit_merge
from vidcat.training.splits import SplitError, calibration_halves

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


def fit_on_calibration(
    models: BothModels,
    videos: Sequence[Video],
    store: FeatureStore,
    kinds: Sequence[MergeKind],
    *,
    target_precision: float,
) -> list[MergePolicy]:
    """Fits merges of two models on the calibration part.

    Args:
        models: The two models, their own thresholds fitted.
        videos: The described rows of the calibration part.
        store: Their features.
        kinds: What to fit; `separate` keeps the models' own thresholds.
        target_precision: What the merged decisions are to hold.

    Returns:
        A policy for each kind.
    """
    if set(kinds) == {"separate"}:
        return [models.separate()]
    scores = models.score(videos, store)
    halves = calibration_halves([video.id for video in videos])
    truth = weakest_truth(videos)

    def fitted(kind: MergeKind) -> MergePolicy:
        return fit_merge(
            scores.text,
            scores.visual,
            scores.labels,
            models.label_set,
            kind=kind,
            target_precision=target_precision,
            truth=truth,
            halves=halves,
        )

    return [models.separate() if kind == "separate" else fitted(kind) for kind in kinds]
