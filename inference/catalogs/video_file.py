"""Opens files that may be videos, and refuses those that only name others."""

import os
import re
import stat

from vidcat.inference.ffmpeg.log import VideoError

_HEAD_BYTES = 1024
# The first bytes of files that only point at others. ffmpeg refuses them too,
# but by version as an unknown format, an invalid file or an empty one.
_REFERENCE_MARKS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*"
    rb"(?:#EXTM3U|ffconcat|v=0\s|\[playlist\]|\[Reference\]|(?:<\?xml[^>]*>\s*"
    rb"(?:<!--.*?-->\s*)?)?<(?:MPD|SmoothStreamingMedia|asx|smil))",
    re.DOTALL | re.IGNORECASE,
)


def open_video(path: str | os.PathLike[str]) -> int:
    """Opens a file that is worth starting ffmpeg for.

    Args:
        path: The file.

    Returns:
        A descriptor for reading; the caller closes it.

    Raises:
        VideoError: If there is no such file, it is no regular file, empty,
            unreadable, or names other files.
    """
    try:
        # A pipe would otherwise keep the caller waiting for a writer.
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError:
        raise VideoError(path, "not_found", "there is no such file") from None
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else str(error)
        raise VideoError(path, "unreadable", f"{cause}") from None
    try:
        status = os.fstat(source)
        if not stat.S_ISREG(status.st_mode):
            raise VideoError(path, "not_a_file", "it is a folder, a device or a pipe")
        if status.st_size == 0:
            raise VideoError(path, "empty_file", "it has zero bytes")
        if names_other_files(os.pread(source, _HEAD_BYTES, 0)):
            raise VideoError(
                path, "format_refused", "a playlist or script that names other files"
            )
    except OSError as error:
        os.close(source)
        raise VideoError(path, "unreadable", f"{error.strerror}") from None
    except VideoError:
        os.close(source)
        raise
    return source


def names_other_files(head: bytes) -> bool:
    """Whether a file that starts with `head` is a playlist or a concat script."""
    return _REFERENCE_MARKS.match(head) is not None
