"""Videos as files of this machine, wherever they are."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.ffmpeg.log import VideoError
from vidcat.inference.remote.failure import RemoteFileError
from vidcat.inference.remote.fetching import MAX_BYTES, TIMEOUT_SECONDS, fetched


@contextmanager
def local_copy(
    path: str | os.PathLike[str],
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Iterator[Path]:
    """A video as a file of this machine.

    A file of another one is copied into a temporary one, which is removed when the
    context is left. A `VideoError` that is raised about the copy inside of the context
    names the path that was given.

    Args:
        path: A file of this machine, which is given as it is, or a URL: `http(s)://`,
            or a scheme of Beam's file systems, such as `gs://`.
        timeout_seconds: How long copying may take. Defaults to `TIMEOUT_SECONDS`.
        max_bytes: How large the file may be. Defaults to `MAX_BYTES`.

    Yields:
        The file.

    Raises:
        VideoError: If it cannot be copied whole. What is wrong with a file of this
            machine is found where it is opened.
    """
    name = os.fsdecode(path)
    local = Path(name)
    with ExitStack() as stack:
        if is_url(name):
            try:
                local = stack.enter_context(
                    fetched(name, timeout_seconds=timeout_seconds, max_bytes=max_bytes)
                )
            except RemoteFileError as error:
                raise VideoError(name, error.reason, error.detail) from error
        try:
            yield local
        except VideoError as error:
            if error.path == name or error.path != str(local):
                raise
            raise VideoError(name, error.reason, error.detail) from error
