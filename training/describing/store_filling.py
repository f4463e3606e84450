"""Fills a feature store with videos, going on from where it was left."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.describing.failures import Failure, FailureLog, failure_shards
from vidcat.inference.describing.shared_batch import DescribedVideo
from vidcat.inference.feature_space import EIGHT_BITS, FeatureSpace
from vidcat.inference.feature_store.frame_features import (
    MAX_VALUE,
    MIN_VALUE,
    FrameFeatures,
    quantise,
)
from vidcat.inference.feature_store.settling import settle_store
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FAILURES_NAME, FeatureStore, StoreHeader
from vidcat.inference.projection import Projection
from vidcat.inference.video import Video
from vidcat.training.describing.run import DescribingRun


class StoreFiller:
    """Describes videos into a store and keeps its list of failures.

    A context manager. Opening it settles what a backfill left, and drops what has
    become untrue: features and failures of files that have changed since.

    Args:
        folder: The folder of the store.
        run: The call that this belongs to.
        projection: Is applied to the encoder's values.
        quantisation: How values are stored, one of `feature_space`'s names.
            Defaults to eight bits.

    Raises:
        FeatureSpaceMismatch: If the folder holds features of another space.
        FolderInUse: If another process is writing to it.
    """

    def __init__(
        self,
        folder: Path,
        run: DescribingRun,
        projection: Projection,
        quantisation: str = EIGHT_BITS,
    ) -> None:
        self.run = run
        self.projection = projection
        self.quantisation = quantisation
        if folder.is_dir() and failure_shards(folder):
            settle_store(folder)
        self.writer = FeatureWriter(folder, store_header(run, projection, quantisation))
        self.log = FailureLog(folder / FAILURES_NAME)
        self.added = 0
        """Videos added by this object."""
        self.added_frames = 0
        """Frames of these videos."""
        self._values = 0
        self._clipped = 0
        self._drop_untrue()

    def __enter__(self) -> "StoreFiller":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.writer.close()

    @property
    def clipped_share(self) -> float:
        """Share of the values added that eight bits cannot hold."""
        return self._clipped / self._values if self._values else 0.0

    def is_settled(self, video_id: str) -> bool:
        """Whether a video is described, or failed and not to be tried again."""
        return video_id in self.writer or video_id in self.log.failures

    def fill(self, videos: Iterable[Video]) -> None:
        """Describes those of the videos that are not settled."""
        pending = (video for video in videos if not self.is_settled(video.id))
        run = self.run
        paths = {video.id: video.path or "" for video in run.videos}
        results = describe_videos(
            pending, run.sampler, run.encoder, decoders=run.decoders
        )
        with closing(results):
            for described in results:
                self._add_result(described, paths[described.id])

    def take_over(self, store: FeatureStore) -> None:
        """Takes unprojected features and failures from another store.

        Only of videos of the catalog whose files have not changed since.
        """
        for video_id, version in self.run.versions.items():
            if self.is_settled(video_id):
                continue
            failure = store.failures.get(video_id)
            if video_id in store and store.source_version(video_id) == version:
                known = store[video_id]
                self._add(
                    video_id,
                    known.frames(),
                    known.times_seconds,
                    known.duration_seconds,
                )
            elif failure is not None and self._still_holds(failure):
                self.log.add(failure)
                self.run.note_failed(video_id)

    def _add_result(self, described: DescribedVideo, path: str) -> None:
        video_id = described.id
        if described.error is None:
            facts = described.facts
            duration = None if facts is None else facts.duration_seconds
            self._add(video_id, described.features, described.times_seconds, duration)
            return
        self.log.add(
            Failure(
                id=video_id,
                path=path,
                reason=described.error.reason,
                detail=described.error.detail,
                source_version=self.run.versions[video_id],
            )
        )
        self.run.note_failed(video_id)

    def _add(
        self,
        video_id: str,
        values: NDArray[np.float32],
        times_seconds: NDArray[np.float32],
        duration_seconds: float | None,
    ) -> None:
        projected = self.projection.apply(values)
        self._values += projected.size
        outside = (projected < MIN_VALUE) | (projected > MAX_VALUE)
        self._clipped += int(np.count_nonzero(outside))
        in_bytes = self.quantisation == EIGHT_BITS
        self.writer.add(
            FrameFeatures(
                id=video_id,
                values=quantise(projected) if in_bytes else projected,
                times_seconds=times_seconds,
                duration_seconds=duration_seconds,
                source_version=self.run.versions[video_id],
            )
        )
        self.added += 1
        self.added_frames += len(values)
        self.run.note_done(video_id, len(values))

    def _drop_untrue(self) -> None:
        run = self.run
        changed = [
            video_id
            for video_id, version in run.versions.items()
            # Of a file that is gone the features are as true as before.
            if version and video_id in self.writer
            if self.writer.source_version(video_id) != version
        ]
        self.writer.discard(changed)
        failures = self.log.failures.values()
        self.log.forget(
            failure.id
            for failure in list(failures)
            if failure.id in run.versions
            if failure.id in self.writer or not self._still_holds(failure)
        )
        for video_id in run.versions:
            if self.is_settled(video_id):
                run.note_before(video_id, failed=video_id not in self.writer)

    def _still_holds(self, failure: Failure) -> bool:
        run = self.run
        # What the network did to a video it may not do again.
        again = run.retry_failed or failure.reason == "download_failed"
        tried = failure.id in run.failed_now or not again
        return tried and failure.source_version == run.versions[failure.id]


def store_header(
    run: DescribingRun, projection: Projection, quantisation: str = EIGHT_BITS
) -> StoreHeader:
    """The header of a store that a run fills."""
    space = FeatureSpace.of(run.encoder, run.sampler, projection, quantisation)
    return StoreHeader(space=space, sampling=run.sampler.sampling)
