"""Starts the Klio job, in the order in which Klio can be imported."""

import json
from collections import namedtuple
from typing import Any, Final

import apache_beam

from vidcat.inference.klio_job import compat

_Runtime: Final = namedtuple("_Runtime", "image_tag direct_runner update blocking")


def start(job: dict[str, Any], *, direct: bool) -> None:
    """Categorizes the videos that Klio messages name.

    Runs until they are done; on Dataflow until the job is handed over, or done with
    `job_config.blocking`.

    Args:
        job: What `read_job` gives.
        direct: Whether to run on this machine, whatever runner the job names.

    Raises:
        InvalidJob: If the job is not configured as it must be.
    """
    from klio.transforms.core import RunConfig
    from klio_core.config import KlioConfig

    options = job.setdefault("pipeline_options", {})
    sent = json.dumps(job)
    options["klio_config"] = sent
    options["beam_plugins"] = [*options.get("beam_plugins", []), compat.__name__]
    if direct:
        # Else the direct runner first tries to download Prism, another runner, which
        # knows one process only.
        options["update_compatibility_version"] = apache_beam.__version__
    config = KlioConfig(job, config_skip_preprocessing=True)
    RunConfig.set(config)
    # These read the configuration when they are imported.
    from klio_exec.commands.run import KlioPipeline

    from vidcat.inference.klio_job.run import run

    runtime = _Runtime(
        image_tag=None,
        direct_runner=direct,
        update=config.pipeline_options.update,
        blocking=config.job_config.blocking,
    )
    pipeline = KlioPipeline(config.job_name, config, runtime)
    # Klio would execute the file `run.py` of the working directory.
    pipeline._get_run_callable = lambda: run
    pipeline.run()
