"""`vidcat text`: categories from titles, tags and descriptions alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from vidcat.inference.multilingual import Embeds
    from vidcat.inference.text_categorizer import TextCategorizer
    from vidcat.inference.video import Video

app = typer.Typer(
    help="Categories from titles, tags and descriptions alone.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Folder = Annotated[Path, typer.Option(help="Folder made by `vidcat text train`.")]
_Encoder = Annotated[
    str | None,
    typer.Option(help="Sentence encoder: a SavedModel folder, handle or address."),
]
_IgnoreUnknown = Annotated[
    bool, typer.Option(help="Pass over unknown columns of a catalog.")
]


@app.command()
def train(
    *,
    catalog: Annotated[Path, typer.Argument(help="Catalog, with `labels` or without.")],
    out: Annotated[Path, typer.Option(help="Folder of the text categorizer.")],
    kind: Annotated[
        Literal["bag-of-words", "multilingual", "both"],
        typer.Option(help="What to train; all but bag-of-words need MUSE."),
    ] = "both",
    sentence_encoder: _Encoder = None,
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
    target_precision: Annotated[
        float, typer.Option(help="What the thresholds are to hold.", min=0.0, max=1.0)
    ] = 0.80,
    split_by: Annotated[
        Literal["auto", "owner", "id"],
        typer.Option(help="What the parts share none of; auto: owner where there is."),
    ] = "auto",
    seed: Annotated[int, typer.Option(help="Makes a training repeatable.", min=0)] = 0,
    ignore_unknown: _IgnoreUnknown = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON.")
    ] = False,
) -> None:
    """Trains text categorizers and measures them on rows they have not seen.

    Rows without labels teach by what the keyword lexicon says of them. A training
    that was stopped keeps the embeddings it has computed.

    Examples:

      vidcat text train catalog.jsonl --out text

      vidcat text train catalog.jsonl --out text --kind bag-of-words
    """
    from vidcat.commands.console import import_keras, progress, say
    from vidcat.inference.catalog import read_catalog
    from vidcat.taxonomy.labels import LabelSet

    # A wrong catalog is to be told at once, and Keras takes its time.
    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    label_set = LabelSet.default() if labels is None else LabelSet.read(labels)
    import_keras()
    from vidcat.training.text import train_text
    from vidcat.training.text_assessment import assess_text
    from vidcat.training.text_config import TextConfig

    config = TextConfig(
        kind=kind,
        languages=_language_codes(languages),
        target_precision=target_precision,
        min_examples=min_examples,
        min_count=min_count,
        max_ngrams=max_ngrams,
        split_by=split_by,
        seed=seed,
    )
    encoder = _load_encoder(sentence_encoder) if config.has_multilingual else None
    with progress("Training", None) as update:
        categorizer = train_text(
            videos,
            label_set,
            out,
            config=config,
            sentence_encoder=encoder,
            listener=lambda stage, done, total, note: update(
                done, f"{stage}: {done} of {total}" + (f", {note}" if note else "")
            ),
        )
    _say_what_was_used(categorizer, out)
    assessment = assess_text(categorizer, videos)
    assessment.write(out / "report")
    _print_assessment(assessment, as_json=as_json)
    say(f"Text categorizer: {out}. Report: {out / 'report'}.")


@app.command()
def evaluate(
    *,
    catalog: Annotated[Path, typer.Argument(help="Catalog, with `labels` or without.")],
    text: _Folder,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the report. [default: below TEXT/report]"),
    ] = None,
    all_videos: Annotated[
        bool,
        typer.Option(
            "--all-videos", help="All rows, for a catalog that training never saw."
        ),
    ] = False,
    sentence_encoder: _Encoder = None,
    ignore_unknown: _IgnoreUnknown = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON.")
    ] = False,
) -> None:
    """Measures precision, coverage and ranking, over all rows and by language.

    Rows without text count as not covered. Hit@1 is Top-1 accuracy. The report is a
    PNG of the precision-coverage curves and all figures as JSON.

    Examples:

      vidcat text evaluate catalog.jsonl --text text

      vidcat text evaluate spanish.jsonl --text text --all-videos
    """
    from vidcat.commands.console import import_keras, say
    from vidcat.inference.catalog import read_catalog

    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    import_keras()
    from vidcat.training.text_assessment import assess_text

    categorizer = _load(text, sentence_encoder)
    assessment = assess_text(categorizer, videos, whole_catalog=all_videos)
    folder = out or text / "report" / ("all_videos" if all_videos else ".")
    assessment.write(folder)
    _print_assessment(assessment, as_json=as_json)
    say(f"Report: {folder}.")


@app.command()
def classify(
    *,
    catalogs: Annotated[
        list[Path] | None, typer.Argument(help="Catalogs of rows with text.")
    ] = None,
    text: _Folder,
    title: Annotated[str | None, typer.Option(help="Title of one video.")] = None,
    description: Annotated[str | None, typer.Option(help="Its description.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag; may be repeated.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Its language. [default: detected]")
    ] = None,
    sentence_encoder: _Encoder = None,
    ignore_unknown: _IgnoreUnknown = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line.")
    ] = False,
) -> None:
    """Categorizes rows by their text: a table for people, JSON lines for programs.

    Examples:

      vidcat text classify catalog.jsonl --text text --json > categories.jsonl

      vidcat text classify --title "Federer wins in Paris" --text text
    """
    from vidcat.commands.console import import_keras, progress, say

    rows = list(_rows(catalogs or [], ignore_unknown))
    rows += _given_row(title, description, tag, language)
    if not rows:
        raise typer.BadParameter("Give a catalog, or --title, --description, --tag.")
    import_keras()
    from vidcat.commands.classify import print_result
    from vidcat.inference.text_results import categorize_texts

    categorizer = _load(text, sentence_encoder)
    statuses: dict[str, int] = {}
    with progress("Categorizing", len(rows)) as update:
        for done, result in enumerate(categorize_texts(categorizer, rows), start=1):
            if as_json:
                print(json.dumps(result.to_json(), ensure_ascii=False), flush=True)
            else:
                print_result(result)
            statuses[result.status] = statuses.get(result.status, 0) + 1
            update(done, result.id)
    counted = ", ".join(f"{count} {status}" for status, count in statuses.items())
    say(f"{len(rows)} rows: {counted}.")


def _language_codes(named: str) -> tuple[str, ...]:
    from vidcat.inference.language_codes import language_code

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


def _rows(catalogs: list[Path], ignore_unknown: bool) -> Iterator["Video"]:
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


def _load(folder: Path, sentence_encoder: str | None) -> "TextCategorizer":
    from vidcat.inference.text_categorizer import TextCategorizer

    encoder = None if sentence_encoder is None else _load_encoder(sentence_encoder)
    return TextCategorizer.load(folder, encoder)


def _load_encoder(source: str | None) -> "Embeds":
    from vidcat.inference.sentence_encoder import SentenceEncoder

    return SentenceEncoder.load(source)


def _say_what_was_used(categorizer: "TextCategorizer", out: Path) -> None:
    from vidcat.commands.console import say

    facts: dict[str, Any] = dict(categorizer.provenance)
    for reason, count in facts["left_out"].items():
        if count:
            say(f"Left out: {count} rows, {reason}.")
    if facts["weakly_labelled"]:
        say(
            f"Labelled by the lexicon: {facts['weakly_labelled']} training rows; "
            f"thresholds and figures are against {categorizer.truth} truth."
        )
    if facts["dropped_categories"]:
        say(
            f"Dropped: {len(facts['dropped_categories'])} categories with fewer than "
            f"{facts['config']['min_examples']} training rows (listed in "
            f"{out / 'text.json'})."
        )
    for part, absent in facts["absent_categories"].items():
        say(f"Without an example in the {part} part: {', '.join(absent)}.")


def _print_assessment(assessment: Any, *, as_json: bool) -> None:
    from vidcat.commands.console import say
    from vidcat.commands.figures import print_assessment

    print_assessment(assessment, as_json=as_json)
    without = {state: n for state, n in assessment.states.items() if state != "ok"}
    for state, count in without.items():
        say(f"Not covered: {count} rows, {state.replace('_', ' ')}.")
    for reason, count in assessment.left_out.items():
        if count:
            say(f"Left out: {count} rows, {reason}.")
    if assessment.rare_languages:
        counts = assessment.rare_languages.items()
        found = ", ".join(f"{language} ({count})" for language, count in counts)
        say(f"Too few rows for figures of their own: {found}.")
