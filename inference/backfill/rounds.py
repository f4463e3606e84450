"""One round: a few videos through the transforms, in this process."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from vidcat.inference.backfill.runners import Runner
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
    attempts = FileSystems.join(out, "attempts")
    with (
        _listening(listener) as name,
        beam.Pipeline(options=PipelineOptions(Runner().options)) as pipeline,
    ):
        done = (
            pipeline
            | "Tasks" >> beam.Create(tasks).with_output_types(Task)
            | Categorize(serving, run)
        )
        wrong = pipeline | "Refused" >> beam.Create(refused).with_output_types(Attempt)
        (
            (done, wrong)
            | beam.Flatten()
            | beam.ParDo(WriteAttempts(attempts))
            | beam.Map(_tell, name)
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
