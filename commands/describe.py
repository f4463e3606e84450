"""`vidcat describe`: from a catalog of videos to their features."""

import json
from pathlib import Path
from typing import Annotated

import typer


def describe(
    catalog: Annotated[
        Path, typer.Argument(help="Catalog (.jsonl, .csv, .parquet) or folder.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the features.")],
    fit_projection: Annotated[
        bool,
        typer.Option(
            "--fit-projection", help="Fit the projection on the training part first."
        ),
    ] = False,
    projection: Annotated[
        Path | None,
        typer.Option(help="Use the projection of this features folder or bundle."),
    ] = None,
    projection_kind: Annotated[
        str, typer.Option(help="pca (with whitening), or none (only standardise).")
    ] = "pca",
    encoder: Annotated[
        str,
        typer.Option(
            help="A keras.applications network, a .tflite file, a SavedModel folder."
        ),
    ] = "inception_v3",
    frame_weights: Annotated[
        str | None,
        typer.Option(help="imagenet, a weights file, or random (for trials)."),
    ] = None,
    sampling: Annotated[str, typer.Option(help="uniform or keyframes.")] = "uniform",
    frames_per_second: Annotated[
        float, typer.Option(help="Frames taken a second.")
    ] = 1.0,
    max_frames: Annotated[
        int, typer.Option(help="At most so many, spread over a long video.", min=1)
    ] = 300,
    fit: Annotated[str, typer.Option(help="squash, or crop to the centre.")] = "squash",
    batch_size: Annotated[int, typer.Option(help="Frames in a call.", min=1)] = 32,
    decoders: Annotated[int, typer.Option(help="Videos decoded ahead.", min=1)] = 2,
    timeout_seconds: Annotated[
        float, typer.Option(help="How long a video may keep us waiting.", min=0.1)
    ] = 600.0,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try broken videos again.")
    ] = False,
    split_by: Annotated[
        str, typer.Option(help="As for `vidcat train`: owner, id or auto.")
    ] = "auto",
    ignore_unknown: Annotated[
        bool, typer.Option(help="Pass over unknown columns of the catalog.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the counts as JSON.")
    ] = False,
) -> None:
    """Describes the videos of a catalog: frames, features, projection.

    Resumes: a video that is done and whole is not done again. Broken videos are
    counted by reason, listed in OUT/failures.jsonl, and stop nothing.

    Examples:

      vidcat describe catalog.jsonl --out features --fit-projection

      vidcat describe new.jsonl --out new-features --projection features
    """
    raise NotImplementedError
