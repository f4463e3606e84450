"""Prints what an audit says about the text categorizer."""

from typing import TYPE_CHECKING

from vidcat.commands.printing.tables import figures_table

if TYPE_CHECKING:
    from vidcat.taxonomy.tree import Taxonomy
    from vidcat.training.audits.precision import AuditPrecision


def print_precision(precision: "AuditPrecision", taxonomy: "Taxonomy") -> None:
    """Prints on stdout how often the teacher is right, over all and by category."""
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    overall = precision.overall
    if not overall.answered:
        console.print("No row drawn by lot has a yes or a no: no precision.")
        return
    low, high = overall.precision_interval
    console.print(
        f"Precision of the text categorizer: {overall.precision:.2f} (95 % interval "
        f"{low:.2f} to {high:.2f}), estimated for {overall.decisions:.0f} decisions "
        f"from {overall.answered} verdicts.",
        highlight=False,
    )
    table = figures_table()
    for name in ("precision", "interval", "right", "verdicts", "decisions"):
        table.add_column(name, justify="right")
    table.add_column("category")
    commonest = sorted(precision.categories.items(), key=lambda one: -one[1].decisions)
    for category_id, figures in commonest:
        if figures.answered:
            low, high = figures.precision_interval
            table.add_row(
                f"{figures.precision:.2f}",
                f"{low:.2f} to {high:.2f}",
                *map(str, (figures.right, figures.answered)),
                f"{figures.decisions:.0f}",
                escape(taxonomy[category_id].path_text),
            )
    console.print(table)
