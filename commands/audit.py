"""`vidcat audit`: a person's verdicts on what the text categorizer says."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidcat.commands.options import (
    Bounds,
    FiguresAsJson,
    IgnoreUnknown,
    MaxSeconds,
    MinSeconds,
    SentenceEncoderSource,
    TextFolder,
)

if TYPE_CHECKING:
    from vidcat.inference.video import Video
    from vidcat.training.audits.rows import AuditRow

TABLE_NAME = "audit.csv"
PAGE_NAME = "audit.html"

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Lets a person review what the text categorizer says of a catalog.",
)


@app.command()
def draw(
    *,
    catalog: Annotated[str, typer.Argument(help="Catalog with text.")],
    text: TextFolder,
    out: Annotated[Path, typer.Option(help="Folder of the audit.")],
    bundle: Annotated[
        Path | None,
        typer.Option(help="Folder made by `vidcat train`, to find disagreements."),
    ] = None,
    features: Annotated[
        Path | None, typer.Option(help="Folder made by `vidcat describe`.")
    ] = None,
    random: Annotated[int, typer.Option(help="Decisions to draw by lot.", min=0)] = 300,
    disagreements: Annotated[
        int, typer.Option(help="Disagreements of text and frames to add.", min=0)
    ] = 100,
    seed: Annotated[int, typer.Option(help="Makes a draw repeatable.", min=0)] = 0,
    yes_bound: Annotated[
        float,
        typer.Option(help="From here on a category is said.", min=0.0, max=1.0),
    ] = 0.80,
    bounds: Bounds = None,
    min_seconds: MinSeconds = 60.0,
    max_seconds: MaxSeconds = 600.0,
    sentence_encoder: SentenceEncoderSource = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the counts as JSON.")
    ] = False,
) -> None:
    """Draws decisions to review: a table for verdicts, and a page that shows them.

    Part of them is drawn by lot, of every category some, so that the precision of
    the text categorizer can be estimated without bias. With --bundle and --features
    come the videos where text and frames disagree most. Videos with gold or audited
    labels are not asked about. OUT gets `audit.csv`, whose column `verdict` is to
    be filled with yes, no or unsure, and `audit.html`.

    Examples:

      vidcat audit draw catalog.jsonl --text text --out audit

      vidcat audit draw catalog.jsonl --text text --bundle bundle
      --features features --out audit --random 400 --disagreements 200
    """
    from vidcat.commands.printing.console import import_keras, say

    if bundle is not None and features is None:
        raise typer.BadParameter("--bundle needs --features, which it scores.")
    import_keras()
    from vidcat.commands.text_model import (
        found_duration,
        load_text_categorizer,
        text_progress,
    )
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.files.own_folder import check_out_folder
    from vidcat.inference.scope import Scope
    from vidcat.training.audits.audit import draw_audit
    from vidcat.training.audits.rows import check_no_verdicts
    from vidcat.training.teaching.label_states import PseudoLabelConfig, read_bounds
    from vidcat.training.teaching.student_scores import student_probabilities
    from vidcat.training.text import out_of_fold_probabilities

    config = PseudoLabelConfig(
        yes_bound=yes_bound,
        no_bound=0.0,
        own_bounds={} if bounds is None else read_bounds(bounds),
    )
    scope = Scope(min_seconds=min_seconds, max_seconds=max_seconds)
    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    check_out_folder(out)
    check_no_verdicts(out / TABLE_NAME)
    store = None if features is None else FeatureStore(features)
    teacher = load_text_categorizer(text, sentence_encoder)
    with text_progress("Scoring texts") as listener:
        scores = out_of_fold_probabilities(
            videos, teacher, folder=text, listener=listener
        )
    student = None
    if bundle is not None and store is not None:
        student = student_probabilities(bundle, videos, store, teacher.label_set)
    rows = draw_audit(
        videos,
        scores.probabilities,
        scores.states,
        teacher.label_set,
        teacher.taxonomy,
        config=config,
        scope=scope,
        random=random,
        disagreements=0 if student is None else disagreements,
        seed=seed,
        student=student,
        duration_seconds=partial(found_duration, store),
    )
    _write(rows, videos, out)
    _print_counts(rows, as_json=as_json)
    say(
        f"Look at {out / PAGE_NAME}, fill `verdict` in {out / TABLE_NAME}, then give "
        "it to `vidcat audit fold`."
    )


def _write(rows: "Sequence[AuditRow]", videos: "Sequence[Video]", out: Path) -> None:
    """Writes the table and the page."""
    from vidcat.commands.printing.console import progress
    from vidcat.training.audits.page import write_audit_page
    from vidcat.training.audits.rows import write_audit

    out.mkdir(parents=True, exist_ok=True)
    write_audit(rows, out / TABLE_NAME)
    with progress("Taking frames", _videos(rows)) as update:
        write_audit_page(
            rows,
            {video.id: video for video in videos},
            out / PAGE_NAME,
            table=TABLE_NAME,
            progress=lambda done: update(done, ""),
        )


def _print_counts(rows: "Sequence[AuditRow]", *, as_json: bool) -> None:
    counts = {
        "rows": len(rows),
        "videos": _videos(rows),
        "random": sum(row.stratum == "random" for row in rows),
        "disagreement": sum(row.stratum == "disagreement" for row in rows),
    }
    if as_json:
        print(json.dumps(counts))
    else:
        print(
            f"{counts['rows']} questions about {counts['videos']} videos: "
            f"{counts['random']} drawn by lot, {counts['disagreement']} disagreements."
        )


def _videos(rows: "Sequence[AuditRow]") -> int:
    return len({row.id for row in rows})


@app.command()
def fold(
    *,
    reviewed: Annotated[Path, typer.Argument(help="Reviewed `audit.csv`.")],
    catalog: Annotated[str, typer.Option(help="Catalog that it was drawn from.")],
    out: Annotated[Path, typer.Option(help="Catalog to write (.jsonl).")],
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Label set (TSV) that is unknown where nobody judged it. "
            "[default: our 196]"
        ),
    ] = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Puts verdicts into a catalog as audited truth, and estimates precision.

    A yes is a label, a no is none, everything else is unknown of that video. Gold
    labels are kept. The precision is that of the text categorizer, by the rows drawn
    by lot alone.

    Examples:

      vidcat audit fold audit/audit.csv --catalog catalog.jsonl --out audited.jsonl
    """
    from vidcat.commands.printing.audit_figures import print_precision
    from vidcat.commands.printing.console import say
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.catalogs.writer import write_catalog
    from vidcat.taxonomy.iab import load_iab
    from vidcat.taxonomy.labels import LabelSet
    from vidcat.training.audits.fold import fold_audit
    from vidcat.training.audits.precision import audit_precision
    from vidcat.training.audits.rows import read_audit

    label_set = LabelSet.default() if labels is None else LabelSet.read(labels)
    taxonomy = load_iab(label_set.taxonomy_version)
    rows = read_audit(reviewed)
    folded = fold_audit(
        rows,
        read_catalog(catalog, ignore_unknown=ignore_unknown),
        label_set,
        taxonomy,
    )
    write_catalog(folded.videos, out)
    precision = audit_precision(rows)
    if as_json:
        print(
            json.dumps(
                {
                    "verdicts": dict(folded.verdicts),
                    "audited": folded.audited,
                    "kept_gold": folded.kept_gold,
                    "precision": precision.to_json(),
                },
                allow_nan=False,
            )
        )
    else:
        print_precision(precision, taxonomy)
    verdicts = ", ".join(f"{count} {name}" for name, count in folded.verdicts.items())
    say(f"Rows: {verdicts}.")
    if folded.kept_gold:
        say(f"Kept: the gold labels of {folded.kept_gold} reviewed videos.")
    say(f"Audited: {folded.audited} videos, in {out}.")
