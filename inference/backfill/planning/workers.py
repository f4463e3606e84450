"""`WorkerPlan`: how many workers of a kind, for how long, at what cost."""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

from vidcat.inference.backfill.planning.estimates import Estimate, greater
from vidcat.inference.backfill.planning.rates import Machine
from vidcat.inference.backfill.planning.work import Work

THIS_MACHINE: Final = "this machine"
"""How a plan calls the machine on which the sample was measured."""

_HOUR: Final = 3600.0


class CannotPlan(ValueError):
    """A kind of machine cannot be planned for; the text says what is missing."""


@dataclass(frozen=True, kw_only=True)
class WorkerPlan:
    """A backfill, or a part of it, on workers of one kind."""

    machine: Machine
    """The kind."""
    limit: Literal["cores", "accelerator"]
    """What the other waits for."""
    work_hours: Estimate
    """Hours that one worker would work, its start apart."""
    accelerator_use: float | None
    """Share of the time in which accelerators work; `None` without one."""
    vcpus_to_balance: float | None
    """Virtual cores that would keep all accelerators of a worker busy."""
    workers: int
    """How many of them."""
    hours: Estimate
    """From the start of the workers to the end, if they share the work evenly."""
    cost: Estimate | None
    """Of all workers, their starts included; `None` where the price is not known."""
    spot_cost: Estimate | None
    """The same at the spot price."""

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object, the machine by its name."""
        return {
            name: value.to_json() if isinstance(value, Estimate) else value
            for name, value in (vars(self) | {"machine": self.machine.name}).items()
        }


def plan_workers(
    work: Work,
    machine: Machine,
    *,
    within_hours: float | None = None,
    describe_rate: float | None = None,
) -> WorkerPlan:
    """Plans a backfill on one kind of machine.

    Each worker decodes what it describes, and does both at once: it is done when the
    slower of the two is.

    Args:
        work: What there is to do.
        machine: The kind.
        within_hours: How long it may take. Defaults to one worker, however long.
        describe_rate: Frames that one accelerator describes in a second, in place of
            the machine's own rate and of a measured one.

    Raises:
        CannotPlan: If it has accelerators whose rate is not known, or none where
            describing was measured on one; or if `within_hours` is over before a
            worker has started.
    """
    cpu_hours = work.decode_cpu_hours + work.categorize_cpu_hours
    accelerator_hours = None
    if machine.accelerators:
        rate = accelerator_rate(work, machine, describe_rate)
        accelerator_hours = work.frames * (1 / rate / _HOUR)
    elif work.describe_cpu_hours is None:
        raise CannotPlan(
            f"{machine.name}: has no accelerator, and describing was measured on one. "
            "Measure the sample on a machine without."
        )
    else:
        cpu_hours += work.describe_cpu_hours
    return shared_out(
        machine,
        cpu_hours * (1 / machine.vcpu_speed),
        accelerator_hours,
        load_seconds=work.load_seconds,
        within_hours=within_hours,
    )


def accelerator_rate(
    work: Work, machine: Machine, describe_rate: float | None
) -> float:
    """Frames that one accelerator of a machine describes in a second.

    Args:
        work: May have been measured on such a one.
        machine: May state it.
        describe_rate: Goes before both, if it is given.

    Raises:
        CannotPlan: If none of them says it.
    """
    for rate in (
        describe_rate,
        machine.frames_per_second,
        work.describe_frames_per_second,
    ):
        if rate is not None:
            return rate
    raise CannotPlan(
        f"{machine.name}: how many frames its accelerator describes in a second must "
        "be known. Give `frames_per_second` in the rate file, or --describe-rate."
    )


def shared_out(
    machine: Machine,
    vcpu_hours: Estimate,
    accelerator_hours: Estimate | None,
    *,
    load_seconds: float,
    within_hours: float | None,
) -> WorkerPlan:
    """Shares work out to as many workers of one kind as the wished duration needs.

    Args:
        machine: The kind.
        vcpu_hours: Work for its virtual cores.
        accelerator_hours: Work for its accelerators at the same time; `None` without.
        load_seconds: Loading of the models, once a worker.
        within_hours: How long it may take; `None` for one worker.

    Raises:
        CannotPlan: If that is over before a worker has started.
    """
    on_cores = vcpu_hours * (1 / machine.vcpus)
    work_hours, use, balance = on_cores, None, None
    if accelerator_hours is not None:
        on_accelerators = accelerator_hours * (1 / machine.accelerators)
        work_hours = greater(on_cores, on_accelerators)
        use = on_accelerators.value / work_hours.value
        balance = vcpu_hours.value / on_accelerators.value
    start_hours = machine.start_minutes / 60 + load_seconds / _HOUR
    workers = 1
    if within_hours is not None:
        if within_hours <= start_hours:
            raise CannotPlan(
                f"{machine.name}: the wished duration must be longer than the start of "
                f"a worker, {start_hours:.2g} h. Received: within_hours={within_hours}"
            )
        workers = max(1, math.ceil(work_hours.value / (within_hours - start_hours)))
    start = Estimate(value=start_hours)
    paid_hours = work_hours + start * workers
    return WorkerPlan(
        machine=machine,
        limit="cores" if work_hours is on_cores else "accelerator",
        work_hours=work_hours,
        accelerator_use=use,
        vcpus_to_balance=balance,
        workers=workers,
        hours=work_hours * (1 / workers) + start,
        cost=None if machine.hour is None else paid_hours * machine.hour,
        spot_cost=None if machine.spot_hour is None else paid_hours * machine.spot_hour,
    )
