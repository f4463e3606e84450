"""Prints the figures of an evaluation: a table for people, JSON for programs."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.training.assessment import Assessment
    from vidcat.training.evaluation import Evaluation


def print_assessment(assessment: "Assessment", *, as_json: bool) -> None:
    """Prints an assessment on stdout."""
    if as_json:
        print(json.dumps(assessment.to_json(), allow_nan=False))
        return
    _print_runs("New channels (test part)", assessment.new_channels)
    if assessment.known_channels:
        _print_runs("Known channels, later videos", assessment.known_channels)


def _print_runs(title: str, runs: Sequence["Evaluation"]) -> None:
    from rich.console import Console
    from rich.table import Table

    ours = runs[0]
    point = ours.operating_point
    table = Table(
        title=f"{title}: {point.videos} videos, {ours.truth} truth, "
        f"target {ours.precision_name} {ours.target_precision:.2f}",
        title_justify="left",
        box=None,
        padding=(0, 2, 0, 0),
    )
    table.add_column("")
    columns = (
        *(ours.precision_name, "coverage", "f1", "correct coverage", "recall"),
        *("GAP", "mAP", "Hit@1", "PERR"),
    )
    for name in columns:
        table.add_column(name, justify="right")
    for run in runs:
        table.add_row(run.name, *_cells(run))
    console = Console()
    console.print(table)
    low, high = point.precision_interval
    skipped = int(ours.metrics["classes_skipped"])
    console.print(
        f"95 % interval of the first {ours.precision_name}: {low:.2f} to {high:.2f} "
        f"({point.correct} of {point.chosen} chosen labels). With implied ancestors: "
        f"{_number(point.closed_precision)}. Categories without an example here: "
        f"{skipped} of {len(ours.labels)}.",
        highlight=False,
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
