"""When each frame of a video is seen, and the windows that are cut from them."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

LENGTHS_SECONDS: Final = (1.0, 3.0, 10.0)
"""Windows of these lengths are left out and kept alone."""
MAX_WINDOWS: Final = 600
"""Each is scored twice. A video with more gets windows without overlap, and then
longer ones, so that neither time nor memory grows with its length."""

_LONGER: Final = 1.25
_LONGEST_GAP: Final = 2.0
"""A frame is not said to be seen for longer than so many usual distances of frames."""

Times = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


class Timeline(NamedTuple):
    """The stretch of time that each of n frames stands for, `[start, end)`."""

    starts: Times
    """In seconds, rising, shape `(n,)`."""
    ends: Times
    """In seconds, shape `(n,)`."""


class Windows(NamedTuple):
    """Windows over the frames of a video, W of them, no two with the same frames."""

    first: Indices
    """Position of the first frame in each, shape `(W,)`."""
    last: Indices
    """Position behind its last frame."""
    length: Indices
    """Which of `LENGTHS_SECONDS` each has, the shortest with these frames."""

    def contain(self, frames: int) -> npt.NDArray[np.bool_]:
        """Whether each window holds each of the frames, shape `(W, frames)`."""
        at = np.arange(frames)
        return (at >= self.first[:, None]) & (at < self.last[:, None])


def timeline(
    times_seconds: npt.NDArray[np.floating], duration_seconds: float | None
) -> Timeline:
    """Works out how long each frame is seen.

    Args:
        times_seconds: Rising presentation times, shape `(n,)`, n above 0.
        duration_seconds: Length of the video; `None`, or a length below the last
            frame's time, is not heeded.

    Raises:
        ValueError: If there are no times, or they fall.
    """
    times = np.asarray(times_seconds, np.float64)
    if times.ndim != 1 or not times.size:
        raise ValueError(
            "`times_seconds` must have the shape (n,), n above 0. "
            f"Received: shape {times.shape}"
        )
    if (np.diff(times) < 0).any():
        raise ValueError(f"`times_seconds` must rise. Received: {times}")
    # Some videos start at slightly negative times.
    starts = np.maximum(times, 0.0)
    usual = float(np.median(np.diff(starts))) if len(starts) > 1 else 0.0
    end = float(starts[-1]) + usual
    if duration_seconds is not None and duration_seconds > starts[-1]:
        end = duration_seconds
    ends = np.append(starts[1:], end)
    if usual > 0:
        ends = np.minimum(ends, starts + _LONGEST_GAP * usual)
    return Timeline(starts, ends)


def cut(seen: Timeline, max_windows: int = MAX_WINDOWS) -> Windows:
    """Cuts a video into windows of all lengths that overlap by half.

    Args:
        seen: Its frames.
        max_windows: Most windows of all lengths. Defaults to `MAX_WINDOWS`.

    Returns:
        The windows that hold some of the frames and not all.
    """
    scale, step = 1.0, 0.5
    while True:
        windows = _cut(seen, scale, step)
        if len(windows.first) <= max_windows:
            return windows
        if step < 1.0:
            step = 1.0
        else:
            scale *= _LONGER


def _cut(seen: Timeline, scale: float, step: float) -> Windows:
    bounds: list[tuple[int, int, int]] = []
    for which, length in enumerate(LENGTHS_SECONDS):
        stride = length * scale * step
        # Only where there are frames: times may lie a year apart in a hostile file.
        number = np.floor(seen.starts / stride)
        number = np.unique(np.concatenate([number, number - 1]))
        begin = stride * number[number >= 0]
        first = np.searchsorted(seen.starts, begin, side="left")
        last = np.searchsorted(seen.starts, begin + length * scale, side="left")
        bounds += [(int(a), int(b), which) for a, b in zip(first, last, strict=True)]
    frames = len(seen.starts)
    kept: dict[tuple[int, int], int] = {}
    for a, b, which in bounds:
        if a < b and b - a < frames:
            kept.setdefault((a, b), which)
    table = np.array([(a, b, which) for (a, b), which in kept.items()], np.intp)
    return Windows(*table.reshape(-1, 3).T)
