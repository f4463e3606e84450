"""`vidcat evaluate`: how good a bundle is on videos it was not trained on."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from vidcat.commands.options import AllVideos, FiguresAsJson, IgnoreUnknown


def evaluate(
    *,
    catalog: Annotated[Path, typer.Argument(help="Catalog with `labels`.")],
    bundle: Annotated[Path, typer.Option(help="Folder made by `vidcat train`.")],
    features: Annotated[Path, typer.Option(help="Folder made by `vidcat describe`.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the report. [default: below BUNDLE/report]"),
    ] = None,
    all_videos: AllVideos = False,
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
    beside itself without them. The report is a PNG of the precision-coverage
    curves and all figures as JSON.

    Examples:

      vidcat evaluate catalog.jsonl --bundle bundle --features features

      vidcat evaluate other.jsonl --bundle bundle --features other --all-videos
    """
    from vidcat.commands.printing.console import import_keras, say, say_left_out

    import_keras()
    from vidcat.commands.printing.figures import print_assessment
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.features import FeatureStore
    from vidcat.training.measuring.assessment import accept_measured, assess_bundle

    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
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


def _report_name(all_videos: bool, sampling: str | None) -> str:
    # The report of the bundle's own test part is not to be overwritten by others.
    if all_videos:
        return "all_videos"
    return "." if sampling is None else sampling
