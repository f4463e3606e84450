"""`ScoreText`: what the text of rows says."""

from collections.abc import Iterator
from typing import Any, Final

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow, GlobalWindows
from apache_beam.utils.timestamp import MIN_TIMESTAMP
from apache_beam.utils.windowed_value import WindowedValue

from vidcat.inference.pipeline.elements import Task
from vidcat.inference.pipeline.loaded import loaded_for
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.texts.scoring import said_by_text

_AT_ONCE: Final = 64
"""Rows whose text is scored together."""


class ScoreText(beam.DoFn):
    """Scores the text of `Task`s; without a text model they pass as they are.

    Args:
        serving: Names the models.
    """

    def __init__(self, serving: Serving) -> None:
        self.serving = serving

    def start_bundle(self) -> None:
        """Nothing waits yet."""
        self._waiting: list[Task] = []

    def process(self, task: Task) -> Iterator[Task]:
        """Waits for others that are scored together with it."""
        self._waiting.append(task)
        if len(self._waiting) == _AT_ONCE:
            yield from self._scored()

    def finish_bundle(self) -> Iterator[Any]:
        """Scores those that wait."""
        yield from map(in_global_window, self._scored())

    def _scored(self) -> Iterator[Task]:
        waiting, self._waiting = self._waiting, []
        for bundle in {task.bundle: None for task in waiting}:
            tasks = [task for task in waiting if task.bundle == bundle]
            categorizer = loaded_for(self.serving, bundle).bundle.text
            if categorizer is None:
                yield from tasks
                continue
            said = said_by_text(categorizer, [task.row for task in tasks])
            for task, text in zip(tasks, said, strict=True):
                yield task.saying(text)


def in_global_window(element: object) -> WindowedValue:
    """An element that is given at the end of a bundle, when Beam wants its window."""
    return WindowedValue(element, MIN_TIMESTAMP, (GlobalWindow(),))


def require_global_window(elements: Any) -> None:
    """Refuses a PCollection in windows, out of which `in_global_window` would take it.

    Raises:
        ValueError: If it is in windows.
    """
    windows = elements.windowing.windowfn
    if not isinstance(windows, GlobalWindows):
        raise ValueError(
            "What is to be categorized must be in the global window. Received: "
            f"{windows}. Put the results into windows instead."
        )
