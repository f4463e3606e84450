"""Runs the Klio job: `python -m vidcat.inference.klio_job`."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vidcat.inference.klio_job.config import JOB_FILE, InvalidJob, read_job

_PROGRAM: Final = "python -m vidcat.inference.klio_job"
_WHAT: Final = "Categorizes the videos that Klio messages name."


def main(given: Sequence[str] | None = None) -> None:
    """Runs the job that the command line asks for.

    Args:
        given: The words after the program's name. Defaults to the process' own.
    """
    parser = argparse.ArgumentParser(prog=_PROGRAM, description=_WHAT)
    parser.add_argument(
        "--config", type=Path, default=JOB_FILE, help="klio-job.yaml of the job"
    )
    parser.add_argument("--direct", action="store_true", help="run on this machine")
    parser.add_argument(
        *("--set", "-s"),
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a setting, such as job_config.data.outputs.results.force=true",
    )
    arguments = parser.parse_args(given)
    # Klio says there which messages it drops and which it passes on.
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("klio").setLevel(logging.INFO)
    try:
        # Says so where Klio cannot be imported, so it comes first.
        from vidcat.inference.klio_job.start import start

        start(read_job(arguments.config, arguments.set), direct=arguments.direct)
    except (ImportError, InvalidJob) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
