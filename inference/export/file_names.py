"""Names of files for videos whose ids come from uploaders."""

import hashlib
import re
from typing import Final

_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
_STRANGE: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_KEPT: Final = 60
_HASH_DIGITS: Final = 16


def file_stem(video_id: str) -> str:
    """The name, without suffix, of the files about a video.

    An id of lower-case letters, digits, `_`, `-` and `.` is its own name. Others keep
    what can be kept, and a hash behind `~`, which no plain id has: two ids never
    share a name, also where a file system takes `A` for `a`.

    >>> file_stem("clip-07")
    'clip-07'
    >>> file_stem("../../etc/passwd")
    'etc_passwd~3754d6cb3a38e118'
    """
    if _PLAIN.fullmatch(video_id):
        return video_id
    # An id may hold half a surrogate pair, which no encoding has.
    given = video_id.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(given).hexdigest()[:_HASH_DIGITS]
    kept = _STRANGE.sub("_", video_id).strip("_-")[:_LONGEST_KEPT]
    return f"{kept}~{digest}"
