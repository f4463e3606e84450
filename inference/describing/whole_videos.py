"""Videos that are decoded ahead and described together, one handed in at a time."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from vidcat.inference.describing.decoding import Ended, VideoDecoders
from vidcat.inference.describing.shared_batch import (
    DescribedVideo,
    SharedBatch,
    VideoInWork,
)
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import Frame, FrameSampler
from vidcat.inference.video import Video

Key = TypeVar("Key")


@dataclass(eq=False)
class DecodedVideo:
    """All chosen frames of a video, or why there are none."""

    frames: list[Frame] = field(default_factory=list)
    """In the order of their times."""
    ended: Ended = field(default_factory=Ended)
    """How its decoding ended."""


class DecodesAhead(Generic[Key]):
    """Decodes the videos handed in while those before them are worked on.

    A context manager; leaving it ends the decoding.

    Args:
        sampler: Chooses the frames.
        decoders: Videos that are decoded at once.
    """

    def __init__(self, sampler: FrameSampler, decoders: int) -> None:
        self._decoders = decoders
        self._decoding: VideoDecoders[tuple[Key, DecodedVideo]]
        self._decoding = VideoDecoders(sampler, decoders, with_sha256=True)

    def __enter__(self) -> "DecodesAhead[Key]":
        self._decoding.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._decoding.__exit__(*error)

    def add(self, key: Key, path: str) -> Iterator[tuple[Key, DecodedVideo]]:
        """Hands in a video.

        Args:
            key: Comes back with its frames.
            path: Its file, or its URL.

        Yields:
            Videos that were handed in before and are decoded now; waits for one where
            too many are in work.
        """
        self._decoding.start((key, DecodedVideo()), path)
        while self._decoding.running > self._decoders:
            yield from self._received()

    def finish(self) -> Iterator[tuple[Key, DecodedVideo]]:
        """Waits for all videos that were handed in."""
        while self._decoding.running:
            yield from self._received()

    def _received(self) -> Iterator[tuple[Key, DecodedVideo]]:
        (key, video), event = self._decoding.receive()
        if isinstance(event, Frame):
            video.frames.append(event)
        elif isinstance(event, Ended):
            video.ended = event
            if event.error is not None:
                video.frames.clear()
            yield key, video
        else:
            # The file lied about its duration and is decoded anew.
            video.frames.clear()


class DescribesTogether(Generic[Key]):
    """Describes decoded videos in whole batches across their borders.

    Args:
        encoder: Describes the frames.
    """

    def __init__(self, encoder: FrameEncoder) -> None:
        self._encoder = encoder
        self._batch = SharedBatch(encoder)
        self._waiting: deque[tuple[Key, DecodedVideo, VideoInWork]] = deque()

    def add(
        self, key: Key, video: Video, decoded: DecodedVideo
    ) -> Iterator[tuple[Key, DescribedVideo | Exception]]:
        """Hands in a decoded video.

        Args:
            key: Comes back with the result.
            video: Its row.
            decoded: Its frames.

        Yields:
            What is known now, in the order of handing in: a described video, or what
            the encoder raised for it.
        """
        work = VideoInWork(video)
        self._waiting.append((key, decoded, work))
        work.end(decoded.ended)
        try:
            for frame in decoded.frames:
                self._batch.add(work, frame)
        # Whatever the encoder or its runtime may raise (memory, a lost device).
        except Exception:
            yield from self._each_alone()
        yield from self._done()

    def finish(self) -> Iterator[tuple[Key, DescribedVideo | Exception]]:
        """Describes the frames that wait for a batch to fill."""
        try:
            self._batch.describe()
        # As above.
        except Exception:
            yield from self._each_alone()
        yield from self._done()

    def _done(self) -> Iterator[tuple[Key, DescribedVideo | Exception]]:
        while self._waiting and self._waiting[0][2].is_done:
            key, _, work = self._waiting.popleft()
            yield key, work.result(self._batch.width)

    def _each_alone(self) -> Iterator[tuple[Key, DescribedVideo | Exception]]:
        """Describes what waits video by video, so that one fails alone."""
        self._batch = SharedBatch(self._encoder)
        while self._waiting:
            key, decoded, work = self._waiting.popleft()
            try:
                yield key, self._alone(decoded, work)
            # As above.
            except Exception as error:
                yield key, error

    def _alone(self, decoded: DecodedVideo, work: VideoInWork) -> DescribedVideo:
        alone = VideoInWork(work.video)
        alone.end(decoded.ended)
        if decoded.frames:
            pixels = np.stack([frame.pixels for frame in decoded.frames])
            alone.features = list(self._encoder.describe(pixels))
            alone.times_seconds = [frame.time_seconds for frame in decoded.frames]
        return alone.result(self._encoder.width)
