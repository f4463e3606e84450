"""`vidcat train`: from a described catalog to a bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vidcat.commands.options import (
    Assurance,
    FiguresAsJson,
    IgnoreUnknown,
    MaxSeconds,
    MinSeconds,
    PromisePer,
    SplitBy,
    TargetPrecision,
    TextCatalog,
)
from vidcat.commands.remote_folders import folder, with_local_folders

if TYPE_CHECKING:
    from vidcat.inference.merges.policy import MergeKind, MergePolicy
    from vidcat.training.networks.progress import TrainingProgress
    from vidcat.training.preparation import Prepared, TrainOptions


# With --from-text the features are written as well.
@with_local_folders(read=["text"], written=["features", "out"])
def train(
    *,
    context: typer.Context,
    catalog: Annotated[str, typer.Argument(help="Catalog with `labels`.")],
    out: Annotated[
        Path,
        typer.Option(
            parser=folder,
            help="Folder of the bundle; with --from-text, of what each stage makes.",
        ),
    ],
    features: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            help="Folder made by `vidcat describe`. [default with --from-text: below "
            "OUT]",
        ),
    ] = None,
    from_text: Annotated[
        bool,
        typer.Option(
            "--from-text",
            help="Do everything: train text categorizers, label the catalog by them, "
            "describe, train, and put both together.",
        ),
    ] = False,
    preset: Annotated[
        Literal["small", "base", "paper"], typer.Option(help="Size of the network.")
    ] = "base",
    epochs: Annotated[int, typer.Option(help="At most so many passes.", min=1)] = 40,
    batch_size: Annotated[int, typer.Option(help="Videos in a step.", min=1)] = 64,
    learning_rate: Annotated[float, typer.Option(help="Of Adam, at first.")] = 1e-3,
    dropout: Annotated[
        float, typer.Option(help="Share of the pooled vector hidden in training.")
    ] = 0.5,
    l2_penalty: Annotated[
        float,
        typer.Option(help="On large weights; try 100 from 10,000 videos on.", min=0.0),
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Makes a training repeatable.")] = 0,
    min_seconds: MinSeconds = 60.0,
    max_seconds: MaxSeconds = 600.0,
    min_examples: Annotated[
        int, typer.Option(help="Training videos that a category needs.", min=1)
    ] = 10,
    target_precision: TargetPrecision = 0.80,
    assurance: Assurance = 0.95,
    promise: PromisePer = "category",
    labels: Annotated[
        Path | None,
        typer.Option(help="Label set (TSV). [default: the visual ones of our 196]"),
    ] = None,
    split_by: SplitBy = "auto",
    text: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            help="Folder made by `vidcat text train`: text speaks as well.",
        ),
    ] = None,
    text_catalog: TextCatalog = None,
    merge: Annotated[
        Literal["union", "separate", "noisy-or", "stacked"] | None,
        typer.Option(
            help="How text and frames are put together. [default: union; separate "
            "where a model made the labels]"
        ),
    ] = None,
    thresholds: Annotated[
        Literal["merged", "separate"],
        typer.Option(
            help="Fit them on what both say together, or on each alone: the same as "
            "--merge separate."
        ),
    ] = "merged",
    sentence_encoder: Annotated[
        str | None,
        typer.Option(help="That of TEXT: a SavedModel folder, handle or address."),
    ] = None,
    text_kind: Annotated[
        Literal["bag-of-words", "multilingual", "both"],
        typer.Option(help="With --from-text: as --kind of `vidcat text train`."),
    ] = "both",
    yes_bound: Annotated[
        float,
        typer.Option(
            help="With --from-text: as for `vidcat pseudo-label`.", min=0.0, max=1.0
        ),
    ] = 0.80,
    no_bound: Annotated[
        float, typer.Option(help="With --from-text: the same.", min=0.0, max=1.0)
    ] = 0.05,
    encoder: Annotated[
        str, typer.Option(help="With --from-text: as for `vidcat describe`.")
    ] = "inception_v3",
    frame_weights: Annotated[
        str | None,
        typer.Option(help="With --from-text: as for `vidcat describe`."),
    ] = None,
    embed_encoder: Annotated[
        bool, typer.Option("--embed-encoder", help="Put its weights in the bundle.")
    ] = False,
    comparisons: Annotated[
        bool, typer.Option(help="Also fit the average baseline and no metadata.")
    ] = True,
    mixed_precision: Annotated[bool, typer.Option(help="For recent GPUs.")] = False,
    xla: Annotated[bool, typer.Option(help="Compile the steps with XLA.")] = False,
    gpus: Annotated[int, typer.Option(help="GPUs to train on.", min=1)] = 1,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write logs for it as well.")
    ] = False,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Trains a visual categorizer and measures it on videos it has not seen.

    A training that was stopped goes on from its last epoch when the same command
    is given again.

    Examples:

      vidcat train catalog.jsonl --features features --out bundle

      vidcat train clips.csv --features features --out bundle --min-seconds 0

      vidcat train catalog.jsonl --features features --out bundle --text text

      vidcat train --from-text catalog.jsonl --out work
    """
    if from_text:
        from vidcat.commands.from_text import train_from_text

        if text is not None or text_catalog is not None:
            raise typer.BadParameter(
                "--text and --text-catalog must not be given with --from-text, which "
                "trains the text categorizers itself."
            )
        train_from_text(context.params)
        return
    if features is None:
        raise typer.BadParameter("--features must be given without --from-text.")
    from vidcat.commands.printing.console import import_keras, progress, say

    import_keras()
    from vidcat.commands.printing.figures import print_assessment
    from vidcat.commands.reporting import REPORT_NAME, write_whole_report
    from vidcat.commands.text_model import (
        load_sentence_encoder,
        load_text_categorizer,
        read_with_text,
    )
    from vidcat.inference.bundle import load_merge
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.scope import Scope
    from vidcat.inference.texts.reattached_text import require_text
    from vidcat.taxonomy.labels import LabelSet
    from vidcat.training.config import TrainConfig
    from vidcat.training.deciding.promise import Promise
    from vidcat.training.measuring.assessment import assess_bundle, keep_figures
    from vidcat.training.preparation import TrainOptions
    from vidcat.training.train import train_bundle

    kind = _merge_kind(merge, thresholds, text)
    videos = read_with_text(catalog, text_catalog, ignore_unknown)
    if text is not None:
        require_text(videos, text_catalog or catalog)
    store = FeatureStore(features)
    chosen = LabelSet.default() if labels is None else LabelSet.read(labels)
    config = TrainConfig(
        preset=preset,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        dropout=dropout,
        l2_penalty=l2_penalty,
        seed=seed,
        mixed_precision=mixed_precision,
        xla=xla,
        gpus=gpus,
        tensorboard=tensorboard,
    )
    options = TrainOptions(
        label_set=chosen.visual_only(),
        scope=Scope(min_seconds=min_seconds, max_seconds=max_seconds),
        promise=Promise(
            target_precision=target_precision, assurance=assurance, per=promise
        ),
        min_examples=min_examples,
        split_by=split_by,
        embed_encoder=embed_encoder,
        comparisons=comparisons,
        merge=kind,
    )
    speaker = None
    if text is not None:
        speaker = load_text_categorizer(text, sentence_encoder)
    with progress("Training", None) as update:
        prepared = train_bundle(
            videos,
            store,
            out,
            config=config,
            options=options,
            text=speaker,
            listener=lambda name, state: update(state.epoch, _note(name, state)),
        )
    _say_what_was_used(prepared, options, out)
    assessment = assess_bundle(out, videos, store)
    assessment.write(out / "report")
    keep_figures(out, assessment)
    print_assessment(assessment, as_json=as_json)
    if (policy := load_merge(out)) is not None:
        _say_how_merged(policy)
    write_whole_report(
        out,
        videos,
        store,
        assessment,
        out / "report" / REPORT_NAME,
        folder=out / "report",
        sentence_encoder=load_sentence_encoder(sentence_encoder),
    )
    say(f"Bundle: {out}. Report: {out / 'report'}.")


