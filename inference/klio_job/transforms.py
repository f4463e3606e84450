"""Between Klio's messages and the transforms that categorize."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics import Metrics

from vidcat.inference.describing.waiting import file_version
from vidcat.inference.export.file_names import file_stem
from vidcat.inference.klio_job.messages import (
    InvalidMessage,
    Place,
    require_message,
    shown_id,
    video_of_message,
)
from vidcat.inference.pipeline.deciding import has_failed
from vidcat.inference.pipeline.elements import Attempt, Task
from vidcat.inference.pipeline.files import write_whole
from vidcat.inference.results import ANSWERED

FAILED = "failed"
"""The tag of `Failure`s."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A message whose video could not be categorized, or not by its frames."""

    id: str
    """Id of the video, or what the message has in its place."""
    status: str
    """As in a result."""
    reason: str | None
    """Why."""
    row: dict[str, Any] | None = None
    """The row of a catalog that can be tried again; `None` where there is none."""
    message: bytes
    """The Klio message."""

    def to_line(self) -> str:
        """The fields as a line of JSON, the message in base 64."""
        values = {**vars(self), "message": base64.b64encode(self.message).decode()}
        return json.dumps(values, ensure_ascii=False)


class RequireMessage(beam.DoFn):
    """Passes on messages that Klio can work with; others leave as `Failure`s.

    Args:
        take_others: As for `require_message`.
    """

    def __init__(self, *, take_others: bool) -> None:
        self.take_others = take_others

    def process(self, message: bytes) -> Iterator[Any]:
        """Looks at one message."""
        try:
            yield require_message(message, take_others=self.take_others)
        except InvalidMessage as error:
            yield _refused(message, error)


class AskForVideo(beam.DoFn):
    """Turns messages into `Task`s; those with a wrong payload leave as `Failure`s.

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
            yield _refused(message, error)
            return
        yield Task(row=row, source_version=file_version(row), message=message)


class WriteResult(beam.DoFn):
    """Writes the results of `Attempt`s, a file each, and gives their messages.

    Klio takes a file that is there for done. So a result is written only where the
    video got an answer, and without it the message goes no further. Where something
    failed, a `Failure` leaves, be it that the rest of the result is good.

    Args:
        results: Where the results go.
    """

    def __init__(self, results: Place) -> None:
        self.results = results

    def process(self, attempt: Attempt) -> Iterator[Any]:
        """Writes one result."""
        found = attempt.categorization
        Metrics.counter("vidcat", found.status).inc()
        if has_failed(found):
            failure = Failure(
                id=found.id,
                status=found.status,
                reason=found.reason,
                row=attempt.row,
                message=attempt.message,
            )
            yield beam.pvalue.TaggedOutput(FAILED, failure)
        if found.status in ANSWERED:
            write_whole(self.results.path(found.id), [found.to_line()])
            yield attempt.message


class WriteFailure(beam.DoFn):
    """Writes `Failure`s to the dead letter, a file each, named after the video.

    A later failure of the same video takes the place of an earlier one, as does the
    same one when a runner does a step again.

    Args:
        folder: Where they go, on this machine or in a bucket.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def process(self, failure: Failure) -> None:
        """Writes one."""
        Metrics.counter("vidcat", "dead_letter").inc()
        path = FileSystems.join(self.folder, f"{file_stem(failure.id)}.json")
        write_whole(path, [failure.to_line()])


def _refused(message: bytes, error: InvalidMessage) -> beam.pvalue.TaggedOutput:
    failure = Failure(
        id=shown_id(message), status="bad_row", reason=str(error), message=message
    )
    return beam.pvalue.TaggedOutput(FAILED, failure)
