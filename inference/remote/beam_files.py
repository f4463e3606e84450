"""Reads and writes files through Apache Beam's file systems: `gs://` and others."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from vidcat.inference.remote.failure import RemoteFileError, UploadFailed

if TYPE_CHECKING:
    from apache_beam.io.filesystem import FileMetadata, FileSystem

_CHUNK_BYTES: Final = 1 << 20


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
def told_failures(url: str, system: "FileSystem | None" = None) -> Iterator[None]:
    """Tells in one way what the file systems tell each in its own.

    Args:
        url: What the work is about.
        system: Is asked whether there is such a file at all. Defaults to nobody.

    Raises:
        RemoteFileError: Whatever happens.
    """
    try:
        yield
    except RemoteFileError:
        raise
    # Each store's library has errors of its own, and not all are an `OSError`.
    except Exception as error:
        if system is not None and _is_missing(url, system):
            raise RemoteFileError(url, "not_found", "there is no such file") from error
        raise RemoteFileError(url, "download_failed", in_one_line(error)) from error


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


def list_beam_files(folder: str) -> list["FileMetadata"]:
    """All files below a folder of a store.

    Args:
        folder: Its URL, without a slash at the end.

    Returns:
        For each file `path`, `size_in_bytes` and `last_updated_in_seconds`.

    Raises:
        RemoteFileError: If the store cannot be asked.
    """
    system = file_system_of(folder)
    with told_failures(folder):
        (found,) = system.match([f"{escape(folder)}/**"])
    return list(found.metadata_list)


def write_beam_file(path: Path, url: str) -> float:
    """Writes a file of this machine to a store.

    Args:
        path: The file.
        url: Where to; what is there is replaced once all is written.

    Returns:
        When the store says that it was changed, in seconds.

    Raises:
        UploadFailed: If it cannot be written whole.
    """
    system = file_system_of(url)
    from apache_beam.io.filesystem import CompressionTypes

    raw = CompressionTypes.UNCOMPRESSED
    try:
        with path.open("rb") as file, system.create(url, compression_type=raw) as there:
            shutil.copyfileobj(file, there, _CHUNK_BYTES)
        written = system.metadata(url)
    # As above.
    except Exception as error:
        raise UploadFailed(f"{url}: cannot be written: {in_one_line(error)}") from error
    if written.size_in_bytes != path.stat().st_size:
        raise UploadFailed(
            f"{url}: was not written whole: {written.size_in_bytes} of "
            f"{path.stat().st_size} bytes. Give the same command again."
        )
    return float(written.last_updated_in_seconds)


def delete_beam_files(urls: Sequence[str]) -> None:
    """Deletes files of one store.

    Raises:
        UploadFailed: If one cannot be deleted.
    """
    if not urls:
        return
    try:
        file_system_of(urls[0]).delete(list(urls))
    # As above.
    except Exception as error:
        raise UploadFailed(
            f"{urls[0]}: cannot be deleted: {in_one_line(error)}"
        ) from error


def in_one_line(error: Exception) -> str:
    """An error with its kind, for a message."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _is_missing(url: str, system: "FileSystem") -> bool:
    try:
        return not system.exists(url)
    # Then the first error is the one to tell.
    except Exception:
        return False
