"""How a run does on some of the videos, or for some of the categories."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.texts.language_codes import language_code
from vidcat.training.measuring.intervals import (
    PointIntervals,
    Selected,
    point_intervals,
)
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.measuring.operating_point import Interval, f1_with_coverage
from vidcat.training.measuring.video_counts import VideoCounts, video_counts

LEAST_VIDEOS: Final = 30
"""With fewer, a slice says little; it is shown and marked."""
UNKNOWN: Final = "unknown"
_MOST_SLICES: Final = 15
"""Values of one kind that are shown by themselves, the commonest; others together."""
_MINUTE: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Slice:
    """The operating point on some of the videos."""

    name: str
    """What they share."""
    videos: int
    """Their number, failed ones included."""
    owners: int
    """Number of their owners; a video without one counts as one."""
    small: bool
    """Whether there are fewer than `LEAST_VIDEOS`."""
    chosen: int
    """Chosen categories of known truth."""
    correct: int
    """Correct ones among them."""
    precision: float
    """`correct / chosen`; NaN without any."""
    precision_interval: Interval
    """As `point_intervals` gives it."""
    coverage: float
    """Share of the videos with at least one chosen category."""
    coverage_interval: Interval
    """As `point_intervals` gives it."""
    f1: float
    """Of precision and coverage."""
    categories_per_video: float
    """Mean number of chosen categories of a covered video; NaN without any."""


@dataclass(frozen=True, kw_only=True)
class Slices:
    """All slices of one kind."""

    by: str
    """What they are told apart by."""
    slices: tuple[Slice, ...]
    """The slices."""


@dataclass(frozen=True, kw_only=True)
class SlicedRun:
    """A run's slices, and the intervals of the whole."""

    intervals: PointIntervals
    """Of the operating point over all videos."""
    kinds: tuple[Slices, ...]
    """By language, duration, upload category, visual or not, and channels."""


def slice_run(run: MeasuredRun, known: MeasuredRun | None = None) -> SlicedRun:
    """Looks at a run by language, duration, upload category, and kind of category.

    Args:
        run: The run.
        known: The same network on later videos of channels that it was trained on.

    Returns:
        The slices. A kind that the catalog says nothing about has one slice,
        `unknown`.
    """
    counts = video_counts(run)
    every = np.ones(len(counts.facts), bool)
    kinds: dict[str, list[tuple[str, Selected]]] = {
        "language": _by([_language(one) for one in counts.facts], counts),
        "duration": [
            (name, Selected(counts, rows))
            for name, rows in _by_duration(counts.facts).items()
            if rows.any() or name != UNKNOWN
        ],
        "upload category": _by(
            [one.upload_category or UNKNOWN for one in counts.facts], counts
        ),
        "categories": [
            (name, Selected(video_counts(run, columns), every))
            for name, columns in _by_eye(run).items()
            if columns.any()
        ],
    }
    selections = [Selected(counts, every)]
    selections += [one for slices in kinds.values() for _, one in slices]
    intervals = iter(point_intervals(selections))
    total = next(intervals)
    found = [
        Slices(by=by, slices=tuple(_slice(n, one, next(intervals)) for n, one in each))
        for by, each in kinds.items()
    ]
    channels = [_slice("new channels", selections[0], total)]
    if known is not None:
        later = video_counts(known)
        selected = Selected(later, np.ones(len(later.facts), bool))
        (interval,) = point_intervals([selected])
        name = "known channels, later videos"
        if known.truth != run.truth:
            name += f", against {known.truth} labels"
        channels.append(_slice(name, selected, interval))
        found.append(Slices(by="channels", slices=tuple(channels)))
    return SlicedRun(intervals=total, kinds=tuple(found))


def _slice(name: str, selected: Selected, intervals: PointIntervals) -> Slice:
    counts, rows = selected
    videos = int(rows.sum())
    correct, chosen = int(counts.correct[rows].sum()), int(counts.known[rows].sum())
    covered = int(counts.covered[rows].sum())
    precision = correct / chosen if chosen else float("nan")
    coverage = covered / videos if videos else float("nan")
    return Slice(
        name=name,
        videos=videos,
        owners=len(np.unique(counts.groups[rows])),
        small=videos < LEAST_VIDEOS,
        chosen=chosen,
        correct=correct,
        precision=precision,
        precision_interval=intervals.precision,
        coverage=coverage,
        coverage_interval=intervals.coverage,
        f1=f1_with_coverage(precision, coverage) if videos else float("nan"),
        categories_per_video=(
            int(counts.said[rows].sum()) / covered if covered else float("nan")
        ),
    )


def _by(values: Sequence[str], counts: VideoCounts) -> list[tuple[str, Selected]]:
    """One slice a value, the commonest first, rare ones together, unknown last."""
    found = Counter(one for one in values if one != UNKNOWN)
    names = [name for name, _ in found.most_common()]
    if len(names) > _MOST_SLICES:
        kept = names[: _MOST_SLICES - 1]
        others = f"{len(names) - len(kept)} others"
        values = [one if one in (*kept, UNKNOWN) else others for one in values]
        names = [*kept, others]
    if UNKNOWN in values:
        names.append(UNKNOWN)
    each = np.array(values, object)
    return [(name, Selected(counts, each == name)) for name in names]


def _language(facts: VideoFacts) -> str:
    return (facts.language and language_code(facts.language)) or UNKNOWN


def _by_duration(facts: Sequence[VideoFacts]) -> dict[str, npt.NDArray[np.bool_]]:
    seconds = np.array(
        [
            np.nan if one.duration_seconds is None else one.duration_seconds
            for one in facts
        ],
        np.float64,
    )
    return {
        "under 1 minute": seconds < _MINUTE,
        "1 to 10 minutes": (seconds >= _MINUTE) & (seconds <= 10 * _MINUTE),
        "over 10 minutes": seconds > 10 * _MINUTE,
        UNKNOWN: np.isnan(seconds),
    }


def _by_eye(run: MeasuredRun) -> dict[str, npt.NDArray[np.bool_]]:
    """Which categories can be told by eye; those above the labels go with neither."""
    visual = np.array(run.label_set.visual, bool)
    outside = np.zeros(len(run.category_ids) - len(visual), bool)
    return {
        "told by eye": np.r_[visual, outside],
        "not told by eye": np.r_[~visual, outside],
    }
