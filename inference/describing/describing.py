"""Describes videos: decoding runs ahead, and videos share the encoder's batches."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator

from vidcat.inference.describing.decoding import Ended, VideoDecoders
from vidcat.inference.describing.shared_batch import (
    DescribedVideo,
    SharedBatch,
    VideoInWork,
)
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import Frame, FrameSampler
from vidcat.inference.video import Video

_WAITING_PER_DECODER = 4


def describe_videos(
    videos: Iterable[Video],
    sampler: FrameSampler,
    encoder: FrameEncoder,
    *,
    decoders: int = 2,
    with_sha256: bool = False,
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
        with_sha256: Whether to compute the checksums of their files. Defaults to
            `False`.

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
    threads = VideoDecoders[VideoInWork](sampler, decoders, with_sha256=with_sha256)
    return _describe(iter(videos), threads, encoder, decoders)


def _describe(
    videos: Iterator[Video],
    threads: VideoDecoders[VideoInWork],
    encoder: FrameEncoder,
    decoders: int,
) -> Generator[DescribedVideo, None, None]:
    batch = SharedBatch(encoder)
    with threads as decoding:
        yield from _in_order(videos, decoding, batch, decoders)


def _in_order(
    videos: Iterator[Video],
    decoding: VideoDecoders[VideoInWork],
    batch: SharedBatch,
    decoders: int,
) -> Iterator[DescribedVideo]:
    most_waiting = len(batch) + _WAITING_PER_DECODER * decoders
    waiting: deque[VideoInWork] = deque()
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
                waiting.append(VideoInWork(video))
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
