"""Frames of several videos, described together in whole batches."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.describing.decoding import Ended
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import Frame, VideoError, VideoFacts
from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True, eq=False)
class DescribedVideo:
    """The described frames of a video, or the reason why there are none."""

    id: str
    """The video's id."""
    features: NDArray[np.float32]
    """Of shape `(frames, width of the encoder)`; no frames where there is an error."""
    times_seconds: NDArray[np.float32]
    """Of shape `(frames,)`: when each frame appears, in seconds."""
    facts: VideoFacts | None
    """What the file declares, without a duration that proved a lie; `None` if not
    one frame could be decoded."""
    damage: str | None
    """What is wrong with a file that breaks off after its last frame here."""
    error: VideoError | None
    """Why the video could not be described."""
    content_sha256: str | None = None
    """SHA-256 of the decoded file's bytes, in hexadecimal; `None` if it was not asked
    for, the video could not be described, or its file has gone since."""


@dataclass(eq=False)
class VideoInWork:
    """A video between its start and its result."""

    video: Video
    attempt: int = 0
    features: list[NDArray[np.float32] | None] = field(default_factory=list)
    times_seconds: list[float] = field(default_factory=list)
    undescribed: int = 0
    ended: Ended | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is to come or to be described."""
        return self.ended is not None and not self.undescribed

    def end(self, ended: Ended) -> None:
        """Takes note that no more frames will come."""
        self.ended = ended
        if ended.error is not None:
            self.forget_frames()

    def forget_frames(self) -> None:
        """Drops all frames, also those that are still in a batch."""
        self.attempt += 1
        self.features = []
        self.times_seconds = []
        self.undescribed = 0

    def result(self, width: int) -> DescribedVideo:
        """What is known of it once it is done.

        Args:
            width: Values that describe a frame.
        """
        ended = Ended() if self.ended is None else self.ended
        rows = [row for row in self.features if row is not None]
        features = np.stack(rows) if rows else np.empty((0, width), np.float32)
        return DescribedVideo(
            id=self.video.id,
            features=features,
            times_seconds=np.array(self.times_seconds, np.float32),
            facts=ended.facts,
            damage=ended.damage,
            error=ended.error,
            content_sha256=ended.content_sha256,
        )


class SharedBatch:
    """Collects frames of several videos until a call of the encoder is full.

    Args:
        encoder: Describes the frames.
    """

    def __init__(self, encoder: FrameEncoder) -> None:
        self._encoder = encoder
        self._pixels = self._allocate(encoder.frames_per_call)
        self._owners: list[tuple[VideoInWork, int, int]] = []
        self.width = encoder.width
        """Values that describe a frame."""

    def __len__(self) -> int:
        """Frames of a full batch."""
        return len(self._pixels)

    def add(self, work: VideoInWork, frame: Frame) -> None:
        """Takes a frame of a video; describes all that wait once the batch is full."""
        self._pixels[len(self._owners)] = frame.pixels
        self._owners.append((work, work.attempt, len(work.features)))
        work.features.append(None)
        work.times_seconds.append(frame.time_seconds)
        work.undescribed += 1
        if len(self._owners) == len(self._pixels):
            self.describe()

    def describe(self) -> None:
        """Describes the frames that wait."""
        described = self._encoder.describe(self._pixels[: len(self._owners)])
        for (work, attempt, place), row in zip(self._owners, described, strict=True):
            if work.attempt == attempt:
                work.features[place] = row.copy()
                work.undescribed -= 1
        self._owners = []
        # The encoder takes less than before where memory did not do.
        if (frames := self._encoder.frames_per_call) != len(self):
            self._pixels = self._allocate(frames)

    def _allocate(self, frames: int) -> NDArray[np.uint8]:
        size = self._encoder.input_size
        return np.empty((frames, size, size, 3), np.uint8)
