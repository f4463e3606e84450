"""`ReadCatalog`: the rows of a catalog, the wrong ones among them."""

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.catalogs.rows import CatalogRow, catalog_rows
from vidcat.inference.catalogs.table import title_of
from vidcat.inference.pipeline.files import matching
from vidcat.inference.remote.web import is_web


class ReadCatalog(beam.PTransform):
    """Reads a catalog; each file of it is read by one worker.

    Args:
        catalog: A table `.jsonl`, `.csv` or `.parquet`, a pattern of such (`*`), or a
            folder of videos; absolute, or a URL.
        ignore_unknown: Whether unknown columns are passed over.
        order_by: Column of numbers that rows are to be taken by, the largest first.
    """

    def __init__(
        self,
        catalog: str,
        *,
        ignore_unknown: bool = False,
        order_by: str | None = None,
    ) -> None:
        super().__init__()
        self.catalog = catalog
        self.ignore_unknown = ignore_unknown
        self.order_by = order_by

    def expand(self, start: beam.Pipeline) -> Any:
        """Gives a PCollection of `CatalogRow`."""
        return (
            start
            | beam.Create([self.catalog])
            | "Files" >> beam.FlatMap(_named_files)
            | beam.Reshuffle()
            | "Rows" >> beam.FlatMap(_rows, self.ignore_unknown, self.order_by)
        )


def catalog_files(catalog: str) -> list[str]:
    """The files of a catalog.

    Args:
        catalog: As for `ReadCatalog`.

    Raises:
        FileNotFoundError: If there are none.
    """
    # Brackets are parts of a name as well.
    if not is_url(catalog) and Path(catalog).exists():
        return [catalog]
    # What follows `?` in an address of the web is no pattern.
    is_pattern = _is_pattern(catalog) and not is_web(catalog)
    found = matching(catalog) if is_pattern else [catalog]
    if not found:
        raise FileNotFoundError(f"{catalog}: no file matches this pattern.")
    return found


def catalog_names(catalog: str) -> dict[str, str]:
    """The files of a catalog with the names that their rows are known by.

    Those of a pattern begin where it does, since files of several folders may have
    one name: for `days/*/rows.csv` a name is `monday/rows.csv`.

    Args:
        catalog: As for `ReadCatalog`.

    Raises:
        FileNotFoundError: If there are none.
    """
    files = catalog_files(catalog)
    if files == [catalog]:
        return {catalog: title_of(catalog)}
    fixed = re.split(r"[*?[]", catalog, maxsplit=1)[0]
    top = fixed[: fixed.rfind("/") + 1]
    return {path: path.removeprefix(top) for path in files}


def _named_files(catalog: str) -> list[tuple[str, str]]:
    return list(catalog_names(catalog).items())


def _is_pattern(catalog: str) -> bool:
    return fnmatch.translate(catalog) != fnmatch.translate(_escaped(catalog))


def _escaped(catalog: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in catalog)


def _rows(
    file: tuple[str, str], ignore_unknown: bool, order_by: str | None
) -> Iterator[CatalogRow]:
    path, name = file
    return catalog_rows(
        path, ignore_unknown=ignore_unknown, order_by=order_by, name=name
    )
