"""Which seconds of a video speak for a category."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.results import EvidenceSpan

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

MAX_WINDOWS: Final = 60
"""Longer videos get longer windows: one batch holds all frames this many times."""
LEAST_DROP: Final = 1e-4
"""Smaller drops of a logit are rounding."""
LEAST_SHARE: Final = 0.25
"""A window counts if it drops the logit by this share of the strongest window."""

_WEIGHT_DECIMALS: Final = 4
_SECONDS_DECIMALS: Final = 3


class _Windows(NamedTuple):
    of_frame: npt.NDArray[np.intp]
    """Position in `starts` of each frame's window."""
    starts: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]
    """Bounds in seconds of the windows that hold frames, in order of time."""


def find_evidence(
    frames: FloatArray,
    times_seconds: npt.NDArray[np.floating],
    duration_seconds: float | None,
    predict_logits: Callable[[FloatArray, BoolArray], FloatArray],
    label_indices: Sequence[int],
    *,
    window_seconds: float = 3.0,
    max_spans: int = 3,
) -> list[tuple[EvidenceSpan, ...]]:
    """Finds the spans without which a label's logit would be lower.

    The video is cut into windows; the network scores it whole and without each
    window, in one batch. Windows that lower the logit by `LEAST_SHARE` of the
    strongest window's drop count; neighbours become one span, whose weight is its
    share of the drops shown.

    Args:
        frames: Features of shape `(n, D)`.
        times_seconds: Rising presentation times of the frames, shape `(n,)`.
        duration_seconds: Length of the video; a span ends there at the latest.
            `None`, or a length below the last frame's time, is not heeded.
        predict_logits: Called once with a batch of frames `(B, n, D)` and a boolean
            mask `(B, n)`, `False` for frames left out; answers logits `(B, L)`.
        label_indices: Positions of the labels asked for among the L.
        window_seconds: Length of a window; more where there would be over
            `MAX_WINDOWS`. Defaults to `3.0`.
        max_spans: Most spans of a label; the weightiest are kept. Defaults to `3`.

    Returns:
        For each label asked for its spans, the weightiest first; weights add up to
        1. Empty where nothing lowers the logit, and where all frames lie in one
        window: nothing would be left to compare with.

    Raises:
        ValueError: If frames and times differ in number or are none, times fall,
            `window_seconds` or `max_spans` is not positive, or a logit is not
            finite.
    """
    times = _checked_times(frames, times_seconds, window_seconds, max_spans)
    windows = _cut(times, duration_seconds, window_seconds)
    count = len(windows.starts)
    if count < 2 or not label_indices:
        return [() for _ in label_indices]
    mask = np.ones((count + 1, len(frames)), bool)
    mask[1 + windows.of_frame, np.arange(len(frames))] = False
    views = np.broadcast_to(frames, (count + 1, *frames.shape))
    logits = np.asarray(predict_logits(views, mask), np.float64)
    if not np.isfinite(logits).all():
        raise ValueError(
            "`predict_logits` must answer finite logits. "
            f"Received: {logits[~np.isfinite(logits)][0]}"
        )
    drops = logits[0] - logits[1:]
    return [_spans(drops[:, label], windows, max_spans) for label in label_indices]


def _checked_times(
    frames: FloatArray,
    times_seconds: npt.NDArray[np.floating],
    window_seconds: float,
    max_spans: int,
) -> npt.NDArray[np.float64]:
    times = np.asarray(times_seconds, np.float64)
    if frames.ndim != 2 or times.shape != frames.shape[:1] or not times.size:
        raise ValueError(
            "`frames` must have the shape (n, D), n above 0, and `times_seconds` (n,). "
            f"Received: shapes {frames.shape} and {times.shape}"
        )
    if (np.diff(times) < 0).any():
        raise ValueError(f"`times_seconds` must rise. Received: {times}")
    if window_seconds <= 0 or max_spans <= 0:
        raise ValueError(
            "`window_seconds` and `max_spans` must be positive. Received: "
            f"window_seconds={window_seconds}, max_spans={max_spans}"
        )
    return times


def _cut(
    times: npt.NDArray[np.float64], duration_seconds: float | None, seconds: float
) -> _Windows:
    end = _end_of_video(times, duration_seconds)
    length = max(seconds, end / MAX_WINDOWS)
    # Some videos start at slightly negative times; their frames belong to 0.
    number = np.maximum(0, times // length).astype(np.intp)
    present, of_frame = np.unique(number, return_inverse=True)
    starts = np.asarray(present * length, np.float64)
    ends = np.minimum(np.asarray((present + 1) * length, np.float64), end)
    return _Windows(of_frame, starts, ends)


def _end_of_video(
    times: npt.NDArray[np.float64], duration_seconds: float | None
) -> float:
    last = float(times[-1])
    if duration_seconds is not None and duration_seconds > last:
        return duration_seconds
    # The last frame is shown for as long as the others are on average.
    return last + (last - float(times[0])) / max(1, len(times) - 1)


def _spans(
    drops: npt.NDArray[np.float64], windows: _Windows, max_spans: int
) -> tuple[EvidenceSpan, ...]:
    strongest = float(drops.max())
    if strongest < LEAST_DROP:
        return ()
    counted = drops >= max(LEAST_DROP, LEAST_SHARE * strongest)
    runs: list[tuple[float, float, float]] = []
    for at in np.flatnonzero(counted):
        start, end = float(windows.starts[at]), float(windows.ends[at])
        weight = float(drops[at])
        if at and counted[at - 1] and windows.ends[at - 1] == start:
            first, _, gathered = runs.pop()
            start, weight = first, gathered + weight
        runs.append((start, end, weight))
    runs.sort(key=lambda run: -run[2])
    return _weighted(runs[:max_spans])


def _weighted(runs: list[tuple[float, float, float]]) -> tuple[EvidenceSpan, ...]:
    total = sum(weight for _, _, weight in runs)
    weights = [round(weight / total, _WEIGHT_DECIMALS) for _, _, weight in runs]
    # What rounding took or gave is the strongest span's, so that they add up to 1.
    weights[0] = round(1.0 - sum(weights[1:]), _WEIGHT_DECIMALS)
    return tuple(
        EvidenceSpan(
            start_seconds=round(start, _SECONDS_DECIMALS),
            end_seconds=round(end, _SECONDS_DECIMALS),
            weight=weight,
        )
        for (start, end, _), weight in zip(runs, weights, strict=True)
    )
