"""Reads files through Apache Beam's file systems: `gs://` and others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from vidcat.inference.ffmpeg.log import Reason
from vidcat.inference.remote.failure import RemoteFileError

if TYPE_CHECKING:
    from apache_beam.io.filesystem import FileSystem


def file_system_of(url: str) -> "FileSystem":
    """Beam's file system of a URL.

    Raises:
        RemoteFileError: If none knows its scheme.
    """
    # Takes seconds; those who have local files alone do without.
    from apache_beam.io.filesystems import FileSystems

    try:
        return FileSystems.get_filesystem(url)
    except (ValueError, OSError):
        scheme = url.partition("://")[0]
        raise RemoteFileError(
            url,
            "unreadable",
            f"no file system is known for {scheme}://; gs:// needs "
            "`pip install 'vidcat[gcp]'`",
        ) from None


@contextmanager
def told_failures(url: str, system: "FileSystem") -> Iterator[None]:
    """Tells in one way what the file systems tell each in its own.

    Raises:
        RemoteFileError: Whatever happens.
    """
    try:
        yield
    except RemoteFileError:
        raise
    # Each store's library has errors of its own, and not all are an `OSError`.
    except Exception as error:
        raise RemoteFileError(url, *_trouble(url, system, error)) from error


@contextmanager
def open_beam_file(url: str) -> Iterator[tuple[BinaryIO, int]]:
    """Opens a file of a store for reading.

    Yields:
        The file, and its size in bytes.

    Raises:
        RemoteFileError: If there is no such file, or reading it fails.
    """
    system = file_system_of(url)
    from apache_beam.io.filesystem import CompressionTypes

    with told_failures(url, system):
        size = system.metadata(url).size_in_bytes
        # As it is: a name that ends in .gz is no order to unpack.
        raw = CompressionTypes.UNCOMPRESSED
        with system.open(url, compression_type=raw) as file:
            yield file, size


def beam_version(url: str) -> str:
    """Size and modification time of a file, without reading it.

    Returns:
        Size in bytes and time in seconds, such as `5310-1700000000.000000`.

    Raises:
        RemoteFileError: If there is no such file, or the store cannot be asked.
    """
    system = file_system_of(url)
    with told_failures(url, system):
        known = system.metadata(url)
    return f"{known.size_in_bytes}-{known.last_updated_in_seconds:.6f}"


def _trouble(url: str, system: "FileSystem", error: Exception) -> tuple[Reason, str]:
    try:
        missing = not system.exists(url)
    # Then the first error is the one to tell.
    except Exception:
        missing = False
    if missing:
        return "not_found", "there is no such file"
    words = " ".join(str(error).split())
    return "download_failed", f"{type(error).__name__}: {words}"
