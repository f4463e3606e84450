"""Reads the configuration of the Klio job: a `klio-job.yaml` with changes to it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

JOB_FILE: Final = Path(__file__).parent / "klio-job.yaml"
"""The job as it comes: a stream of uploads on Dataflow, with GPUs."""


class InvalidJob(ValueError):
    """A Klio job is not configured as it must be; the text names what, and a remedy."""


def read_job(file: Path, changes: Iterable[str] = ()) -> dict[str, Any]:
    """Reads a job's configuration.

    Args:
        file: A `klio-job.yaml`.
        changes: Each `key=value`, the key as for `klio job run --override`: with a dot
            before each level, inputs and outputs by their names (`file0`, `pubsub0`
            where they have none). The value is YAML, so that `false` is not a text,
            as it is for Klio, which takes it for true.

    Returns:
        The configuration that `KlioConfig` takes with `config_skip_preprocessing`;
        all of it can be written as JSON.

    Raises:
        InvalidJob: If a change is none, or Klio cannot read the file.
    """
    import glom
    import yaml
    from klio_core.config import _preprocessing as klio
    from klio_core.exceptions import KlioConfigTemplatingException as UnfilledTemplate

    try:
        job = klio.KlioConfigPreprocessor.process(file.read_text("utf-8"), [], [])
        for change in changes:
            key, equals, value = change.partition("=")
            if not equals:
                raise InvalidJob(
                    f"A change must be key=value. Received: {change!r}. Write such as "
                    "pipeline_options.num_workers=8."
                )
            glom.assign(job, key.strip(), yaml.safe_load(value), missing=dict)
    except (OSError, yaml.YAMLError, glom.GlomError, UnfilledTemplate) as error:
        raise InvalidJob(f"{file}: {error}") from None
    # A time in YAML is an object, which JSON has not.
    return dict(json.loads(json.dumps(job, default=str)))
