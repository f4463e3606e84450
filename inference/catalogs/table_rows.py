"""Reads the rows of tables, one at a time: JSON lines, CSV, Parquet."""

import codecs
import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from vidcat.inference.catalogs.fields import from_spreadsheet
from vidcat.inference.catalogs.json_objects import json_object
from vidcat.inference.catalogs.table import Table


class InvalidCatalog(ValueError):
    """A catalog cannot be read; the text names file, row, field, value and remedy."""


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One row of a table, which may prove wrong when it is read."""

    number: int
    """Which row it is, the first is 1; in CSV that is the one with the names."""
    place: str
    """For messages, such as `row 7`."""
    shown: object
    """What the file has there, for the person who is to mend it."""
    read: Callable[[], Mapping[str, object]]
    """Gives the raw values by column.

    Raises:
        InvalidCatalog: If the row is wrong; names file and row.
    """


def _text_lines(source: Table) -> Iterator[str]:
    try:
        # Spreadsheets put a byte order mark first; `utf-8-sig` drops it.
        with source.file.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except UnicodeDecodeError:
        raise InvalidCatalog(_first_undecodable(source)) from None


def _first_undecodable(source: Table) -> str:
    """Says where a file is not UTF-8: reading it in blocks does not tell the line."""
    with source.file.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return _undecodable(source, f"line {number}", line, error)
    return f"{source}: the text must be UTF-8; the file has changed while it was read."


def _undecodable(
    source: Table, place: str, line: bytes, error: UnicodeDecodeError
) -> str:
    before = line[: error.start].decode()[-20:]
    return (
        f"{source}, {place}: the text must be UTF-8. Received: byte "
        f"{line[error.start]:#04x} after {before!r}. Save it as UTF-8 (in a "
        "spreadsheet: 'CSV UTF-8')."
    )


def _json_rows(source: Table) -> Iterator[TableRow]:
    with source.file.open("rb") as file:
        for number, read in enumerate(file, start=1):
            # Spreadsheets and editors put a byte order mark first.
            line = read.removeprefix(codecs.BOM_UTF8) if number == 1 else read
            if line.strip():
                place = f"row {number}"
                yield TableRow(
                    number=number,
                    place=place,
                    shown=line.decode(errors="replace").strip(),
                    read=partial(_json_row, source, place, line),
                )


def _json_row(source: Table, place: str, line: bytes) -> Mapping[str, object]:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise InvalidCatalog(_undecodable(source, place, line, error)) from None
    try:
        return json_object(text)
    except ValueError as error:
        raise InvalidCatalog(f"{source}, {place}: each line {error}") from None


def _csv_rows(source: Table) -> Iterator[TableRow]:
    for number, place, columns, cells in _spreadsheet(source):
        yield TableRow(
            number=number,
            place=place,
            shown=cells,
            read=partial(_csv_row, source, place, columns, cells),
        )


def _csv_row(
    source: Table, place: str, columns: list[str], cells: list[str]
) -> Mapping[str, object]:
    named = _named_cells(source, place, columns, cells)
    try:
        return from_spreadsheet(named)
    except ValueError as error:
        raise InvalidCatalog(f"{source}, {place}: {error}") from None


def spreadsheet_rows(source: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Reads a CSV file with an `id` column, as spreadsheets of any country save it.

    Args:
        source: The file: UTF-8, its columns named in the first row, cells separated
            by `,`, `;` or tabs.

    Yields:
        For each row that is not blank its place, such as `row 2`, and the text of
        its cells by column.

    Raises:
        InvalidCatalog: If the file is no such table; names file and row.
        OSError: If it cannot be read.
    """
    table = Table(name=str(source), file=source)
    for _, place, columns, cells in _spreadsheet(table):
        yield place, _named_cells(table, place, columns, cells)


def _spreadsheet(source: Table) -> Iterator[tuple[int, str, list[str], list[str]]]:
    """Number, place, names and cells of each row that is not blank."""
    lines = _text_lines(source)
    first = next(lines, "")
    # Spreadsheets of many countries write `;` or a tab where others write `,`.
    delimiter = max(",;\t", key=first.count)
    table = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    place = "row 1"
    try:
        columns = [name.strip() for name in next(table, [])]
        if "id" not in columns or len(set(columns)) < len(columns):
            raise InvalidCatalog(
                f"{source}, row 1: the columns must be named, `id` among them, each "
                f"name once. Received: {columns}. Name each column, and delete those "
                "that are empty."
            )
        for number, cells in enumerate(table, start=2):
            place = f"row {number}"
            if table.line_num != number:
                place += f" (up to line {table.line_num})"
            if any(cell.strip() for cell in cells):
                yield number, place, columns, cells
    except csv.Error as error:
        raise InvalidCatalog(
            f"{source}, after {place}: the CSV cannot be read: {error}. "
            "Check the quotation marks of the next row."
        ) from None


def _named_cells(
    source: Table, place: str, columns: list[str], cells: list[str]
) -> dict[str, str]:
    if len(cells) != len(columns):
        raise InvalidCatalog(
            f"{source}, {place}: a row must have {len(columns)} cells, as the first "
            f"row has. Received: {len(cells)} cells. Put text that holds the "
            "delimiter in quotation marks."
        )
    return dict(zip(columns, cells, strict=True))


def _parquet_rows(source: Table) -> Iterator[TableRow]:
    try:
        from pyarrow import lib, parquet
    except ImportError:
        raise ImportError(
            f"{source}: reading Parquet needs pyarrow. Run `pip install pyarrow`, or "
            "give the catalog as .jsonl or .csv."
        ) from None
    try:
        number = 0
        with parquet.ParquetFile(source.file) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield TableRow(
                        number=number,
                        place=f"row {number}",
                        shown={name: str(value) for name, value in row.items()},
                        read=partial(_as_it_is, row),
                    )
    except lib.ArrowInvalid as error:
        raise InvalidCatalog(f"{source}: not a Parquet file ({error}).") from None


def _as_it_is(row: Mapping[str, object]) -> Mapping[str, object]:
    return row


TABLE_READERS: Final[Mapping[str, Callable[[Table], Iterator[TableRow]]]] = {
    ".csv": _csv_rows,
    ".jsonl": _json_rows,
    ".parquet": _parquet_rows,
}
"""Give the rows of a table, by the ending of its name; blank rows are passed over.

Raise InvalidCatalog where the table as a whole cannot be read, and OSError.
"""
