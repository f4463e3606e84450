"""The folder that a command writes to: refused where it would destroy other work."""

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOCK_NAME: Final = ".lock"
"""The file by which processes see that another one is writing to a folder."""


class UnfitFolder(ValueError):
    """A folder cannot be written to, or holds what is not ours to replace."""


class FolderInUse(RuntimeError):
    """Another process is writing to the same folder."""


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Keeps other processes from writing to a folder, until left or killed.

    Args:
        folder: Is made where it is missing.

    Raises:
        FolderInUse: If another process is writing to it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = lock_folder(folder)
    try:
        yield
    finally:
        os.close(handle)


def lock_folder(folder: Path) -> int:
    """As `sole_writer`, for a folder that is there, until the handle is closed."""
    handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise FolderInUse(
            f"{folder}: another process is writing to it; wait for it to end"
        ) from None
    return handle


def check_out_folder(
    folder: Path, *, marker: str = "", replaces: Collection[str] = ()
) -> None:
    """Refuses a folder to write to before there is work that could be lost.

    Args:
        folder: Need not be there yet.
        marker: Name of a file that lies in a folder of this kind as long as anything
            of it does; it tells our files from others of the same names.
        replaces: Names of the files and folders that are deleted or written over.

    Raises:
        UnfitFolder: If it is no folder, or not writable, or has one of these names
            without the marker; the text names the folder.
    """
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise UnfitFolder(
            f"{folder}: must be a folder, or not be there yet, and {there} is a file. "
            "Give another folder."
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise UnfitFolder(
            f"{folder}: must be writable, and {there} is not. Give another folder, or "
            "change its permissions."
        )
    others = [name for name in replaces if (folder / name).exists()]
    if others and not (folder / marker).exists():
        raise UnfitFolder(
            f"{folder}: has {', '.join(others)}, but no {marker}: that is something "
            "else, and would be lost. Give another folder, or move it away."
        )
