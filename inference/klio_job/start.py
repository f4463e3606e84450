"""Starts the Klio job, in the order in which Klio can be imported."""

import json
from typing import Any, NamedTuple

import apache_beam

from vidcat.inference.klio_job import compat
from vidcat.inference.klio_job.config import InvalidJob


class _Runtime(NamedTuple):
    """What Klio takes from its command line; its names."""

    image_tag: str | None
    direct_runner: bool
    update: bool | None
    blocking: bool


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
    if not options.get("project"):
        raise InvalidJob(
            "`pipeline_options.project` must be given, since Klio writes it into each "
            f"message. Received: project={options.get('project')!r}. Any name will do "
            "where nothing is in Google Cloud."
        )
    sent = json.dumps(job)
    options["klio_config"] = sent
    options["beam_plugins"] = [*options.get("beam_plugins", []), compat.__name__]
    if direct:
        # Else the direct runner first tries to download Prism, another runner, which
        # knows one process only.
        options["update_compatibility_version"] = apache_beam.__version__
    config = KlioConfig(job, config_skip_preprocessing=True)
    RunConfig.set(config)
    runtime = _Runtime(
        image_tag=None,
        direct_runner=direct,
        update=config.pipeline_options.update,
        blocking=config.job_config.blocking,
    )
    _pipeline(config, runtime).run()


def _pipeline(config: Any, runtime: _Runtime) -> Any:
    """Klio's pipeline with our steps in it."""
    # Klio's modules read the configuration when they are imported.
    from klio_exec.commands.run import KlioPipeline

    from vidcat.inference.klio_job import run as ours

    class Pipeline(KlioPipeline):
        def _get_run_callable(self) -> Any:
            # Klio would execute the file `run.py` of the working directory.
            return ours.run

        def _filter_intended_recipients(
            self, in_pcol: Any, label_pfx: str | None = None
        ) -> Any:
            label = "" if label_pfx is None else f"[{label_pfx}] "
            readable = ours.readable(in_pcol, self.config, label)
            return super()._filter_intended_recipients(readable, label_pfx)

    return Pipeline(config.job_name, config, runtime)
