"""What a catalog says of its videos, and which of them are drawn for a sample."""

import hashlib
import heapq
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True)
class CatalogSurvey:
    """A catalog in a few figures, and the first videos of an order that chance made."""

    rows: int
    """Rows of the catalog."""
    videos: int
    """Rows whose video will be decoded."""
    of_unknown_duration: int
    """Of these, how many whose duration the catalog does not know."""
    known_seconds: float
    """Durations of the others, added up, in seconds."""
    known_frames: int
    """Frames that sampling can choose of these, at most."""
    drawn: tuple[Video, ...]
    """Videos to measure, in the order in which they are to be measured."""


def survey_catalog(
    rows: Iterable[Video],
    sampling: Sampling,
    *,
    draw: int,
    seed: int = 0,
    is_decoded: Callable[[Video], bool] = lambda row: row.path is not None,
) -> CatalogSurvey:
    """Reads a catalog once; what it keeps does not grow with it.

    Args:
        rows: The rows, in any order.
        sampling: How frames will be chosen.
        draw: How many videos are drawn, at least 1. They are those whose ids have the
            lowest hashes: the same ones whenever they are in the catalog.
        seed: Another number draws others. Defaults to `0`.
        is_decoded: Whether a row's video will be decoded. Defaults to whether it has
            one.

    Raises:
        ValueError: If `draw` is not positive.
    """
    if draw < 1:
        raise ValueError(f"`draw` must be positive. Received: draw={draw}")
    count = videos = unknown = frames = 0
    seconds = 0.0
    lowest: list[tuple[int, int, Video]] = []
    for row in rows:
        count += 1
        if not is_decoded(row):
            continue
        videos += 1
        if row.duration_seconds is None:
            unknown += 1
        else:
            seconds += row.duration_seconds
            frames += frames_possible(row.duration_seconds, sampling)
        # The heap gives up its least: negated, that is the highest hash.
        entry = (-_hash(row.id, seed), count, row)
        if len(lowest) < draw:
            heapq.heappush(lowest, entry)
        elif entry[0] > lowest[0][0]:
            heapq.heapreplace(lowest, entry)
    return CatalogSurvey(
        rows=count,
        videos=videos,
        of_unknown_duration=unknown,
        known_seconds=seconds,
        known_frames=frames,
        drawn=tuple(row for *_, row in sorted(lowest, key=lambda one: -one[0])),
    )


def frames_possible(duration_seconds: float, sampling: Sampling) -> int:
    """How many frames the sampling rule can choose of a video, at most; at least 1.

    >>> [frames_possible(seconds, Sampling()) for seconds in (0.2, 12.0, 12.4, 7200.0)]
    [1, 12, 13, 300]
    """
    buckets = math.ceil(duration_seconds * sampling.frames_per_second)
    return min(max(1, buckets), sampling.max_frames)


def _hash(video_id: str, seed: int) -> int:
    digest = hashlib.sha256(f"{seed}:{video_id}".encode(errors="surrogatepass"))
    return int.from_bytes(digest.digest(), "big")
