"""Categorizes what the messages of a queue ask for; behind `vidcat stream`."""

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from vidcat.inference.backfill.folder import BackfillFolder
from vidcat.inference.backfill.run_names import run_name
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.backfill.settle import Settled, settle_folder
from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.pipeline.current_bundle import POLL_SECONDS
from vidcat.inference.pipeline.serving import Serving

_SHARD_SECONDS: Final = 60.0
_LOCAL_SHARD_SECONDS: Final = 1.0
"""On this machine what waits is lost when the stream ends."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Where messages come from, and what becomes of their results."""

    subscription: str
    """`projects/PROJECT/subscriptions/NAME`."""
    out: str
    """Folder of the results."""
    results_topic: str | None = None
    """`projects/PROJECT/topics/NAME`, where results are published."""
    poll_seconds: float = POLL_SECONDS
    """How long one look for a new bundle holds."""
    ignore_unknown: bool = False
    """Whether unknown fields of rows are passed over."""


def stream_here(
    stream: Stream, serving: Serving, stop: threading.Event, *, runner: Runner
) -> Settled:
    """Categorizes on this machine until it is stopped, then settles the results.

    Beam's local runner acknowledges messages when it reads them: what it has in work
    when it ends is lost. It is for trials.

    Args:
        stream: Where from, and where to.
        serving: Names the models; its `bundle` may be a folder of bundles.
        stop: Is set to end it.
        runner: The local one.

    Returns:
        What lies in the folder of the results.

    Raises:
        ImportError: If Google's libraries are not installed.
        ValueError: If subscription or topic is none.
        UnfitResultsFolder: If results in `out` were made in another way.
        FolderInUse: If another process fills `out`.
        Exception: What the stream failed with.
    """
    folder = BackfillFolder.at(stream.out)
    with folder.sole_writer():
        run, result = _started(stream, serving, folder, runner)
        _await(result, stop)
        return settle_folder(folder, run, runner)


def stream_elsewhere(stream: Stream, serving: Serving, *, runner: Runner) -> Any:
    """Starts a stream on other machines, where it goes on without this process.

    Args:
        stream: As for `stream_here`; `out` is a URL.
        serving: As for `stream_here`.
        runner: One of Beam, such as `DataflowRunner`.

    Returns:
        What Beam says of it, a `PipelineResult`.

    Raises:
        ImportError: If Google's libraries are not installed.
        ValueError: If subscription, topic or `out` is none that those machines have.
        UnfitResultsFolder: If results in `out` were made in another way.
    """
    for name, place in (("out", stream.out), ("bundle", serving.bundle)):
        if not is_url(place):
            raise ValueError(
                f"`{name}` must be a folder that all machines have, such as "
                f"gs://bucket/folder. Received: {name}={place!r}"
            )
    return _started(stream, serving, BackfillFolder.at(stream.out), runner)[1]


def stream_pipeline(
    stream: Stream, serving: Serving, run: str, *, runner: Runner
) -> beam.Pipeline:
    """The pipeline of a stream; nothing is read or sent yet.

    Args:
        stream: Where from, and where to; `out` is absolute or a URL.
        serving: Names the models.
        run: What to call the stream.
        runner: What is to run it.

    Raises:
        ImportError: If Google's libraries are not installed.
        ValueError: If subscription or topic is none.
    """
    try:
        from vidcat.inference.pipeline.streaming import CategorizeStream
    except ImportError as error:
        raise ImportError(
            "A stream needs the libraries of Google Cloud. Run `pip install "
            f"'vidcat[gcp]'` ({error})."
        ) from error
    pipeline = beam.Pipeline(options=PipelineOptions([*runner.options, "--streaming"]))
    pipeline | CategorizeStream(
        stream.subscription,
        FileSystems.join(stream.out, "attempts"),
        serving,
        run,
        results_topic=stream.results_topic,
        shard_seconds=_LOCAL_SHARD_SECONDS if runner.is_local else _SHARD_SECONDS,
        poll_seconds=stream.poll_seconds,
        ignore_unknown=stream.ignore_unknown,
        hints=runner.hints,
    )
    return pipeline


def _started(
    stream: Stream, serving: Serving, folder: BackfillFolder, runner: Runner
) -> tuple[str, Any]:
    """The name of the stream, and what Beam says of it."""
    run = run_name(datetime.now(UTC))
    serving = folder.settle_serving(serving)
    there = replace(stream, out=folder.path)
    pipeline = stream_pipeline(there, serving, run, runner=runner)
    folder.write_run(run, {"catalogs": [], "stream": vars(there)})
    return run, pipeline.run()


def _await(result: Any, stop: threading.Event) -> None:
    """Waits until a stream fails or is to stop."""
    failures: list[Exception] = []

    def wait() -> None:
        try:
            result.wait_until_finish()
        # Is raised again, where it can be dealt with.
        except Exception as error:
            failures.append(error)
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
    stop.wait()
    if failures:
        raise failures[0]
    result.cancel()
