"""`vidcat train`: from a described catalog to a bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from vidcat.training.progress import TrainingProgress


def train(
    *,
    catalog: Annotated[Path, typer.Argument(help="Catalog with `labels`.")],
    features: Annotated[Path, typer.Option(help="Folder made by `vidcat describe`.")],
    out: Annotated[Path, typer.Option(help="Folder of the bundle.")],
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
    min_seconds: Annotated[float, typer.Option(help="Shortest video.")] = 60.0,
    max_seconds: Annotated[float, typer.Option(help="Longest video.")] = 600.0,
    min_examples: Annotated[
        int, typer.Option(help="Training videos that a category needs.", min=1)
    ] = 10,
    target_precision: Annotated[
        float, typer.Option(help="What the thresholds are to hold.", min=0.0, max=1.0)
    ] = 0.80,
    labels: Annotated[
        Path | None,
        typer.Option(help="Label set (TSV). [default: the visual ones of our 196]"),
    ] = None,
    split_by: Annotated[
        Literal["auto", "owner", "id"],
        typer.Option(help="What the parts share none of; auto: owner where there is."),
    ] = "auto",
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
    ignore_unknown: Annotated[
        bool, typer.Option(help="Pass over unknown columns of the catalog.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON.")
    ] = False,
) -> None:
    """Trains a visual categorizer and measures it on videos it has not seen.

    A training that was stopped goes on from its last epoch when the same command
    is given again.

    Examples:

      vidcat train catalog.jsonl --features features --out bundle

      vidcat train clips.csv --features features --out bundle --min-seconds 0
    """
    from vidcat.commands.console import import_keras, progress, say

    import_keras()
    from vidcat.commands.figures import print_assessment
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.scope import Scope
    from vidcat.taxonomy.labels import LabelSet
    from vidcat.training.assessment import assess_bundle, keep_figures
    from vidcat.training.config import TrainConfig
    from vidcat.training.preparation import TrainOptions
    from vidcat.training.train import train_bundle

    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
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
        target_precision=target_precision,
        min_examples=min_examples,
        split_by=split_by,
        embed_encoder=embed_encoder,
        comparisons=comparisons,
    )
    with progress("Training", None) as update:
        prepared = train_bundle(
            videos,
            store,
            out,
            config=config,
            options=options,
            listener=lambda name, state: update(state.epoch, _note(name, state)),
        )
    for reason, count in prepared.selection.left_out.items():
        say(f"Left out: {count} videos, {reason}.")
    if prepared.dropped:
        say(
            f"Dropped: {len(prepared.dropped)} categories with fewer than "
            f"{min_examples} training videos (listed in {out / 'bundle.json'})."
        )
    for part, absent in prepared.absent.items():
        if absent:
            say(f"Without an example in the {part} part: {', '.join(absent)}.")
    assessment = assess_bundle(out, videos, store)
    assessment.write(out / "report")
    keep_figures(out, assessment)
    print_assessment(assessment, as_json=as_json)
    say(f"Bundle: {out}. Report: {out / 'report'}.")


def _note(name: str, state: "TrainingProgress") -> str:
    from vidcat.commands.console import clock

    note = f"{name}: epoch {state.epoch} of {state.epochs}, loss {state.loss:.3f}"
    if state.seconds_left is not None:
        note += f", at most {clock(state.seconds_left)} left"
    if state.validation is not None:
        note += f", validation GAP {state.validation['gap']:.3f}"
    return note
