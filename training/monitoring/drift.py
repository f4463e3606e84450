"""`Drift`: what has changed from a baseline to today, and what is alarming in it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vidcat.training.measuring.json_figures import json_ready
from vidcat.training.monitoring.canaries import CanaryCheck
from vidcat.training.monitoring.means import MeanChange
from vidcat.training.monitoring.settings import DriftSettings
from vidcat.training.monitoring.shares import ShareChange
from vidcat.training.monitoring.stability import ScoreShift


@dataclass(frozen=True, kw_only=True)
class SideSummary:
    """What was read of one side."""

    sources: tuple[str, ...]
    """The files."""
    videos: int
    """Videos with a result, or with score vectors where there are no results."""
    answered: int | None
    """Those that got an answer; `None` without results."""
    skipped: int
    """Results that say only that a video was done before."""
    bundles: tuple[str, ...]
    """Hashes of what made the results, the commonest first."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One thing that somebody should look at."""

    kind: str
    """`category`, `status`, `text`, `visual`, `language`, `categories_per_video`,
    `scores` or `canary`."""
    id: str | None
    """Of the category, the status, the language, the clip; `None` where it is about
    all."""
    text: str
    """What has happened, in words."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A comparison of today with a baseline."""

    baseline: SideSummary
    today: SideSummary
    settings: DriftSettings
    """What was taken for drift."""
    taxonomy: str
    """Version that the categories belong to."""
    names: Mapping[str, str]
    """The path of each category that occurs, by id."""
    categories: tuple[ShareChange, ...]
    """Share of the videos with an answer that each category is said of, the surest
    change first."""
    others: tuple[ShareChange, ...]
    """Shares of all videos: statuses, states of text and frames, languages."""
    categories_per_video: MeanChange | None
    """`None` without results."""
    scores: tuple[ScoreShift, ...]
    """Shifts of scores, of score vectors where both sides have them: first that of
    each video's best, then the categories, the surest first."""
    canaries: CanaryCheck | None
    """`None` where there are no canaries."""
    alarms: tuple[Alarm, ...]
    """What somebody should look at; none means no drift was found."""
    remarks: tuple[str, ...]
    """What a reader should know beside."""

    def to_json(self) -> dict[str, Any]:
        """All figures, for JSON; what is no finite number is `None`."""
        document = json_ready(dataclasses.asdict(self))
        for name in ("categories", "others"):
            for row, change in zip(document[name], getattr(self, name), strict=True):
                del row["fact"]
                row["kind"], row["id"] = change.fact
                row["baseline"]["rate"] = json_ready(change.baseline.rate)
                row["today"]["rate"] = json_ready(change.today.rate)
                row["relative_change"] = json_ready(change.relative_change)
        for row, shift in zip(document["scores"], self.scores, strict=True):
            del row["of"]
            row["source"], row["category"] = shift.of
            row["excess"] = json_ready(shift.excess)
        return document
