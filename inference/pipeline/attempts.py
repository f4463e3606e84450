"""`WriteAttempts`: results in shards that appear whole while a run lasts."""

import time
import uuid
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from vidcat.inference.pipeline.elements import Attempt
from vidcat.inference.pipeline.files import write_whole


class WriteAttempts(beam.DoFn):
    """Writes `Attempt`s as lines of JSON; gives none.

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
        self._lines: list[str] = []
        self._since = time.monotonic()

    def process(self, attempt: Attempt) -> Iterator[None]:
        """Adds a row to the shard."""
        self._lines.append(attempt.to_line())
        waited = time.monotonic() - self._since
        if len(self._lines) >= self.rows or waited > self.seconds:
            self._write()
        yield from ()

    def finish_bundle(self) -> None:
        """Writes what waits."""
        self._write()

    def _write(self) -> None:
        if self._lines:
            path = FileSystems.join(self.folder, f"{uuid.uuid4().hex}.jsonl")
            write_whole(path, self._lines)
        self.start_bundle()
