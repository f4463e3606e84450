"""The rows of a catalog one at a time, the wrong ones among them."""

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from vidcat.inference.catalog import (
    InvalidCatalog,
    is_folder,
    open_table,
    video_of,
    videos_in_folder,
)
from vidcat.inference.catalogs.fields import FIELDS
from vidcat.inference.catalogs.table import Table
from vidcat.inference.catalogs.table_rows import TableRow
from vidcat.inference.video import Video

_PLACE: Final = re.compile(
    r"\.(csv|jsonl|parquet), row \d+( \(up to line \d+\))?$", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class CatalogRow:
    """One row of a catalog: a video, or what is wrong with it."""

    catalog: str
    """Name of the file, of its own among those of the catalog."""
    number: int
    """Which row it is."""
    place: str
    """File and row, such as `videos.csv, row 7`: its name where it has no id."""
    video: Video | None = None
    """The video; `None` where the row is wrong."""
    reason: str | None = None
    """What is wrong with the row; `None` where nothing is."""
    shown: Any = None
    """What the file has in a wrong row, for the person who is to mend it."""
    weight: float = 0.0
    """Its value in the column that the rows are to be taken by; the largest first."""

    @property
    def rank(self) -> tuple[float, str, int]:
        """Rows are taken in the order of their ranks."""
        return (-self.weight, self.catalog, self.number)

    def refused(self, reason: str) -> "CatalogRow":
        """The same row, for which there is no video.

        Args:
            reason: What is wrong with it.
        """
        shown = None if self.video is None else self.video.id
        return replace(self, video=None, reason=reason, shown=shown)


def catalog_rows(
    source: str | os.PathLike[str],
    *,
    ignore_unknown: bool = False,
    order_by: str | None = None,
    name: str | None = None,
) -> Iterator[CatalogRow]:
    """Reads a catalog that may be larger than memory; a wrong row stops nothing.

    Args:
        source: As for `vidcat.inference.catalog.read_catalog`.
        ignore_unknown: Whether unknown columns are passed over. Defaults to `False`.
        order_by: Column of numbers that rows are to be taken by, the largest first;
            need not be a field of a video. Defaults to the order of the rows.
        name: What to call it. Defaults to the name of the file.

    Yields:
        The rows in their order. That an id comes twice is not noticed.

    Raises:
        InvalidCatalog: If the catalog as a whole cannot be read.
        RemoteFileError: If it cannot be fetched.
    """
    if is_folder(source):
        folder = Path(source)
        for number, video in enumerate(videos_in_folder(folder), start=1):
            yield CatalogRow(
                catalog=name or folder.name,
                number=number,
                place=video.id,
                video=video,
            )
        return
    with open_table(source) as (table, rows):
        for row in rows:
            yield _catalog_row(
                table, name or table.title, row, ignore_unknown, order_by
            )


def require_readable(
    source: str | os.PathLike[str],
    *,
    ignore_unknown: bool = False,
    order_by: str | None = None,
) -> None:
    """Refuses a catalog whose rows would all be wrong, by its first row.

    Args:
        source: As for `catalog_rows`.
        ignore_unknown: As for `catalog_rows`.
        order_by: As for `catalog_rows`.

    Raises:
        InvalidCatalog: If it has no row, unknown columns, or no such column to order
            by.
        FileNotFoundError: If it does not exist.
        RemoteFileError: If it cannot be fetched.
    """
    if is_folder(source):
        if order_by is not None:
            raise InvalidCatalog(
                f"{source}: a folder has no columns to order by. Received: "
                f"{order_by!r}. Give a table."
            )
        videos_in_folder(Path(source))
        return
    with open_table(source) as (table, rows):
        _require_first(table, next(rows, None), ignore_unknown, order_by)


def _require_first(
    source: Table, first: TableRow | None, ignore_unknown: bool, order_by: str | None
) -> None:
    if first is None:
        raise InvalidCatalog(f"{source}: a catalog must have at least one row.")
    given = first.read()
    if order_by is not None and order_by not in given:
        raise InvalidCatalog(
            f"{source}, {first.place}: there must be a column {order_by!r} to order "
            f"by. Received: {sorted(given)}"
        )
    unknown = given.keys() - FIELDS.keys() - {order_by}
    if unknown and not ignore_unknown:
        # One message with the remedy, in place of one for each row.
        video_of(source, first, given, ignore_unknown=False)


def _catalog_row(
    source: Table,
    name: str,
    row: TableRow,
    ignore_unknown: bool,
    order_by: str | None,
) -> CatalogRow:
    found = CatalogRow(catalog=name, number=row.number, place=f"{name}, {row.place}")
    try:
        given = row.read()
        weight = 0.0
        if order_by is not None:
            weight = _number(source, row, order_by, given.get(order_by))
            if order_by not in FIELDS:
                given = {name: given[name] for name in given if name != order_by}
        video = video_of(source, row, given, ignore_unknown=ignore_unknown)
        _require_no_place(source, row, video.id)
    except InvalidCatalog as error:
        return replace(found, reason=str(error), shown=row.shown)
    return replace(found, video=video, weight=weight)


def _require_no_place(source: Table, row: TableRow, video_id: str) -> None:
    """Keeps an id from being what a wrong row is known by: one result would go."""
    if _PLACE.search(video_id):
        raise InvalidCatalog(
            f"{source}, {row.place}: `id` must not be the place of a row, which wrong "
            f"rows are known by. Received: id={video_id!r}. Rename it."
        )


def _number(source: Table, row: TableRow, column: str, value: object) -> float:
    """The value to order by; what is missing comes last."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return -math.inf
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if math.isnan(number):
        raise InvalidCatalog(
            f"{source}, {row.place}: `{column}` must be a number to order by. "
            f"Received: {column}={value!r}"
        )
    return number
