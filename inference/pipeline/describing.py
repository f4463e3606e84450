"""`Describe`: the features of decoded videos, in batches over their borders."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from vidcat.inference.describing.shared_batch import DescribedVideo
from vidcat.inference.describing.whole_videos import DescribesTogether
from vidcat.inference.merges.said import crashed
from vidcat.inference.pipeline.elements import DecodedTask, SeenTask, Task
from vidcat.inference.pipeline.loaded import loaded_for
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.windows import in_global_window
from vidcat.inference.seen import Seen

_Described = tuple[Task, DescribedVideo | Exception]


class Describe(beam.DoFn):
    """Describes `DecodedTask`s with the one frame encoder of the process.

    Gives `SeenTask`s; those that have nothing to be described pass as they are.

    Args:
        serving: Names the models.
    """

    def __init__(self, serving: Serving) -> None:
        self.serving = serving

    def start_bundle(self) -> None:
        """Nothing waits yet."""
        self._together: dict[str | None, DescribesTogether[Task]] = {}

    def process(self, element: DecodedTask | SeenTask) -> Iterator[SeenTask]:
        """Describes a video as far as it fills batches."""
        if isinstance(element, SeenTask):
            yield element
            return
        task = element.task
        if task.bundle not in self._together:
            encoder = loaded_for(self.serving, task.bundle).encoder
            self._together[task.bundle] = DescribesTogether(encoder)
        together = self._together[task.bundle]
        for done in together.add(task, task.row, element.decoded):
            yield self._seen_task(done)

    def finish_bundle(self) -> Iterator[Any]:
        """Describes the frames that wait for a batch to fill."""
        for together in self._together.values():
            for done in together.finish():
                yield in_global_window(self._seen_task(done))

    def _seen_task(self, done: _Described) -> SeenTask:
        return SeenTask(task=done[0], seen=self._seen(*done))

    def _seen(self, task: Task, described: DescribedVideo | Exception) -> Seen:
        try:
            if isinstance(described, Exception):
                raise described
            return Seen.of(
                task.row,
                described,
                loaded_for(self.serving, task.bundle).bundle,
                source_version=task.source_version,
                enforce_scope=self.serving.enforce_scope,
            )
        # Whatever the encoder or its runtime may raise is this video's result.
        except Exception as error:
            return Seen(row=task.row, silence=crashed(task.row.id, error))
