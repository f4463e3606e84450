"""Figures of the studies as tables, and puts them into their pages."""

from collections.abc import Sequence
from pathlib import Path


def replace_figures(page: Path, lines: Sequence[str]) -> None:
    """Puts lines between the marks of a page.

    Raises:
        ValueError: If the page lacks a mark.
    """
    begin, end = "<!-- figures -->\n", "<!-- end of figures -->"
    head, found, rest = page.read_text().partition(begin)
    _, found_end, tail = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"{page}: must have the marks {begin.strip()} and {end}")
    page.write_text("".join([head, begin, "\n".join(lines).strip(), "\n", end, tail]))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]
