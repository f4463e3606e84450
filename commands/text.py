"""`vidcat text`: categories from titles, tags and descriptions alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vidcat.commands.options import (
    AllVideos,
    Assurance,
    FiguresAsJson,
    IgnoreUnknown,
    PromisePer,
    ResultsAsJson,
    ScoresOut,
    SentenceEncoderSource,
    SplitBy,
    TargetPrecision,
    TextFolder,
)

if TYPE_CHECKING:
    from vidcat.inference.texts.multilingual import Embeds
    from vidcat.inference.video import Video

app = typer.Typer(
    help="Categories from titles, tags and descriptions alone.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def train(
    *,
    catalog: Annotated[str, typer.Argument(help="Catalog, with `labels` or without.")],
    out: Annotated[Path, typer.Option(help="Folder of the text categorizer.")],
    kind: Annotated[
        Literal["bag-of-words", "multilingual", "both"],
        typer.Option(help="What to train; all but bag-of-words need MUSE."),
    ] = "both",
    sentence_encoder: SentenceEncoderSource = None,
    similarity: Annotated[
        bool,
        typer.Option(
            "--similarity",
            help="Label rows also by how like their text is to a category's "
            "description; never measured.",
        ),
    ] = False,
    languages: Annotated[
        str, typer.Option(help="Languages to learn from, parted by commas.")
    ] = "en,fr",
    labels: Annotated[
        Path | None, typer.Option(help="Label set (TSV). [default: our 196]")
    ] = None,
    min_examples: Annotated[
        int, typer.Option(help="Training rows that a category needs.", min=1)
    ] = 10,
    min_count: Annotated[
        int, typer.Option(help="Training rows that a word needs.", min=1)
    ] = 2,
    max_ngrams: Annotated[
        int, typer.Option(help="At most so many words and bigrams.", min=1)
    ] = 50_000,
    target_precision: TargetPrecision = 0.80,
    assurance: Assurance = 0.95,
    promise: PromisePer = "category",
    split_by: SplitBy = "auto",
    seed: Annotated[int, typer.Option(help="Makes a training repeatable.", min=0)] = 0,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Trains text categorizers and measures them on rows they have not seen.

    Rows without labels teach by what the keyword lexicon says of them. A training
    that was stopped keeps the embeddings it has computed.

    Examples:

      vidcat text train catalog.jsonl --out text

      vidcat text train catalog.jsonl --out text --kind bag-of-words
    """
    from vidcat.commands.printing.console import import_keras, say
    from vidcat.commands.text_model import text_progress
    from vidcat.inference.catalog import read_catalog
    from vidcat.taxonomy.labels import LabelSet

    # A wrong catalog is to be told at once, and Keras takes its time.
    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    label_set = LabelSet.default() if labels is None else LabelSet.read(labels)
    import_keras()
    from vidcat.commands.printing.text_figures import (
        print_text_assessment,
        say_what_was_used,
    )
    from vidcat.training.text import train_text
    from vidcat.training.texts.assessment import assess_text
    from vidcat.training.texts.config import TextConfig

    config = TextConfig(
        kind=kind,
        similarity=similarity,
        languages=_language_codes(languages),
        target_precision=target_precision,
        assurance=assurance,
        per=promise,
        min_examples=min_examples,
        min_count=min_count,
        max_ngrams=max_ngrams,
        split_by=split_by,
        seed=seed,
    )
    encoder = _encoder_to_train(sentence_encoder) if config.has_multilingual else None
    with text_progress("Training") as listener:
        categorizer = train_text(
            videos,
            label_set,
            out,
            config=config,
            sentence_encoder=encoder,
            listener=listener,
        )
    say_what_was_used(categorizer, out)
    assessment = assess_text(categorizer, videos)
    assessment.write(out / "report")
    print_text_assessment(assessment, as_json=as_json)
    say(f"Text categorizer: {out}. Report: {out / 'report'}.")


