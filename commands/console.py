"""What the verbs share when they speak: progress and messages on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Update = Callable[[int, str], None]
"""Called with how much is done and a note to show beside it."""

_LINE_EVERY_SECONDS = 15.0


def say(message: str) -> None:
    """Prints a message for people; stdout is kept for results."""
    print(message, file=sys.stderr, flush=True)


def clock(seconds: float) -> str:
    """A duration for people.

    >>> clock(7), clock(75), clock(3725)
    ('7 s', '1 min 15 s', '1 h 02 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Update]:
    """Shows how far long work is and how long it will still take.

    On a terminal a bar; in a log a line every quarter of a minute.

    Args:
        label: What is being done.
        total: How much there is to do; `None` if that is not known.

    Yields:
        The function to call as the work goes on.
    """
    if sys.stderr.isatty():
        with _bar(label, total) as update:
            yield update
        return
    began = last = time.monotonic()

    def update(done: int, note: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _LINE_EVERY_SECONDS:
            return
        last = now
        left = ""
        if total and done:
            left = f", {clock((now - began) / done * (total - done))} left"
        of_total = f" of {total}" if total else ""
        say(f"{label}: {done}{of_total}{left}{f' ({note})' if note else ''}")

    yield update


@contextmanager
def _bar(label: str, total: int | None) -> Iterator[Update]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=total, note="")
        yield lambda done, note="": bars.update(task, completed=done, note=note)
