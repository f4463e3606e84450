"""`vidcat describe`: from a catalog of videos to their features."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from vidcat.commands.options import IgnoreUnknown
from vidcat.commands.remote_folders import folder, with_local_folders
from vidcat.commands.serving import (
    TimeoutSeconds,
)


@with_local_folders(read=["projection"], written=["out"])
def describe(
    *,
    catalog: Annotated[
        str, typer.Argument(help="Catalog (.jsonl, .csv, .parquet) or folder.")
    ],
    out: Annotated[Path, typer.Option(parser=folder, help="Folder of the features.")],
    fit_projection: Annotated[
        bool,
        typer.Option(
            "--fit-projection", help="Fit the projection on the training part first."
        ),
    ] = False,
    projection: Annotated[
        Path | None,
        typer.Option(
            parser=folder, help="Use the projection of this features folder or bundle."
        ),
    ] = None,
    projection_kind: Annotated[
        Literal["pca", "none"],
        typer.Option(help="pca with whitening, or none: only standardise."),
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
    sampling: Annotated[
        Literal["uniform", "keyframes"],
        typer.Option(help="keyframes is faster, and looks at key frames only."),
    ] = "uniform",
    frames_per_second: Annotated[
        float, typer.Option(help="Frames taken a second.")
    ] = 1.0,
    max_frames: Annotated[
        int, typer.Option(help="At most so many, spread over a long video.", min=1)
    ] = 300,
    fit: Annotated[
        Literal["squash", "crop"],
        typer.Option(help="How a frame becomes a square; crop takes its centre."),
    ] = "squash",
    batch_size: Annotated[
        int | None, typer.Option(help="Frames in a call of the encoder.", min=1)
    ] = None,
    decoders: Annotated[int, typer.Option(help="Videos decoded ahead.", min=1)] = 2,
    timeout_seconds: TimeoutSeconds = 600.0,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try broken videos again.")
    ] = False,
    split_by: Annotated[
        Literal["auto", "owner", "id"],
        typer.Option(help="As for `vidcat train`, for --fit-projection."),
    ] = "auto",
    ignore_unknown: IgnoreUnknown = False,
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
    from dataclasses import asdict

    from vidcat.commands.printing.console import (
        announce_download,
        import_keras,
        progress,
        say,
    )

    import_keras()
    from vidcat.commands.printing.quiet import silenced_stderr
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.encoders.source import EncoderSource
    from vidcat.inference.features import StoreHeader
    from vidcat.inference.frames import FrameSampler
    from vidcat.inference.sampling import Sampling
    from vidcat.training.describing.describe import DescribeProgress, describe_catalog
    from vidcat.training.describing.projection_split import note_split
    from vidcat.training.splits import training_ids

    if fit_projection and projection is not None:
        raise typer.BadParameter(
            "--fit-projection and --projection must not be given together. Received: "
            f"--projection {projection}"
        )
    videos = read_catalog(catalog, ignore_unknown=ignore_unknown)
    source = EncoderSource(name=encoder, weights=frame_weights)
    # TensorFlow Lite greets on stderr.
    announce_download(source)
    with silenced_stderr():
        loaded = source.load(batch_size)
    if loaded.untrained:
        say("The frame encoder is UNTRAINED: these features are for trials only.")
    sampler = FrameSampler(
        size=loaded.input_size,
        fit=fit,
        sampling=Sampling(
            rule=sampling,
            frames_per_second=frames_per_second,
            max_frames=max_frames,
        ),
        timeout_seconds=timeout_seconds,
    )
    out.mkdir(parents=True, exist_ok=True)
    if StoreHeader.read(out) is None:
        # A folder that has features keeps the notes on their encoder and split.
        source.write(out)
        if fit_projection:
            note_split(out, split_by)
    with progress("Describing", len(videos)) as update:

        def show(state: DescribeProgress) -> None:
            before = (
                f"{state.already_done} described before, " if state.already_done else ""
            )
            update(
                state.done + state.already_done + state.failed,
                f"{before}{state.failed} failed, {state.frames} frames",
            )

        report = describe_catalog(
            videos,
            out,
            encoder=loaded,
            sampler=sampler,
            fit_projection=fit_projection if projection is None else projection,
            projection_kind=projection_kind,
            train_ids=training_ids(videos, key=split_by),
            retry_failed=retry_failed,
            decoders=decoders,
            progress=show,
        )
    if as_json:
        print(json.dumps(asdict(report)))
    else:
        failed = sum(report.failed.values())
        print(
            f"{report.done} described now, {report.already_done} before, "
            f"{failed} failed, {report.without_video} without a video; "
            f"{report.frames} frames in {report.seconds:.0f} s."
        )
        for reason, count in report.failed.items():
            print(f"  {count} {reason}")
    say(f"Features: {out}.")
