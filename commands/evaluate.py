"""`vidcat evaluate`: how good a bundle is on videos it was not trained on."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from vidcat.commands.options import (
    SHOWN_EXAMPLES,
    AllVideos,
    BundleFolder,
    Examples,
    FeaturesFolder,
    FiguresAsJson,
    IgnoreUnknown,
    SentenceEncoderSource,
    TextCatalog,
)
from vidcat.commands.remote_folders import folder, with_local_folders


@with_local_folders(read=["features"], written=["bundle", "out"])
def evaluate(
    *,
    catalog: Annotated[str, typer.Argument(help="Catalog with `labels`.")],
    bundle: BundleFolder,
    features: FeaturesFolder,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            help="Folder of the report. [default: below BUNDLE/report]",
        ),
    ] = None,
    all_videos: AllVideos = False,
    report: Annotated[
        Path | None,
        typer.Option(help="HTML file of the whole report; JSON goes beside it."),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            help="With --report: a run to lay beside it, a folder below `runs` of "
            "another report; may be given again."
        ),
    ] = None,
    examples: Examples = SHOWN_EXAMPLES,
    text_catalog: TextCatalog = None,
    sentence_encoder: SentenceEncoderSource = None,
    sampling: Annotated[
        Literal["uniform", "keyframes"] | None,
        typer.Option(
            help="Accept this way of sampling (that of FEATURES) from now on, with "
            "the figures measured here."
        ),
    ] = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Measures precision, coverage and ranking on the test part of the split.

    NeXtVLAD stands beside the average baseline and, where rows have metadata,
    beside itself without them. The folder holds the precision-coverage curves as
    PNG, all figures as JSON, and what was measured, for `vidcat report` and `vidcat
    compare`. With --report, everything goes into one HTML file as well; for a bundle
    with a text model that is also what text, frames and both are worth.

    Examples:

      vidcat evaluate catalog.jsonl --bundle bundle --features features

      vidcat evaluate catalog.jsonl --bundle bundle --features features --report
      out.html --beside old/report/runs/nextvlad

      vidcat evaluate other.jsonl --bundle bundle --features other --all-videos
    """
    from vidcat.commands.printing.console import import_keras, say, say_left_out

    import_keras()
    from vidcat.commands.printing.figures import print_assessment
    from vidcat.commands.reporting import write_whole_report
    from vidcat.commands.text_model import load_sentence_encoder, read_with_text
    from vidcat.inference.features import FeatureStore
    from vidcat.training.measuring.assessment import accept_measured, assess_bundle
    from vidcat.training.measuring.stored_runs import load_runs
    from vidcat.training.reporting.page import json_beside

    if report is None and (beside or text_catalog or sentence_encoder):
        raise typer.BadParameter(
            "--beside, --text-catalog and --sentence-encoder are for --report."
        )
    # What is wrong with the options is to be told before the work.
    if report is not None:
        json_beside(report)
    others = load_runs(beside or [])
    videos = read_with_text(catalog, text_catalog, ignore_unknown)
    store = FeatureStore(features)
    if sampling is not None and store.sampling.rule != sampling:
        raise typer.BadParameter(
            f"--sampling must be how {features} was sampled, {store.sampling.rule}. "
            f"Received: --sampling {sampling}"
        )
    assessment = assess_bundle(
        bundle,
        videos,
        store,
        whole_catalog=all_videos,
        any_sampling=sampling is not None,
    )
    folder = out or bundle / "report" / _report_name(all_videos, sampling)
    assessment.write(folder)
    print_assessment(assessment, as_json=as_json)
    say_left_out(assessment.left_out, "videos")
    if sampling is not None:
        accept_measured(bundle, store.sampling, assessment)
        say(f"Accepted from now on: {sampling} sampling, with the figures above.")
    say(f"Report: {folder}.")
    if report is not None:
        write_whole_report(
            bundle,
            videos,
            store,
            assessment,
            report,
            folder=folder,
            beside=others,
            sentence_encoder=load_sentence_encoder(sentence_encoder),
            examples=examples,
        )


def _report_name(all_videos: bool, sampling: str | None) -> str:
    # The report of the bundle's own test part is not to be overwritten by others.
    if all_videos:
        return "all_videos"
    return "." if sampling is None else sampling
