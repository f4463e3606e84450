"""Streams frames out of a video file; the only module that starts ffmpeg on one."""

import math
import os
import subprocess
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal

import numpy as np
import numpy.typing as npt

from vidcat.inference.catalogs.video_file import open_video
from vidcat.inference.ffmpeg.command import (
    FITS,
    RESIZE_FILTER,
    build_command,
)
from vidcat.inference.ffmpeg.log import REASONS, Reason, VideoError, VideoFacts
from vidcat.inference.ffmpeg.pipes import DecoderOutOfMemory, FfmpegPipes
from vidcat.inference.ffmpeg.program import (
    FfmpegMissing,
    ffmpeg_path,
    ffmpeg_version,
)
from vidcat.inference.ffmpeg.tone_mapping import HDR_TRANSFERS, tone_map
from vidcat.inference.sampling import (
    HeldBackThinning,
    LyingDuration,
    Sampling,
    StreamedThinning,
)

__all__ = [
    "REASONS",
    "RESIZE_FILTER",
    "FfmpegMissing",
    "Frame",
    "FrameSampler",
    "FrameStream",
    "Reason",
    "VideoError",
    "VideoFacts",
    "ffmpeg_path",
    "ffmpeg_version",
]

Pixels = npt.NDArray[np.uint8]

_LONGEST_LIMITED_SECONDS = 1e6
# FFREPORT would have ffmpeg write a file; colours would end up in the log.
_HIDDEN_VARIABLES = ("FFREPORT", "AV_LOG_FORCE_COLOR")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One picture of a video."""

    time_seconds: float
    """When it appears, in seconds from the start of the file as ffmpeg sees it."""

    pixels: Pixels = field(repr=False, compare=False)
    """RGB of BT.709, `uint8[size, size, 3]`."""


@dataclass(frozen=True, kw_only=True)
class FrameSampler:
    """Samples frames of video files with ffmpeg.

    A file is opened once and handed to one ffmpeg process, which can read no
    other file and reach no address: containers that name other files are
    refused, protocols other than `file` are off. Rotation marks and pixel
    aspect are honoured as far as `fit` has use for them, pictures of high
    dynamic range are made ordinary ones (see `tone_mapping`).

    Raises:
        ValueError: If a field is out of its range.
    """

    size: int = 299
    """Side of the square frames, in pixels."""

    fit: Literal["squash", "crop"] = "squash"
    """`squash` shows the whole picture, its sides scaled to `size` each;
    `crop` shows the central square of the picture as displayed."""

    sampling: Sampling = field(default_factory=Sampling)
    """Which frames are chosen."""

    timeout_seconds: float = 600.0
    """How long one video may keep its reader waiting, all in all. The time that
    the reader itself takes between frames does not count."""

    memory_limit_bytes: int | None = 4 << 30
    """Private memory of ffmpeg (`RLIMIT_DATA`); `None` for no limit. Held on
    Linux only."""

    threads: int | None = None
    """Threads of the decoder; `None` leaves it to ffmpeg."""

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise ValueError(
                f"`fit` must be one of {list(FITS)}. Received: fit={self.fit!r}"
            )
        limits = {
            "size": self.size,
            "timeout_seconds": self.timeout_seconds,
            "memory_limit_bytes": self.memory_limit_bytes,
            "threads": self.threads,
        }
        for name, value in limits.items():
            if value is not None and not value > 0:
                raise ValueError(f"`{name}` must be positive. Received: {name}={value}")

    def sample(
        self, path: str | os.PathLike[str], *, trust_duration: bool = True
    ) -> "FrameStream":
        """Starts to decode a video.

        Where the file declares its duration, frames are given as they are
        decoded. Where it declares none, they are held back and given at the
        end, since until then nobody knows which `max_frames` of them will be
        spread over the whole video.

        Args:
            path: The file.
            trust_duration: Whether a declared duration is believed. If the
                frames contradict it, iteration ends in `lying_duration`; the
                frames given before are to be discarded and the file sampled
                again with `False`.

        Returns:
            An iterator of `Frame`, in the order of their times; a context
            manager that ends ffmpeg when left.

        Raises:
            VideoError: If the file cannot be opened. What is found later is
                raised by the iterator.
            FfmpegMissing: If there is no ffmpeg.
        """
        return FrameStream(self, path, trust_duration=trust_duration)


class FrameStream(Iterator[Frame]):
    """The frames of one video, while ffmpeg decodes it.

    ffmpeg ends when the last frame is read, an error is raised, the stream is
    closed or nobody holds it any more. Used by one thread at a time.

    Args:
        sampler: How to sample.
        path: The file.
        trust_duration: See `FrameSampler.sample`.

    Raises:
        VideoError: While iterating: no frame could be decoded, or a limit was
            passed, or the duration was a lie. A file that breaks off gives the
            frames up to there and no error; see `damage`.
    """

    facts: VideoFacts | None
    """What the file declares; `None` before the first frame is decoded."""

    damage: str | None
    """Once all frames are given: ffmpeg's first complaint of a file that is torn
    or broken in places; `None` if it had none."""

    def __init__(
        self,
        sampler: FrameSampler,
        path: str | os.PathLike[str],
        *,
        trust_duration: bool = True,
    ) -> None:
        self.sampler = sampler
        self.path = path
        self.trust_duration = trust_duration
        self.facts = None
        self.damage = None
        self._thinning: StreamedThinning[Pixels] | HeldBackThinning[Pixels] | None = (
            None
        )
        self._ready: deque[Frame] = deque()
        source = open_video(path)
        try:
            self._process, pipes = _start_ffmpeg(sampler, source)
        finally:
            os.close(source)
        self._stop = weakref.finalize(self, _stop_ffmpeg, self._process, pipes)
        frames, times, messages = pipes
        self._pipes = FfmpegPipes(
            frames=frames,
            times=times,
            messages=messages,
            timeout_seconds=sampler.timeout_seconds,
        )

    def __enter__(self) -> "FrameStream":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends ffmpeg; no more frames are given. May be called again."""
        self._ready.clear()
        self._stop()

    def __next__(self) -> Frame:
        while not self._ready:
            if not self._stop.alive:
                raise StopIteration
            try:
                self._advance()
            except TimeoutError:
                self.close()
                limit = f"`timeout_seconds`={self.sampler.timeout_seconds:g}"
                detail = f"ffmpeg was waited for longer than {limit}"
                raise self._error("timeout", detail) from None
            except DecoderOutOfMemory:
                self.close()
                limit = f"`memory_limit_bytes`={self.sampler.memory_limit_bytes}"
                detail = f"ffmpeg got no more memory or threads ({limit})"
                raise self._error("memory_limit", detail) from None
            except LyingDuration as lie:
                self.close()
                raise self._error("lying_duration", str(lie)) from None
            except BaseException:
                self.close()
                raise
        return self._ready.popleft()

    def _advance(self) -> None:
        """Reads one frame, or the end."""
        size = self.sampler.size
        pixels = np.empty((size, size, 3), "uint8")
        there, time_seconds = self._pipes.read_frame(pixels)
        if not there:
            self._finish()
            return
        # A frame without a time cannot be said to show any moment.
        if time_seconds is None:
            return
        if self._thinning is None:
            self._thinning = self._begin()
        self._give(self._thinning.add(time_seconds, pixels))

    def _begin(self) -> StreamedThinning[Pixels] | HeldBackThinning[Pixels]:
        log = self._pipes.log
        self.facts = log.facts
        duration = None if log.facts is None else log.facts.duration_seconds
        if duration is None or log.duration_is_estimated or not self.trust_duration:
            return HeldBackThinning(self.sampler.sampling)
        return StreamedThinning(self.sampler.sampling, duration)

    def _finish(self) -> None:
        self._pipes.read_to_end()
        status = self._process.wait()
        self._stop()
        if self._thinning is None or status < 0:
            raise self._error(*self._pipes.log.failure(status))
        self.damage = self._pipes.log.damage
        self._give(self._thinning.finish())

    def _give(self, chosen: list[tuple[float, Pixels]]) -> None:
        transfer = None if self.facts is None else self.facts.transfer
        primaries = None if self.facts is None else self.facts.primaries
        for time_seconds, pixels in chosen:
            shown = pixels
            if transfer in HDR_TRANSFERS:
                shown = tone_map(pixels, transfer=transfer, primaries=primaries)
            self._ready.append(Frame(time_seconds=time_seconds, pixels=shown))

    def _error(self, reason: Reason, detail: str) -> VideoError:
        return VideoError(self.path, reason, detail)


