"""`CategorizeStream`: from the messages of a queue to attempts, without an end."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage, ReadFromPubSub, WriteToPubSub
from apache_beam.transforms.util import GroupIntoBatches
from apache_beam.utils.timestamp import Timestamp

from vidcat.inference.catalogs.source import file_version
from vidcat.inference.pipeline.attempts import write_shard
from vidcat.inference.pipeline.categorizing import Categorize
from vidcat.inference.pipeline.current_bundle import POLL_SECONDS, current_bundle_of
from vidcat.inference.pipeline.elements import Attempt, Task
from vidcat.inference.pipeline.hints import Hints
from vidcat.inference.pipeline.messages import (
    InvalidMessage,
    generation_of,
    shown_message,
    video_of_message,
)
from vidcat.inference.pipeline.refusing import refused
from vidcat.inference.pipeline.serving import Serving

REFUSED: Final = "refused"
"""The tag of the attempts of messages that ask for nothing."""

_SHARD_ROWS: Final = 500


class CategorizeStream(beam.PTransform):
    """Categorizes what the messages of a Pub/Sub subscription ask for.

    Each message ends in one attempt, which is stored, and published if there is a
    topic. A message that asks for nothing ends in one with the status `bad_row`: it is
    not delivered again and again.

    Args:
        subscription: `projects/PROJECT/subscriptions/NAME`.
        folder: Where attempts are stored, on this machine or in a bucket.
        serving: Names the models; its `bundle` may be a folder of bundles, see
            `CurrentBundle`.
        run: What to call the stream.
        results_topic: `projects/PROJECT/topics/NAME`; `None` for none.
        shard_seconds: Attempts wait so long for others to be stored with.
        poll_seconds: How long one look for a new bundle holds.
        ignore_unknown: Whether unknown fields of rows are passed over.
        hints: What the steps need of their machines. Defaults to nothing.
    """

    def __init__(
        self,
        subscription: str,
        folder: str,
        serving: Serving,
        run: str,
        *,
        results_topic: str | None = None,
        shard_seconds: float = 60.0,
        poll_seconds: float = POLL_SECONDS,
        ignore_unknown: bool = False,
        hints: Hints | None = None,
    ) -> None:
        super().__init__()
        self.subscription = subscription
        self.folder = folder
        self.serving = serving
        self.run = run
        self.results_topic = results_topic
        self.shard_seconds = shard_seconds
        self.poll_seconds = poll_seconds
        self.ignore_unknown = ignore_unknown
        self.hints = hints

    def expand(self, start: beam.Pipeline) -> None:
        """Stores attempts, and publishes results."""
        take = TakeMessages(
            self.serving,
            self.run,
            poll_seconds=self.poll_seconds,
            ignore_unknown=self.ignore_unknown,
        )
        taken: Any = (
            start
            | "Read messages"
            >> ReadFromPubSub(subscription=self.subscription, with_attributes=True)
            | "Take messages" >> beam.ParDo(take).with_outputs(REFUSED, main="ok")
        )
        categorized = (
            taken.ok
            # The message is done with here: how long a video takes keeps none waiting.
            | beam.Reshuffle()
            | Categorize(self.serving, self.run, hints=self.hints)
        )
        attempts = (categorized, taken[REFUSED]) | beam.Flatten()
        attempts | StoreAttempts(self.folder, seconds=self.shard_seconds)
        if self.results_topic is not None:
            (
                attempts
                | "Say results" >> beam.Map(result_message)
                | "Publish results"
                >> WriteToPubSub(self.results_topic, with_attributes=True)
            )


class TakeMessages(beam.DoFn):
    """Makes `Task`s of messages, for the bundle that is the current one.

    Gives by the tag `REFUSED` the attempts of messages that ask for nothing.

    Args:
        serving: Names the models.
        run: What to call the stream.
        poll_seconds: How long one look for a new bundle holds.
        ignore_unknown: Whether unknown fields of rows are passed over.
    """

    def __init__(
        self, serving: Serving, run: str, *, poll_seconds: float, ignore_unknown: bool
    ) -> None:
        self.serving = serving
        self.run = run
        self.poll_seconds = poll_seconds
        self.ignore_unknown = ignore_unknown

    def process(
        self, message: PubsubMessage, published: Any = beam.DoFn.TimestampParam
    ) -> Iterator[Any]:
        """Takes one message."""
        models = current_bundle_of(self.serving, self.poll_seconds).loaded()
        attributes = message.attributes or {}
        run = run_of(published, self.run)
        try:
            video = video_of_message(
                message.data, attributes, ignore_unknown=self.ignore_unknown
            )
        except InvalidMessage as error:
            attempt = refused(
                _name(message),
                str(error),
                models,
                run=run,
                shown=shown_message(message.data, attributes),
            )
            yield beam.pvalue.TaggedOutput(REFUSED, attempt)
            return
        yield Task(
            row=video,
            # As a backfill tells it, so that it does not do the same file again.
            source_version=file_version(video) or generation_of(attributes),
            bundle=models.serving.bundle,
            run=run,
        )


class StoreAttempts(beam.PTransform):
    """Stores `Attempt`s of a stream in shards, so that there are not too many files.

    Those that wait are kept by the runner: none is lost with a worker.

    Args:
        folder: Where the shards go.
        seconds: How long an attempt waits at most.
        rows: Most rows of a shard. Defaults to `500`.
    """

    def __init__(self, folder: str, *, seconds: float, rows: int = _SHARD_ROWS) -> None:
        super().__init__()
        self.folder = folder
        self.seconds = seconds
        self.rows = rows

    def expand(self, attempts: "beam.PCollection[Attempt]") -> None:
        """Writes the shards."""
        (
            attempts
            | beam.Map(_for_any_shard).with_output_types(tuple[str, Attempt])
            | GroupIntoBatches.WithShardedKey(self.rows, self.seconds)
            | "Write shard" >> beam.Map(_write_shard, self.folder)
        )


def run_of(published: Timestamp, stream: str) -> str:
    """The run that the result of a message belongs to: later messages, later runs.

    It is the same each time a message is delivered.

    >>> run_of(Timestamp(seconds=1.5), "20250601T120000000000-ab12")
    '19700101T000001500000-20250601T120000000000-ab12'

    Args:
        published: When it was published.
        stream: What the stream is called.
    """
    return f"{published.to_utc_datetime():%Y%m%dT%H%M%S%f}-{stream}"


def result_message(attempt: Attempt) -> PubsubMessage:
    """A result as a message: its line, and its status to filter by.

    Args:
        attempt: The attempt.
    """
    result = attempt.categorization
    line = result.to_line().encode(errors="backslashreplace")
    attributes = {"status": result.status, "bundle": result.key.bundle}
    return PubsubMessage(line, attributes)


def _name(message: PubsubMessage) -> str:
    return f"message {message.message_id or hashlib.sha256(message.data).hexdigest()}"


def _for_any_shard(attempt: Attempt) -> tuple[str, Attempt]:
    return "", attempt


def _write_shard(batch: tuple[Any, Iterable[Attempt]], folder: str) -> None:
    write_shard(folder, batch[1])
