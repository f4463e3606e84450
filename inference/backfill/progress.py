"""How far a run is, seen from outside: by the shards that it has written."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from vidcat.inference.backfill.folder import BackfillFolder
from vidcat.inference.pipeline.files import read_lines

_POLL_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class BackfillProgress:
    """How far a run is."""

    to_do: int | None
    """Rows that it is to do; `None` as long as they are being counted."""
    done: int
    """Rows with an attempt of this run."""
    seconds: float
    """Since the rows were counted."""

    @property
    def rate(self) -> float | None:
        """Rows a second; `None` before the first."""
        return self.done / self.seconds if self.done and self.seconds else None

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; `None` before the first row."""
        if self.to_do is None or self.rate is None:
            return None
        return max(self.to_do - self.done, 0) / self.rate


@contextmanager
def watched(
    folder: BackfillFolder, run: str, listener: Callable[[BackfillProgress], None]
) -> Iterator[None]:
    """Tells a listener how far a run is, about once a second, until it is left.

    Args:
        folder: Where the run writes, on this machine.
        run: Its name.
        listener: Is called in another thread.
    """
    ended = threading.Event()
    before = set(folder.attempt_files())

    def watch() -> None:
        done, begun, seen = 0, None, set(before)
        while not ended.wait(_POLL_SECONDS):
            rows = folder.rows_of(run)
            if rows is None:
                listener(BackfillProgress(to_do=None, done=0, seconds=0.0))
                continue
            begun = begun or time.monotonic()
            for path in set(folder.attempt_files()) - seen:
                seen.add(path)
                done += sum(1 for _ in read_lines(path))
            listener(
                BackfillProgress(
                    to_do=rows.get("to_do", 0) + rows.get("bad", 0),
                    done=done,
                    seconds=time.monotonic() - begun,
                )
            )

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
