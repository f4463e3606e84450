"""How each category does by itself."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vidcat.inference.decisions import Basis, FloatArray, Support, Thresholds
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.deciding.support import predictions_needed
from vidcat.training.measuring.measures import Labels, average_precision_per_label
from vidcat.training.measuring.operating_point import (
    CONFIDENCE,
    BoolArray,
    Interval,
    clopper_pearson,
)

_STRONGEST_FIRST: Final[tuple[Basis, ...]] = ("own", "pooled", "parent", "abstains")


@dataclass(frozen=True, kw_only=True)
class SourceThreshold:
    """What one source's score of a category must reach."""

    source: str
    """`visual`, `text` or `merged`; `scores` where it is not said whose they are."""
    value: float
    """The threshold; infinity where the source never says it."""
    confident: bool
    """Whether it was shown to hold for this category by itself."""
    basis: Basis | None
    """Why it is what it is; `None` if that was not kept."""
    support: Support | None
    """What it was shown by, on the calibration part."""


@dataclass(frozen=True, kw_only=True)
class LabelFigures:
    """How one category does."""

    id: str
    """Category id."""
    name: str
    """Its own name."""
    positives: int
    """Videos of which it is true."""
    average_precision: float
    """From all scores; NaN without positives."""
    threshold: float
    """What its score must reach, by the source that asks least; infinity where it is
    never chosen."""
    chosen: int
    """Videos of known truth for which it was chosen."""
    correct: int
    """Those of them that are right."""
    precision: float
    """Share of these that is right; NaN without any."""
    precision_interval: Interval
    """Two-sided Clopper-Pearson bounds, the videos taken as independent."""
    coverage: float
    """Share of all videos for which it was chosen, be its truth known or not."""
    basis: Basis | None
    """The strongest among its thresholds; `None` if that was not kept."""
    confident: bool
    """Whether one of them was shown to hold for it by itself."""
    thresholds: tuple[SourceThreshold, ...]
    """One a source."""
    predictions_needed: int | None
    """Independent predictions on the calibration part that would show the target, were
    the share that is right as it is here (all of them where nothing is chosen). `None`
    where it is confident, or where no number would do."""


def label_figures(
    truth: Labels,
    scores: FloatArray,
    chosen: BoolArray,
    thresholds: Mapping[str, Thresholds],
    *,
    category_ids: Sequence[str],
    taxonomy: Taxonomy,
    columns: Sequence[int],
    videos: int,
) -> tuple[LabelFigures, ...]:
    """Measures each category.

    Args:
        truth: 1 yes, 0 no, -1 unknown, shape `(N, C)`.
        scores: Scores of the same shape.
        chosen: Decisions without implied ancestors, of the same shape.
        thresholds: Behind the decisions, by source.
        category_ids: The C categories.
        taxonomy: The taxonomy they belong to.
        columns: The position of each of them among the values of the thresholds;
            beyond the values of a source, it never chooses.
        videos: All videos in scope that have truth, failed ones included.

    Returns:
        The figures of each.
    """
    known_chosen = chosen & (truth >= 0)
    counts = zip(
        np.count_nonzero(truth == 1, axis=0).tolist(),
        np.count_nonzero(known_chosen, axis=0).tolist(),
        np.count_nonzero(known_chosen & (truth == 1), axis=0).tolist(),
        np.count_nonzero(chosen[(truth >= 0).any(axis=1)], axis=0).tolist(),
        average_precision_per_label(truth, scores).tolist(),
        strict=True,
    )
    found = []
    for at, (positives, predicted, correct, said, average) in enumerate(counts):
        each = tuple(
            _of_source(name, one, columns[at]) for name, one in thresholds.items()
        )
        precision = correct / predicted if predicted else float("nan")
        confident = any(one.confident for one in each)
        found.append(
            LabelFigures(
                id=category_ids[at],
                name=taxonomy[category_ids[at]].name,
                positives=positives,
                average_precision=average,
                threshold=min((one.value for one in each), default=np.inf),
                chosen=predicted,
                correct=correct,
                precision=precision,
                precision_interval=clopper_pearson(correct, predicted),
                coverage=said / videos if videos else float("nan"),
                basis=_strongest(each),
                confident=confident,
                thresholds=each,
                predictions_needed=None
                if confident
                else _needed(precision, thresholds.values()),
            )
        )
    return tuple(found)


def _of_source(source: str, thresholds: Thresholds, at: int) -> SourceThreshold:
    has_value = at < len(thresholds.values)
    basis = thresholds.basis[at] if thresholds.basis and has_value else None
    support = thresholds.support[at] if thresholds.support and has_value else None
    return SourceThreshold(
        source=source,
        value=thresholds.values[at] if has_value else np.inf,
        confident=has_value and thresholds.confident[at],
        basis=basis,
        support=support,
    )


def _strongest(each: Sequence[SourceThreshold]) -> Basis | None:
    found = {one.basis for one in each}
    return next((one for one in _STRONGEST_FIRST if one in found), None)


def _needed(precision: float, thresholds: Iterable[Thresholds]) -> int | None:
    """How many predictions the strictest of the thresholds asks for."""
    supposed = 1.0 if math.isnan(precision) else precision
    found = [
        predictions_needed(supposed, one.target_precision, one.assurance or CONFIDENCE)
        for one in thresholds
    ]
    known = [one for one in found if one is not None]
    return max(known) if known and len(known) == len(found) else None