@app.command()
def evaluate(
    *,
    catalog: Annotated[str, typer.Argument(help="Catalog, with `labels` or without.")],
    text: TextFolder,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the report. [default: below TEXT/report]"),
    ] = None,
    all_videos: AllVideos = False,
    sentence_encoder: SentenceEncoderSource = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Measures precision, coverage and ranking, over all rows and by language.

    Rows without text count as not covered. Hit@1 is Top-1 accuracy. The report is a
    PNG of the precision-coverage curves and all figures as JSON.

    Examples:

      vidcat text evaluate catalog.jsonl --text text

      vidcat text evaluate spanish.jsonl --text text --all-videos
    """
    from vidcat.commands.printing.console import import_keras, say
    from vidcat.inference.catalog import read_catalog

    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    import_keras()
    from vidcat.commands.printing.text_figures import print_text_assessment
    from vidcat.commands.text_model import load_text_categorizer
    from vidcat.training.texts.assessment import assess_text

    categorizer = load_text_categorizer(text, sentence_encoder)
    assessment = assess_text(categorizer, videos, whole_catalog=all_videos)
    folder = out or text / "report" / ("all_videos" if all_videos else ".")
    assessment.write(folder)
    print_text_assessment(assessment, as_json=as_json)
    say(f"Report: {folder}.")


@app.command()
def classify(
    *,
    catalogs: Annotated[
        list[str] | None, typer.Argument(help="Catalogs of rows with text.")
    ] = None,
    text: TextFolder,
    title: Annotated[str | None, typer.Option(help="Title of one video.")] = None,
    description: Annotated[str | None, typer.Option(help="Its description.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag; may be repeated.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Its language. [default: detected]")
    ] = None,
    sentence_encoder: SentenceEncoderSource = None,
    scores: ScoresOut = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: ResultsAsJson = False,
) -> None:
    """Categorizes rows by their text: a table for people, JSON lines for programs.

    Examples:

      vidcat text classify catalog.jsonl --text text --json > categories.jsonl

      vidcat text classify --title "Federer wins in Paris" --text text
    """
    from vidcat.commands.printing.console import import_keras
    from vidcat.commands.scores import keeping_scores, require_scores_place

    require_scores_place(scores)
    rows = list(_rows(catalogs or [], ignore_unknown))
    rows += _given_row(title, description, tag, language)
    if not rows:
        raise typer.BadParameter("Give a catalog, or --title, --description, --tag.")
    import_keras()
    from vidcat.commands.printing.results import print_results
    from vidcat.commands.text_model import load_text_categorizer
    from vidcat.inference.texts.results import categorize_texts

    categorizer = load_text_categorizer(text, sentence_encoder)
    with keeping_scores(scores, categorizer) as keep:
        results = categorize_texts(categorizer, rows, keep=keep)
        print_results(results, len(rows), unit="rows", as_json=as_json)


def _language_codes(named: str) -> tuple[str, ...]:
    from vidcat.inference.texts.language_codes import language_code

    codes = []
    for name in filter(None, (one.strip() for one in named.split(","))):
        code = language_code(name)
        if code is None:
            raise typer.BadParameter(
                "--languages must be codes of languages, such as en,fr. Received: "
                f"{name!r}"
            )
        codes.append(code)
    return tuple(dict.fromkeys(codes))


def _rows(catalogs: list[str], ignore_unknown: bool) -> Iterator["Video"]:
    from vidcat.inference.catalog import read_catalog

    for path in catalogs:
        yield from read_catalog(path, ignore_unknown=ignore_unknown)


def _given_row(
    title: str | None,
    description: str | None,
    tags: list[str] | None,
    language: str | None,
) -> list["Video"]:
    from vidcat.inference.video import Video

    if title is None and description is None and not tags:
        return []
    row = Video(
        id="given",
        title=title,
        description=description,
        tags=tuple(tags or ()),
        language=language,
    )
    return [row]


def _encoder_to_train(source: str | None) -> "Embeds":
    from vidcat.commands.text_model import sentence_encoder_at
    from vidcat.inference.sentence_encoder import PUBLISHED_ENCODER

    try:
        return sentence_encoder_at(PUBLISHED_ENCODER if source is None else source)
    except (ImportError, OSError) as error:
        remedy = "--kind bag-of-words trains without a sentence encoder."
        raise type(error)(f"{error} Or: {remedy}") from error
