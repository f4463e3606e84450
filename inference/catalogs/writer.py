"""Writes catalogs that `read_catalog` reads."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from vidcat.inference.catalogs.fields import FIELDS, LIST_FIELDS, is_url
from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.video import Video

SUFFIX: Final = ".jsonl"


def write_catalog(videos: Iterable[Video], path: str | os.PathLike[str]) -> None:
    """Writes videos as a catalog of JSON lines.

    What is missing is left out. A relative `path` is taken from the working
    directory and written whole, since a reader takes it from the catalog's folder.
    The file is never seen half-written; one that is there is replaced.

    Args:
        videos: The rows, in the order to write.
        path: The file; its name must end in `.jsonl`.

    Raises:
        ValueError: If the name ends otherwise.
        OSError: If it cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != SUFFIX:
        raise ValueError(
            f"`path` must end in {SUFFIX}, the form that catalogs are written in. "
            f"Received: {target.name!r}"
        )
    # Escapes carry any text, also half a surrogate pair, which UTF-8 cannot.
    lines = [json.dumps(row_values(video), ensure_ascii=True) for video in videos]
    replace_text(target, "".join(line + "\n" for line in lines))


def row_values(video: Video) -> dict[str, Any]:
    """A row as a JSON object, without what is missing.

    Args:
        video: The row.
    """
    row: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(video, name)
        # An empty `labels` says that none applies; other empty lists say nothing.
        if value is None or (value == () and name != "labels"):
            continue
        if name == "path" and not is_url(value):
            value = str(Path(value).absolute())
        elif name == "uploaded_at":
            value = value.isoformat()
        elif name in LIST_FIELDS:
            value = list(value)
        row[name] = value
    return row
