"""A few small pictures of a video, for pages that people look at."""

from typing import Final

from vidcat.inference.frames import FrameSampler, VideoError
from vidcat.inference.sampling import Sampling

FRAMES: Final = 3
"""Frames shown of a video."""
FRAME_PIXELS: Final = 160
"""Side of each."""

_JPEG_QUALITY: Final = 80
_SECONDS_FOR_A_VIDEO: Final = 60.0


def thumbnails(path: str) -> tuple[bytes, ...]:
    """A few key frames spread over a video, as JPEG files.

    Args:
        path: The video.

    Returns:
        At most `FRAMES` pictures of `FRAME_PIXELS`: the central square of each.

    Raises:
        VideoError: If no frame can be decoded.
        FfmpegMissing: If there is no ffmpeg.
    """
    import cv2

    sampler = FrameSampler(
        size=FRAME_PIXELS,
        fit="crop",
        # Key frames alone: a reviewer needs a glimpse, soon.
        sampling=Sampling(rule="keyframes", max_frames=FRAMES),
        timeout_seconds=_SECONDS_FOR_A_VIDEO,
    )
    try:
        frames = list(sampler.sample(path))
    except VideoError as error:
        if error.reason != "lying_duration":
            raise
        frames = list(sampler.sample(path, trust_duration=False))
    pictures: list[bytes] = []
    for frame in frames:
        blue_first = frame.pixels[..., ::-1]
        options = (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY)
        _, encoded = cv2.imencode(".jpg", blue_first, options)
        pictures.append(encoded.tobytes())
    return tuple(pictures)
