"""`vidcat watch`: categories of what is uploaded to a folder, as it comes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vidcat.commands.options import IgnoreUnknown, ResultsAsJson

if TYPE_CHECKING:
    from vidcat.inference.backfill.watch import WatchReport


def watch(
    *,
    folder: Annotated[str, typer.Argument(help="Folder that videos are uploaded to.")],
    bundle: Annotated[
        str,
        typer.Option(help="Folder made by `vidcat train`, or a folder of such."),
    ],
    out: Annotated[str, typer.Option(help="Folder of the results.")],
    every: Annotated[
        float, typer.Option(help="Seconds between two looks at the folder.", min=0.1)
    ] = 10.0,
    settled_seconds: Annotated[
        float,
        typer.Option(help="A file is taken once it has not changed so long.", min=0.0),
    ] = 10.0,
    settle_minutes: Annotated[
        float,
        typer.Option(help="Minutes between two times results are settled.", min=0.0),
    ] = 60.0,
    once: Annotated[
        bool, typer.Option("--once", help="End when all that has settled is done.")
    ] = False,
    keep_old: Annotated[
        bool,
        typer.Option("--keep-old", help="Leave what an older bundle has done."),
    ] = False,
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
    ignore_unknown: IgnoreUnknown = False,
    as_json: ResultsAsJson = False,
) -> None:
    """Categorizes each video that is in a folder or comes into it.

    A file is taken once it has settled. What is known of it beside its frames may lie
    beside it, as a catalog's row: a.json beside a.mp4. OUT is the folder of a
    backfill: what has a result there is not done again.

    With a folder of bundles for --bundle, the last by name that is whole is used; a
    new one is taken up without a restart. Ctrl-C ends the watch.

    Examples:

      vidcat watch uploads --bundle bundles --out results --json >> categories.jsonl

      vidcat watch uploads --bundle bundle --out results --once
    """
    from vidcat.commands.printing.console import import_keras, say

    import_keras()
    from datetime import UTC, datetime

    from vidcat.commands.printing.quiet import quiet_beam
    from vidcat.commands.printing.results import print_result
    from vidcat.commands.stopping import asked_to_stop
    from vidcat.inference.backfill.watch import Watching, watch_folder
    from vidcat.inference.catalogs.fields import is_url
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
    watching = Watching(
        every_seconds=every,
        settled_seconds=settled_seconds,
        settle_every_seconds=60 * settle_minutes,
        once=once,
        keep_old=keep_old,
        ignore_unknown=ignore_unknown,
    )
    with asked_to_stop() as stop:
        report = watch_folder(
            folder,
            out,
            serving,
            watching,
            listener=lambda result: print_result(result, as_json=as_json),
            tell=say,
            stop=stop,
        )
    _say_counts(report, out)


def _say_counts(report: "WatchReport", out: str) -> None:
    from vidcat.commands.printing.console import say

    done = ", ".join(f"{count} {status}" for status, count in report.done.items())
    say(f"{sum(report.done.values())} videos{': ' if done else ''}{done}.")
    if report.unsettled:
        say(f"Left for another time: {report.unsettled} files, still changing.")
    say(
        f"Results: {out}, {sum(report.settled.statuses.values())} in all, "
        f"{report.settled.dead_letter} in the dead letter."
    )
