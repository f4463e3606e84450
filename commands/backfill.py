"""`vidcat backfill`: categories of a whole catalog, at any scale, resumed at will."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidcat.commands.dataflow import (
    DecodeApart,
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
from vidcat.commands.options import BeamOption, IgnoreUnknown, RunnerName
from vidcat.commands.planning import (
    DescribeRate,
    PlanOnly,
    RateFile,
    SampleVideos,
    WithinHours,
    print_beside_plan,
    print_planned,
)
from vidcat.commands.serving import (
    BundleSentenceEncoder,
    EnforceScope,
    EvidenceMethod,
    FindEvidence,
    FrameWeights,
    SamplingRule,
    TimeoutSeconds,
    serving_of,
)

if TYPE_CHECKING:
    from vidcat.inference.backfill.progress import BackfillProgress
    from vidcat.inference.backfill.report import BackfillReport
    from vidcat.inference.backfill.runners import Runner
    from vidcat.inference.pipeline.backfilling import Choice
    from vidcat.inference.pipeline.serving import Serving


def backfill(
    *,
    catalog: Annotated[
        str,
        typer.Argument(
            help="Catalog (.jsonl, .csv, .parquet), a pattern of them, or a folder."
        ),
    ],
    bundle: Annotated[str, typer.Option(help="Folder made by `vidcat train`.")],
    out: Annotated[str, typer.Option(help="Folder of the results.")],
    runner: RunnerName = "local",
    processes: Annotated[
        int, typer.Option(help="Processes on this machine.", min=1)
    ] = 1,
    beam_option: BeamOption = None,
    features: Annotated[
        str | None,
        typer.Option(
            help="Folder of features that the videos described now are added to, as "
            "`vidcat describe` does."
        ),
    ] = None,
    scores: Annotated[
        str | None,
        typer.Option(
            help="Folder for the scores behind the results, for `vidcat rethreshold`."
        ),
    ] = None,
    profile: ProfileOfMachines = None,
    project: Project = None,
    region: Region = None,
    image: Image = None,
    temp_location: TempLocation = None,
    job_name: JobName = None,
    decode_apart: DecodeApart = False,
    dry_run: DryRun = False,
    order_by: Annotated[
        str | None,
        typer.Option(help="Column of numbers; the largest are done first."),
    ] = None,
    max_videos: Annotated[
        int | None, typer.Option(help="Do so many now, leave the rest.", min=1)
    ] = None,
    max_hours: Annotated[
        float | None, typer.Option(help="Begin no more videos after so long.", min=0.0)
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Do again what is done.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Do again what has failed.")
    ] = False,
    max_failures: Annotated[
        int | None,
        typer.Option(help="More rows in the dead letter make the status 1.", min=0),
    ] = None,
    frame_weights: FrameWeights = None,
    sentence_encoder: BundleSentenceEncoder = None,
    sampling: SamplingRule = None,
    evidence: FindEvidence = True,
    evidence_method: EvidenceMethod = "windows",
    enforce_scope: EnforceScope = False,
    timeout_seconds: TimeoutSeconds = 600.0,
    plan: PlanOnly = False,
    sample: SampleVideos = 20,
    within_hours: WithinHours = None,
    rates: RateFile = None,
    describe_rate: DescribeRate = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the counts as JSON.")
    ] = False,
) -> None:
    """Categorizes a catalog into a folder; goes on where it was stopped.

    Results are in OUT/results-*.jsonl, one line for each input, what became of each in
    OUT/ledger-*.jsonl. What failed lies in OUT/dead_letter; its catalog-*.jsonl can be
    the next CATALOG, with --retry-failed for the same OUT.

    Examples:

      vidcat backfill catalog.jsonl --bundle bundle --out results --processes 2

      vidcat backfill catalog.jsonl --bundle bundle --out results --order-by views
      --max-hours 8

      vidcat backfill catalog.jsonl --bundle bundle --out results --features features
      --scores scores

      vidcat backfill catalog.jsonl --bundle bundle --out results --plan --rates
      example --within-hours 48

      vidcat backfill gs://videos/catalog.jsonl --bundle gs://videos/bundle --out
      gs://videos/results --runner DataflowRunner --profile t4 --project my-project
      --region us-central1 --image IMAGE --temp-location gs://videos/tmp --dry-run
    """
    from vidcat.commands.printing.console import import_keras, say

    job = dataflow_job(
        runner,
        profile,
        processes=processes,
        project=project,
        region=region,
        image=image,
        temp_location=temp_location,
        job_name=job_name,
        decode_apart=decode_apart,
        dry_run=dry_run,
        more_options=beam_option or [],
    )
    if job is not None:
        job.require_reachable(
            {
                "CATALOG": catalog,
                "--bundle": bundle,
                "--out": out,
                "--features": features,
                "--scores": scores,
            }
        )
    import_keras()
    import time

    from vidcat.commands.printing.backfill_counts import print_counts
    from vidcat.commands.printing.dataflow import print_job
    from vidcat.commands.printing.quiet import quiet_beam
    from vidcat.inference.backfill.beside import Beside
    from vidcat.inference.backfill.dataflow.job_spec import backfill_job_spec
    from vidcat.inference.pipeline.backfilling import Choice

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
    if plan:
        print_planned(
            catalog,
            out,
            serving,
            as_json=as_json,
            ignore_unknown=ignore_unknown,
            order_by=order_by,
            rates=rates,
            within_hours=within_hours,
            describe_rate=describe_rate,
            sample_videos=sample,
        )
        return
    choice = Choice(
        ignore_unknown=ignore_unknown,
        force=force,
        retry_failed=retry_failed,
        order_by=order_by,
        most=max_videos,
        deadline=None if max_hours is None else time.time() + 3600 * max_hours,
    )
    if job is not None and dry_run:
        spec = backfill_job_spec(
            catalog,
            out,
            serving,
            job=job,
            choice=choice,
            beside=Beside.at(features, scores),
        )
        print_job(spec, as_json=as_json)
        return
    serving, runs = serving_on(
        job,
        serving,
        runner=runner,
        processes=processes,
        more_options=beam_option or [],
    )
    report = _run(
        catalog,
        out,
        serving,
        runner=runs,
        choice=choice,
        features=features,
        scores=scores,
    )
    print_counts(report, as_json=as_json)
    if not as_json:
        print_beside_plan(catalog, out, report)
    for what, folder in (("Results", out), ("Features", features), ("Scores", scores)):
        if folder is not None:
            say(f"{what}: {folder}.")
    if max_failures is not None:
        _require_few_failures(report, max_failures)


def _run(
    catalog: str,
    out: str,
    serving: "Serving",
    *,
    runner: "Runner",
    choice: "Choice",
    features: str | None,
    scores: str | None,
) -> "BackfillReport":
    """Runs the backfill, its progress shown where its folder is on this machine."""
    from contextlib import nullcontext

    from vidcat.commands.printing.console import progress
    from vidcat.commands.printing.quiet import children_write_to
    from vidcat.inference.backfill.run import run_backfill
    from vidcat.inference.catalogs.fields import is_url

    is_here = not is_url(out)
    # Each worker has a greeting, and one that fails a traceback.
    has_log = is_here and runner.processes > 1
    with (
        children_write_to(Path(out) / "workers.log") if has_log else nullcontext(),
        progress("Categorizing", None) as update,
    ):
        return run_backfill(
            catalog,
            out,
            serving,
            runner=runner,
            choice=choice,
            features=features,
            scores=scores,
            progress=(lambda state: update(state.done, _note(state)))
            if is_here
            else None,
        )


def _require_few_failures(report: "BackfillReport", most: int) -> None:
    from vidcat.commands.printing.console import say

    if report.dead_letter > most:
        say(
            f"{report.dead_letter} rows are in the dead letter, more than "
            f"--max-failures {most}."
        )
        raise typer.Exit(1)


def _note(state: "BackfillProgress") -> str:
    from vidcat.commands.printing.console import clock

    if state.to_do is None:
        return "counting what is to be done"
    rate = "" if state.rate is None else f", {state.rate:.2f} a second"
    left = state.seconds_left
    return f"of {state.to_do}{rate}{'' if left is None else f', {clock(left)} left'}"
