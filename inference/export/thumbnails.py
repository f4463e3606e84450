"""Pictures of single moments of a video."""

from collections.abc import Callable, Collection, Iterable
from typing import Final, TypeVar

from vidcat.inference.frames import Frame, FrameSampler, Pixels, VideoError
from vidcat.inference.remote.local_copy import local_copy
from vidcat.inference.sampling import Sampling

THUMBNAIL_PIXELS: Final = 320
"""Side of a picture."""

_Chosen = TypeVar("_Chosen")

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
        path: The video, a file or a URL.
        times_seconds: The times wanted. Each gets the sampled frame that is nearest.
        sampling: How the frames that the times are of were chosen; the same
            sampling finds the very same frames.
        timeout_seconds: How long the video may keep us waiting. Defaults to `600.0`.

    Returns:
        By time a JPEG file of `THUMBNAIL_PIXELS` squared: the central square of the
        picture as displayed.

    Raises:
        VideoError: If no frame can be had.
        FfmpegMissing: If there is no ffmpeg.
    """

    def nearest(stream: Iterable[Frame]) -> dict[float, Pixels]:
        """The frame next to each time; only these are held in memory."""
        distance = dict.fromkeys(times_seconds, float("inf"))
        found: dict[float, Pixels] = {}
        for frame in stream:
            for time in distance:
                if abs(frame.time_seconds - time) < distance[time]:
                    distance[time] = abs(frame.time_seconds - time)
                    found[time] = frame.pixels
        return found

    sampler = FrameSampler(
        size=THUMBNAIL_PIXELS,
        fit="crop",
        sampling=sampling,
        timeout_seconds=timeout_seconds,
    )
    chosen = choose_frames(path, sampler, nearest)
    return {time: jpeg(pixels) for time, pixels in chosen.items()}


def choose_frames(
    path: str, sampler: FrameSampler, chosen: Callable[[Iterable[Frame]], _Chosen]
) -> _Chosen:
    """What is chosen of the frames of a video, whatever duration it declares.

    Args:
        path: The video, a file or a URL.
        sampler: How to sample it.
        chosen: Gets its frames in their order, and need not read them all. Is called
            once more where the frames contradict the declared duration.

    Raises:
        VideoError: If no frame can be had.
        FfmpegMissing: If there is no ffmpeg.
    """
    with local_copy(path, timeout_seconds=sampler.timeout_seconds) as local:
        try:
            with sampler.sample(local) as stream:
                return chosen(stream)
        except VideoError as error:
            if error.reason != "lying_duration":
                raise
        with sampler.sample(local, trust_duration=False) as stream:
            return chosen(stream)


def jpeg(pixels: Pixels) -> bytes:
    """A picture as a JPEG file.

    Args:
        pixels: RGB, of shape `(height, width, 3)`.
    """
    import cv2

    # OpenCV has blue first.
    options = (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY)
    _, encoded = cv2.imencode(".jpg", pixels[..., ::-1], options)
    return encoded.tobytes()
