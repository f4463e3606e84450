"""A few small pictures of a video, for pages that people look at."""

from collections.abc import Iterable
from typing import Final

from vidcat.inference.export.thumbnails import choose_frames, jpeg
from vidcat.inference.frames import Frame, FrameSampler
from vidcat.inference.remote.local_copy import local_copy
from vidcat.inference.sampling import Sampling

FRAMES: Final = 3
"""Frames shown of a video."""
FRAME_PIXELS: Final = 160
"""Side of each."""

_SECONDS_FOR_A_VIDEO: Final = 60.0


def thumbnails(path: str) -> tuple[bytes, ...]:
    """A few key frames spread over a video, as JPEG files.

    Args:
        path: The video, a file or a URL.

    Returns:
        At most `FRAMES` pictures of `FRAME_PIXELS`: the central square of each.

    Raises:
        VideoError: If no frame can be had.
        FfmpegMissing: If there is no ffmpeg.
    """
    # Key frames alone: a reviewer needs a glimpse, soon.
    sampling = Sampling(rule="keyframes", max_frames=FRAMES)
    frames: list[Frame] = choose_frames(path, _sampler(sampling), list)
    return tuple(jpeg(frame.pixels) for frame in frames)


def thumbnail_within(
    path: str, start_seconds: float, end_seconds: float, best_seconds: float
) -> bytes:
    """A picture of one moment of a video, as a JPEG file.

    Args:
        path: The video, a file or a URL.
        start_seconds: Start of the stretch `[start, end)` that it is to be of.
        end_seconds: End of the stretch.
        best_seconds: The moment; the nearest key frame is taken if it lies within the
            stretch, else the nearest of all frames.

    Returns:
        The central square, of `FRAME_PIXELS`.

    Raises:
        VideoError: If no frame can be had.
        FfmpegMissing: If there is no ffmpeg.
    """

    def nearest(frames: Iterable[Frame]) -> Frame:
        frames = iter(frames)
        # A video without a frame is a `VideoError`.
        found = next(frames)
        for frame in frames:
            if _distance(frame, best_seconds) >= _distance(found, best_seconds):
                # Later ones are further away still, and need not be decoded.
                break
            found = frame
        return found

    # Here as well, so that it is fetched once.
    with local_copy(path, timeout_seconds=_SECONDS_FOR_A_VIDEO) as local:
        key_frames = _sampler(Sampling(rule="keyframes"))
        frame = choose_frames(str(local), key_frames, nearest)
        if not start_seconds <= frame.time_seconds < end_seconds:
            frame = choose_frames(str(local), _sampler(Sampling()), nearest)
    return jpeg(frame.pixels)


def _sampler(sampling: Sampling) -> FrameSampler:
    return FrameSampler(
        size=FRAME_PIXELS,
        fit="crop",
        sampling=sampling,
        timeout_seconds=_SECONDS_FOR_A_VIDEO,
    )


def _distance(frame: Frame, seconds: float) -> float:
    return abs(frame.time_seconds - seconds)
