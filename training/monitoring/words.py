"""Says in words what has changed."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from vidcat.training.monitoring.drift import Alarm, Drift
from vidcat.training.monitoring.shares import ShareChange
from vidcat.training.monitoring.side import Side
from vidcat.training.monitoring.stability import ScoreShift

FEW_VIDEOS: Final = 100
"""With fewer on a side, only the largest changes can be told from chance."""

_SOURCES: Final = {"results": "", "text": " (text)", "visual": " (frames)"}


def alarms_of(drift: Drift) -> tuple[Alarm, ...]:
    """What somebody should look at: canaries first, then the surest changes."""
    alarms = [*_canary_alarms(drift)]
    for change in (*drift.others, *drift.categories):
        if change.alarming:
            text = f"{subject_of(change, drift)}: {share_text(change)}."
            alarms.append(Alarm(kind=change.fact.kind, id=change.fact.id, text=text))
    mean = drift.categories_per_video
    if mean is not None and mean.alarming:
        low, high = mean.interval
        text = (
            f"A video gets {mean.today:.2f} categories, {mean.baseline:.2f} in the "
            f"baseline (difference {mean.difference:+.2f}, 95 % interval {low:+.2f} to "
            f"{high:+.2f})."
        )
        alarms.append(Alarm(kind="categories_per_video", id=None, text=text))
    for shift in drift.scores:
        if shift.alarming:
            text = (
                f"Scores, {scores_name(shift, drift)}: population-stability index "
                f"{shift.index:.2f}, where chance alone gives {shift.expected:.2f}."
            )
            alarms.append(Alarm(kind="scores", id=shift.of.category, text=text))
    return tuple(alarms)


def subject_of(change: ShareChange, drift: Drift) -> str:
    """What a share is of, in words."""
    fact = change.fact
    if fact.kind == "category":
        return drift.names[fact.id]
    if fact.kind == "status" and fact.id == "ok":
        return "Coverage (status ok)"
    if fact.kind == "visual":
        return f"Frames {fact.id}"
    return f"{fact.kind.capitalize()} {fact.id}"


def share_text(change: ShareChange) -> str:
    """A share on both sides, and the difference."""
    low, high = change.interval
    return (
        f"{percent(change.today.rate)} of the videos, {percent(change.baseline.rate)} "
        f"in the baseline (difference {100 * change.difference:+.1f} points, 95 % "
        f"interval {100 * low:+.1f} to {100 * high:+.1f})"
    )


def scores_name(shift: ScoreShift, drift: Drift) -> str:
    """Which scores are meant, in words."""
    source = _SOURCES[shift.of.source]
    if shift.of.category is None:
        return f"best of each video{source}"
    return f"{drift.names[shift.of.category]}{source}"


def percent(rate: float) -> str:
    """A share for people; small ones with more digits.

    >>> percent(0.2), percent(0.0123), percent(0.00012), percent(0.0)
    ('20.0 %', '1.2 %', '0.012 %', '0 %')
    """
    if math.isnan(rate):
        return "-"
    if rate == 0:
        return "0 %"
    return f"{100 * rate:.1f} %" if rate >= 0.001 else f"{100 * rate:.2g} %"


def _canary_alarms(drift: Drift) -> Iterator[Alarm]:
    for change in () if drift.canaries is None else drift.canaries.changes:
        about = "" if change.category is None else f"{drift.names[change.category]} "
        text = f"Canary {change.id}: {about}{change.text}."
        yield Alarm(kind="canary", id=change.id, text=text)


def remarks_on(baseline: Side, today: Side) -> tuple[str, ...]:
    """What a reader should know before believing the figures."""
    remarks = [
        *_remarks_on_one("The baseline", baseline),
        *_remarks_on_one("Today", today),
    ]
    if set(baseline.bundles) != set(today.bundles):
        before, now = map(_short_names, (baseline.bundles, today.bundles))
        remarks.append(
            f"The bundles differ (baseline {before}; today {now}): a change may "
            "come from the bundle, not from the videos."
        )
    if baseline.tally is not None and today.tally is not None:
        shared = len(np.intersect1d(baseline.tally.ids, today.tally.ids))
        if shared:
            remarks.append(
                f"{shared} videos are on both sides; intervals take the sides for "
                "independent, so they are too wide rather than too narrow."
            )
        if baseline.tally.owners is None:
            remarks.append(
                "Owners are not known (no --catalog): videos of one owner count as "
                "independent, so a busy owner alone can raise an alarm."
            )
    return tuple(remarks)


def _short_names(bundles: tuple[str, ...]) -> str:
    return ", ".join(one[:12] for one in bundles)


def _remarks_on_one(name: str, side: Side) -> Iterator[str]:
    if 0 < side.videos < FEW_VIDEOS:
        yield (
            f"{name} has {side.videos} videos: so few tell only the largest changes "
            "from chance."
        )
    tally = side.tally
    if tally is None:
        return
    if len(tally.bundles) > 1:
        yield f"{name} was made by {len(tally.bundles)} bundles."
    if tally.answered == 0:
        yield f"{name} has no video with an answer; categories are not compared."
    if tally.skipped:
        yield f"{name} has {tally.skipped} skipped results, which are not counted."
    if tally.ids_twice:
        yield (
            f"{name} has {tally.ids_twice} results of videos that have one already; "
            "each was counted."
        )
    if tally.not_in_catalog:
        yield (
            f"{name} has {tally.not_in_catalog} videos that no catalog has; each "
            "stands for an owner of its own."
        )
