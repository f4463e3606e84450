"""`vidcat merge`: what text and frames are worth together."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vidcat.inference.multilingual import Embeds
    from vidcat.inference.video import Video

TextCatalog = Annotated[
    Path | None,
    typer.Option(
        help="Catalog with the text of the rows, where CATALOG has none: the one given "
        "to `vidcat pseudo-label`."
    ),
]

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
        Path, typer.Argument(help="Catalog with `labels`, as given to `vidcat train`.")
    ],
    bundle: Annotated[Path, typer.Option(help="Folder made by `vidcat train --text`.")],
    features: Annotated[Path, typer.Option(help="Folder made by `vidcat describe`.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the report. [default: BUNDLE/report]"),
    ] = None,
    text_catalog: TextCatalog = None,
    sentence_encoder: Annotated[
        str | None,
        typer.Option(help="Sentence encoder: a SavedModel folder, handle or address."),
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option(help="Pass over unknown columns of the catalog.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON.")
    ] = False,
) -> None:
    """Measures text, frames and all four merges of them on the test part.

    Shows categories per video, what a merge gains, and the measured precision of
    what text alone, the frames alone and both say; with and without text, and by
    language. The report is a PNG of the bars and all figures as JSON.

    Examples:

      vidcat merge evaluate catalog.jsonl --bundle bundle --features features
    """
    from vidcat.commands.console import import_keras, say

    import_keras()
    from vidcat.commands.merge_figures import print_merge
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.reattached_text import require_text
    from vidcat.training.merge_assessment import assess_merge
    from vidcat.training.merge_report import write_merge_report

    videos = read_with_text(catalog, text_catalog, ignore_unknown)
    require_text(videos, text_catalog or catalog)
    assessment = assess_merge(
        bundle,
        videos,
        FeatureStore(features),
        sentence_encoder=load_sentence_encoder(sentence_encoder),
    )
    folder = out or bundle / "report"
    write_merge_report(assessment.evaluation, folder)
    if as_json:
        print(json.dumps(assessment.to_json(), allow_nan=False))
    else:
        print_merge(assessment.evaluation, assessment.served)
    for reason, count in assessment.left_out.items():
        say(f"Left out: {count} videos, {reason}.")
    say(f"Report: {folder}.")


def load_sentence_encoder(source: str | None) -> "Embeds | None":
    """The sentence encoder that was named; `None` for that of the text model."""
    if source is None:
        return None
    from vidcat.inference.sentence_encoder import SentenceEncoder

    return SentenceEncoder.load(source)


def read_with_text(
    catalog: Path, text_catalog: Path | None, ignore_unknown: bool
) -> "list[Video]":
    """The rows of a catalog, their text from another one if that is named."""
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.reattached_text import with_text_of

    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    if text_catalog is None:
        return videos
    texts = read_catalog(text_catalog, ignore_unknown=ignore_unknown)
    return with_text_of(videos, texts)
