"""Describes videos: decoding runs ahead, and videos share the encoder's batches."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.describing.decoding import Ended, VideoDecoders
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import Frame, FrameSampler, VideoError, VideoFacts
from vidcat.inference.video import Video

_WAITING_PER_DECODER = 4


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


def describe_videos(
    videos: Iterable[Video],
    sampler: FrameSampler,
    encoder: FrameEncoder,
    *,
    decoders: int = 2,
) -> Generator[DescribedVideo, None, None]:
    """Describes videos; a broken one yields its error and disturbs no other.

    Frames are described in whole batches across the borders of videos. What is
    held in memory does not grow with the number of videos or their length. A file
    that turns out to lie about its duration is sampled a second time.

    Args:
        videos: Videos that have a `path`; are taken as they are needed.
        sampler: Chooses their frames, in the encoder's size.
        encoder: Describes the frames.
        decoders: Videos that are decoded at once. Defaults to `2`.

    Returns:
        A generator of one result for each video, in their order; closing it ends
        the decoding.

    Raises:
        ValueError: If a video has no path, or an argument does not fit.
        FfmpegMissing: If there is no ffmpeg.
    """
    if decoders < 1:
        raise ValueError(f"`decoders` must be positive. Received: decoders={decoders}")
    if sampler.size != encoder.input_size:
        raise ValueError(
            f"`sampler` must give frames of the encoder's {encoder.input_size} "
            f"pixels. Received: size={sampler.size}"
        )
    return _describe(iter(videos), sampler, encoder, decoders)


def _describe(
    videos: Iterator[Video], sampler: FrameSampler, encoder: FrameEncoder, decoders: int
) -> Generator[DescribedVideo, None, None]:
    batch = _SharedBatch(encoder)
    with VideoDecoders[_InWork](sampler, decoders) as decoding:
        yield from _in_order(videos, decoding, batch, decoders)


def _in_order(
    videos: Iterator[Video],
    decoding: VideoDecoders["_InWork"],
    batch: "_SharedBatch",
    decoders: int,
) -> Iterator[DescribedVideo]:
    most_waiting = len(batch) + _WAITING_PER_DECODER * decoders
    waiting: deque[_InWork] = deque()
    exhausted = False
    while not exhausted or waiting:
        while (
            not exhausted
            and decoding.running <= decoders
            and len(waiting) < most_waiting
        ):
            video = next(videos, None)
            if video is None:
                exhausted = True
            else:
                waiting.append(_InWork(video))
                decoding.start(waiting[-1], _path(video))
        if decoding.running:
            work, event = decoding.receive()
            if isinstance(event, Frame):
                batch.add(work, event)
            elif isinstance(event, Ended):
                work.end(event)
            else:
                work.forget_frames()
        else:
            # No frame will come before a result is taken, or none at all.
            batch.describe()
        while waiting and waiting[0].is_done:
            yield waiting.popleft().result(batch.width)


def _path(video: Video) -> str:
    if video.path is None:
        raise ValueError(
            f"`videos` must have a path each. Received: id={video.id!r}, path=None"
        )
    return video.path


@dataclass(eq=False)
class _InWork:
    """A video between its start and its result."""

    video: Video
    attempt: int = 0
    features: list[NDArray[np.float32] | None] = field(default_factory=list)
    times_seconds: list[float] = field(default_factory=list)
    undescribed: int = 0
    ended: Ended | None = None

    @property
    def is_done(self) -> bool:
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
        )


class _SharedBatch:
    """Collects frames of several videos until a call of the encoder is full."""

    def __init__(self, encoder: FrameEncoder) -> None:
        self._encoder = encoder
        self._pixels = self._allocate(encoder.frames_per_call)
        self._owners: list[tuple[_InWork, int, int]] = []
        self.width = encoder.width

    def __len__(self) -> int:
        return len(self._pixels)

    def add(self, work: _InWork, frame: Frame) -> None:
        self._pixels[len(self._owners)] = frame.pixels
        self._owners.append((work, work.attempt, len(work.features)))
        work.features.append(None)
        work.times_seconds.append(frame.time_seconds)
        work.undescribed += 1
        if len(self._owners) == len(self._pixels):
            self.describe()

    def describe(self) -> None:
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
