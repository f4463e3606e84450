"""The videos that could not be described, and why, one JSON line each."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from vidcat.inference.files.whole_files import replace_text

_SHARD: Final = re.compile(r"failures-(\d+)\.jsonl")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A video that could not be described."""

    id: str
    """The video's id."""
    path: str
    """The file, as the catalog names it."""
    reason: str
    """One of `vidcat.inference.frames.REASONS`."""
    detail: str
    """One line for people."""
    source_version: str
    """Version of the file that failed; empty if there is no file."""

    def to_line(self) -> str:
        """The fields as a line of JSON, without its end."""
        return json.dumps(asdict(self))


class FailureLog:
    """The failures of a catalog, in a file that survives being killed.

    Args:
        path: The file; need not exist. A half-written last line is dropped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._failures = {failure.id: failure for failure in read_failures(path)}
        self._rewrite()

    @property
    def failures(self) -> Mapping[str, Failure]:
        """The last failure of each video, by id."""
        return self._failures

    def add(self, failure: Failure) -> None:
        """Writes a failure."""
        self._failures[failure.id] = failure
        with self.path.open("a", encoding="utf-8") as file:
            file.write(failure.to_line() + "\n")

    def forget(self, ids: Iterable[str]) -> None:
        """Drops the failures of videos that are to be tried again or are done."""
        dropped = self._failures.keys() & set(ids)
        if dropped:
            for video in dropped:
                del self._failures[video]
            self._rewrite()

    def _rewrite(self) -> None:
        lines = [failure.to_line() + "\n" for failure in self._failures.values()]
        replace_text(self.path, "".join(lines))


def read_failures(path: Path) -> list[Failure]:
    """Reads a file of failures; without the file there are none."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text("utf-8").rpartition("\n")
    return [Failure(**json.loads(line)) for line in whole.splitlines()]


def failures_name(number: int) -> str:
    """The name of a file of failures that one of many writers wrote.

    Args:
        number: As that of a shard of features.
    """
    return f"failures-{number}.jsonl"


def failure_shards(folder: Path) -> list[tuple[int, Path]]:
    """The files of failures of many writers with their numbers, the oldest first."""
    found = [(_SHARD.fullmatch(path.name), path) for path in folder.iterdir()]
    return sorted((int(match[1]), path) for match, path in found if match)
