"""Fits the projection of a catalog on a random sample of its training videos."""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from vidcat.inference.feature_space import UNQUANTISED
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore
from vidcat.inference.projection import Projection
from vidcat.inference.sampling import evenly_spread
from vidcat.inference.video import Video
from vidcat.training.describing.run import DescribingRun
from vidcat.training.describing.store_filling import StoreFiller, store_header
from vidcat.training.projection import ProjectionKind, fit_projection

SAMPLE_NAME: Final = "sample"

_FRAMES_PER_VIDEO: Final = 50
"""More of one video would say little that these do not."""


def fit_on_sample(
    run: DescribingRun,
    out: Path,
    *,
    train_ids: Collection[str] | None,
    frames: int,
    kind: ProjectionKind,
) -> Projection:
    """Describes videos without a projection until there are enough, and fits one.

    Videos come in an order that depends on their ids alone, so the same catalog
    gives the same projection, however often it was stopped on the way. The
    features stay in `out/sample`.

    Args:
        run: The call that this belongs to.
        out: Folder of the store.
        train_ids: Videos that may be used; `None` for all.
        frames: Frames that are enough, at most 50 of each video.
        kind: See `vidcat.training.projection.fit_projection`.

    Returns:
        The projection.

    Raises:
        ValueError: If the videos give too few frames.
        FeatureSpaceMismatch: If `out/sample` is of another space.
    """
    allowed = None if train_ids is None else frozenset(train_ids)
    candidates = [v for v in run.videos if allowed is None or v.id in allowed]
    candidates.sort(key=lambda video: hashlib.sha256(video.id.encode()).digest())
    identity = Projection.identity(run.encoder.width)
    with StoreFiller(out / SAMPLE_NAME, run, identity, UNQUANTISED) as sample:
        sample.fill(_until_enough(candidates, sample, frames))
        chosen, _ = _leading(candidates, sample, frames)
    if not chosen:
        raise ValueError(
            "A projection cannot be fitted: none of the "
            f"{len(candidates)} training videos could be described."
        )
    store = FeatureStore(out / SAMPLE_NAME)
    values = [
        store[video_id].frames()[
            evenly_spread(store.frame_count(video_id), _FRAMES_PER_VIDEO)
        ]
        for video_id in chosen
    ]
    return fit_projection(np.concatenate(values), kind)


def read_sample(run: DescribingRun, out: Path) -> FeatureStore | None:
    """The unprojected features that an earlier step left, checked; `None` if none.

    Raises:
        FeatureSpaceMismatch: If they are of another space.
    """
    folder = out / SAMPLE_NAME
    if not folder.is_dir():
        return None
    identity = Projection.identity(run.encoder.width)
    # Opening it for writing drops whatever a killed process left half-written.
    FeatureWriter(folder, store_header(run, identity, UNQUANTISED)).close()
    return FeatureStore(folder)


def _until_enough(
    candidates: list[Video], sample: StoreFiller, frames: int
) -> Iterator[Video]:
    for video in candidates:
        if _leading(candidates, sample, frames)[1]:
            return
        yield video


def _leading(
    candidates: list[Video], sample: StoreFiller, frames: int
) -> tuple[list[str], bool]:
    """The first videos that give enough frames, and whether they do already."""
    chosen: list[str] = []
    counted = 0
    for video in candidates:
        if video.id in sample.log.failures:
            continue
        if counted >= frames or video.id not in sample.writer:
            break
        chosen.append(video.id)
        counted += min(sample.writer.frame_count(video.id), _FRAMES_PER_VIDEO)
    return chosen, counted >= frames
