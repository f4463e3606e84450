"""How often the best interval lies on what was planted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from vidcat.inference.results import EvidenceSpan
from vidcat.training.faithfulness.intervals import MeanInterval, mean_interval
from vidcat.training.faithfulness.planting import PlantedVideo
from vidcat.training.splits import owner_group

LEAST_IOU: Final = 0.5
"""Intersection over union from which an interval counts as found."""
CHANCE_DRAWS: Final = 200
"""Random places for each interval."""


def interval_iou(
    start: float, end: float, other_start: float, other_end: float
) -> float:
    """Intersection over union of two intervals in seconds.

    >>> interval_iou(0.0, 10.0, 5.0, 15.0)
    0.3333333333333333
    """
    both = max(0.0, min(end, other_end) - max(start, other_start))
    return both / (end - start + other_end - other_start - both)


@dataclass(kw_only=True)
class PlantFinds:
    """What one method found of the plants whose category was predicted."""

    iou: list[float] = field(default_factory=list)
    """Of the best interval with the plant; 0 where no evidence was given."""
    chance: list[float] = field(default_factory=list)
    """Share of random places of the same interval with `LEAST_IOU` or more."""
    owners: list[str] = field(default_factory=list)
    """Owner of each host, or its id."""

    def add(
        self,
        planted: PlantedVideo,
        spans: Sequence[EvidenceSpan],
        random: np.random.Generator,
    ) -> None:
        """Takes the spans that were found for the planted category."""
        self.owners.append(owner_group(planted.host.id, planted.host.owner))
        if not spans:
            self.iou.append(0.0)
            self.chance.append(0.0)
            return
        best = spans[0]
        plant = planted.start_seconds, planted.end_seconds
        self.iou.append(interval_iou(best.start_seconds, best.end_seconds, *plant))
        length = best.end_seconds - best.start_seconds
        room = max(0.0, planted.duration_seconds - length)
        places = random.uniform(0.0, room, CHANCE_DRAWS)
        found = [
            interval_iou(place, place + length, *plant) >= LEAST_IOU for place in places
        ]
        self.chance.append(float(np.mean(found)))

    @property
    def found(self) -> MeanInterval:
        """Share of the plants that were found, with a 95 % interval over owners."""
        groups = np.unique(np.asarray(self.owners), return_inverse=True)[1]
        return mean_interval(np.asarray(self.iou) >= LEAST_IOU, groups)

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        return {
            "found": self.found.to_json(),
            "chance": round(float(np.mean(self.chance)), 4),
            "median_iou": round(float(np.median(self.iou)), 4),
        }


@dataclass(frozen=True, kw_only=True)
class PlantedCheck:
    """How often plants are found, where their category is predicted."""

    planted: int
    """Sequences that were made."""
    said_of_host: int
    """Left out: the category was said of the host without the plant."""
    predicted: int
    """Those of the others in which the category is predicted; the figures are of
    these."""
    by_method: Mapping[str, PlantFinds]
    """What each method found."""

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object; no methods where nothing was predicted."""
        found = self.by_method.items() if self.predicted else ()
        return {
            "planted": self.planted,
            "said_of_host": self.said_of_host,
            "predicted": self.predicted,
            "least_iou": LEAST_IOU,
            "methods": {name: one.to_json() for name, one in found},
        }
