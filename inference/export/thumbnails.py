"""Pictures of single moments of a video."""

from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.frames import FrameSampler, VideoError
from vidcat.inference.sampling import Sampling

THUMBNAIL_PIXELS: Final = 320
_JPEG_QUALITY: Final = 85


def thumbnails_at(
    path: str,
    times_seconds: Collection[float],
    sampling: Sampling,
    *,
    timeout_seconds: float = 600.0,
) -> dict[float, bytes]:
    """Pictures of a video at several times, in one pass over the file.

    Args:
        path: The video.
        times_seconds: The times wanted. Each gets the sampled frame that is nearest.
        sampling: How the frames that the times are of were chosen; the same
            sampling finds the very same frames.
        timeout_seconds: How long the video may keep us waiting. Defaults to `600.0`.

    Returns:
        By time a JPEG file of `THUMBNAIL_PIXELS` squared: the central square of the
        picture as displayed.

    Raises:
        VideoError: If no frame can be decoded.
        FfmpegMissing: If there is no ffmpeg.
    """
    sampler = FrameSampler(
        size=THUMBNAIL_PIXELS,
        fit="crop",
        sampling=sampling,
        timeout_seconds=timeout_seconds,
    )
    try:
        nearest = _nearest(path, times_seconds, sampler, trust_duration=True)
    except VideoError as error:
        if error.reason != "lying_duration":
            raise
        nearest = _nearest(path, times_seconds, sampler, trust_duration=False)
    return {time: _jpeg(pixels) for time, pixels in nearest.items()}


def _nearest(
    path: str,
    times_seconds: Collection[float],
    sampler: FrameSampler,
    *,
    trust_duration: bool,
) -> dict[float, NDArray[np.uint8]]:
    """The frame next to each time; only these are held in memory."""
    distance = dict.fromkeys(times_seconds, float("inf"))
    found: dict[float, NDArray[np.uint8]] = {}
    with sampler.sample(path, trust_duration=trust_duration) as stream:
        for frame in stream:
            for time in distance:
                if abs(frame.time_seconds - time) < distance[time]:
                    distance[time] = abs(frame.time_seconds - time)
                    found[time] = frame.pixels
    return found


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    import cv2

    # OpenCV has blue first.
    options = (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY)
    _, encoded = cv2.imencode(".jpg", pixels[..., ::-1], options)
    return encoded.tobytes()
