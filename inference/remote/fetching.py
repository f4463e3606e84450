"""Fetches files of other machines into temporary ones."""

import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

from vidcat.inference.remote.beam_files import open_beam_file
from vidcat.inference.remote.failure import RemoteFileError
from vidcat.inference.remote.web import is_web, open_web

MAX_BYTES: Final = 16 << 30
"""The largest file that is fetched."""

TIMEOUT_SECONDS: Final = 600.0
"""How long fetching one file may take."""

_CHUNK_BYTES: Final = 1 << 20


@contextmanager
def fetched(
    url: str,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Iterator[Path]:
    """A copy of a file of another machine, removed when the context is left.

    Args:
        url: `http(s)://`, or a scheme of Beam's file systems, such as `gs://`.
        timeout_seconds: How long it may take. Defaults to `TIMEOUT_SECONDS`.
        max_bytes: How large it may be. Defaults to `MAX_BYTES`.

    Yields:
        The copy, in the system's folder for temporary files (`TMPDIR`).

    Raises:
        RemoteFileError: If the file cannot be had whole.
    """
    with NamedTemporaryFile(prefix="vidcat-", delete=False) as file:
        path = Path(file.name)
        # At the end of the program too, where a thread is left behind that fetches.
        remove = weakref.finalize(file, path.unlink, missing_ok=True)
        try:
            fetch(url, file, timeout_seconds=timeout_seconds, max_bytes=max_bytes)
            file.close()
            yield path
        finally:
            remove()


def fetch(url: str, file: IO[bytes], *, timeout_seconds: float, max_bytes: int) -> None:
    """Copies a file of another machine into an open one.

    Args:
        url: As for `fetched`.
        file: Gets the bytes; what fails has left some of them there.
        timeout_seconds: How long it may take.
        max_bytes: How large it may be.

    Raises:
        RemoteFileError: If the file cannot be had whole.
    """
    # From here on: a server that is slow to begin is slow as well.
    deadline = time.monotonic() + timeout_seconds
    with _opened(url, timeout_seconds) as (read, declared):
        if declared is not None and declared > max_bytes:
            raise _too_large(url, max_bytes)
        copied = 0
        while chunk := read(_CHUNK_BYTES):
            copied += file.write(chunk)
            if copied > max_bytes:
                raise _too_large(url, max_bytes)
            if time.monotonic() > deadline:
                raise RemoteFileError(
                    url,
                    "timeout",
                    f"it could not be fetched within {timeout_seconds:g} s",
                )
        file.flush()
    if declared is not None and copied != declared:
        raise RemoteFileError(
            url,
            "download_failed",
            f"the connection broke off after {copied} of {declared} bytes",
        )


@contextmanager
def _opened(
    url: str, timeout_seconds: float
) -> Iterator[tuple[Callable[[int], bytes], int | None]]:
    """What reads at most so many bytes, and the size that is declared."""
    if is_web(url):
        with open_web(url, timeout_seconds=timeout_seconds) as answer:
            # Gives what has come, where `read` would wait for all it is asked for.
            yield answer.read1, answer.length
    else:
        with open_beam_file(url) as (file, size):
            yield file.read, size


def _too_large(url: str, max_bytes: int) -> RemoteFileError:
    return RemoteFileError(
        url, "unreadable", f"it is larger than may be fetched ({max_bytes} bytes)"
    )
