"""What 30 million videos of 4 minutes take, on paper; the tables of a page.

Usage: python docs/studies/full_catalog.py

Writes its tables into docs/full_catalog.md. Nothing is measured here: the rates below
were, by the scripts of benchmarks/ and by `vidcat backfill --plan`, on a core of one
machine; those of GPUs were published or are assumed, and say so.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from page import replace_figures, table
from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.rates import Machine, read_rates
from vidcat.inference.backfill.planning.split import GIB, plan_split
from vidcat.inference.backfill.planning.work import Work
from vidcat.inference.backfill.planning.workers import plan_workers

PAGE: Final = Path(__file__).parents[1] / "full_catalog.md"
VIDEOS: Final = 30_000_000
SECONDS: Final = 240
WITHIN_HOURS: Final = 7 * 24.0
HOUR: Final = 3600.0
TIB: Final = 1024 * GIB

DESCRIBE_CPU: Final = 2 / 17.3
"""Core-seconds a frame: two cores describe 17.3 a second (benchmarks/describing.py)."""
CATEGORIZE_CPU: Final = 1.4
"""Core-seconds a video of 240 frames with three categories: checksum of the file,
NeXtVLAD (`base`), evidence by windows (`vidcat backfill --plan`)."""
RESULT_BYTES: Final = 1164
"""Of such a video (the same run)."""
FRAME_BYTES: Final = 299 * 299 * 3
FEATURE_BYTES: Final = 1024
"""A byte a value."""
LOAD_SECONDS: Final = 48.0


class Kind(NamedTuple):
    """A rendition of the videos and a rule by which frames are chosen."""

    name: str
    decode_cpu: float
    """Core-seconds a second of video (benchmarks/sampling.py, vidcat)."""
    frames: int
    """Of a video."""
    kbits: float
    """Bit rate, assumed."""


KINDS: Final = (
    Kind("1080p, a frame a second", 0.150, 240, 5000),
    Kind("720p, a frame a second", 0.073, 240, 2500),
    Kind("360p, a frame a second", 0.022, 240, 700),
    Kind("720p, key frames", 0.0042, 48, 2500),
    Kind("360p, key frames", 0.0038, 48, 700),
)


class Gpu(NamedTuple):
    """How many frames a GPU describes in a second."""

    name: str
    low: float
    rate: float
    high: float
    source: str


GPUS: Final = (
    Gpu("T4", 180, 361, 814, "published: 22.2 ms for 8, float32; 9.83 ms in float16"),
    Gpu("L4", 360, 720, 1600, "assumed: twice a T4"),
    Gpu("H100", 2000, 5000, 10_000, "assumed"),
)
H100: Final = Machine(
    name="a3-highgpu-1g",
    vcpus=26,
    hour=11.0,
    accelerators=1,
    frames_per_second=5000,
    start_minutes=8,
)


def work_of(kind: Kind) -> Work:
    """All of the catalog in this rendition."""
    frames = VIDEOS * kind.frames
    video_seconds = VIDEOS * SECONDS
    values = {
        "video_hours": video_seconds / HOUR,
        "frames": frames,
        "decode_cpu_hours": kind.decode_cpu * video_seconds / HOUR,
        "describe_cpu_hours": DESCRIBE_CPU * frames / HOUR,
        "categorize_cpu_hours": CATEGORIZE_CPU * VIDEOS / HOUR,
        "video_bytes": kind.kbits * 1000 / 8 * video_seconds,
        "frame_bytes": FRAME_BYTES * frames,
        "feature_bytes": FEATURE_BYTES * frames,
        "result_bytes": RESULT_BYTES * VIDEOS,
        "failures": 0,
    }
    return Work(
        videos=VIDEOS,
        describe_frames_per_second=None,
        load_seconds=LOAD_SECONDS,
        load_cpu_seconds=LOAD_SECONDS,
        **{name: Estimate(value=float(value)) for name, value in values.items()},
    )


def hours_table() -> list[str]:
    rows = []
    for kind in KINDS:
        work = work_of(kind)
        figures = (
            work.decode_cpu_hours,
            work.describe_cpu_hours,
            work.categorize_cpu_hours,
        )
        rows.append(
            [
                kind.name,
                f"{kind.decode_cpu:.4f}",
                *(f"{one.value:,.0f}" for one in figures if one is not None),
            ]
        )
    head = (
        *("videos", "core-seconds a second of video", "decoding, core-hours"),
        *("describing without a GPU, core-hours", "categorizing, core-hours"),
    )
    return table(head, rows)


def gpu_hours(kind: Kind, rate: float) -> float:
    return work_of(kind).frames.value / rate / HOUR


def gpu_table() -> list[str]:
    rows = []
    for gpu in GPUS:
        rate, low, high = gpu.rate, gpu.low, gpu.high
        for kind in (KINDS[1], KINDS[3]):
            spread = f"{gpu_hours(kind, high):,.0f} to {gpu_hours(kind, low):,.0f}"
            rows.append(
                [
                    gpu.name,
                    f"{rate:,.0f} ({low:,.0f} to {high:,.0f}), {gpu.source}",
                    kind.name.partition(", ")[2],
                    f"{gpu_hours(kind, rate):,.0f} ({spread})",
                ]
            )
    return table(("GPU", "frames a second", "frames", "GPU-hours"), rows)


def cores_table() -> list[str]:
    rows = []
    for kind in KINDS:
        work = work_of(kind)
        cpu_hours = work.decode_cpu_hours.value + work.categorize_cpu_hours.value
        needed = (cpu_hours / gpu_hours(kind, gpu.rate) for gpu in GPUS)
        rows.append([kind.name, *(f"{cores:,.0f}" for cores in needed)])
    return table(("videos", *(f"cores for one {gpu.name}" for gpu in GPUS)), rows)


def bytes_table() -> list[str]:
    rates = read_rates("example")
    every = work_of(KINDS[1])
    keyed = work_of(KINDS[3])
    stored = {
        "features, a frame a second": every.feature_bytes.value,
        "features, key frames": keyed.feature_bytes.value,
        "results": every.result_bytes.value,
    }
    rows = [
        [
            name,
            f"{size / TIB:,.2f} TiB",
            f"{size / GIB * rates.storage_gib_month:,.0f} a month",
        ]
        for name, size in stored.items()
    ]
    for kind in KINDS[:3]:
        size = work_of(kind).video_bytes.value
        speed = size * 8 / 1e9 / (WITHIN_HOURS * HOUR)
        costs = " / ".join(f"{size / GIB * price:,.0f}" for price in (0.0, 0.02, 0.08))
        name = (
            f"videos to read, {kind.name.partition(',')[0]}, {kind.kbits:,.0f} kbit/s"
        )
        rows.append([f"{name}; {speed:,.0f} Gbit/s for a week", tib(size), costs])
    crossing = {"a frame a second": every, "key frames": keyed}
    for name, work in crossing.items():
        size = work.frame_bytes.value
        cost = f"{size / GIB * rates.between_workers_gib:,.0f}"
        rows.append([f"frames between workers, {name}", tib(size), cost])
    return table(("what", "size", "USD"), rows)


def tib(size: float) -> str:
    return f"{size / TIB:,.0f} TiB"


def ways_table() -> list[str]:
    rates = read_rates("example")
    machines = {machine.name: machine for machine in (*rates.machines, H100)}
    rows = []
    for kind in KINDS:
        work = work_of(kind)
        for machine in machines.values():
            plan = plan_workers(work, machine, within_hours=WITHIN_HOURS)
            use = "-" if plan.accelerator_use is None else f"{plan.accelerator_use:.0%}"
            waits = "GPU" if plan.limit == "accelerator" else "cores"
            costs = [
                "-" if cost is None else f"{cost.value:,.0f}"
                for cost in (plan.cost, plan.spot_cost)
            ]
            rows.append(
                [kind.name, machine.name, f"{plan.workers:,}", waits, use, *costs]
            )
        split = plan_split(
            work,
            machines["n2-standard-16"],
            machines["n1-standard-8-t4"],
            between_workers_gib=rates.between_workers_gib,
            within_hours=WITHIN_HOURS,
        )
        counts = f"{split.decoding.workers:,} + {split.describing.workers:,}"
        costs = [
            "-" if cost is None else f"{cost.value:,.0f}"
            for cost in (split.cost, split.spot_cost)
        ]
        name = "n2-standard-16 decodes, n1-standard-8-t4 describes"
        use = split.describing.accelerator_use or 0.0
        rows.append([kind.name, name, counts, "-", f"{use:.0%}", *costs])
    head = ("videos", "workers", "number", "wait for", "GPU busy", "USD", "USD, spot")
    return table(head, rows)


def guess_table() -> list[str]:
    """What a wrong guess of the GPU's rate does to the cost."""
    machines = {machine.name: machine for machine in read_rates("example").machines}
    gpu = GPUS[1]
    rows = []
    for name in ("g2-standard-8", "g2-standard-32"):
        for kind in KINDS:
            costs = []
            for rate in (gpu.low, gpu.rate, gpu.high):
                told = replace(machines[name], frames_per_second=rate)
                plan = plan_workers(work_of(kind), told, within_hours=WITHIN_HOURS)
                costs.append("-" if plan.cost is None else f"{plan.cost.value:,.0f}")
            rows.append([name, kind.name, *costs])
    rates = (f"{rate:,.0f} frames/s" for rate in (gpu.low, gpu.rate, gpu.high))
    return table(("workers", "videos", *rates), rows)


def lines() -> list[str]:
    """All tables of the page."""
    tables = {
        "Work": hours_table(),
        "GPU-hours": gpu_table(),
        "Cores that keep one GPU busy": cores_table(),
        "Bytes": bytes_table(),
        "Within a week": ways_table(),
        "If the L4 is not what was assumed, USD": guess_table(),
    }
    found = []
    for name, rows in tables.items():
        found += [f"### {name}", "", *rows]
    return found


if __name__ == "__main__":
    replace_figures(PAGE, lines())
