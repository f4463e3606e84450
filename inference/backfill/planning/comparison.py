"""What was planned beside what came of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.work import Work

_HOUR: Final = 3600.0


@dataclass(frozen=True, kw_only=True)
class RunFigures:
    """What a run took, and how far it came."""

    videos: int
    """Videos that were decoded, or found broken."""
    failures: int
    """Of these, how many were broken."""
    video_hours: float | None = None
    """Hours that they last; `None` where that was not counted."""
    cpu_seconds: float | None = None
    """Processor time of all processes, ffmpeg among them; `None` if not counted."""
    wall_seconds: float | None = None
    """From start to end by the clock, on the machine that was planned for; `None` on
    others."""
    result_bytes: int | None = None
    """Length of the result lines; `None` where that was not counted."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One figure, planned and measured."""

    name: str
    """What it is, with its unit."""
    planned: Estimate
    """For as much of the catalog as the run did."""
    measured: float
    """What it was."""

    @property
    def is_within(self) -> bool:
        """Whether it came to lie in the interval that was planned."""
        return self.planned.low <= self.measured <= self.planned.high

    @property
    def ratio(self) -> float | None:
        """Measured by planned; `None` where nothing was planned."""
        return self.measured / self.planned.value if self.planned.value else None

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        return {
            "name": self.name,
            "planned": self.planned.to_json(),
            "measured": self.measured,
            "is_within": self.is_within,
            "ratio": self.ratio,
        }


def compare_with_run(plan: Mapping[str, Any], run: RunFigures) -> list[Compared]:
    """Sets a run beside its plan.

    A run that did a part of the catalog is set beside that part of the plan: videos
    and failures by their number, work by the hours of video where they are known.

    Args:
        plan: What `Plan.to_json` gave.
        run: What came of it.

    Returns:
        What can be compared; nothing where the run did no video or none was planned.
    """
    work = Work.from_json(plan["work"])
    if not (run.videos and work.videos):
        return []
    share = run.videos / work.videos
    done = share
    compared = []
    if run.video_hours is not None:
        planned = work.video_hours * share
        compared.append(_compared("hours of video", planned, run.video_hours))
        if work.video_hours.value:
            done = run.video_hours / work.video_hours.value
    cpu_hours = work.decode_cpu_hours + work.categorize_cpu_hours
    if work.describe_cpu_hours is not None:
        cpu_hours += work.describe_cpu_hours
    if run.cpu_seconds is not None:
        compared.append(
            _compared("core-hours", cpu_hours * done, run.cpu_seconds / _HOUR)
        )
    here = next(iter(plan["workers"]), None)
    if run.wall_seconds is not None and here is not None:
        hours = Estimate.from_json(here["work_hours"]) * done
        start = Estimate(value=work.load_seconds / _HOUR)
        compared.append(
            _compared("hours on this machine", hours + start, run.wall_seconds / _HOUR)
        )
    compared.append(_compared("broken videos", work.failures * share, run.failures))
    if run.result_bytes is not None:
        compared.append(
            _compared("bytes of results", work.result_bytes * share, run.result_bytes)
        )
    return compared


def _compared(name: str, planned: Estimate, measured: float) -> Compared:
    if not math.isfinite(measured):
        raise ValueError(f"`{name}` must be finite. Received: {measured}")
    return Compared(name=name, planned=planned, measured=measured)
