"""Prints what changes from one measured run to the next."""

import math
from typing import TYPE_CHECKING, Final

from vidcat.commands.printing.console import say, visible
from vidcat.commands.printing.tables import figures_table

if TYPE_CHECKING:
    from rich.console import Console

    from vidcat.training.comparing.categories import CategoryComparison
    from vidcat.training.comparing.comparison import Comparison

SHOWN_CATEGORIES: Final = 10
"""Those that change most; all are in the JSON."""

_HEADINGS: Final = {
    "coverage_at_target": "coverage at target",
    "correct_coverage": "correct coverage",
    "categories": "categories a video",
    "gap": "GAP",
    "mean_average_precision": "mAP",
}


def print_comparison(comparison: "Comparison") -> None:
    """Prints the tables of a comparison on stdout."""
    from rich.console import Console

    console = Console()
    _print_figures(console, comparison)
    _print_categories(console, comparison)


def say_what_was_paired(comparison: "Comparison") -> None:
    """Says on stderr what the runs do not share, and what was not judged."""
    counts = comparison.counts
    for which, videos, labels in (
        ("old", counts.only_old_videos, counts.only_old_labels),
        ("new", counts.only_new_videos, counts.only_new_labels),
    ):
        if videos:
            say(f"Left out: {videos} videos that only the {which} run has.")
        if labels:
            say(
                f"Left out: {len(labels)} labels that only the {which} run has: "
                f"{', '.join(labels)}."
            )
    if counts.contradictions:
        say(
            f"Taken as unknown: {counts.contradictions} pairs of video and label whose "
            "truth differs between the runs."
        )
    if counts.old_target != comparison.target_precision:
        say(
            f"The old decisions were fitted for {counts.old_target:.2f}; coverage at "
            f"the target is at {comparison.target_precision:.2f} for both."
        )
    small = sum(one.together is None for one in comparison.categories)
    if small:
        say(
            f"Not judged: {small} of {len(comparison.categories)} categories, true of "
            "too few owners' videos."
        )


def _print_figures(console: "Console", comparison: "Comparison") -> None:
    counts = comparison.counts
    table = figures_table(
        f"{counts.videos} common videos of {counts.owners} owners, {comparison.truth} "
        f"truth, target {comparison.precision_name} {comparison.target_precision:.2f}"
    )
    table.add_column("", no_wrap=True)
    for name in ("old", "new", "difference", "95 % interval", "new better"):
        table.add_column(name, justify="right")
    for name, figure in comparison.figures.items():
        heading = _HEADINGS.get(name, name)
        if name == "precision":
            heading = comparison.precision_name
        table.add_row(
            heading,
            _number(figure.old),
            _number(figure.new),
            _signed(figure.difference),
            _interval(figure.interval),
            "-" if math.isnan(figure.new_better) else f"{figure.new_better:.0%}",
        )
    for name, (old, new) in comparison.ranking.items():
        cells = (_number(old), _number(new), _signed(new - old))
        table.add_row(_HEADINGS[name], *cells, "", "")
    console.print(table)
    console.print(
        f"Old: {visible(comparison.old_name)}. New: {visible(comparison.new_name)}. "
        "`new better`: share "
        f"of {comparison.draws} draws of owners in which the new run has more.",
        highlight=False,
        markup=False,
    )


def _print_categories(console: "Console", comparison: "Comparison") -> None:
    from rich.markup import escape

    judged = [one for one in comparison.categories if one.together is not None]
    if not judged:
        return
    most = sorted(judged, key=lambda one: -abs(one.f1.difference))[:SHOWN_CATEGORIES]
    most.sort(key=lambda one: one.f1.difference)
    table = figures_table(f"Categories that change most, of {len(judged)} judged")
    table.add_column("")
    for name in ("videos", comparison.precision_name, "recall", "f1", "95 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in most:
        table.add_row(escape(" > ".join(one.path)), *_category_cells(one))
    console.print(table)
    console.print(
        "f1 is that of precision and recall. Its intervals hold for all categories "
        "together.",
        highlight=False,
    )


def _category_cells(one: "CategoryComparison") -> list[str]:
    pairs = (one.precision, one.recall)
    return [
        str(one.positives),
        *(f"{_number(pair.old, 2)} > {_number(pair.new, 2)}" for pair in pairs),
        _signed(one.f1.difference, 2),
        "" if one.together is None else _interval(one.together, 2),
    ]


def _interval(interval: tuple[float, float], digits: int = 3) -> str:
    low, high = (_signed(one, digits) for one in interval)
    return "-" if math.isnan(interval[0]) else f"{low} to {high}"


def _signed(value: float, digits: int = 3) -> str:
    return "-" if math.isnan(value) else f"{value:+.{digits}f}"


def _number(value: float, digits: int = 3) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
