"""`vidcat merge`: what text and frames are worth together."""

import json
from pathlib import Path
from typing import Annotated

import typer

from vidcat.commands.options import (
    FiguresAsJson,
    IgnoreUnknown,
    SentenceEncoderSource,
    TextCatalog,
)

app = typer.Typer(
    help="What text and frames are worth together.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def merge() -> None:
    """What text and frames are worth together."""


@app.command()
def evaluate(
    *,
    catalog: Annotated[
        str, typer.Argument(help="Catalog with `labels`, as given to `vidcat train`.")
    ],
    bundle: Annotated[Path, typer.Option(help="Folder made by `vidcat train --text`.")],
    features: Annotated[Path, typer.Option(help="Folder made by `vidcat describe`.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the report. [default: BUNDLE/report]"),
    ] = None,
    text_catalog: TextCatalog = None,
    sentence_encoder: SentenceEncoderSource = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Measures text, frames and all four merges of them on the test part.

    Shows categories per video, what a merge gains, and the measured precision of
    what text alone, the frames alone and both say; with and without text, and by
    language. The report is a PNG of the bars and all figures as JSON.

    Examples:

      vidcat merge evaluate catalog.jsonl --bundle bundle --features features
    """
    from vidcat.commands.printing.console import import_keras, say, say_left_out

    import_keras()
    from vidcat.commands.printing.merge_figures import print_merge
    from vidcat.commands.text_model import load_sentence_encoder, read_with_text
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.texts.reattached_text import require_text
    from vidcat.training.merges.assessment import assess_merge

    videos = read_with_text(catalog, text_catalog, ignore_unknown)
    require_text(videos, text_catalog or catalog)
    assessment = assess_merge(
        bundle,
        videos,
        FeatureStore(features),
        sentence_encoder=load_sentence_encoder(sentence_encoder),
    )
    folder = out or bundle / "report"
    assessment.write(folder)
    if as_json:
        print(json.dumps(assessment.to_json(), allow_nan=False))
    else:
        print_merge(assessment.evaluation, assessment.served)
    say_left_out(assessment.left_out, "videos")
    say(f"Report: {folder}.")
