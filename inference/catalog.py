"""Reads a platform's catalog: JSON lines, CSV, Parquet, or a folder of videos."""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from vidcat.inference.catalogs.fields import (
    FIELDS,
    field_values,
    from_spreadsheet,
    is_url,
)
from vidcat.inference.video import Truth, Video

__all__ = [
    "VIDEO_SUFFIXES",
    "InvalidCatalog",
    "Truth",
    "Video",
    "read_catalog",
    "spreadsheet_rows",
]

VIDEO_SUFFIXES: Final = frozenset(
    {".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"}
    | {".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"}
)

_Row = tuple[str, Mapping[str, object]]


class InvalidCatalog(ValueError):
    """A catalog cannot be read; the text names file, row, field, value and remedy."""


def read_catalog(
    path: str | os.PathLike[str], *, ignore_unknown: bool = False
) -> list[Video]:
    """Reads the videos of a catalog.

    Blank text counts as missing. A relative `path` in a row is relative to the
    catalog's folder; URLs are kept. A row without `path` has text only. Times
    without a zone are UTC. In CSV, lists are separated by `;`, an empty cell is
    missing, and a cell that holds only `;` is an empty list. Whether `labels` are
    ids of a taxonomy is checked by `vidcat.training.labels.check_labels`.

    Args:
        path: A file `.jsonl`, `.csv` or `.parquet` (needs pyarrow), or a folder:
            then each video file below it is a row, its relative path the id.
        ignore_unknown: Whether unknown columns are passed over. Defaults to `False`.

    Returns:
        The videos in the order of the catalog; of a folder, sorted by id.

    Raises:
        InvalidCatalog: If the catalog is empty, a row is wrong, or an id occurs twice.
        FileNotFoundError: If `path` does not exist.
        ImportError: If a Parquet file is given and pyarrow is not installed.
    """
    source = Path(path)
    if source.is_dir():
        return _videos_in_folder(source)
    if source.suffix.lower() not in _READERS:
        raise InvalidCatalog(
            f"{source}: a catalog must be a folder or one of {sorted(_READERS)}. "
            f"Received: {source.name!r}"
        )
    videos: list[Video] = []
    place_of: dict[str, str] = {}
    for place, row in _READERS[source.suffix.lower()](source):
        video = _video(source, place, row, ignore_unknown)
        if video.id in place_of:
            raise InvalidCatalog(
                f"{source}, {place}: `id` must be unique. Received: id={video.id!r}, "
                f"which {place_of[video.id]} has too. Remove or rename one of them."
            )
        place_of[video.id] = place
        videos.append(video)
    if not videos:
        raise InvalidCatalog(f"{source}: a catalog must have at least one row.")
    return videos


def _video(
    source: Path, place: str, row: Mapping[str, object], ignore_unknown: bool
) -> Video:
    unknown = [name for name in row if name not in FIELDS]
    if unknown and not ignore_unknown:
        raise InvalidCatalog(f"{source}, {place}: {_unknown_columns(unknown)}")
    known = {name: value for name, value in row.items() if name in FIELDS}
    try:
        values: dict[str, Any] = field_values(known)
        if "id" not in values:
            raise ValueError(
                f"`id` must be given. Received: id={row.get('id')!r}. "
                "Give each video an id of its own."
            )
        if "path" in values:
            values["path"] = _resolved(values["path"], source.parent)
        return Video(**values)
    except ValueError as error:
        raise InvalidCatalog(f"{source}, {place}: {error}") from None


def _unknown_columns(unknown: list[str]) -> str:
    hints = [
        f"{name!r} may mean {close!r}"
        for name in unknown
        for close in get_close_matches(name.strip().lower(), FIELDS, n=1)
    ]
    guess = f" ({'; '.join(hints)})" if hints else ""
    return (
        f"columns must be known. Received: {unknown}{guess}. Known are "
        f"{sorted(FIELDS)}. Rename them, or pass them over with --ignore-unknown "
        "(`ignore_unknown=True`)."
    )


def _resolved(path: str, folder: Path) -> str:
    return path if is_url(path) else str(folder / path)


