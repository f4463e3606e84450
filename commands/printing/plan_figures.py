"""Prints a plan of a backfill, and what came of it: tables, or JSON."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vidcat.commands.printing.tables import figures_table

if TYPE_CHECKING:
    from rich.table import Table

    from vidcat.inference.backfill.planning.comparison import Compared
    from vidcat.inference.backfill.planning.estimates import Estimate
    from vidcat.inference.backfill.planning.plan import Plan
    from vidcat.inference.backfill.planning.sample import Sample
    from vidcat.inference.backfill.planning.split import SplitPlan
    from vidcat.inference.backfill.planning.workers import WorkerPlan

_BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def print_plan(plan: "Plan", *, as_json: bool) -> None:
    """Prints a plan on stdout."""
    if as_json:
        print(json.dumps(plan.to_json(), allow_nan=False))
        return
    _print_work(plan)
    _print_workers(plan)
    _print_splits(plan)
    _print_prices(plan)


def print_comparison(compared: "Sequence[Compared]") -> None:
    """Prints on stdout what was planned and what was measured."""
    table = figures_table("Planned and measured")
    table.add_column("")
    for name in ("planned", "95 % interval", "measured", "of planned"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("within it")
    for one in compared:
        table.add_row(
            one.name,
            _number(one.planned.value),
            _interval(one.planned),
            _number(one.measured),
            "-" if one.ratio is None else f"{one.ratio:.0%}",
            "yes" if one.is_within else "no",
        )
    _print(table)


def _print_work(plan: "Plan") -> None:
    work, survey = plan.work, plan.survey
    table = figures_table(
        f"Rows: {survey.rows:,}, videos: {survey.videos:,}. {_measured(plan.sample)}"
    )
    table.add_column("the whole catalog")
    for name in ("", "95 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    counted = {
        "hours of video": work.video_hours,
        "frames": work.frames,
        "decoding, core-hours": work.decode_cpu_hours,
        "describing, core-hours": work.describe_cpu_hours,
        "categorizing, core-hours": work.categorize_cpu_hours,
        "broken videos": work.failures,
    }
    for name, figure in counted.items():
        if figure is not None:
            table.add_row(name, _number(figure.value), _interval(figure))
    stored = {
        "video files to read": work.video_bytes,
        "features, if they are kept": work.feature_bytes,
        "results": work.result_bytes,
        "frames, if they crossed from worker to worker": work.frame_bytes,
    }
    for name, figure in stored.items():
        table.add_row(name, _bytes(figure.value), _interval(figure, _bytes))
    _print(table)
    if unknown := survey.of_unknown_duration:
        _print(f"Videos whose duration the catalog does not know: {unknown:,}.")
    if work.describe_frames_per_second is not None:
        _print(f"Described at {work.describe_frames_per_second:.0f} frames/s on a GPU.")


def _measured(sample: "Sample") -> str:
    broken = Counter(one.failure for one in sample.videos if one.failure is not None)
    reasons = ", ".join(f"{count} {reason}" for reason, count in broken.items())
    return (
        f"Measured: {len(sample.videos)} in {sample.seconds:.0f} s"
        f"{f' ({reasons})' if reasons else ''}; start {sample.load_seconds:.0f} s"
    )


def _print_workers(plan: "Plan") -> None:
    wish = "" if plan.within_hours is None else f" within {plan.within_hours:g} h"
    table = figures_table(f"Workers that decode what they describe{wish}")
    table.add_column("machine")
    for name in (
        *("workers", "hours", "waits for", "GPU busy", "vCPUs to keep it so"),
        *(f"cost {_currency(plan)}".rstrip(), "spot"),
    ):
        table.add_column(name, justify="right")
    for one in plan.workers:
        table.add_row(one.machine.name, *_worker_cells(one))
    _print(table)
    for reason in plan.unplanned.values():
        _print(f"Not planned: {reason}")


def _worker_cells(one: "WorkerPlan") -> list[str]:
    use, balance = one.accelerator_use, one.vcpus_to_balance
    waits = {"cores": "cores", "accelerator": "GPU"}[one.limit]
    return [
        f"{one.workers:,}",
        _number(one.hours.value),
        waits,
        "-" if use is None else f"{use:.0%}",
        "-" if balance is None else f"{balance:.0f} of {one.machine.vcpus:g}",
        _with_interval(one.cost),
        _with_interval(one.spot_cost),
    ]


def _print_splits(plan: "Plan") -> None:
    if not plan.splits:
        return
    decoder = plan.splits[0].decoding.machine.name
    table = figures_table(f"Decoding on {decoder} instead, frames sent to the GPUs")
    table.add_column("GPU machine")
    for name in ("decoding on", "describing on", "sent", "to each", "cost", "spot"):
        table.add_column(name, justify="right")
    for one in plan.splits:
        table.add_row(one.describing.machine.name, *_split_cells(one))
    _print(table)


def _split_cells(one: "SplitPlan") -> list[str]:
    return [
        f"{one.decoding.workers:,}",
        f"{one.describing.workers:,}",
        _bytes(one.frame_bytes.value),
        f"{_bytes(one.bytes_per_second)}/s",
        _with_interval(one.cost),
        _with_interval(one.spot_cost),
    ]


def _print_prices(plan: "Plan") -> None:
    if plan.rates is None:
        return
    currency = _currency(plan)
    costs = {
        "reading the videos": plan.reading_cost,
        "features, a month": plan.storage_cost(plan.work.feature_bytes),
        "results, a month": plan.storage_cost(plan.work.result_bytes),
    }
    listed = "; ".join(
        f"{name} {_number(cost.value)} {currency}" for name, cost in costs.items()
    )
    _print(f"Besides: {listed}. Prices: {plan.rates.as_of}.")


def _currency(plan: "Plan") -> str:
    return "" if plan.rates is None else plan.rates.currency


def _with_interval(figure: "Estimate | None") -> str:
    if figure is None:
        return "-"
    if _number(figure.low) == _number(figure.high):
        return _number(figure.value)
    return f"{_number(figure.value)} ({_interval(figure)})"


def _interval(figure: "Estimate", form: Callable[[float], str] | None = None) -> str:
    if not figure.margin:
        return ""
    shown = _number if form is None else form
    high = "?" if figure.to_json()["high"] is None else shown(figure.high)
    return f"{shown(figure.low)} to {high}"


def _number(value: float) -> str:
    """A figure in three digits, or whole.

    >>> [_number(value) for value in (0, 0.01234, 1.2345, 123.4, 7200000.4)]
    ['0', '0.0123', '1.23', '123', '7,200,000']
    """
    return f"{value:,.0f}" if value >= 100 or not value else f"{value:.3g}"


def _bytes(value: float) -> str:
    """A number of bytes in the unit that makes it short.

    >>> [_bytes(value) for value in (0, 1023, 1536, 7.4e12)]
    ['0 B', '1023 B', '1.5 KiB', '6.7 TiB']
    """
    at = 0
    while value >= 1024 and at < len(_BYTES) - 1:
        value /= 1024
        at += 1
    return f"{value:.{0 if at == 0 else 1}f} {_BYTES[at]}"


def _print(what: "Table | str") -> None:
    from rich.console import Console

    # Names of machines in a text are not to be read as markup.
    Console().print(what, highlight=False, markup=False)
