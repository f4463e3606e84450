"""Tells whether a video's file is still the one that was read."""

from pathlib import Path


def source_version(path: Path | str) -> str:
    """Size and modification time of a file, as one text.

    Args:
        path: The file.

    Returns:
        Size in bytes and time in nanoseconds, such as `5310-1700000000000000000`.

    Raises:
        OSError: If there is no such file.
    """
    status = Path(path).stat()
    return f"{status.st_size}-{status.st_mtime_ns}"
