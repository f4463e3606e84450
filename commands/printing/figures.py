"""Prints the figures of an evaluation: a table for people, JSON for programs."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vidcat.commands.printing.tables import figures_table

if TYPE_CHECKING:
    from vidcat.training.evaluation import Evaluation
    from vidcat.training.measuring.assessment import Assessment
    from vidcat.training.texts.assessment import TextAssessment


def print_assessment(
    assessment: "Assessment | TextAssessment", *, as_json: bool
) -> None:
    """Prints an assessment on stdout."""
    if as_json:
        print(json.dumps(assessment.to_json(), allow_nan=False))
        return
    title = "All rows" if assessment.whole_catalog else "New channels (test part)"
    _print_runs(title, assessment.new_channels)
    if assessment.known_channels:
        _print_runs("Known channels, later videos", assessment.known_channels)


def _print_runs(title: str, runs: Sequence["Evaluation"]) -> None:
    from rich.console import Console

    ours = runs[0]
    point = ours.operating_point
    table = figures_table(
        f"{title}: {point.videos} videos, {ours.truth} truth, "
        f"target {ours.precision_name} {ours.target_precision:.2f}"
    )
    table.add_column("", no_wrap=True)
    columns = (
        *(ours.precision_name, "coverage", "f1", "correct", "recall"),
        *("GAP", "mAP", "Hit@1", "PERR"),
    )
    for name in columns:
        table.add_column(name, justify="right")
    for run in runs:
        table.add_row(run.name, *_cells(run))
    console = Console()
    console.print(table)
    console.print(_remark(ours), highlight=False)


def _remark(ours: "Evaluation") -> str:
    """What the first row rests on."""
    point = ours.operating_point
    skipped = int(ours.metrics["classes_skipped"])
    every = skipped + int(ours.metrics["classes_scored"])
    examples = f"Categories without an example here: {skipped} of {every}."
    if not point.chosen:
        return (
            "Nothing is chosen: on the calibration part no threshold reaches "
            f"{ours.target_precision:.2f}, or no score here reaches the threshold. "
            + examples
        )
    low, high = point.precision_interval
    return (
        f"{ours.name}: {point.correct} of {point.chosen} chosen labels are right; 95 % "
        f"interval {low:.2f} to {high:.2f}; with implied ancestors "
        f"{_number(point.closed_precision)}. `correct` is coverage by correct labels. "
        + examples
    )


def _cells(run: "Evaluation") -> list[str]:
    point = run.operating_point
    metrics = run.metrics
    values = (
        *(point.precision, point.coverage, point.f1),
        *(point.correct_coverage, point.recall),
        *(metrics["gap"], metrics["mean_average_precision"]),
        *(metrics["hit_at_1"], metrics["perr"]),
    )
    return [_number(value) for value in values]


def _number(value: float) -> str:
    return "-" if value != value else f"{value:.3f}"  # noqa: PLR0124 (NaN)
