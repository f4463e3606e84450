"""`vidcat stream`: categories of what messages of a queue ask for, as they come."""

from typing import Annotated, Any

import typer

from vidcat.commands.dataflow import (
    DryRun,
    Image,
    JobName,
    ProfileOfMachines,
    Project,
    Region,
    TempLocation,
    dataflow_job,
    serving_on,
)
from vidcat.commands.options import BeamOption, IgnoreUnknown
from vidcat.commands.serving import (
    BundleOrBundles,
    BundleSentenceEncoder,
    EnforceScope,
    EvidenceMethod,
    FindEvidence,
    FrameWeights,
    SamplingRule,
    TimeoutSeconds,
    serving_of,
)


def stream(
    *,
    subscription: Annotated[
        str, typer.Argument(help="projects/PROJECT/subscriptions/NAME of Pub/Sub.")
    ],
    bundle: BundleOrBundles,
    out: Annotated[str, typer.Option(help="Folder of the results.")],
    results_topic: Annotated[
        str | None,
        typer.Option(help="projects/PROJECT/topics/NAME, to publish results in."),
    ] = None,
    runner: Annotated[
        str, typer.Option(help="local, or a runner of Apache Beam: DataflowRunner.")
    ] = "local",
    beam_option: BeamOption = None,
    profile: ProfileOfMachines = None,
    project: Project = None,
    region: Region = None,
    image: Image = None,
    temp_location: TempLocation = None,
    job_name: JobName = None,
    dry_run: DryRun = False,
    poll_seconds: Annotated[
        float, typer.Option(help="Between two looks for a new bundle.", min=1.0)
    ] = 60.0,
    frame_weights: FrameWeights = None,
    sentence_encoder: BundleSentenceEncoder = None,
    sampling: SamplingRule = None,
    evidence: FindEvidence = True,
    evidence_method: EvidenceMethod = "windows",
    enforce_scope: EnforceScope = False,
    timeout_seconds: TimeoutSeconds = 600.0,
    ignore_unknown: IgnoreUnknown = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the counts, or the job, as JSON.")
    ] = False,
) -> None:
    """Categorizes the videos that messages of Pub/Sub name, as they come.

    A message is a notification of Google Cloud Storage about a new file, or a catalog's
    row as JSON. Any other is in the results as well, as a bad row with its reason.

    On this machine, which is for trials, it goes on until Ctrl-C, and then settles the
    results. On Dataflow it goes on until the job is drained; `vidcat settle OUT`
    settles them at any time.

    Examples:

      vidcat stream projects/my-project/subscriptions/uploads --bundle gs://videos/bundles
      --out gs://videos/results --results-topic projects/my-project/topics/categories
      --runner DataflowRunner --profile t4 --project my-project --region us-central1
      --image IMAGE --temp-location gs://videos/tmp --dry-run
    """
    from vidcat.commands.printing.console import import_keras, say

    job = dataflow_job(
        runner,
        profile,
        processes=1,
        project=project,
        region=region,
        image=image,
        temp_location=temp_location,
        job_name=job_name,
        dry_run=dry_run,
        kind="stream",
        more_options=beam_option or [],
    )
    if job is not None:
        job.require_reachable({"--bundle": bundle, "--out": out})
    import_keras()

    from vidcat.commands.printing.dataflow import print_job
    from vidcat.commands.printing.quiet import quiet_beam
    from vidcat.commands.printing.settled import print_settled
    from vidcat.commands.stopping import asked_to_stop
    from vidcat.inference.backfill.uploads.stream import (
        Stream,
        stream_elsewhere,
        stream_here,
    )

    quiet_beam()
    serving = serving_of(
        bundle,
        frame_weights=frame_weights,
        sentence_encoder=sentence_encoder,
        sampling=sampling,
        evidence=evidence,
        evidence_method=evidence_method,
        enforce_scope=enforce_scope,
        timeout_seconds=timeout_seconds,
    )
    asked = Stream(
        subscription=subscription,
        out=out,
        results_topic=results_topic,
        poll_seconds=poll_seconds,
        ignore_unknown=ignore_unknown,
    )
    if job is not None and dry_run:
        from vidcat.inference.backfill.dataflow.job_spec import stream_job_spec

        print_job(stream_job_spec(asked, serving, job=job), as_json=as_json)
        return
    serving, runs = serving_on(
        job, serving, runner=runner, more_options=beam_option or []
    )
    if not runs.is_local:
        _print_started(stream_elsewhere(asked, serving, runner=runs), as_json)
        return
    with asked_to_stop() as stop:
        say("Waiting for messages; Ctrl-C ends it.")
        settled = stream_here(asked, serving, stop, runner=runs)
    print_settled(settled, out, as_json=as_json)


def _print_started(result: Any, as_json: bool) -> None:
    import json

    job = result.job_id() if hasattr(result, "job_id") else None
    if as_json:
        print(json.dumps({"job": job}))
    else:
        print("The stream goes on elsewhere." if job is None else f"Job {job}.")