def _start_ffmpeg(
    sampler: FrameSampler, source: int
) -> tuple["subprocess.Popen[bytes]", tuple[int, int, int]]:
    """Starts ffmpeg on an open file.

    Returns:
        The process, and the pipes that give its frames, times and messages.
    """
    # Before the pipes: it may raise.
    program = ffmpeg_path()
    pipes = [os.pipe() for _ in range(3)]
    (frames, frames_end), (times, times_end), (messages, messages_end) = pipes
    command = build_command(
        ffmpeg_path=program,
        # Opened anew by ffmpeg, so it can seek; it is the file that was
        # checked, whatever its name says or has come to mean since.
        source=f"/dev/fd/{source}",
        times_pipe=times_end,
        size=sampler.size,
        fit=sampler.fit,
        sampling=sampler.sampling,
        threads=sampler.threads,
    )
    environment = {**os.environ}
    for name in _HIDDEN_VARIABLES:
        environment.pop(name, None)
    try:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=frames_end,
            stderr=messages_end,
            pass_fds=(source, times_end),
            env=environment,
            # Ctrl-C is for us: it must not look like a broken video.
            process_group=0,
        )
    except BaseException:
        _close(frames, times, messages)
        raise
    finally:
        _close(frames_end, times_end, messages_end)
    try:
        _limit(process.pid, sampler)
    except BaseException:
        _stop_ffmpeg(process, (frames, times, messages))
        raise
    return process, (frames, times, messages)


def _limit(pid: int, sampler: FrameSampler) -> None:
    """Limits what a running ffmpeg may use.

    A function run between fork and exec could do it earlier, but at the risk of
    a deadlock among our threads.
    """
    import resource

    if not hasattr(resource, "prlimit"):
        return
    limits = {}
    if sampler.timeout_seconds < _LONGEST_LIMITED_SECONDS:
        # A fence for the case that we are killed: then nobody waits any more.
        seconds = math.ceil(sampler.timeout_seconds) * (os.cpu_count() or 1)
        limits[resource.RLIMIT_CPU] = seconds
    if sampler.memory_limit_bytes is not None:
        # What the process itself allocates; address space that is only reserved,
        # as threads do in plenty on large machines, does not count.
        limits[resource.RLIMIT_DATA] = sampler.memory_limit_bytes
    for kind, limit in limits.items():
        with suppress(ProcessLookupError):
            _, most = resource.prlimit(pid, kind)
            if most == resource.RLIM_INFINITY or limit < most:
                resource.prlimit(pid, kind, (limit, limit))


def _stop_ffmpeg(
    process: "subprocess.Popen[bytes]", pipes: tuple[int, int, int]
) -> None:
    process.kill()
    _close(*pipes)
    process.wait()


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
