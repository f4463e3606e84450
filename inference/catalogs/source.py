"""Tells whether a video's file is still the one that was read."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.remote.beam_files import beam_version
from vidcat.inference.remote.web import is_web, web_version
from vidcat.inference.video import Video

_SILENCE_SECONDS: Final = 10.0
_ASKED_AT_ONCE: Final = 16


def source_version(path: Path | str) -> str | None:
    """What tells one version of a file from another, as one text; reads no file.

    Args:
        path: A file, or a URL.

    Returns:
        Of a file of this machine its size in bytes and its time in nanoseconds, such
        as `5310-1700000000000000000`; of a web server the ETag, or length and time; of
        `gs://` and other stores size and time. `None` where a server says neither.

    Raises:
        OSError: If there is no such file, or nobody to ask.
    """
    name = str(path)
    if is_url(name):
        if is_web(name):
            return web_version(name, timeout_seconds=_SILENCE_SECONDS)
        return beam_version(name)
    status = Path(path).stat()
    return f"{status.st_size}-{status.st_mtime_ns}"


def file_version(row: Video) -> str | None:
    """Version of a row's file; `None` without one that can be looked at."""
    try:
        return None if row.path is None else source_version(row.path)
    except (OSError, ValueError):
        # Whatever is wrong with the path, decoding will say so.
        return None


def file_versions(rows: Sequence[Video]) -> dict[str, str | None]:
    """As `file_version`, by id; other machines are asked for several at once."""
    if any(row.path is not None and is_url(row.path) for row in rows):
        with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
            versions = list(pool.map(file_version, rows))
    else:
        versions = list(map(file_version, rows))
    return {row.id: version for row, version in zip(rows, versions, strict=True)}
