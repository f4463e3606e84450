"""`vidcat pseudo-label`: labels for the visual model, from what the text says."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidcat.commands.options import (
    Bounds,
    IgnoreUnknown,
    MaxSeconds,
    MinSeconds,
    SentenceEncoderSource,
    TextFolder,
)
from vidcat.commands.printing.tables import figures_table

if TYPE_CHECKING:
    from rich.table import Table

    from vidcat.training.teaching.labelled_catalog import LabelledCatalog

_SHOWN_CATEGORIES = 15
_SHOWN_PAIRS = 8
_SHOWN_COUNTS = 8


def pseudo_label(
    *,
    catalog: Annotated[str, typer.Argument(help="Catalog with text.")],
    text: TextFolder,
    out: Annotated[Path, typer.Option(help="Folder of the labelled catalog.")],
    features: Annotated[
        Path | None,
        typer.Option(help="Folder made by `vidcat describe`, for missing durations."),
    ] = None,
    min_seconds: MinSeconds = 60.0,
    max_seconds: MaxSeconds = 600.0,
    yes_bound: Annotated[
        float, typer.Option(help="Least probability of a yes.", min=0.0, max=1.0)
    ] = 0.80,
    no_bound: Annotated[
        float, typer.Option(help="Largest probability of a no.", min=0.0, max=1.0)
    ] = 0.05,
    bounds: Bounds = None,
    min_examples: Annotated[
        int, typer.Option(help="Rows with a yes that a category needs.", min=1)
    ] = 20,
    sentence_encoder: SentenceEncoderSource = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON.")
    ] = False,
) -> None:
    """Labels a catalog with what its text categorizer is sure of.

    A category that can be seen is said, denied or left open for each video in
    scope; gold and audited labels are kept. Rows that the text categorizer learned
    from are scored out of fold. OUT gets `catalog.jsonl`, without any text,
    `labels.tsv` with the categories that have enough examples, and `report.json`.

    Examples:

      vidcat pseudo-label catalog.jsonl --text text --out pseudo

      vidcat train pseudo/catalog.jsonl --labels pseudo/labels.tsv
      --features features --out bundle
    """
    from vidcat.commands.printing.console import import_keras, say, say_left_out

    import_keras()
    from vidcat.commands.text_model import (
        found_duration,
        load_text_categorizer,
        text_progress,
    )
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.files.own_folder import sole_writer
    from vidcat.inference.scope import Scope
    from vidcat.training.teaching.label_states import PseudoLabelConfig, read_bounds
    from vidcat.training.teaching.labelled_catalog import (
        check_labelled_folder,
        label_catalog,
    )

    config = PseudoLabelConfig(
        yes_bound=yes_bound,
        no_bound=no_bound,
        own_bounds={} if bounds is None else read_bounds(bounds),
        min_examples=min_examples,
    )
    scope = Scope(min_seconds=min_seconds, max_seconds=max_seconds)
    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    check_labelled_folder(out, catalog)
    store = None if features is None else FeatureStore(features)
    teacher = load_text_categorizer(text, sentence_encoder)
    with sole_writer(out), text_progress("Scoring texts") as listener:
        labelled = label_catalog(
            videos,
            teacher,
            config=config,
            scope=scope,
            duration_seconds=partial(found_duration, store),
            teacher_folder=text,
            listener=listener,
        )
        labelled.write(out)
    if as_json:
        print(json.dumps(labelled.to_json(), allow_nan=False))
    else:
        _print_report(labelled)
    report = labelled.labels.report
    say_left_out(report.left_out, "rows")
    if report.dropped:
        named = ", ".join(f"{one.path} ({one.yes})" for one in report.dropped)
        say(f"Dropped, with fewer than {min_examples} examples: {named}.")
    say(f"Labelled catalog: {out}. Train with its catalog.jsonl and labels.tsv.")


def _print_report(labelled: "LabelledCatalog") -> None:
    from rich.console import Console

    report = labelled.labels.report
    console = Console()
    kept = ", ".join(f"{count} {truth}" for truth, count in report.truth.items())
    console.print(
        f"{sum(report.truth.values())} of {report.rows} rows are labelled ({kept}), "
        f"with {len(report.categories)} categories.",
        highlight=False,
    )
    console.print(f"Languages: {_counts(report.languages)}.", highlight=False)
    console.print(f"Durations: {_counts(report.durations)}.", highlight=False)
    console.print(_category_table(labelled))
    if report.together:
        console.print("Together most often:", highlight=False)
    for pair in report.together[:_SHOWN_PAIRS]:
        console.print(
            f"  {pair.rows} rows, {pair.lift:.1f} times as many as by chance: "
            f"{pair.first}, {pair.second}",
            highlight=False,
        )
    for one in labelled.precision:
        figures = one.overall
        low, high = figures.precision_interval
        found = f"{figures.precision:.2f}" if figures.said else "-"
        console.print(
            f"Teacher against {one.truth} truth, {one.videos} videos: {figures.right} "
            f"of {figures.said} said categories are right, precision {found} (95 % "
            f"interval {low:.2f} to {high:.2f}). Of {figures.true} true ones "
            f"{figures.right} are said and {figures.denied_wrongly} denied.",
            highlight=False,
        )


def _counts(counts: Mapping[str, int]) -> str:
    shown = [f"{name} {count}" for name, count in counts.items()][:_SHOWN_COUNTS]
    more = len(counts) - len(shown)
    return ", ".join([*shown, f"and {more} more"] if more else shown)


def _category_table(labelled: "LabelledCatalog") -> "Table":
    """The categories with most examples, and the teacher on them where known."""
    from rich.markup import escape

    categories = sorted(labelled.labels.report.categories, key=lambda one: -one.yes)
    shown = categories[:_SHOWN_CATEGORIES]
    title = f"Examples, the {len(shown)} commonest of {len(categories)} categories"
    table = figures_table(title)
    for name in ("yes", "no", "unknown", "precision"):
        table.add_column(name, justify="right")
    table.add_column("category")
    # Gold truth first: the first one that knows a category is the best.
    for one in shown:
        figures = next(
            (
                measured.categories[one.id]
                for measured in labelled.precision
                if one.id in measured.categories and measured.categories[one.id].said
            ),
            None,
        )
        precision = (
            "-" if figures is None else f"{figures.precision:.2f} of {figures.said}"
        )
        counts = (str(one.yes), str(one.no), str(one.unknown))
        table.add_row(*counts, precision, escape(one.path))
    return table
