"""Between Klio's messages and the transforms that categorize."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from vidcat.inference.catalogs.source import file_version
from vidcat.inference.klio_job.dead_letter import FAILED, DeadLetter
from vidcat.inference.klio_job.messages import (
    InvalidMessage,
    Place,
    video_of_message,
)
from vidcat.inference.pipeline.elements import Attempt, Task
from vidcat.inference.pipeline.files import write_whole
from vidcat.inference.results import ANSWERED, has_failed


class AskForVideo(beam.DoFn):
    """Turns messages into `Task`s; those with a wrong payload leave as `DeadLetter`s.

    Args:
        videos: Where the videos are.
    """

    def __init__(self, videos: Place) -> None:
        self.videos = videos

    def process(self, message: bytes) -> Iterator[Any]:
        """Reads one message."""
        try:
            row = video_of_message(message, self.videos)
        except InvalidMessage as error:
            yield beam.pvalue.TaggedOutput(FAILED, DeadLetter.refused(message, error))
            return
        yield Task(row=row, source_version=file_version(row), message=message)


class WriteResult(beam.DoFn):
    """Writes the results of `Attempt`s, a file each, and gives their messages.

    Klio takes a file that is there for done. So a result is written only where the
    video got an answer, and without it the message goes no further. Where something
    failed, a `DeadLetter` leaves, be it that the rest of the result is good.

    Args:
        results: Where the results go.
    """

    def __init__(self, results: Place) -> None:
        self.results = results

    def process(self, attempt: Attempt) -> Iterator[Any]:
        """Writes one result."""
        found = attempt.categorization
        Metrics.counter("vidcat", found.status).inc()
        if has_failed(found.status, found.parts):
            letter = DeadLetter(
                id=found.id,
                status=found.status,
                reason=found.reason,
                row=attempt.row,
                message=attempt.message,
            )
            yield beam.pvalue.TaggedOutput(FAILED, letter)
        if found.status in ANSWERED:
            write_whole(self.results.path(found.id), [found.to_line()])
            yield attempt.message
