"""Writes a rate card: a page for people, a table for spreadsheets, and JSON."""

import json
from datetime import date
from pathlib import Path

from vidcat.inference.files.whole_files import check_out_file, replace_text
from vidcat.training.rate_card.card import RateCard
from vidcat.training.rate_card.page import page_of
from vidcat.training.rate_card.pictures import Pictures
from vidcat.training.rate_card.table import table_of


def check_card_place(path: Path) -> None:
    """Refuses a page that `write_rate_card` cannot or must not write.

    Raises:
        UnfitFile: If one of the three files would take the place of something else.
    """
    check_out_file(path, "<!DOCTYPE html>")
    check_out_file(path.with_suffix(".json"), '{\n "videos": ')
    # A catalog begins with its id as well.
    check_out_file(path.with_suffix(".csv"), "id,name,path,sensitive,", "id\n")


def write_rate_card(
    card: RateCard, path: Path, *, made_on: date, pictures: Pictures | None = None
) -> None:
    """Writes the card as three files that differ in their endings.

    Args:
        card: The card.
        path: The page; `.csv` and `.json` are written beside it. An earlier card is
            replaced.
        made_on: For the reader.
        pictures: For the page.

    Raises:
        UnfitFile: As `check_card_place`.
        OSError: If a file cannot be written.
    """
    check_card_place(path)
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
