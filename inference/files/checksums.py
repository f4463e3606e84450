"""The checksums of a folder's files: was it written to its end, was it changed?"""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from vidcat.inference.encoders.weights import file_sha256
from vidcat.inference.files.whole_files import replace_text

CHECKSUMS = "checksums.json"
"""Is written last and deleted first: without it a folder is not whole."""


def write_checksums(folder: Path, files: Iterable[Path]) -> None:
    """Records the checksums of files of a folder.

    Args:
        folder: Gets the record.
        files: Paths below the folder.
    """
    sums = {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}
    replace_text(folder / CHECKSUMS, json.dumps(sums, indent=1) + "\n")


def discard(folder: Path, names: Iterable[str]) -> None:
    """Removes what a folder holds; missing ones are passed over.

    Args:
        folder: Loses its record first: without it the folder is not whole any more.
        names: Of the files and folders in it to remove.
    """
    for name in (CHECKSUMS, *names):
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def files_below(folder: Path, names: Iterable[str]) -> list[Path]:
    """The files in some folders of a folder; a name of no folder has none."""
    inside = [path for name in names for path in (folder / name).rglob("*")]
    return sorted(filter(Path.is_file, inside))


def changed_file(folder: Path, files: Iterable[Path]) -> Path | None:
    """The first file that is missing, new, or not as it was recorded.

    Args:
        folder: Has a record.
        files: Paths below the folder that the record should name.

    Returns:
        Its path, that of the record itself where it is damaged; `None` where all is
        as it was recorded.
    """
    try:
        recorded = dict(json.loads((folder / CHECKSUMS).read_text("utf-8")))
    except (ValueError, TypeError):
        return folder / CHECKSUMS
    present = {path.relative_to(folder).as_posix() for path in files}
    for name in sorted(present | recorded.keys()):
        path = folder / name
        if not path.is_file() or file_sha256(path) != recorded.get(name):
            return path
    return None
