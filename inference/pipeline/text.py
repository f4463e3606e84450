"""`ScoreText`: what the text of rows says."""

from collections.abc import Iterator
from typing import Any, Final

import apache_beam as beam

from vidcat.inference.pipeline.elements import Task
from vidcat.inference.pipeline.loaded import loaded_for
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.windows import in_global_window
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
