"""`WriteAttempts`: results in shards that appear whole while a run lasts."""

import uuid
from collections.abc import Iterable, Sequence

from apache_beam.io.filesystems import FileSystems

from vidcat.inference.pipeline.elements import Attempt
from vidcat.inference.pipeline.files import write_whole
from vidcat.inference.pipeline.holding import (
    DEFAULT_LIMITS,
    HoldUntilWritten,
    ShardLimits,
)


class WriteAttempts(HoldUntilWritten):
    """Writes `Attempt`s as lines of JSON; gives each on once its shard is there.

    A process that is killed has written whole shards or none. A bundle of elements
    that a runner does again writes its rows again: reading them is what keeps one.

    Args:
        folder: Where the shards go, on this machine or in a bucket.
        limits: When a shard is written.
    """

    def __init__(self, folder: str, limits: ShardLimits = DEFAULT_LIMITS) -> None:
        super().__init__(limits)
        self.folder = folder

    def write(self, elements: Sequence[Attempt]) -> None:
        """Writes a shard."""
        write_shard(self.folder, elements)


def write_shard(folder: str, attempts: Iterable[Attempt]) -> None:
    """Writes attempts as one more file of a folder.

    Args:
        folder: On this machine or in a bucket.
        attempts: At least one.
    """
    path = FileSystems.join(folder, f"{uuid.uuid4().hex}.jsonl")
    write_whole(path, [attempt.to_line() for attempt in attempts])
