"""Prints results: a table for people, JSON lines for programs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.inference.results import Categorization, EvidenceSpan


def print_results(
    results: "Iterable[Categorization]", total: int, *, unit: str, as_json: bool
) -> None:
    """Prints results on stdout as they come, and counts them on stderr.

    Args:
        results: The results.
        total: How many there will be.
        unit: What they are of, in the plural.
        as_json: Whether to print JSON lines.
    """
    from vidcat.commands.printing.console import progress, say

    statuses: dict[str, int] = {}
    with progress("Categorizing", total) as update:
        for done, result in enumerate(results, start=1):
            print_result(result, as_json=as_json)
            statuses[result.status] = statuses.get(result.status, 0) + 1
            update(done, result.id)
    counted = ", ".join(f"{count} {status}" for status, count in statuses.items())
    say(f"{total} {unit}: {counted}.")


def print_result(result: "Categorization", *, as_json: bool) -> None:
    """Prints a result on stdout.

    Args:
        result: The result.
        as_json: Whether to print a JSON line.
    """
    if as_json:
        print(result.to_line(), flush=True)
    else:
        _print_table(result)


def _print_table(result: "Categorization") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    head = f"[bold]{_escaped(result.id)}[/]"
    if result.status != "ok":
        head += f"  {result.status}"
    console.print(head, highlight=False)
    if result.reason is not None:
        console.print(f"  {_escaped(result.reason)}", highlight=False)
    if not result.categories:
        return
    # Where only one of them was asked there is nothing to tell apart.
    both = result.parts["text"] != "no_model" and result.parts["visual"] != "not_asked"
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for name in ("score", "id", "category", *(["said by"] * both), "evidence"):
        table.add_column(name, justify="right" if name == "score" else "left")
    for category in result.categories:
        spans = ", ".join(map(_seconds, category.evidence))
        if category.evidence_reason is not None:
            spans = f"none: {category.evidence_reason}"
        mark = "" if category.confident else " (not confident)"
        path = " > ".join(category.path)
        said_by = [", ".join(category.sources)] * both
        table.add_row(
            f"{category.score:.2f}", category.id, path + mark, *said_by, spans
        )
    console.print(table)


def _seconds(span: "EvidenceSpan") -> str:
    # Whole seconds would show the short windows of a short clip as none at all.
    digits = 0 if span.end_seconds - span.start_seconds >= 1 else 1
    return f"{span.start_seconds:.{digits}f}-{span.end_seconds:.{digits}f} s"


def _escaped(text: str) -> str:
    from rich.markup import escape

    from vidcat.commands.printing.console import visible

    return escape(visible(text))
