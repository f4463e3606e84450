"""The card as a CSV file for a spreadsheet."""

import csv
import io
from typing import Any

from vidcat.inference.catalogs.spreadsheet_cells import shielded
from vidcat.taxonomy.tree import PATH_SEPARATOR
from vidcat.training.rate_card.card import RateCard


def table_of(card: RateCard) -> str:
    """The text of the CSV file, one row a category.

    Columns are those of the JSON form, the interval in two of them.
    """
    word = card.precision_name
    text = io.StringIO(newline="")
    rows = [_cells(row, word) for row in card.to_json()["categories"]]
    columns = list(rows[0]) if rows else ["id"]
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _cells(row: dict[str, Any], word: str) -> dict[str, str]:
    low, high = row.pop(f"{word}_interval") or (None, None)
    values = row | {
        "path": PATH_SEPARATOR.join(row["path"]),
        "sensitive": "yes" if row["sensitive"] else "no",
        "sellable": "yes" if row["sellable"] else "no",
        "languages": "; ".join(f"{name}: {n}" for name, n in row["languages"].items()),
        f"{word}_low": low,
        f"{word}_high": high,
    }
    return {name: shielded(_cell(value)) for name, value in values.items()}


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