def _videos_in_folder(folder: Path) -> list[Video]:
    files = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [
            Path(parent, name)
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in VIDEO_SUFFIXES
        ]
    if not files:
        raise InvalidCatalog(
            f"{folder}: a folder must hold video files. "
            f"Known are {' '.join(sorted(VIDEO_SUFFIXES))}."
        )
    ids = {file.relative_to(folder).as_posix(): file for file in files}
    for name in ids:
        if name.encode(errors="replace").decode() != name:
            raise InvalidCatalog(
                f"{folder}: file names must be UTF-8. Received: {name!r}. Rename it."
            )
    return [Video(id=name, path=str(ids[name])) for name in sorted(ids)]


def _text_lines(source: Path) -> Iterator[str]:
    try:
        # Spreadsheets put a byte order mark first; `utf-8-sig` drops it.
        with source.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except UnicodeDecodeError:
        raise InvalidCatalog(_first_undecodable(source)) from None


def _first_undecodable(source: Path) -> str:
    """Says where a file is not UTF-8: reading it in blocks does not tell the line."""
    with source.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                before = line[: error.start].decode()[-20:]
                return (
                    f"{source}, line {number}: the text must be UTF-8. Received: byte "
                    f"{line[error.start]:#04x} after {before!r}. Save it as UTF-8 (in "
                    "a spreadsheet: 'CSV UTF-8')."
                )
    return f"{source}: the text must be UTF-8; the file has changed while it was read."


def _json_rows(source: Path) -> Iterator[_Row]:
    for number, line in enumerate(_text_lines(source), start=1):
        place = f"row {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_unique_fields)
        # Lists in lists without end exhaust the parser's stack.
        except (ValueError, RecursionError) as error:
            raise InvalidCatalog(
                f"{source}, {place}: each line must be one JSON object. "
                f"Received: {line.strip()[:60]!r} ({error})"
            ) from None
        if not isinstance(row, dict):
            raise InvalidCatalog(
                f"{source}, {place}: each line must be one JSON object. "
                f"Received: {line.strip()[:60]!r}"
            )
        yield place, row


def _unique_fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"fields given twice: {twice}")
    return row


def _csv_rows(source: Path) -> Iterator[_Row]:
    for place, cells in spreadsheet_rows(source):
        try:
            row = from_spreadsheet(cells)
        except ValueError as error:
            raise InvalidCatalog(f"{source}, {place}: {error}") from None
        yield place, row


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
    lines = _text_lines(source)
    first = next(lines, "")
    # Spreadsheets of many countries write `;` or a tab where others write `,`.
    delimiter = max(",;\t", key=first.count)
    table = csv.reader(_again(first, lines), delimiter=delimiter, strict=True)
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
                yield place, _named_cells(source, place, columns, cells)
    except csv.Error as error:
        raise InvalidCatalog(
            f"{source}, after {place}: the CSV cannot be read: {error}. "
            "Check the quotation marks of the next row."
        ) from None


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _named_cells(
    source: Path, place: str, columns: list[str], cells: list[str]
) -> dict[str, str]:
    if len(cells) != len(columns):
        raise InvalidCatalog(
            f"{source}, {place}: a row must have {len(columns)} cells, as the first "
            f"row has. Received: {len(cells)} cells. Put text that holds the "
            "delimiter in quotation marks."
        )
    return dict(zip(columns, cells, strict=True))


def _parquet_rows(source: Path) -> Iterator[_Row]:
    try:
        from pyarrow import lib, parquet
    except ImportError:
        raise ImportError(
            f"{source}: reading Parquet needs pyarrow. Run `pip install pyarrow`, or "
            "give the catalog as .jsonl or .csv."
        ) from None
    try:
        number = 0
        with parquet.ParquetFile(source) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", row
    except lib.ArrowInvalid as error:
        raise InvalidCatalog(f"{source}: not a Parquet file ({error}).") from None


_READERS: Final = {
    ".csv": _csv_rows,
    ".jsonl": _json_rows,
    ".parquet": _parquet_rows,
}
