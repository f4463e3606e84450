"""`vidcat rethreshold`: new decisions about what was scored before."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from vidcat.inference.bundle import Bundle
    from vidcat.inference.text_categorizer import TextCategorizer
    from vidcat.training.deciding.promise import Promise


def rethreshold(
    *,
    scores: Annotated[
        list[Path],
        typer.Argument(help="Files that `--scores` named, or folders of them."),
    ],
    bundle: Annotated[
        Path,
        typer.Option(
            help="The bundle that made the scores; for those of `vidcat text "
            "classify` the folder of the text categorizer."
        ),
    ],
    out: Annotated[Path, typer.Option(help="File of the new results (JSON lines).")],
    target_precision: Annotated[
        float | None,
        typer.Option(
            help="What the thresholds are to hold. [default: as in training]",
            min=0.0,
            max=1.0,
        ),
    ] = None,
    assurance: Annotated[
        float | None,
        typer.Option(
            help="How often such thresholds are to hold it. [default: as in training]",
            min=0.0,
            max=1.0,
        ),
    ] = None,
    promise: Annotated[
        Literal["category", "all"] | None,
        typer.Option(
            help="Whether each category is to hold it, or all together. "
            "[default: as in training]"
        ),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Some of the labels (TSV). [default: all]")
    ] = None,
    taxonomy: Annotated[
        Literal["1.0", "2.0", "2.1", "2.2", "3.0", "3.1"] | None,
        typer.Option(help="Version of the new results. [default: the bundle's]"),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            help="Results of the same run of `vidcat classify --json`, whose evidence "
            "is carried over."
        ),
    ] = None,
) -> None:
    """Decides anew about videos that were scored before, in seconds.

    Another target or fewer labels have thresholds fitted on what the bundle keeps of
    its calibration part. No video is opened. What changed is told on stderr.

    Examples:

      vidcat rethreshold scores.parquet --bundle bundle --out new.jsonl --taxonomy 2.2

      vidcat rethreshold scores/ --bundle b --out new.jsonl --target-precision 0.9
    """
    from vidcat.commands.printing.console import import_keras, progress, say
    from vidcat.commands.scores import require_apart, require_place
    from vidcat.inference.export.score_vectors import read_score_vectors
    from vidcat.taxonomy.labels import LabelSet

    require_place(out, "--out")
    stored = read_score_vectors(*scores)
    others = [one for one in (results, labels) if one is not None]
    require_apart(out, "--out", [*stored.files, *others])
    wanted = None if labels is None else LabelSet.read(labels)
    say(f"{len(stored)} videos were scored. Loading {bundle}.")
    import_keras()
    from vidcat.commands.printing.rethresholded import say_what_changed
    from vidcat.training.rethresholding import rethreshold as decide_anew

    model = _load(bundle)
    asked = {"target_precision": target_precision, "assurance": assurance}
    with progress("Deciding", len(stored)) as update:
        done = decide_anew(
            stored,
            model,
            out,
            promise=_promise(model, {**asked, "per": promise}),
            labels=wanted,
            taxonomy_version=taxonomy,
            earlier_results=results,
            listener=lambda videos: update(videos, ""),
        )
    say_what_changed(done)
    say(f"Results: {out}.")


def _load(folder: Path) -> "Bundle | TextCategorizer":
    """The model of a folder, without the sentence encoder: nothing is read."""
    from vidcat.inference.bundle import load_to_decide
    from vidcat.inference.text_categorizer import TextCategorizer
    from vidcat.inference.texts.storage import deferred_encoder, is_text_folder

    if is_text_folder(folder):
        return TextCategorizer.load(folder, deferred_encoder(folder))
    return load_to_decide(folder)


def _promise(
    model: "Bundle | TextCategorizer", asked: dict[str, Any]
) -> "Promise | None":
    """What was asked for, the rest as in training; `None` for nothing."""
    from vidcat.training.refitting import promise_of

    given = {name: value for name, value in asked.items() if value is not None}
    return replace(promise_of(model), **given) if given else None
