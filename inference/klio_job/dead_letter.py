"""Messages that lead to no result, and why."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics import Metrics

from vidcat.inference.export.file_names import file_stem
from vidcat.inference.klio_job.messages import (
    InvalidMessage,
    require_message,
    shown_id,
)
from vidcat.inference.pipeline.files import write_whole

FAILED = "failed"
"""The tag of `DeadLetter`s."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message whose video could not be categorized, or not by its frames."""

    id: str
    """Id of the video, or what the message has in its place."""
    status: str
    """As in a result."""
    reason: str | None
    """Why."""
    row: Mapping[str, Any] | None = None
    """The row of a catalog that can be tried again; `None` where there is none."""
    message: bytes
    """The Klio message."""

    @classmethod
    def refused(cls, message: bytes, error: InvalidMessage) -> "DeadLetter":
        """A message that asks for no video."""
        return cls(
            id=shown_id(message), status="bad_row", reason=str(error), message=message
        )

    def to_line(self) -> str:
        """The fields as a line of JSON, the message in base 64."""
        values = {**vars(self), "message": base64.b64encode(self.message).decode()}
        return json.dumps(values, ensure_ascii=False)


class RequireMessage(beam.DoFn):
    """Passes on messages that Klio can work with; others leave as `DeadLetter`s.

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
            yield beam.pvalue.TaggedOutput(FAILED, DeadLetter.refused(message, error))


class WriteDeadLetter(beam.DoFn):
    """Writes `DeadLetter`s, a file each, named after the video.

    A later failure of the same video takes the place of an earlier one, as does the
    same one when a runner does a step again.

    Args:
        folder: Where they go, on this machine or in a bucket.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def process(self, letter: DeadLetter) -> None:
        """Writes one."""
        Metrics.counter("vidcat", "dead_letter").inc()
        path = FileSystems.join(self.folder, f"{file_stem(letter.id)}.json")
        write_whole(path, [letter.to_line()])