def _merge_kind(
    merge: "MergeKind | None", thresholds: str, text: Path | None
) -> "MergeKind | None":
    """What two options say together."""
    if thresholds == "separate":
        if merge not in {None, "separate"}:
            raise typer.BadParameter(
                "--thresholds separate is the same as --merge separate. Received: "
                f"--merge {merge}"
            )
        merge = "separate"
    if merge is not None and text is None:
        raise typer.BadParameter(
            "--merge and --thresholds put a text model beside the frames: name it with "
            "--text."
        )
    return merge


def _say_what_was_used(
    prepared: "Prepared", options: "TrainOptions", out: Path
) -> None:
    from vidcat.commands.printing.console import say, say_left_out

    say_left_out(prepared.selection.left_out, "videos")
    if prepared.dropped:
        say(
            f"Dropped: {len(prepared.dropped)} categories with fewer than "
            f"{options.min_examples} training videos (listed in "
            f"{out / 'bundle.json'})."
        )
    for part, absent in prepared.absent.items():
        say(f"Without an example in the {part} part: {', '.join(absent)}.")


def _say_how_merged(policy: "MergePolicy") -> None:
    from vidcat.commands.printing.console import say

    say(
        f"Text and frames are put together by `{policy.kind}`; `vidcat merge evaluate` "
        "measures it."
    )
    if policy.abstains:
        say(
            "It says nothing: on the calibration part nothing that both say together "
            "reaches the target."
        )


def _note(name: str, state: "TrainingProgress") -> str:
    from vidcat.commands.printing.console import clock

    note = f"{name}: epoch {state.epoch} of {state.epochs}, loss {state.loss:.3f}"
    if state.seconds_left is not None:
        note += f", at most {clock(state.seconds_left)} left"
    if state.validation is not None:
        note += f", validation GAP {state.validation['gap']:.3f}"
    return note
