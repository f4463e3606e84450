"""What travels between transforms; all of it can be pickled."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from vidcat.inference.catalogs.writer import row_values
from vidcat.inference.describing.whole_videos import DecodedVideo
from vidcat.inference.merges.said import NO_MODEL, Said
from vidcat.inference.results import Categorization
from vidcat.inference.scored import Scored
from vidcat.inference.seen import Seen
from vidcat.inference.video import Video

_ANSWERS = ("labels", "unknown_labels", "truth")
"""What a row says of its true categories: no result depends on it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A row that is to be categorized."""

    row: Video
    """The row."""
    source_version: str | None
    """Version of its file when it was looked at; `None` without one."""
    bundle: str | None = None
    """Folder of the bundle to use; `None` for that of the transform."""
    run: str | None = None
    """The run that its result belongs to; `None` for that of the transform."""
    text: Said = NO_MODEL
    """What its text says, once it is scored."""
    message: bytes = b""
    """What asked for it, such as a message of a queue; the attempt has it too."""

    def saying(self, text: Said) -> "Task":
        """The same row, its text scored."""
        return replace(self, text=text)


@dataclass(frozen=True, kw_only=True, eq=False)
class DecodedTask:
    """A row with its frames."""

    task: Task
    """The row."""
    decoded: DecodedVideo
    """All chosen frames, or why there are none."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenTask:
    """A row whose frames are described, or the reason why they are not."""

    task: Task
    """The row as the catalog has it."""
    seen: Seen
    """What is known of its frames."""


ATTEMPT_FIELDS: Final = ("id", "status", "parts", "key", "attempt")
"""What tells the line of an attempt from other lines."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A result as one run found it; a row may have several."""

    categorization: Categorization
    """The result."""
    row_sha256: str | None = None
    """Checksum of all in the row that a result depends on; `None` for a wrong row."""
    run: str = ""
    """The run that made it; later ones come later in the alphabet."""
    catalog: str | None = None
    """Name of the catalog of a wrong row, which is read anew with each run."""
    row: Mapping[str, Any] | None = None
    """The row itself where something failed, so that it can be tried again."""
    message: bytes = b""
    """What asked for it; not part of the line."""

    def to_line(self) -> str:
        """The result's line of JSON with one more field, `attempt`."""
        values = self.categorization.to_json()
        values["attempt"] = {
            name: value
            for name in ("run", "row_sha256", "catalog", "row")
            if (value := getattr(self, name)) is not None
        }
        return json.dumps(values, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredAttempt:
    """A result with the scores that it follows from."""

    attempt: Attempt
    """The result."""
    scored: Scored
    """The scores, without the frames."""
    bundle: str | None
    """Folder of the bundle that was used; `None` for that of the transform."""


def row_sha256(row: Video) -> str:
    """Checksum of all in a row that a result depends on, but for its file."""
    known = row_values(row)
    asked = {name: known[name] for name in known if name not in _ANSWERS}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
