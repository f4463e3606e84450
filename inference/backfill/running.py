"""Runs a pipeline to its end, and says in one line what broke it."""

import re

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from vidcat.inference.backfill.runners import Runner


class BackfillFailed(RuntimeError):
    """A pipeline broke off; what it had done by then is kept."""


def run_transform(transform: beam.PTransform, runner: Runner) -> None:
    """Runs a pipeline of one transform.

    Args:
        transform: All of it.
        runner: What runs it.

    Raises:
        BackfillFailed: If it broke off.
    """
    pipeline = beam.Pipeline(options=PipelineOptions(runner.options))
    pipeline | transform
    try:
        pipeline.run().wait_until_finish()
    # Runners raise whatever a worker raised, or an error with its traceback in it.
    except Exception as error:
        raise BackfillFailed(
            f"The pipeline broke off: {_cause(error)}. What was done by then is kept, "
            "and the same command goes on with the rest."
        ) from error


def _cause(error: Exception) -> str:
    """What a worker raised, without the traceback that came with it."""
    text = re.sub(r"\s*\[while running .*", "", str(error), flags=re.DOTALL).strip()
    return (
        re.sub(r"^[\w.]+\.(\w+: )", r"\1", text.splitlines()[-1])
        if text
        else repr(error)
    )
