"""Writes files so that nobody ever sees them half-written."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

UNFINISHED: Final = ".unfinished"
"""Ends the name of a file that is being written."""


class UnfitFile(ValueError):
    """A file cannot be written, or would take the place of something else."""


def check_out_file(path: Path, *starts: str) -> None:
    """Refuses a file to write before there is work that could be lost.

    Args:
        path: Need not be there yet.
        *starts: How an earlier one of ours can begin, which may be replaced.

    Raises:
        UnfitFile: If it is a folder or below a file, or something else is there; the
            text names it.
    """
    there = path.parent
    while not there.exists() and there != there.parent:
        there = there.parent
    if path.is_dir() or not there.is_dir():
        raise UnfitFile(
            f"{path}: must be a file, or not be there yet. Received: a folder, or a "
            "file in place of its folder. Give another name."
        )
    if not path.exists():
        return
    with path.open("rb") as file:
        head = file.read(max(len(one.encode()) for one in starts))
    if head and not any(head.startswith(one.encode()) for one in starts):
        raise UnfitFile(
            f"{path}: something else is there, and would be lost. Give another name, "
            "or move it away."
        )


@contextmanager
def replacing(path: Path, *, alone: bool = True) -> Iterator[BinaryIO]:
    """Opens a file that takes its name, and another's place, when it is whole.

    Args:
        path: The name.
        alone: Whether nobody else may be writing it; then what an earlier attempt has
            left is written over. Defaults to `True`.

    Yields:
        The file; where writing fails it keeps its unfinished name.
    """
    own = "" if alone else f".{uuid.uuid4().hex}"
    unfinished = path.with_name(f"{path.name}{own}{UNFINISHED}")
    with unfinished.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def replace_text(path: Path, text: str) -> None:
    """Writes a text as UTF-8, in the place of an earlier one."""
    with replacing(path) as file:
        file.write(text.encode())
