"""`SplitPlan`: decoding on workers without a GPU, describing on workers with one."""

from dataclasses import dataclass
from typing import Any, Final

from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.rates import Machine
from vidcat.inference.backfill.planning.work import Work
from vidcat.inference.backfill.planning.workers import (
    WorkerPlan,
    accelerator_rate,
    shared_out,
)

GIB: Final = float(1 << 30)
_HOUR: Final = 3600.0


@dataclass(frozen=True, kw_only=True)
class SplitPlan:
    """A backfill whose frames cross from one kind of worker to another."""

    decoding: WorkerPlan
    """The workers that decode."""
    describing: WorkerPlan
    """Those that describe and categorize."""
    frame_bytes: Estimate
    """What crosses from the first to the second."""
    bytes_per_second: float
    """What reaches one describing worker while its accelerators are busy."""
    transfer_cost: Estimate
    """Of the frames that cross."""
    cost: Estimate | None
    """All in all; `None` where a price is not known."""
    spot_cost: Estimate | None
    """The same at spot prices; `None` where one of them is not known."""

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return {
            name: value.to_json() if isinstance(value, Estimate | WorkerPlan) else value
            for name, value in vars(self).items()
        }


def plan_split(
    work: Work,
    decoder: Machine,
    describer: Machine,
    *,
    between_workers_gib: float,
    within_hours: float | None = None,
    describe_rate: float | None = None,
) -> SplitPlan:
    """Plans a backfill that decodes on one kind of machine and describes on another.

    Args:
        work: What there is to do.
        decoder: A kind without accelerators.
        describer: A kind with some.
        between_workers_gib: Price of a GiB that crosses.
        within_hours: As for `plan_workers`, of both at the same time.
        describe_rate: As for `plan_workers`.

    Raises:
        CannotPlan: As `plan_workers`.
    """
    rate = accelerator_rate(work, describer, describe_rate)
    decoding = shared_out(
        decoder,
        work.decode_cpu_hours * (1 / decoder.vcpu_speed),
        None,
        # Workers that decode have no models to load.
        load_seconds=0.0,
        within_hours=within_hours,
    )
    describing = shared_out(
        describer,
        work.categorize_cpu_hours * (1 / describer.vcpu_speed),
        work.frames * (1 / rate / _HOUR),
        load_seconds=work.load_seconds,
        within_hours=within_hours,
    )
    transfer = work.frame_bytes * (between_workers_gib / GIB)
    seconds = describing.work_hours.value * _HOUR
    return SplitPlan(
        decoding=decoding,
        describing=describing,
        frame_bytes=work.frame_bytes,
        bytes_per_second=work.frame_bytes.value / seconds,
        transfer_cost=transfer,
        cost=_sum(decoding.cost, describing.cost, transfer),
        spot_cost=_sum(decoding.spot_cost, describing.spot_cost, transfer),
    )


def cheapest_decoder(machines: tuple[Machine, ...]) -> Machine | None:
    """The kind without accelerators whose virtual cores cost least for what they do.

    Returns:
        The kind; `None` where there is none with a price.
    """
    priced = [
        (one.hour / (one.vcpus * one.vcpu_speed), at, one)
        for at, one in enumerate(machines)
        if not one.accelerators and one.hour is not None
    ]
    return min(priced)[2] if priced else None


def _sum(*costs: Estimate | None) -> Estimate | None:
    total = Estimate(value=0.0)
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total
