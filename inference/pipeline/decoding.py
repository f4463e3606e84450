"""`Decode`: the frames of videos, one ffmpeg process each."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from vidcat.inference.describing.whole_videos import DecodedVideo, DecodesAhead
from vidcat.inference.pipeline.elements import DecodedTask, SeenTask, Task
from vidcat.inference.pipeline.loaded import loaded_for
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.windows import in_global_window
from vidcat.inference.seen import Seen, reason_not_to_decode


class Decode(beam.DoFn):
    """Decodes the videos of `Task`s; a broken one is an element with its reason.

    Runs ahead: while the next transform works on a video in the same process, those
    behind it are decoded. Gives `DecodedTask`s; rows without a video, or out of an
    enforced scope, are `SeenTask`s already.

    Args:
        serving: Names the bundle.
    """

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self._ahead: dict[str | None, DecodesAhead[Task]] = {}

    def start_bundle(self) -> None:
        """Ends what a failed bundle of elements has left."""
        self._end()

    def process(self, task: Task) -> Iterator[Any]:
        """Starts a video, and gives those that are decoded meanwhile."""
        bundle = loaded_for(self.serving, task.bundle).bundle
        unseen = reason_not_to_decode(
            task.row, bundle.scope, enforce_scope=self.serving.enforce_scope
        )
        if unseen is not None:
            yield SeenTask(task=task, seen=Seen(row=task.row, silence=unseen))
            return
        ahead = self._decoding(task.bundle)
        yield from map(_decoded, ahead.add(task, str(task.row.path)))

    def finish_bundle(self) -> Iterator[Any]:
        """Waits for all that were started."""
        for ahead in self._ahead.values():
            yield from map(in_global_window, map(_decoded, ahead.finish()))
        self._end()

    def teardown(self) -> None:
        """Ends the decoding."""
        self._end()

    def _decoding(self, bundle: str | None) -> DecodesAhead[Task]:
        if bundle not in self._ahead:
            sampler = loaded_for(self.serving, bundle).sampler
            ahead = DecodesAhead[Task](sampler, self.serving.decoders)
            self._ahead[bundle] = ahead.__enter__()
        return self._ahead[bundle]

    def _end(self) -> None:
        while self._ahead:
            _, ahead = self._ahead.popitem()
            ahead.__exit__(None, None, None)


def _decoded(done: tuple[Task, DecodedVideo]) -> DecodedTask:
    task, video = done
    return DecodedTask(task=task, decoded=video)
