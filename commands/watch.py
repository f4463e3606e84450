"""`vidcat watch`: categories of what is uploaded to a folder, as it comes."""

from typing import TYPE_CHECKING, Annotated

import typer

from vidcat.commands.options import IgnoreUnknown, ResultsAsJson
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

if TYPE_CHECKING:
    from vidcat.inference.backfill.uploads.watch import WatchReport


def watch(
    *,
    folder: Annotated[str, typer.Argument(help="Folder that videos are uploaded to.")],
    bundle: BundleOrBundles,
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
    frame_weights: FrameWeights = None,
    sentence_encoder: BundleSentenceEncoder = None,
    sampling: SamplingRule = None,
    evidence: FindEvidence = True,
    evidence_method: EvidenceMethod = "windows",
    enforce_scope: EnforceScope = False,
    timeout_seconds: TimeoutSeconds = 600.0,
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

    from vidcat.commands.printing.quiet import quiet_beam
    from vidcat.commands.printing.results import print_result
    from vidcat.commands.stopping import asked_to_stop
    from vidcat.inference.backfill.uploads.watch import Watching, watch_folder

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
