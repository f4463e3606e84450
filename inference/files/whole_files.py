"""Writes files so that nobody ever sees them half-written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

UNFINISHED: Final = ".unfinished"
"""Ends the name of a file that is being written."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Opens a file that takes its name, and another's place, when it is whole.

    Args:
        path: The name.

    Yields:
        The file; where writing fails it keeps its unfinished name.
    """
    unfinished = path.with_name(path.name + UNFINISHED)
    with unfinished.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def replace_text(path: Path, text: str) -> None:
    """Writes a text as UTF-8, in the place of an earlier one."""
    with replacing(path) as file:
        file.write(text.encode())
