"""Measures what a few videos cost, each step apart."""

import math
import resource
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vidcat.inference.backfill.planning.sample import Sample, SampledVideo
from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.categorizer import Categorizer
from vidcat.inference.describing.decoding import Ended
from vidcat.inference.describing.shared_batch import DescribedVideo
from vidcat.inference.describing.whole_videos import (
    DecodedVideo,
    DecodesAhead,
    DescribesTogether,
)
from vidcat.inference.encoders.keras_encoder import keras_has_gpu
from vidcat.inference.encoders.tflite_encoder import TFLiteEncoder
from vidcat.inference.encoders.threads import usable_cores
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import FrameSampler, VideoError
from vidcat.inference.remote.local_copy import local_copy
from vidcat.inference.video import Video


class _Clocks:
    """Time by the clock, of our processor, and of the children that have ended."""

    def __init__(self) -> None:
        self.seconds = time.perf_counter()
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.children = children.ru_utime + children.ru_stime
        self.ours = time.process_time()

    def since(self) -> tuple[float, float]:
        """Seconds of the clock and of processors, children among them, until now."""
        now = _Clocks()
        cpu = now.ours - self.ours + now.children - self.children
        return now.seconds - self.seconds, cpu


def measure_sample(
    videos: Iterable[Video],
    categorizer: Categorizer,
    *,
    load_seconds: float = 0.0,
    load_cpu_seconds: float = 0.0,
    seconds: float = 120.0,
    progress: Callable[[int, str], None] = lambda done, note: None,
) -> Sample:
    """Measures videos one after the other, each step by itself.

    Nothing else should run on the machine, and this process must have no children
    that end meanwhile: their processor time would be counted to a video.

    Args:
        videos: A random sample, in an order that is random as well; each has a path.
        categorizer: Loaded with the bundle that the backfill will use.
        load_seconds: What loading it took. Defaults to `0`.
        load_cpu_seconds: Processor time of the same. Defaults to `0`.
        seconds: After how many no more video is begun. Defaults to `120`.
        progress: Is told how many are measured, and a note.

    Raises:
        ValueError: If there is no video.
        FfmpegMissing: If there is no ffmpeg.
    """
    clocks = _Clocks()
    warm = np.zeros((1, *(categorizer.encoder.input_size,) * 2, 3), np.uint8)
    categorizer.encoder.describe(warm)
    first_seconds, first_cpu_seconds = clocks.since()
    began = time.perf_counter()
    measured: list[SampledVideo] = []
    for video in videos:
        measured.append(_measure(video, categorizer))
        spent = time.perf_counter() - began
        progress(len(measured), f"{spent:.0f} s")
        if spent >= seconds:
            break
    if not measured:
        raise ValueError(
            "`videos` must hold a video to measure. Received: none. A plan needs rows "
            "with a `path`."
        )
    return Sample(
        videos=tuple(measured),
        on_gpu=_on_gpu(categorizer.encoder),
        cores=usable_cores(),
        load_seconds=load_seconds + first_seconds,
        load_cpu_seconds=load_cpu_seconds + first_cpu_seconds,
        seconds=time.perf_counter() - began,
    )


def _measure(video: Video, categorizer: Categorizer) -> SampledVideo:
    decoding = _fetch_and_decode(video, categorizer.sampler)
    clocks = _Clocks()
    described = _describe(video, decoding.decoded, categorizer.encoder)
    frames = len(decoding.decoded.frames)
    full = _share_of_full_batches(frames, categorizer.encoder)
    describe_seconds, describe_cpu_seconds = clocks.since()
    # The first call on a length of video compiles the network for it.
    categorizer.categorize_described(video, described)
    clocks = _Clocks()
    result = categorizer.categorize_described(video, described)
    _, categorize_cpu_seconds = clocks.since()
    return SampledVideo(
        id=video.id,
        video_seconds=_duration(video, described, categorizer.sampler),
        duration_in_catalog=video.duration_seconds is not None,
        file_bytes=decoding.file_bytes,
        frames=frames,
        fetch_seconds=decoding.fetch_seconds,
        decode_cpu_seconds=decoding.cpu_seconds,
        decode_seconds=decoding.decode_seconds,
        describe_cpu_seconds=full * describe_cpu_seconds,
        describe_seconds=full * describe_seconds,
        categorize_cpu_seconds=categorize_cpu_seconds,
        result_bytes=len(result.to_line().encode()) + 1,
        failure=None if described.error is None else described.error.reason,
    )


class _Decoding(NamedTuple):
    """A decoded video, and what it took."""

    decoded: DecodedVideo
    file_bytes: int
    fetch_seconds: float
    decode_seconds: float
    cpu_seconds: float


def _fetch_and_decode(video: Video, sampler: FrameSampler) -> _Decoding:
    clocks = _Clocks()
    fetch_seconds = decode_seconds = 0.0
    size = 0
    path = str(video.path)
    try:
        with local_copy(path, timeout_seconds=sampler.timeout_seconds) as local:
            if is_url(path):
                fetch_seconds, _ = clocks.since()
            began = time.perf_counter()
            decoded = _decode(str(local), sampler)
            decode_seconds = time.perf_counter() - began
            size = _file_bytes(local)
    except VideoError as error:
        decoded = DecodedVideo(ended=Ended(error=error))
    _, cpu_seconds = clocks.since()
    return _Decoding(decoded, size, fetch_seconds, decode_seconds, cpu_seconds)


def _decode(path: str, sampler: FrameSampler) -> DecodedVideo:
    with DecodesAhead[None](sampler, 1) as decoding:
        ((_, decoded),) = [*decoding.add(None, path), *decoding.finish()]
    return decoded


def _describe(
    video: Video, decoded: DecodedVideo, encoder: FrameEncoder
) -> DescribedVideo:
    together = DescribesTogether[None](encoder)
    ((_, described),) = [*together.add(None, video, decoded), *together.finish()]
    if isinstance(described, Exception):
        raise described
    return described


def _share_of_full_batches(frames: int, encoder: FrameEncoder) -> float:
    """A backfill fills the batch that a video leaves unfinished with the next one."""
    calls = math.ceil(frames / encoder.frames_per_call)
    return frames / (calls * encoder.frames_per_call) if calls else 0.0


def _duration(
    video: Video, described: DescribedVideo, sampler: FrameSampler
) -> float | None:
    found = None if described.facts is None else described.facts.duration_seconds
    seconds = video.lasting(found).duration_seconds
    if seconds is None and len(described.times_seconds):
        # The last frame stays for as long as it takes the next to be chosen.
        bucket_seconds = 1 / sampler.sampling.frames_per_second
        seconds = float(described.times_seconds[-1]) + bucket_seconds
    return seconds


def _file_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    # Decoding has said what is wrong with it.
    except (OSError, ValueError):
        return 0


def _on_gpu(encoder: FrameEncoder) -> bool:
    return not isinstance(encoder, TFLiteEncoder) and keras_has_gpu()
