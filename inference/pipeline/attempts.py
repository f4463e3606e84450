"""`WriteAttempts`: results in shards that appear whole while a run lasts."""

import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from vidcat.inference.pipeline.elements import Attempt
from vidcat.inference.pipeline.files import write_whole
from vidcat.inference.pipeline.text import in_global_window


class WriteAttempts(beam.DoFn):
    """Writes `Attempt`s as lines of JSON; gives each on once its shard is there.

    A process that is killed has written whole shards or none. A bundle of elements
    that a runner does again writes its rows again: reading them is what keeps one.

    Args:
        folder: Where the shards go, on this machine or in a bucket.
        rows: Most rows of a shard. Defaults to `64`.
        seconds: A shard is written after so many, at the next row. Defaults to `10`.
    """

    def __init__(self, folder: str, *, rows: int = 64, seconds: float = 10.0) -> None:
        self.folder = folder
        self.rows = rows
        self.seconds = seconds

    def start_bundle(self) -> None:
        """Nothing waits yet."""
        self._waiting: list[Attempt] = []
        self._since = time.monotonic()

    def process(self, attempt: Attempt) -> Iterator[Attempt]:
        """Adds a row to the shard."""
        self._waiting.append(attempt)
        waited = time.monotonic() - self._since
        if len(self._waiting) >= self.rows or waited > self.seconds:
            yield from self._written()

    def finish_bundle(self) -> Iterator[Any]:
        """Writes what waits."""
        yield from map(in_global_window, self._written())

    def _written(self) -> list[Attempt]:
        written = self._waiting
        if written:
            write_shard(self.folder, written)
        self.start_bundle()
        return written


def write_shard(folder: str, attempts: Iterable[Attempt]) -> None:
    """Writes attempts as one more file of a folder.

    Args:
        folder: On this machine or in a bucket.
        attempts: At least one.
    """
    path = FileSystems.join(folder, f"{uuid.uuid4().hex}.jsonl")
    write_whole(path, [attempt.to_line() for attempt in attempts])
