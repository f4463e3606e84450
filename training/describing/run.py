"""One call of `describe_catalog`: what it works with, and how far it is."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vidcat.inference.catalogs.source import file_versions
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import FrameSampler
from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True)
class DescribeProgress:
    """How far the describing of a catalog is."""

    total: int
    """Videos of the catalog that have a path."""
    already_done: int = 0
    """Videos that were described before."""
    done: int = 0
    """Videos described now."""
    failed: int = 0
    """Videos that could not be described, now or before."""
    frames: int = 0
    """Frames described now."""


class DescribingRun:
    """What all steps of describing a catalog share.

    Args:
        videos: Rows of the catalog; those without a path are left out.
        encoder: Describes frames.
        sampler: Chooses frames.
        decoders: Videos that are decoded at once.
        retry_failed: Whether videos that failed before are tried again.
        progress: Called after each video that is described or fails.

    Raises:
        ValueError: If an id occurs twice.
    """

    def __init__(
        self,
        videos: Sequence[Video],
        *,
        encoder: FrameEncoder,
        sampler: FrameSampler,
        decoders: int,
        retry_failed: bool,
        progress: Callable[[DescribeProgress], None],
    ) -> None:
        counted = Counter(video.id for video in videos)
        if twice := [video_id for video_id, count in counted.items() if count > 1]:
            raise ValueError(
                f"`videos` must have an id of its own each. Received: twice {twice}"
            )
        self.videos = [video for video in videos if video.path is not None]
        self.encoder = encoder
        self.sampler = sampler
        self.decoders = decoders
        self.retry_failed = retry_failed
        versions = file_versions(self.videos)
        self.versions = {key: version or "" for key, version in versions.items()}
        """Versions of the files by id; empty where there is none, or nobody knows."""
        self.state = DescribeProgress(total=len(self.videos))
        self.failed_now: set[str] = set()
        """Videos that were tried in this call, in vain."""
        self._noted: set[str] = set()
        self._progress = progress

    def note_before(self, video_id: str, *, failed: bool) -> None:
        """Counts a video that an earlier call has dealt with."""
        if video_id not in self._noted:
            self._noted.add(video_id)
            if failed:
                self.state = replace(self.state, failed=self.state.failed + 1)
            else:
                done = self.state.already_done + 1
                self.state = replace(self.state, already_done=done)

    def note_done(self, video_id: str, frames: int) -> None:
        """Counts a video that is described now."""
        if video_id not in self._noted:
            self._noted.add(video_id)
            self.state = replace(
                self.state, done=self.state.done + 1, frames=self.state.frames + frames
            )
            self._progress(self.state)

    def note_failed(self, video_id: str) -> None:
        """Counts a video that fails now."""
        self.failed_now.add(video_id)
        if video_id not in self._noted:
            self._noted.add(video_id)
            self.state = replace(self.state, failed=self.state.failed + 1)
            self._progress(self.state)
