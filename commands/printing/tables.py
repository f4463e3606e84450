"""The form of the tables that verbs print."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def figures_table(title: str | None = None) -> "Table":
    """A table without lines, its title above it on the left; it has no column yet."""
    from rich.table import Table

    return Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
