"""Prints what text and frames are worth together."""

import math
from typing import TYPE_CHECKING, Final

from vidcat.commands.printing.tables import figures_table

if TYPE_CHECKING:
    from rich.console import Console

    from vidcat.training.merges.evaluation import (
        Gain,
        MergeEvaluation,
        MergeRun,
        MergeSlice,
    )

_LEAST_VIDEOS: Final = 10
"""A language is shown from so many videos on; all are in the JSON."""

_GROUPS: Final = {
    "text_only": "text only",
    "agreed": "both",
    "visual_only": "frames only",
    "added_to_text": "added to text",
    "added_to_visual": "added to frames",
    "lost": "lost",
}


def print_merge(evaluation: "MergeEvaluation", served: str) -> None:
    """Prints the tables of an evaluation on stdout.

    Args:
        evaluation: What was measured.
        served: The kind of merge that the bundle serves with.
    """
    from rich.console import Console

    console = Console()
    _print_runs(console, evaluation, served)
    _print_groups(console, evaluation)
    _print_slices(console, evaluation, served)
    console.print(
        "* what the bundle serves with. Gains are in categories per video, on those "
        "of text alone and of the better source alone, each at its own thresholds. "
        "In brackets: 95 % intervals. `lost`: said by a source alone, and not merged.",
        highlight=False,
        markup=False,
    )


def _print_runs(console: "Console", evaluation: "MergeEvaluation", served: str) -> None:
    word = evaluation.precision_name
    table = figures_table(
        f"Test part: {evaluation.every.videos} videos, {evaluation.truth} "
        f"truth, target {word} {evaluation.target_precision:.2f}"
    )
    table.add_column("", no_wrap=True)
    for name in (
        "categories",
        "if covered",
        "coverage",
        word,
        "",
        "on text",
        "on best",
    ):
        table.add_column(name, justify="right")
    for run in evaluation.every.runs:
        point = run.operating_point
        table.add_row(
            run.name + (" *" if run.name == served else ""),
            f"{run.categories_per_video:.2f}",
            _number(point.categories_per_video),
            _number(point.coverage),
            _number(point.precision),
            _interval(point.precision_interval) if point.chosen else "",
            _gain(run.gain_over_text),
            _gain(run.gain_over_better),
        )
    console.print(table)


def _print_groups(console: "Console", evaluation: "MergeEvaluation") -> None:
    """The precision of what comes from where."""
    table = figures_table(
        f"{evaluation.precision_name.capitalize()} of what comes from where"
    )
    table.add_column("", no_wrap=True)
    merges = [run for run in evaluation.every.runs if run.groups is not None]
    for run in merges:
        table.add_column(run.name, justify="right")
    for name, heading in _GROUPS.items():
        table.add_row(heading, *(_group_cell(run, name) for run in merges))
    console.print(table)


def _group_cell(run: "MergeRun", name: str) -> str:
    group = (run.groups or {})[name]
    if not group.known:
        return "-"
    return (
        f"{_number(group.precision)} {_interval(group.precision_interval)}\n"
        f"{group.correct} of {group.known}"
    )


def _print_slices(
    console: "Console", evaluation: "MergeEvaluation", served: str
) -> None:
    """The merge that is served, on some of the videos."""
    slices: dict[str, MergeSlice | None] = {
        "with text": evaluation.with_text,
        "without text": evaluation.without_text,
        **{
            f"in {name}": part
            for name, part in evaluation.by_language.items()
            if part.videos >= _LEAST_VIDEOS
        },
    }
    word = evaluation.precision_name
    table = figures_table(
        f"Some of the videos, categories per video; merged by `{served}`"
    )
    table.add_column("", no_wrap=True)
    for name in ("videos", "text", "frames", "merged", "on text", word, ""):
        table.add_column(name, justify="right")
    for name, part in slices.items():
        if part is not None:
            table.add_row(name, str(part.videos), *_slice_cells(part, part.run(served)))
    console.print(table)


def _slice_cells(part: "MergeSlice", merged: "MergeRun") -> list[str]:
    point = merged.operating_point
    return [
        f"{part.run('text').categories_per_video:.2f}",
        f"{part.run('visual').categories_per_video:.2f}",
        f"{merged.categories_per_video:.2f}",
        _gain(merged.gain_over_text),
        _number(point.precision),
        _interval(point.precision_interval) if point.chosen else "",
    ]


def _gain(gain: "Gain | None") -> str:
    if gain is None or math.isnan(gain.relative):
        return "-"
    return f"{gain.relative:+.0%}"


def _interval(interval: tuple[float, float]) -> str:
    low, high = interval
    return f"({low:.2f}-{high:.2f})".replace("0.", ".")


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"
