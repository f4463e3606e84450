"""Folders that are not on this machine: bundles, features, what a command writes."""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.files.checksums import CHECKSUMS
from vidcat.inference.files.own_folder import LOCK_NAME
from vidcat.inference.files.whole_files import UNFINISHED, replacing
from vidcat.inference.remote.beam_files import (
    delete_beam_files,
    list_beam_files,
    write_beam_file,
)
from vidcat.inference.remote.failure import RemoteFileError
from vidcat.inference.remote.fetching import fetch
from vidcat.inference.remote.web import is_web

_FILE_SECONDS: Final = 3600.0
_FILE_BYTES: Final = 1 << 40
_SAME_SECONDS: Final = 1e-5
"""More than what is lost where a time is a number of seconds."""


@dataclass(frozen=True)
class FileState:
    """What tells a file from another one of the same name without reading it."""

    size_bytes: int
    changed_seconds: float

    def is_as(self, other: "FileState | None") -> bool:
        """Whether it can be taken for the same."""
        return (
            other is not None
            and self.size_bytes == other.size_bytes
            and abs(self.changed_seconds - other.changed_seconds) <= _SAME_SECONDS
        )


def files_of(folder: str | os.PathLike[str]) -> dict[str, FileState]:
    """The files below a folder, by their names relative to it; none where it is not.

    Args:
        folder: A folder of this machine, or its URL in a store.

    Raises:
        RemoteFileError: If the store cannot be asked, or has names that no file of
            this machine can have.
    """
    name = os.fspath(folder)
    found = _files_there(_trimmed(name)) if is_url(name) else _files_here(Path(name))
    return dict(sorted(found.items()))


def copy_folder(
    source: str | os.PathLike[str], destination: str | os.PathLike[str]
) -> Mapping[str, FileState]:
    """Copies a folder from this machine to a store, or from a store to this machine.

    Files that were copied before and have not changed since, by size and time, are
    passed over: an interrupted copy goes on. For that a file on this machine gets the
    time that it has in the store. A `checksums.json` goes last, and one that is there
    comes off first, so that a folder that has one is whole. Other files of the
    destination stay.

    Args:
        source: A folder of this machine, or its URL in a store.
        destination: The other.

    Returns:
        The files of the source.

    Raises:
        RemoteFileError: If a file cannot be fetched.
        UploadFailed: If a file cannot be written to the store.
        ValueError: If not just one of them is a URL.
    """
    names = (os.fspath(source), os.fspath(destination))
    if is_url(names[0]) == is_url(names[1]):
        raise ValueError(
            "One folder must be on this machine and the other one a URL. Received: "
            f"source={names[0]!r}, destination={names[1]!r}"
        )
    wanted = files_of(names[0])
    _bring(wanted, _trimmed(names[0]), _trimmed(names[1]), gone=())
    return wanted


@contextmanager
def working_copy(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """A folder to write to, wherever it is.

    What a store has is copied to this machine; when the context is left, the store
    gets what has changed, and loses what is gone. That is so after an error, too: work
    that was interrupted can go on. Nothing keeps two machines from doing this at once.

    Args:
        folder: A folder of this machine, which is given as it is, or a URL.

    Yields:
        The folder on this machine. Need not exist if it is one of this machine.

    Raises:
        RemoteFileError: If a file cannot be fetched.
        UploadFailed: If a file cannot be written to the store.
    """
    url = _trimmed(os.fspath(folder))
    if not is_url(url):
        yield Path(folder)
        return
    with TemporaryDirectory(prefix="vidcat-") as name:
        before = copy_folder(url, name)
        try:
            yield Path(name)
        finally:
            now = files_of(name)
            _bring(now, name, url, gone=before.keys() - now.keys())


def _bring(
    wanted: Mapping[str, FileState],
    source: str,
    destination: str,
    *,
    gone: Collection[str],
) -> None:
    """Makes `wanted` be at the destination, and `gone` not."""
    there = files_of(destination)
    changed = [name for name, file in wanted.items() if not file.is_as(there.get(name))]
    seals = {name for name in (*gone, *changed) if name in there and _is_seal(name)}
    _remove(destination, seals)
    _remove(destination, set(gone) & there.keys() - seals)
    for name in sorted(changed, key=lambda name: (_is_seal(name), name)):
        if is_url(source):
            _download(f"{source}/{name}", Path(destination, name), wanted[name])
        else:
            path = Path(source, name)
            _set_time(path, write_beam_file(path, f"{destination}/{name}"))


def _download(url: str, path: Path, state: FileState) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        fetch(url, file, timeout_seconds=_FILE_SECONDS, max_bytes=_FILE_BYTES)
    _set_time(path, state.changed_seconds)


def _remove(folder: str, names: Collection[str]) -> None:
    if is_url(folder):
        delete_beam_files([f"{folder}/{name}" for name in names])
    else:
        for name in names:
            Path(folder, name).unlink()


def _is_seal(name: str) -> bool:
    return name.rpartition("/")[2] == CHECKSUMS


def _set_time(path: Path, seconds: float) -> None:
    os.utime(path, (seconds, seconds))


def _files_here(folder: Path) -> dict[str, FileState]:
    found = {}
    for path in folder.rglob("*"):
        is_ours = path.name == LOCK_NAME or path.name.endswith(UNFINISHED)
        if path.is_file() and not is_ours:
            status = path.stat()
            name = path.relative_to(folder).as_posix()
            found[name] = FileState(status.st_size, status.st_mtime)
    return found


def _files_there(url: str) -> dict[str, FileState]:
    if is_web(url):
        raise RemoteFileError(
            url,
            "unreadable",
            "a web server does not list folders; copy it, or use gs://",
        )
    found = {}
    for file in list_beam_files(url):
        name = file.path.removeprefix(f"{url}/")
        # Some tools make such an object so that a folder is shown.
        if file.path.endswith("/") and not file.size_in_bytes:
            continue
        # An absolute name, or one that leads upwards, would be written elsewhere.
        if not {"", ".", ".."}.isdisjoint(name.split("/")):
            raise RemoteFileError(file.path, "unreadable", "no file can have this name")
        found[name] = FileState(file.size_in_bytes, file.last_updated_in_seconds)
    return found


def _trimmed(folder: str) -> str:
    return folder.rstrip("/") if is_url(folder) else folder
