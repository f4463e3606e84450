"""From a catalog of videos to a feature store; the function of `vidcat describe`."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vidcat.inference.feature_space import FeatureSpaceMismatch
from vidcat.inference.features import PROJECTION_NAME, StoreHeader
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import FrameSampler
from vidcat.inference.projection import Projection
from vidcat.inference.video import Video
from vidcat.training.describing.projection_sample import fit_on_sample, read_sample
from vidcat.training.describing.run import DescribeProgress, DescribingRun
from vidcat.training.describing.store_filling import StoreFiller
from vidcat.training.projection import ProjectionKind

__all__ = ["DescribeProgress", "DescribeReport", "describe_catalog"]

SAMPLE_FRAMES: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class DescribeReport:
    """What became of the videos of a catalog."""

    done: int
    """Videos described now."""
    already_done: int
    """Videos that were in the store before, their files unchanged."""
    failed: Mapping[str, int]
    """Number of videos that could not be described, now or before, by reason."""
    without_video: int
    """Rows of the catalog that have no `path`."""
    frames: int
    """Frames of the videos in `done`."""
    clipped_share: float
    """Share of their values outside `[-2, 2]`, which eight bits cannot hold."""
    seconds: float
    """Time that it took, in seconds."""


def describe_catalog(
    videos: Sequence[Video],
    out: Path | str,
    *,
    encoder: FrameEncoder,
    sampler: FrameSampler,
    fit_projection: bool | Path | str = False,
    projection_kind: ProjectionKind = "pca",
    train_ids: Collection[str] | None = None,
    sample_frames: int = SAMPLE_FRAMES,
    retry_failed: bool = False,
    decoders: int = 2,
    progress: Callable[[DescribeProgress], None] = lambda state: None,
) -> DescribeReport:
    """Describes the videos of a catalog into a folder.

    May be stopped or killed at any moment: called again with the same arguments it
    does what is missing, and ends with the records of an undisturbed run. A video
    is described again if its file has changed; one that failed is not tried again
    unless its file has changed, could not be fetched from another machine, or
    `retry_failed` says so.

    Where a projection is to be fitted, a random sample of the training videos is
    described first. Its unprojected features are kept in `out/sample`, so that no
    video is decoded twice; the folder may be deleted once all is done.

    Args:
        videos: Rows of the catalog; those without `path` are counted and left out.
        out: Folder of the store.
        encoder: Describes frames.
        sampler: Chooses frames, in the encoder's size.
        fit_projection: `True` fits one, unless `out` has one already; a path takes
            that of a store or a `projection.npz`; `False` takes that of `out`, and
            if there is none leaves the encoder's values as they are.
        projection_kind: What to fit, see `vidcat.training.projection`.
        train_ids: Videos that the projection may be fitted on. Defaults to all.
        sample_frames: Frames to fit on; more are not sought. Defaults to `20_000`.
        retry_failed: Whether to try failed videos again. Defaults to `False`.
        decoders: Videos that are decoded at once. Defaults to `2`.
        progress: Called after each video.

    Returns:
        The counts; they add up to the number of rows.

    Raises:
        FeatureSpaceMismatch: If `out` holds features of another space or sampling.
        ValueError: If an id occurs twice, or there is nothing to fit on.
        FolderInUse: If another process is describing into `out`.
    """
    started = time.monotonic()
    out = Path(out)
    run = DescribingRun(
        videos,
        encoder=encoder,
        sampler=sampler,
        retry_failed=retry_failed,
        decoders=decoders,
        progress=progress,
    )
    projection = _known_projection(out, encoder, fit_projection, projection_kind)
    if projection is None:
        projection = fit_on_sample(
            run, out, train_ids=train_ids, frames=sample_frames, kind=projection_kind
        )
    if StoreHeader.read(out) is None:
        # Before the header, so that a store that has one has its projection.
        out.mkdir(parents=True, exist_ok=True)
        projection.save(out / PROJECTION_NAME)
    with StoreFiller(out, run, projection) as store:
        if not (out / PROJECTION_NAME).exists():
            projection.save(out / PROJECTION_NAME)
        already_done = sum(video_id in store.writer for video_id in run.versions)
        sample = read_sample(run, out)
        if sample is not None:
            store.take_over(sample)
        store.fill(run.videos)
    failures = store.log.failures
    failed = Counter(failures[key].reason for key in run.versions if key in failures)
    return DescribeReport(
        done=store.added,
        already_done=already_done,
        failed=dict(sorted(failed.items())),
        without_video=len(videos) - len(run.videos),
        frames=store.added_frames,
        clipped_share=store.clipped_share,
        seconds=time.monotonic() - started,
    )


def _known_projection(
    out: Path,
    encoder: FrameEncoder,
    wanted: bool | Path | str,
    kind: ProjectionKind,
) -> Projection | None:
    """The projection to use; `None` if it must be fitted first."""
    own = out / PROJECTION_NAME
    if not isinstance(wanted, bool):
        path = Path(wanted)
        return Projection.load(path / PROJECTION_NAME if path.is_dir() else path)
    if own.exists():
        existing = Projection.load(own)
        if wanted and existing.kind != kind:
            raise FeatureSpaceMismatch(
                f"{out}: holds features with the projection {existing.kind!r}, and "
                f"{kind!r} is asked for; describe into another folder"
            )
        return existing
    return None if wanted else Projection.identity(encoder.width)
