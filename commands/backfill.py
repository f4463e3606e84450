"""`vidcat backfill`: categories of a whole catalog, at any scale, resumed at will."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
)
from vidcat.commands.options import IgnoreUnknown
from vidcat.commands.planning import (
    DescribeRate,
    PlanOnly,
    RateFile,
    SampleVideos,
    WithinHours,
    print_beside_plan,
    print_planned,
)

if TYPE_CHECKING:
    from vidcat.inference.backfill.progress import BackfillProgress


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
    runner: Annotated[
        str, typer.Option(help="local, or a runner of Apache Beam.")
    ] = "local",
    processes: Annotated[
        int, typer.Option(help="Processes on this machine.", min=1)
    ] = 1,
    beam_option: Annotated[
        list[str] | None,
        typer.Option(help="An option of Beam, such as --beam-option=--region=us-east1"),
    ] = None,
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
    frame_weights: Annotated[
        str | None,
        typer.Option(help="Weights of the frame encoder: a file, if not cached."),
    ] = None,
    sentence_encoder: Annotated[
        str | None,
        typer.Option(
            help="That of the bundle's text model: a SavedModel folder, handle or "
            "address."
        ),
    ] = None,
    sampling: Annotated[
        Literal["uniform", "keyframes"] | None,
        typer.Option(help="[default: as in training]"),
    ] = None,
    evidence: Annotated[
        bool, typer.Option(help="Find the seconds that speak for each category.")
    ] = True,
    evidence_method: Annotated[
        Literal["windows", "attribution"],
        typer.Option(help="How they are found; attribution is cheaper."),
    ] = "windows",
    enforce_scope: Annotated[
        bool, typer.Option(help="No categories outside the bundle's durations.")
    ] = False,
    timeout_seconds: Annotated[
        float, typer.Option(help="How long a video may keep us waiting.", min=0.1)
    ] = 600.0,
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
    OUT/ledger-*.jsonl. What failed lies in OUT/dead_letter, its catalog-*.jsonl in a
    form that can be the next CATALOG.

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
    from vidcat.commands.printing.console import import_keras, progress, say

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
        named = {"CATALOG": catalog, "--bundle": bundle, "--out": out}
        beside = {"--features": features, "--scores": scores}
        given = {name: place for name, place in beside.items() if place is not None}
        job.require_reachable({**named, **given})
    import_keras()
    import time
    from contextlib import nullcontext
    from datetime import UTC, datetime

    from vidcat.commands.printing.backfill_counts import print_counts
    from vidcat.commands.printing.dataflow import pass_on_dataflow, print_job
    from vidcat.commands.printing.quiet import children_write_to, quiet_beam
    from vidcat.inference.backfill.beside import Beside
    from vidcat.inference.backfill.run import run_backfill
    from vidcat.inference.backfill.runners import Runner
    from vidcat.inference.catalogs.fields import is_url
    from vidcat.inference.pipeline.backfilling import Choice
    from vidcat.inference.pipeline.serving import Serving

    quiet_beam()
    serving = Serving(
        bundle=bundle if is_url(bundle) else str(Path(bundle).absolute()),
        as_of=datetime.now(UTC),
        frame_weights=frame_weights,
        sentence_encoder=sentence_encoder,
        sampling_rule=sampling,
        evidence_method=evidence_method if evidence else None,
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
    if job is None:
        extra = tuple(beam_option or ())
        runs = Runner(name=runner, processes=processes, extra=extra)
    elif dry_run:
        from vidcat.inference.backfill.job_spec import backfill_job_spec

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
    else:
        pass_on_dataflow()
        serving, runs = job.serving(serving), job.runner()
    # Each worker has a greeting, and one that fails a traceback.
    log = Path(out) / "workers.log"
    with (
        children_write_to(log) if processes > 1 else nullcontext(),
        progress("Categorizing", None) as update,
    ):

        def show(state: "BackfillProgress") -> None:
            update(state.done, _note(state))

        report = run_backfill(
            catalog,
            out,
            serving,
            runner=runs,
            choice=choice,
            features=features,
            scores=scores,
            progress=None if is_url(out) else show,
        )
    print_counts(report, as_json=as_json)
    if not as_json:
        print_beside_plan(catalog, out, report)
    say(f"Results: {out}.")
    for what, folder in (("Features", features), ("Scores", scores)):
        if folder is not None:
            say(f"{what}: {folder}.")
    if max_failures is not None and report.dead_letter > max_failures:
        say(
            f"{report.dead_letter} rows are in the dead letter, more than "
            f"--max-failures {max_failures}."
        )
        raise typer.Exit(1)


def _note(state: "BackfillProgress") -> str:
    from vidcat.commands.printing.console import clock

    if state.to_do is None:
        return "counting what is to be done"
    rate = "" if state.rate is None else f", {state.rate:.2f} a second"
    left = state.seconds_left
    return f"of {state.to_do}{rate}{'' if left is None else f', {clock(left)} left'}"
