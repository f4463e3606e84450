"""One round: a few videos through the transforms, in this process."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from vidcat.inference.backfill.runners import Runner
from vidcat.inference.backfill.running import run_transform
from vidcat.inference.pipeline.attempts import WriteAttempts
from vidcat.inference.pipeline.categorizing import Categorize
from vidcat.inference.pipeline.elements import Attempt, Task
from vidcat.inference.pipeline.serving import Serving

Listener = Callable[[Attempt], None]

# Transforms are copied on their way to the runner: a listener, which cannot be, stays
# here and is found by its name.
_listeners: dict[str, Listener] = {}


def do_round(
    tasks: Sequence[Task],
    refused: Sequence[Attempt],
    serving: Serving,
    *,
    run: str,
    out: str,
    listener: Listener,
) -> None:
    """Categorizes videos and keeps the attempts.

    Args:
        tasks: What to do, each id once.
        refused: What cannot be done.
        serving: Names the models, which stay in this process from round to round.
        run: What to call the attempts' run.
        out: Folder of the results, absolute or a URL.
        listener: Is given each attempt once it is stored.
    """
    with _listening(listener) as name:
        categorize = Categorize(serving, run)
        attempts = FileSystems.join(out, "attempts")
        done = _Round(
            tasks, refused, categorize=categorize, folder=attempts, listener=name
        )
        run_transform(done, Runner())


class _Round(beam.PTransform):
    def __init__(
        self,
        tasks: Sequence[Task],
        refused: Sequence[Attempt],
        *,
        categorize: Categorize,
        folder: str,
        listener: str,
    ) -> None:
        super().__init__()
        self.tasks = tasks
        self.refused = refused
        self.categorize = categorize
        self.folder = folder
        self.listener = listener

    def expand(self, start: beam.Pipeline) -> None:
        tasks = start | "Tasks" >> beam.Create(self.tasks).with_output_types(Task)
        refused = beam.Create(self.refused).with_output_types(Attempt)
        # Each by itself: the runner does not begin what is behind a join before all
        # that is in front of it has ended.
        for name, attempts in (
            ("attempts", tasks | self.categorize),
            ("refused", start | "Refused" >> refused),
        ):
            (
                attempts
                | f"Write {name}" >> beam.ParDo(WriteAttempts(self.folder))
                | f"Tell {name}" >> beam.Map(_tell, self.listener)
            )


@contextmanager
def _listening(listener: Listener) -> Iterator[str]:
    name = secrets.token_hex(8)
    _listeners[name] = listener
    try:
        yield name
    finally:
        del _listeners[name]


def _tell(attempt: Attempt, name: str) -> Any:
    return _listeners[name](attempt)
