"""From measured runs to what a report shows of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from vidcat.training.deciding.support import predictions_needed
from vidcat.training.evaluation import Evaluation, evaluate_run
from vidcat.training.measuring.comparable import require_comparable
from vidcat.training.measuring.confusions import confusions
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.measuring.operating_point import CONFIDENCE
from vidcat.training.measuring.reliability import reliability_before_and_after
from vidcat.training.measuring.slices import slice_run
from vidcat.training.provenance import made_by
from vidcat.training.reporting.document import (
    CategoryRow,
    ReportDocument,
    ReportedRun,
    SupportNeeded,
)
from vidcat.training.reporting.examples import pick_examples, with_pictures

_SUPPOSED: Final = (1.0, 0.95, 0.9, 0.85, 0.82)
"""Precisions for which the report says how many predictions show the target."""


def compose_report(
    runs: Sequence[MeasuredRun],
    *,
    known: MeasuredRun | None = None,
    sources: Sequence[MeasuredRun] = (),
    left_out: Mapping[str, int] | None = None,
    examples: int,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> ReportDocument:
    """Measures runs in every way that a report shows.

    Args:
        runs: The run that the report is about, then others to be laid beside it. They
            may be of other videos, which the report says.
        known: The first network on later videos of channels that it was trained on;
            may be measured against another truth, which the report says.
        sources: Text, frames, and merges of one bundle on the same videos; the merge
            that is served says so in its provenance.
        left_out: Rows of the catalog that were not measured on, by reason.
        examples: Right choices, and wrong ones, to show.
        seed: Of the examples that are drawn.
        progress: Told of how many examples pictures are there.

    Returns:
        The document.

    Raises:
        ValueError: If there is no run, runs differ in truth or target, or one has no
            video with truth.
    """
    require_comparable([*runs, *sources])
    first, *others = _with_own_names(runs)
    sliced = slice_run(first, known)
    ours = evaluate_run(first, sliced.intervals)
    picked = pick_examples(first, examples, seed)
    served = [run.name for run in sources if run.provenance.get("served")]
    return ReportDocument(
        made=made_by(),
        truth=first.truth,
        target_precision=first.target_precision,
        assurance=_assurance(first),
        taxonomy_version=first.label_set.taxonomy_version,
        part=first.provenance.get("part"),
        runs=(
            _reported(first, first, ours),
            *(_reported(run, first, evaluate_run(run)) for run in others),
        ),
        sources=tuple(_reported(run, first, evaluate_run(run)) for run in sources),
        served=served[0] if served else None,
        slices=sliced.kinds,
        calibration=reliability_before_and_after(first),
        categories=_categories(first, ours),
        support=_support(first),
        confusions=confusions(first),
        examples=with_pictures(picked, progress),
        left_out={} if left_out is None else dict(left_out),
        provenance=first.provenance,
    )


def _with_own_names(runs: Sequence[MeasuredRun]) -> list[MeasuredRun]:
    """The runs, a number behind a name that comes again."""
    seen: Counter[str] = Counter()
    named = []
    for run in runs:
        seen[run.name] += 1
        again = seen[run.name] > 1
        named.append(
            replace(run, name=f"{run.name} ({seen[run.name]})") if again else run
        )
    return named


def _reported(
    run: MeasuredRun, first: MeasuredRun, evaluation: Evaluation
) -> ReportedRun:
    ids = {one.id for one in (*first.videos, *first.failed)}
    noted = run.provenance
    return ReportedRun(
        evaluation=evaluation,
        bundle=noted.get("bundle"),
        measured_at=noted.get("measured_at"),
        vidcat=noted.get("vidcat"),
        commit=noted.get("commit"),
        shared_videos=sum(one.id in ids for one in (*run.videos, *run.failed)),
    )


def _categories(run: MeasuredRun, ours: Evaluation) -> tuple[CategoryRow, ...]:
    visual = dict(zip(run.label_set.ids, run.label_set.visual, strict=True))
    return tuple(
        CategoryRow(
            figures=one,
            path=run.taxonomy[one.id].path_text,
            visual=visual.get(one.id),
            abstains=bool(np.isinf(one.threshold)),
        )
        for one in ours.labels
    )


def _assurance(run: MeasuredRun) -> float:
    found = [one.assurance for one in run.thresholds.values()]
    return max((one for one in found if one is not None), default=CONFIDENCE)


def _support(run: MeasuredRun) -> tuple[SupportNeeded, ...]:
    target, assurance = run.target_precision, _assurance(run)
    supposed = [one for one in _SUPPOSED if one > target] or [1.0]
    return tuple(
        SupportNeeded(
            precision=one, predictions=predictions_needed(one, target, assurance)
        )
        for one in supposed
    )
