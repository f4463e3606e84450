"""What the verbs share when they speak: progress and messages on stderr."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.inference.encoders.source import EncoderSource

Update = Callable[[int, str], None]
"""Called with how much is done and a note to show beside it."""

_LINE_EVERY_SECONDS = 15.0


def say(message: str) -> None:
    """Prints a message for people; stdout is kept for results."""
    print(message, file=sys.stderr, flush=True)


def visible(text: str) -> str:
    r"""Text whose control characters, which would command a terminal, are spelt out.

    >>> print(visible("a\x1b[2J\n"))
    a\x1b[2J\n
    """
    import re

    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: ascii(found[0])[1:-1], text)


def say_left_out(left_out: Mapping[str, int], unit: str) -> None:
    """Says how many rows a verb did not use, and why.

    Args:
        left_out: Their number by reason.
        unit: What they are, in the plural.
    """
    for reason, count in left_out.items():
        if count:
            say(f"Left out: {count} {unit}, {reason}.")


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


def import_keras() -> None:
    """Imports Keras, and TensorFlow where it is the backend, without their notes.

    TensorFlow writes about drivers and processor features to stderr, past Python,
    where people look for our messages. If the import fails, all of it is shown.
    """
    from vidcat.commands.printing.quiet import silenced_stderr

    with silenced_stderr():
        import keras

        if keras.config.backend() == "tensorflow":
            import tensorflow as tf

            # The first look at the devices has notes of its own.
            tf.config.list_physical_devices()
            # Each length of video is traced once, which TensorFlow thinks is much.
            tf.get_logger().setLevel("ERROR")


def announce_download(source: "EncoderSource") -> None:
    """Says that weights will be fetched, which takes a while the first time."""
    if (published := source.missing_download) is not None:
        say(f"Fetching {published.url} to {published.cached_at}, this once.")


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
    with (_bar if sys.stderr.isatty() else _lines)(label, total) as update:
        yield update


@contextmanager
def _lines(label: str, total: int | None) -> Iterator[Update]:
    began = last = time.monotonic()

    def update(done: int, note: str) -> None:
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
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        # Else what is printed would go to stderr, past a file that stdout may be.
        redirect_stdout=sys.stdout.isatty(),
    ) as bars:
        task = bars.add_task(label, total=total, note="")

        def update(done: int, note: str) -> None:
            bars.update(task, completed=done, note=note)

        yield update
