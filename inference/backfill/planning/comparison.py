"""What was planned beside what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.work import Work
from vidcat.inference.backfill.planning.workers import THIS_MACHINE

_HOUR: Final = 3600.0


_FAILED: Final = ("decode_error", "timeout", "model_error")


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


def compare_with_run(
    plan: Mapping[str, Any], report: Mapping[str, Any]
) -> list[Compared]:
    """Sets a run beside its plan.

    A run that did a part of the catalog is set beside the same part of the plan, by
    the number of rows. Where the first rows are not like the others (by views, say),
    that is no fair share.

    Args:
        plan: What `Plan.to_json` gave.
        report: `report` of the run's file, as `BackfillReport.to_json` gives it.

    Returns:
        What can be compared; nothing where no row was done or planned. Times are
        compared for runs on one machine alone.
    """
    work = Work.from_json(plan["work"])
    done, rows = sum(report["done"].values()), plan["catalog"]["rows"]
    if not (done and rows):
        return []
    share = done / rows
    failures = sum(report["done"].get(status, 0) for status in _FAILED)
    compared = [
        Compared(name="broken videos", planned=work.failures * share, measured=failures)
    ]
    if report["cpu_seconds"] is None:
        return compared
    cpu_hours = work.decode_cpu_hours + work.categorize_cpu_hours
    if work.describe_cpu_hours is not None:
        cpu_hours += work.describe_cpu_hours
    start = Estimate(value=work.load_seconds / _HOUR)
    compared.append(
        Compared(
            name="core-hours",
            planned=cpu_hours * share + Estimate(value=work.load_cpu_seconds / _HOUR),
            measured=report["cpu_seconds"] / _HOUR,
        )
    )
    for one in plan["workers"]:
        if one["machine"] == THIS_MACHINE:
            hours = Estimate.from_json(one["work_hours"]) * share
            taken = report["seconds"] / _HOUR
            compared.append(
                Compared(name="hours", planned=hours + start, measured=taken)
            )
    return compared
