"""Prints a rate card as a table, or as JSON."""

import json
from typing import TYPE_CHECKING

from vidcat.commands.printing.tables import figures_table

if TYPE_CHECKING:
    from vidcat.training.rate_card.card import CardRow, RateCard


def print_rate_card(card: "RateCard", *, as_json: bool) -> None:
    """Prints a card on stdout."""
    if as_json:
        print(json.dumps(card.to_json(), allow_nan=False))
        return
    from rich.console import Console
    from rich.markup import escape

    table = figures_table(
        f"{card.sellable} of {len(card.rows)} categories may be sold, on {card.videos} "
        f"videos; {card.truth} truth, target {card.precision_name} "
        f"{card.target_precision:.2f}"
    )
    table.add_column("category")
    for name in ("videos", "minutes", card.precision_name, "interval"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("sellable")
    for row in card.rows:
        mark = " (sensitive)" if row.category.sensitive else ""
        reason = row.sellable.reason.replace("_", " ")
        answer = "yes" if row.sellable.yes else f"no: {reason}"
        table.add_row(escape(row.category.path_text + mark), *_cells(row), answer)
    Console().print(table)


def _cells(row: "CardRow") -> list[str]:
    minutes = "-" if row.minutes is None else f"{row.minutes:.1f}"
    measured = row.measured
    if measured is None or measured.precision is None:
        return [str(row.tally.videos), minutes, "-", ""]
    return [
        str(row.tally.videos),
        minutes,
        f"{measured.precision:.2f}",
        "{:.2f} to {:.2f}".format(*measured.interval),
    ]
