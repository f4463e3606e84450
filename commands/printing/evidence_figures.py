"""Prints how faithful evidence is."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.training.faithfulness.check import FaithfulnessCheck
    from vidcat.training.faithfulness.intervals import MeanInterval


def print_check(check: "FaithfulnessCheck") -> None:
    """Prints both measurements as tables for people.

    Args:
        check: What was measured.
    """
    from rich.console import Console
    from rich.table import Table

    console = Console()
    curves, planted = check.curves, check.planted
    console.print(
        f"Deletion and insertion: {len(curves.groups)} categories said of "
        f"{check.videos} videos; areas under the curves of the probability.",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for name in ("order", "deletion", "less than random", "insertion", "more"):
        table.add_column(name, justify="left" if name == "order" else "right")
    for name, gain in curves.gains().items():
        order = curves.by_method[name]
        table.add_row(
            name,
            f"{order.deletion_area.mean():.3f}",
            _with_ends(gain["deletion"]),
            f"{order.insertion_area.mean():.3f}",
            _with_ends(gain["insertion"]),
        )
    random = curves.random
    areas = random.deletion_area.mean(), random.insertion_area.mean()
    table.add_row("random", f"{areas[0]:.3f}", "", f"{areas[1]:.3f}", "")
    console.print(table)
    console.print(
        f"Planted: {planted.planted} videos with ten seconds of another category; "
        f"predicted in {planted.predicted}, {planted.said_of_host} left out because it "
        "is said of the host alone.",
        highlight=False,
    )
    if not planted.predicted:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for name in ("method", "found (IoU 0.5)", "chance", "median IoU"):
        table.add_column(name, justify="left" if name == "method" else "right")
    for name, finds in planted.by_method.items():
        figures = finds.to_json()
        table.add_row(
            name,
            _with_ends(finds.found),
            f"{figures['chance']:.2f}",
            f"{figures['median_iou']:.2f}",
        )
    console.print(table)


def _with_ends(interval: "MeanInterval") -> str:
    return f"{interval.mean:.2f} ({interval.low:.2f} to {interval.high:.2f})"
