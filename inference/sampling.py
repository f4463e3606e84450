"""Which frames of a video are described: pure arithmetic over their times."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Generic, Literal, TypeVar

RULES = ("uniform", "keyframes")

# 49 frames at 1/49 s make 0.9999999999999999 s: without this the frame that
# opens a second would be counted to the second before it.
TIME_TOLERANCE_BUCKETS = 1e-6

Item = TypeVar("Item")


class LyingDuration(ValueError):
    """The times of the frames contradict the declared duration."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """The rule by which frames are chosen.

    Time is cut into buckets of `1 / frames_per_second`, and the first frame of
    each is chosen. Of a video with more than `max_frames` such frames the
    buckets are made longer, so that the chosen ones spread over all of it. A
    frame that stays on the screen for several buckets is chosen once, with the
    time at which it appeared.

    Raises:
        ValueError: If a field is out of its range.
    """

    rule: Literal["uniform", "keyframes"] = "uniform"
    """`uniform` looks at every frame, `keyframes` decodes key frames only."""

    frames_per_second: float = 1.0
    """At most this many frames of each second, above 0."""

    max_frames: int = 300
    """At most this many frames of a video, at least 1."""

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(
                f"`rule` must be one of {list(RULES)}. Received: rule={self.rule!r}"
            )
        if not 0 < self.frames_per_second < math.inf:
            raise ValueError(
                "`frames_per_second` must be positive and finite. Received: "
                f"frames_per_second={self.frames_per_second}"
            )
        if self.max_frames < 1:
            raise ValueError(
                "`max_frames` must be at least 1. Received: "
                f"max_frames={self.max_frames}"
            )

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Sampling":
        """The inverse of `to_json`.

        Raises:
            ValueError: If a name is unknown or a value out of its range.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(values.keys() - known):
            raise ValueError(
                f"Unknown sampling options {unknown}; known are {sorted(known)}."
            )
        return cls(**values)


def bucket(time_seconds: float, stride_seconds: float) -> int:
    """The index of the bucket `[k * stride, (k + 1) * stride)` that holds a time.

    Times before the start count to bucket 0.
    """
    return max(0, math.floor(time_seconds / stride_seconds + TIME_TOLERANCE_BUCKETS))


def evenly_spread(count: int, limit: int) -> list[int]:
    """Indices of at most `limit` of `count` things in a row, evenly spread.

    >>> evenly_spread(10, 4)
    [0, 2, 5, 7]
    >>> evenly_spread(3, 4)
    [0, 1, 2]
    """
    kept = min(count, limit)
    return [place * count // kept for place in range(kept)]


class StreamedThinning(Generic[Item]):
    """Chooses frames as they come, for a video whose duration is declared.

    The declaration decides how long the buckets are. What it promises is
    checked against the times that come: a result never has more than
    `max_frames`, and never less than half of what it could have.

    Args:
        sampling: The rule.
        duration_seconds: The declared duration, above 0.
    """

    def __init__(self, sampling: Sampling, duration_seconds: float) -> None:
        self.sampling = sampling
        self.duration_seconds = duration_seconds
        self.stride_seconds = max(
            1 / sampling.frames_per_second, duration_seconds / sampling.max_frames
        )
        self._last_bucket = -1
        self._last_offered_bucket = -1
        self._offered = 0
        self._chosen = 0

    def add(self, time_seconds: float, item: Item) -> list[tuple[float, Item]]:
        """Takes a frame; gives it back with its time if it is chosen.

        Frames come in the order of their times; others are not chosen.

        Raises:
            LyingDuration: If `max_frames` frames are given and the video still
                goes on, more than one bucket past its declared end.
        """
        rate_bucket = bucket(time_seconds, 1 / self.sampling.frames_per_second)
        self._offered += rate_bucket > self._last_offered_bucket
        self._last_offered_bucket = max(rate_bucket, self._last_offered_bucket)
        current = bucket(time_seconds, self.stride_seconds)
        if current <= self._last_bucket:
            return []
        self._last_bucket = current
        if self._chosen < self.sampling.max_frames:
            self._chosen += 1
            return [(time_seconds, item)]
        # Declarations are rounded, and leave out how long the last frame
        # stays: one bucket more is not a lie.
        if current > self.sampling.max_frames:
            raise LyingDuration(
                f"the file declares {self.duration_seconds:g} s, but has a frame at "
                f"{time_seconds:g} s"
            )
        return []

    def finish(self) -> list[tuple[float, Item]]:
        """Gives what was held back: nothing.

        It checks that the result is not too thin.

        Raises:
            LyingDuration: If fewer than half of `max_frames` were chosen,
                though the rate offers twice as many as were.
        """
        if 2 * self._chosen < min(self.sampling.max_frames, self._offered):
            raise LyingDuration(
                f"the file declares {self.duration_seconds:g} s, for which "
                f"{self._chosen} of {self._offered} frames were chosen where "
                f"{self.sampling.max_frames} are allowed"
            )
        return []


class HeldBackThinning(Generic[Item]):
    """Chooses frames of a video whose duration is unknown or not believed.

    Nothing is given before the end. Whenever more than `max_frames` are held,
    the buckets are made twice as long; at the end there are at most
    `max_frames`, and at least half of them if the rate offers so many.

    Args:
        sampling: The rule.
    """

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self.stride_seconds = 1 / sampling.frames_per_second
        self._held: list[tuple[float, Item]] = []

    def add(self, time_seconds: float, item: Item) -> list[tuple[float, Item]]:
        """Takes a frame and gives none.

        Frames come in the order of their times; others are not kept.
        """
        if self._held and not self._opens_bucket(time_seconds, self._held[-1][0]):
            return []
        self._held.append((time_seconds, item))
        while len(self._held) > self.sampling.max_frames:
            self.stride_seconds *= 2
            kept = self._held[:1]
            for later in self._held[1:]:
                if self._opens_bucket(later[0], kept[-1][0]):
                    kept.append(later)
            self._held = kept
        return []

    def _opens_bucket(self, time_seconds: float, previous_seconds: float) -> bool:
        stride = self.stride_seconds
        return bucket(time_seconds, stride) > bucket(previous_seconds, stride)

    def finish(self) -> list[tuple[float, Item]]:
        """Gives the chosen frames with their times, in order."""
        return self._held
