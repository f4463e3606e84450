"""The row of an uploaded file: what the file beside it says, if there is one."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from vidcat.inference.backfill.uploads.looks import sidecar_of
from vidcat.inference.catalog import InvalidCatalog, Video, video_of
from vidcat.inference.catalogs.json_objects import json_object
from vidcat.inference.catalogs.rows import CatalogRow
from vidcat.inference.catalogs.table import Table
from vidcat.inference.catalogs.table_rows import TableRow

_MOST_BYTES: Final = 1 << 20
_SHOWN_LETTERS: Final = 2000


def upload_row(folder: Path, name: str, *, ignore_unknown: bool) -> CatalogRow:
    """The row of an upload; a wrong sidecar makes it a wrong row.

    Args:
        folder: The folder of the uploads.
        name: The video's path relative to it; is its id, if the sidecar has none.
        ignore_unknown: Whether unknown fields of the sidecar are passed over.
    """
    row = CatalogRow(catalog=folder.name, number=0, place=_writable(name))
    path = folder / name
    read = b""
    try:
        _require_utf8(name)
        sidecar = sidecar_of(path)
        if sidecar is None:
            return replace(row, video=Video(id=name, path=str(path)))
        read = _read(sidecar)
        video = video_of(
            Table(name=str(sidecar), file=sidecar),
            TableRow(number=0, place=f"beside {path.name}", shown="", read=dict),
            {"id": name, **_given(sidecar, read), "path": path.name},
            ignore_unknown=ignore_unknown,
        )
    except (InvalidCatalog, OSError) as error:
        shown = read.decode(errors="replace")[:_SHOWN_LETTERS]
        return replace(row, reason=str(error), shown=shown)
    return replace(row, video=video)


def _require_utf8(name: str) -> None:
    if _writable(name) != name:
        raise InvalidCatalog(
            f"File names must be UTF-8. Received: {_writable(name)!r}. Rename it."
        )


def _writable(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()


def _read(sidecar: Path) -> bytes:
    with sidecar.open("rb") as file:
        read = file.read(_MOST_BYTES + 1)
    if len(read) > _MOST_BYTES:
        raise InvalidCatalog(
            f"{sidecar}: a row must have {_MOST_BYTES} bytes at most. Shorten it."
        )
    return read


def _given(sidecar: Path, read: bytes) -> dict[str, object]:
    try:
        given = json_object(read.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidCatalog(f"{sidecar}: must be UTF-8 ({error}).") from None
    except ValueError as error:
        raise InvalidCatalog(f"{sidecar}: {error}") from None
    if "path" in given:
        # It would be another file than the one that was uploaded.
        raise InvalidCatalog(
            f"{sidecar}: a row beside a video must have no `path`. Received: "
            f"path={given['path']!r}. Leave it out."
        )
    return given
