"""Writes a rate card: a page for people, a table for spreadsheets, and JSON."""

import json
from datetime import date
from pathlib import Path

from vidcat.inference.files.whole_files import replace_text
from vidcat.training.rate_card.card import RateCard
from vidcat.training.rate_card.page import page_of
from vidcat.training.rate_card.pictures import Pictures
from vidcat.training.rate_card.table import table_of


def write_rate_card(
    card: RateCard, path: Path, *, made_on: date, pictures: Pictures | None = None
) -> None:
    """Writes the card as three files that differ in their endings.

    Args:
        card: The card.
        path: The page; `.csv` and `.json` are written beside it. Files that are there
            are replaced.
        made_on: For the reader.
        pictures: For the page.

    Raises:
        OSError: If a file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    values = json.dumps(card.to_json(), indent=1, allow_nan=False)
    for suffix, text in (
        (".json", values + "\n"),
        (".csv", table_of(card)),
        (path.suffix, page_of(card, made_on=made_on, pictures=pictures)),
    ):
        # An id or a language may hold half a surrogate pair, which no encoding has.
        writable = text.encode("utf-8", "replace").decode("utf-8")
        replace_text(path.with_suffix(suffix), writable)
