"""`vidcat monitor`: whether today's results are still those of a baseline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidcat.commands.options import FiguresAsJson, IgnoreUnknown
from vidcat.commands.serving import (
    BundleSentenceEncoder,
    FrameWeights,
)

if TYPE_CHECKING:
    from vidcat.training.monitoring.canaries import CanaryCheck
    from vidcat.training.monitoring.origins import VideoOrigins
    from vidcat.training.monitoring.side import Side


def monitor(
    *,
    baseline: Annotated[
        Path,
        typer.Argument(
            help="Results that are taken to be right: JSON lines of `classify --json`, "
            "score vectors (Parquet), or a folder of both."
        ),
    ],
    today: Annotated[Path, typer.Argument(help="Results to look at, likewise.")],
    scores: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            help="Score vectors of both, where they lie elsewhere than the results."
        ),
    ] = None,
    catalog: Annotated[
        list[str] | None,
        typer.Option(
            help="Catalog with owners and languages of the videos; may be repeated.",
        ),
    ] = None,
    canaries: Annotated[
        str | None,
        typer.Option(
            help="Catalog of clips to categorize again; needs --bundle.",
        ),
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="Folder made by `vidcat train`.")
    ] = None,
    canary_file: Annotated[
        Path,
        typer.Option(
            help="What was said of them the first time; is written if missing."
        ),
    ] = Path("canaries.jsonl"),
    canary_tolerance: Annotated[
        float,
        typer.Option(help="Differences of their scores to let pass.", min=0.0),
    ] = 0.0,
    frame_weights: FrameWeights = None,
    sentence_encoder: BundleSentenceEncoder = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the figures and a page.")
    ] = None,
    false_discovery_rate: Annotated[
        float,
        typer.Option(
            help="Chance of any alarm on a day without drift.", min=0.0, max=1.0
        ),
    ] = 0.05,
    least_change: Annotated[
        float,
        typer.Option(help="Part of a rate that must have changed.", min=0.0),
    ] = 0.10,
    stability_bound: Annotated[
        float,
        typer.Option(
            help="Excess of the population-stability index that is an alarm.", min=0.0
        ),
    ] = 0.25,
    fail_on_drift: Annotated[
        bool, typer.Option("--fail-on-drift", help="End in status 1 on any alarm.")
    ] = False,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Compares today's results with a baseline, and raises an alarm where they differ.

    Compared are the rate of each category, of statuses and languages, and the spread
    of scores; many categories do not make more false alarms. Canaries are clips that
    are categorized again: the slightest change in what is said of them is an alarm.
    OUT gets `drift.json` and `drift.html`.

    Examples:

      vidcat monitor may.jsonl today.jsonl --catalog catalog.jsonl --out drift

      vidcat monitor may.jsonl today.jsonl --canaries canaries.csv --bundle bundle
      --fail-on-drift
    """
    from vidcat.commands.printing.console import say
    from vidcat.commands.printing.drift_figures import print_drift
    from vidcat.training.monitoring.comparing import compare_sides
    from vidcat.training.monitoring.page import check_drift_folder, write_drift
    from vidcat.training.monitoring.settings import DriftSettings

    if canaries is not None and bundle is None:
        raise typer.BadParameter("--canaries needs --bundle, which categorizes them.")
    settings = DriftSettings(
        false_discovery_rate=false_discovery_rate,
        least_change=least_change,
        stability_bound=stability_bound,
    )
    if out is not None:
        check_drift_folder(out)
    origins = _origins(catalog or [], ignore_unknown)
    more = ((), ()) if scores is None else ((scores[0],), (scores[1],))
    before = _side("Reading the baseline", (baseline, *more[0]), origins)
    now = _side("Reading today's results", (today, *more[1]), origins)
    check = None
    if canaries is not None and bundle is not None:
        check = _check_canaries(
            canaries,
            bundle,
            canary_file,
            tolerance=canary_tolerance,
            frame_weights=frame_weights,
            sentence_encoder=sentence_encoder,
            ignore_unknown=ignore_unknown,
        )
    drift = compare_sides(before, now, settings=settings, canaries=check)
    print_drift(drift, as_json=as_json)
    if out is not None:
        say(f"Page: {write_drift(drift, out)['page']}.")
    if drift.alarms and fail_on_drift:
        raise typer.Exit(1)


def _origins(catalogs: list[str], ignore_unknown: bool) -> "VideoOrigins | None":
    from vidcat.inference.catalog import read_catalog
    from vidcat.training.monitoring.origins import VideoOrigins

    if not catalogs:
        return None
    return VideoOrigins.of(
        video
        for path in catalogs
        for video in read_catalog(path, ignore_unknown=ignore_unknown)
    )


def _side(
    label: str, paths: tuple[Path, ...], origins: "VideoOrigins | None"
) -> "Side":
    from vidcat.commands.printing.console import progress
    from vidcat.training.monitoring.side import read_side

    with progress(label, None) as update:
        return read_side(
            *paths, origins=origins, progress=lambda done: update(done, "")
        )


def _check_canaries(
    catalog: str,
    bundle: Path,
    kept: Path,
    *,
    tolerance: float,
    frame_weights: str | None,
    sentence_encoder: str | None,
    ignore_unknown: bool,
) -> "CanaryCheck":
    from vidcat.commands.printing.console import import_keras, progress
    from vidcat.commands.printing.quiet import silenced_stderr
    from vidcat.inference.catalog import read_catalog

    clips = read_catalog(catalog, ignore_unknown=ignore_unknown)
    import_keras()
    from vidcat.commands.text_model import load_sentence_encoder
    from vidcat.inference.categorizer import Categorizer
    from vidcat.training.monitoring.canaries import canary_categorizer, check_canaries

    # TensorFlow Lite greets on stderr.
    with silenced_stderr():
        categorizer = Categorizer.load(
            bundle,
            frame_weights=frame_weights,
            sentence_encoder=load_sentence_encoder(sentence_encoder),
        )
    with progress("Categorizing canaries", len(clips)) as update:
        return check_canaries(
            clips,
            canary_categorizer(categorizer),
            kept,
            tolerance=tolerance,
            progress=lambda done: update(done, ""),
        )
