"""`HoldUntilWritten`: nothing has a result before all that goes beside it is there."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apache_beam as beam

from vidcat.inference.pipeline.windows import in_global_window

_MOST_BYTES: Final = 32 << 20


@dataclass(frozen=True, kw_only=True)
class ShardLimits:
    """When a shard is written, whichever comes first."""

    rows: int = 64
    """Most rows of a shard."""
    seconds: float = 10.0
    """It is written after so many, at the next row."""


DEFAULT_LIMITS: Final = ShardLimits()


class HoldUntilWritten(beam.DoFn, ABC):
    """Gives elements on once what is to be kept of them is in a file.

    A later run leaves out what has a result. Were features or scores written after it,
    a run that is killed in between would never have them.

    Args:
        limits: When a file is written.
    """

    def __init__(self, limits: ShardLimits) -> None:
        self.limits = limits

    def start_bundle(self) -> None:
        """Nothing waits yet."""
        self._waiting: list[Any] = []
        self._bytes = 0
        self._since = time.monotonic()

    def process(self, element: Any) -> Iterator[Any]:
        """Holds an element back, or gives all that wait."""
        self._waiting.append(element)
        self._bytes += self.bytes_of(element)
        if (
            len(self._waiting) >= self.limits.rows
            or self._bytes >= _MOST_BYTES
            or time.monotonic() - self._since > self.limits.seconds
        ):
            yield from self._released()

    def finish_bundle(self) -> Iterator[Any]:
        """Gives those that wait."""
        yield from map(in_global_window, self._released())

    def bytes_of(self, element: Any) -> int:
        """About how much memory an element keeps.

        Args:
            element: One that is held back.
        """
        del element
        return 0

    @abstractmethod
    def write(self, elements: Sequence[Any]) -> None:
        """Writes what is to be kept, whole or not at all.

        Args:
            elements: At least one.
        """

    def given(self, element: Any) -> Any:
        """What to give on for an element.

        Args:
            element: One whose part is written.
        """
        return element

    def _released(self) -> Iterator[Any]:
        waiting = self._waiting
        if waiting:
            self.write(waiting)
        self.start_bundle()
        yield from map(self.given, waiting)
