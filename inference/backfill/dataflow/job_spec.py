"""What Dataflow would be asked for: a job's specification, made without network."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, TestOptions

from vidcat.inference.backfill.beside import NOTHING_BESIDE, Beside
from vidcat.inference.backfill.dataflow.job import DataflowJob
from vidcat.inference.backfill.run import backfill_transform
from vidcat.inference.backfill.run_names import run_name
from vidcat.inference.backfill.uploads.stream import Stream, stream_pipeline
from vidcat.inference.pipeline.backfilling import Choice
from vidcat.inference.pipeline.serving import Serving

_ACCELERATOR = "beam:resources:accelerator:v1"
_MIN_RAM = "beam:resources:min_ram_bytes:v1"


def backfill_job_spec(
    catalog: str,
    out: str,
    serving: Serving,
    *,
    job: DataflowJob,
    choice: Choice,
    beside: Beside = NOTHING_BESIDE,
) -> dict[str, Any]:
    """The job that `run_backfill` would start first; nothing is read or sent.

    Args:
        catalog: As for `run_backfill`, a URL.
        out: Folder of the results, a URL.
        serving: Names the models.
        job: The job.
        choice: Which rows to do.
        beside: Where features and scores go. Defaults to nowhere.

    Returns:
        As `job_spec` gives it.
    """
    runner = job.runner(dry_run=True)
    pipeline = beam.Pipeline(options=PipelineOptions(runner.options))
    _ = pipeline | backfill_transform(
        catalog,
        out.rstrip("/"),
        job.serving(serving),
        run_name(datetime.now(UTC)),
        runner=runner,
        choice=choice,
        beside=beside,
    )
    return job_spec(pipeline)


def stream_job_spec(
    stream: Stream, serving: Serving, *, job: DataflowJob
) -> dict[str, Any]:
    """The job that `stream_elsewhere` would start; nothing is read or sent.

    Args:
        stream: Where from, and where to.
        serving: Names the models.
        job: The job.

    Returns:
        As `job_spec` gives it.
    """
    runner = job.runner(dry_run=True)
    run = run_name(datetime.now(UTC))
    return job_spec(stream_pipeline(stream, job.serving(serving), run, runner=runner))


def job_spec(pipeline: beam.Pipeline) -> dict[str, Any]:
    """The job that Dataflow would get of this pipeline; nothing is sent or staged.

    Args:
        pipeline: Made with the options of `DataflowJob.runner`, for a dry run.

    Returns:
        The job as JSON, in the form of Dataflow's API (v1b3), with one more field:
        `resourceHints`, the hints of each step that runs code, by its name.

    Raises:
        ValueError: If the pipeline was not made for a dry run.

    Reference: <https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.jobs>
    """
    # Beam's own; it has no public way to show a job before it is sent.
    from apache_beam.runners.dataflow.internal import apiclient

    # Beam asks Google's servers already when a pipeline is made.
    if not pipeline.options.view_as(TestOptions).dry_run:
        raise ValueError(
            "The pipeline must be made for a dry run: "
            "`DataflowJob.runner(dry_run=True)`. Received: dry_run=False"
        )
    job = pipeline.run().job
    job.proto.environment = apiclient.Environment(
        proto_pipeline_staged_url=f"{job.google_cloud_options.staging_location}/pipeline.pb",
        packages=[],
        options=job.options,
        environment_version=apiclient._FNAPI_ENVIRONMENT_MAJOR_VERSION,
        proto_pipeline=job.proto_pipeline,
    ).proto
    spec = json.loads(job.json())
    spec["resourceHints"] = _hints_by_step(job.proto_pipeline.components)
    return spec


def _hints_by_step(components: Any) -> dict[str, dict[str, str]]:
    """The hints of the steps, as Beam wrote them into their environments."""
    return {
        step.unique_name: {
            urn: value.decode()
            for urn, value in components.environments[
                step.environment_id
            ].resource_hints.items()
        }
        for step in components.transforms.values()
        if step.environment_id and not step.subtransforms
    }


def main_fields(spec: Mapping[str, Any]) -> dict[str, str]:
    """What people look at in a job before they start it.

    Args:
        spec: Made by `job_spec`.

    Returns:
        What is said in the specification, by a name for people.
    """
    environment = spec["environment"]
    (pool,) = environment["workerPools"]
    scaling = pool["autoscalingSettings"]
    one_process = "no_use_multiple_sdk_containers" in environment["experiments"]
    hints = spec["resourceHints"].values()
    accelerators = {
        option.removeprefix("worker_accelerator=")
        for option in environment.get("serviceOptions", ())
        if option.startswith("worker_accelerator=")
    } | {step[_ACCELERATOR] for step in hints if _ACCELERATOR in step}
    memory = {step[_MIN_RAM] for step in hints if _MIN_RAM in step}
    fields = {
        "job": spec["name"],
        "kind": spec["type"],
        "machine": pool["machineType"],
        "GPU": ", ".join(sorted(accelerators)) or "none",
        "processes a machine": "one" if one_process else "one a vCPU",
        "threads a process": str(pool["numThreadsPerWorker"]),
        "machines": f"{pool['numWorkers']} to {scaling['maxNumWorkers']}",
        "disk": f"{pool['diskSizeGb']} GB",
        "image": ", ".join(
            sorted({one["containerImage"] for one in pool["sdkHarnessContainerImages"]})
        ),
        "temporary files": environment["tempStoragePrefix"],
        "steps that run code": str(len(hints)),
    }
    if memory:
        smallest = ", ".join(f"{int(each) / 1e9:g} GB" for each in sorted(memory))
        fields["memory to decode"] = f"at least {smallest}"
    return fields
