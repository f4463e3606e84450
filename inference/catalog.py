"""Reads a platform's catalog: JSON lines, CSV, Parquet, or a folder of videos."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from vidcat.inference.catalogs.fields import FIELDS, field_values, is_url
from vidcat.inference.catalogs.table import Table, suffix_of, table_at
from vidcat.inference.catalogs.table_rows import (
    TABLE_READERS,
    InvalidCatalog,
    TableRow,
    spreadsheet_rows,
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
        path: A file `.jsonl`, `.csv` or `.parquet` (needs pyarrow), or the URL of one;
            or a folder of this machine: then each video file below it is a row, its
            relative path the id.
        ignore_unknown: Whether unknown columns are passed over. Defaults to `False`.

    Returns:
        The videos in the order of the catalog; of a folder, sorted by id.

    Raises:
        InvalidCatalog: If the catalog is empty, a row is wrong, or an id occurs twice.
        FileNotFoundError: If `path` does not exist.
        RemoteFileError: If it cannot be fetched.
        ImportError: If a Parquet file is given and pyarrow is not installed.
    """
    if is_folder(path):
        return videos_in_folder(Path(path))
    videos: list[Video] = []
    place_of: dict[str, str] = {}
    with open_table(path) as (table, rows):
        for row in rows:
            video = video_of(table, row, row.read(), ignore_unknown=ignore_unknown)
            if video.id in place_of:
                raise InvalidCatalog(
                    f"{table}, {row.place}: {id_twice(video.id, place_of[video.id])}"
                )
            place_of[video.id] = row.place
            videos.append(video)
    if not videos:
        raise InvalidCatalog(f"{path}: a catalog must have at least one row.")
    return videos


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a catalog is a folder of this machine."""
    return not is_url(os.fspath(path)) and Path(path).is_dir()


@contextmanager
def open_table(
    path: str | os.PathLike[str],
) -> Iterator[tuple[Table, Iterator[TableRow]]]:
    """A table and its rows, whichever form it has and wherever it is.

    Args:
        path: A file `.jsonl`, `.csv` or `.parquet`, or the URL of one.

    Raises:
        InvalidCatalog: If it is none of these, or cannot be read as a whole.
        RemoteFileError: If it cannot be fetched.
    """
    if (suffix := suffix_of(path)) not in TABLE_READERS:
        raise InvalidCatalog(
            f"{path}: a catalog must be a folder or one of {sorted(TABLE_READERS)}. "
            f"Received: {Path(path).name!r}"
        )
    with table_at(path) as table:
        yield table, TABLE_READERS[suffix](table)


def id_twice(video_id: str, first_place: str) -> str:
    """What is wrong with a row whose id was there before, in `first_place`."""
    return (
        f"`id` must be unique. Received: id={video_id!r}, which {first_place} has too. "
        "Remove or rename one of them."
    )


def video_of(
    source: Table, row: TableRow, given: Mapping[str, object], *, ignore_unknown: bool
) -> Video:
    """The video of a row.

    Args:
        source: The catalog.
        row: Says where it is.
        given: The raw values of the row.
        ignore_unknown: Whether unknown columns are passed over.

    Raises:
        InvalidCatalog: If a value is wrong; names file, row and field.
    """
    place = row.place
    unknown = [name for name in given if name not in FIELDS]
    if unknown and not ignore_unknown:
        raise InvalidCatalog(f"{source}, {place}: {_unknown_columns(unknown)}")
    known = {name: value for name, value in given.items() if name in FIELDS}
    try:
        values: dict[str, Any] = field_values(known)
        if "id" not in values:
            raise ValueError(
                f"`id` must be given. Received: id={given.get('id')!r}. "
                "Give each video an id of its own."
            )
        if "path" in values:
            values["path"] = source.beside(values["path"])
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


def videos_in_folder(folder: Path) -> list[Video]:
    """A row for each video file below a folder, sorted by id.

    Raises:
        InvalidCatalog: If there is none, or a name is not UTF-8.
    """
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
