"""What Dataflow is asked for, and what it says meanwhile."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from vidcat.commands.printing.console import say

_PAGE_OF_THE_JOB = "To access the Dataflow monitoring console"


def print_job(spec: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints on stdout what Dataflow would be asked for; nothing is sent.

    Args:
        spec: As `job_spec` gives it.
        as_json: Whether to print all of it, as JSON.
    """
    from vidcat.inference.backfill.dataflow.job_spec import main_fields

    if as_json:
        print(json.dumps(spec))
        return
    fields = main_fields(spec)
    width = max(map(len, fields))
    for name, value in fields.items():
        print(f"{name:{width}}  {value}")


def pass_on_dataflow() -> None:
    """Passes on what Dataflow says of a job: its page, its state, its errors."""
    logger = logging.getLogger("apache_beam.runners.dataflow")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(_Spoken())


class _Spoken(logging.Handler):
    """Says records; those about the making of a job, with all of it inside, are not."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        of_the_job = record.name.endswith(".dataflow_runner")
        if (
            of_the_job
            or text.startswith(_PAGE_OF_THE_JOB)
            or record.levelno >= logging.ERROR
        ):
            say(text)
