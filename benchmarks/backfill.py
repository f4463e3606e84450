"""Videos a second of a backfill beside the plain categorizer, on cores, and its memory.

Usage: python benchmarks/backfill.py [ways] [cores] [memory] [--encoder inception_v3]

`ways`: plain Python, Beam in this process, Beam with two processes and the Klio job
categorize the same videos of one minute, each way in a process of its own; their
results must be the same. Start-up is told apart: each way runs with two videos and with
more, and a video costs the difference. Beam should take less than 10 % more than plain
Python. `cores`: one process that is held to one core, and two that are held to one core
each, which should make at least 1.7 times as many videos a second. `memory`: resident
memory over 1,000 videos of one or two seconds, which should stay flat.

Weights are random: they do not change the speed. Ways take turns, each counts with its
best run, by the clock and by the processor, ffmpeg's time included; on a busy machine
the second says more. All of it takes about half an hour on two cores that have nothing
else to do.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from backfill_ways import WAYS, make_bundle
from process_groups import hold, python_processes, resident_mb

WAYS_SCRIPT = Path(__file__).with_name("backfill_ways.py")
FEW = 2
"""Videos of the run that tells what starting costs."""
MOST_OVERHEAD, LEAST_GAIN, MOST_GROWTH_MB = 0.10, 1.7, 30
SAMPLE_SECONDS = 0.5
POINTS = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Shares of the work after which memory is shown."""


class Spent(NamedTuple):
    """Seconds of the clock and of the processor, in all processes of a run."""

    clock: float
    processor: float

    def less(self, other: "Spent") -> "Spent":
        """What it took more than another."""
        return Spent(self.clock - other.clock, self.processor - other.processor)


class Run(NamedTuple):
    """A way that was gone with a catalog."""

    spent: Spent
    results: dict[str, str]
    """Lines by id."""
    memory_mb: list[float]
    """Of its Python processes together, from the first result to the end."""


class Bench:
    """Goes ways with catalogs, each time in new processes.

    Args:
        folder: For videos, bundle and results.
        encoder: The frame encoder of the bundle.
    """

    def __init__(self, folder: Path, encoder: str) -> None:
        self.folder = folder
        self.bundle = folder / "bundle"
        make_bundle(self.bundle, encoder)
        self._numbers = itertools.count()

    def catalog(self, videos: int, *seconds: int) -> Path:
        """A catalog of so many videos, of these lengths in turns."""
        name = f"{videos}_of_{'_'.join(map(str, seconds))}"
        (self.folder / name).mkdir()
        lines = []
        for number in range(videos):
            video = f"{name}/video{number:04}.mp4"
            length = seconds[number % len(seconds)]
            os.link(self._video(length), self.folder / video)
            lines.append(json.dumps({"id": f"video{number:04}", "path": video}) + "\n")
        path = self.folder / f"{name}.jsonl"
        path.write_text("".join(lines))
        return path

    def run(self, way: str, catalog: Path, cores: set[int] | None = None) -> Run:
        """Goes a way, its processes held to a core each where `cores` are given."""
        out = self.folder / f"out{next(self._numbers)}"
        errors = self.folder / "stderr"
        words = [way, str(catalog), str(self.bundle), str(out)]
        memory: list[float] = []
        began = time.perf_counter()
        with errors.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, str(WAYS_SCRIPT), *words],
                stdout=stderr,
                stderr=stderr,
                start_new_session=True,
            )
        if cores is not None:
            os.sched_setaffinity(process.pid, cores)
        ended = 0
        while not ended:
            time.sleep(SAMPLE_SECONDS)
            pythons = python_processes(process.pid)
            if cores is not None:
                hold(sorted(set(pythons) - {process.pid}), cores)
            megabytes = sum(map(resident_mb, pythons))
            has_results = any(out.glob("attempts/*.jsonl")) or any(out.glob("*.jsonl"))
            # What has ended between two looks has none.
            if has_results and megabytes > 0:
                memory.append(megabytes)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        spent = Spent(time.perf_counter() - began, usage.ru_utime + usage.ru_stime)
        if status:
            raise SystemExit(f"{way}: {errors.read_text()[-3000:]}")
        return Run(spent, results_in(out), memory)

    def _video(self, seconds: int) -> Path:
        from vidcat.inference.ffmpeg.program import ffmpeg_path

        path = self.folder / f"{seconds}.mp4"
        if not path.exists():
            source = f"testsrc2=size=640x360:rate=25:duration={seconds}"
            command = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", source]
            command += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
            subprocess.run([*command, str(path)], check=True)
        return path


def say(words: str) -> None:
    """Tells those who wait how far it is."""
    print(words, file=sys.stderr, flush=True)


def results_in(out: Path) -> dict[str, str]:
    lines = [
        line for path in out.glob("*.jsonl") for line in path.read_text().splitlines()
    ]
    # A backfill's ledger lies beside its results.
    return {json.loads(line)["id"]: line for line in lines if '"key": ' in line}


def seconds_of_videos(
    bench: Bench,
    ways: Mapping[str, tuple[str, set[int] | None]],
    *,
    videos: int,
    repeats: int,
) -> dict[str, Spent]:
    """What all videos but the first few take, the least of all turns; prints it."""
    few = bench.catalog(FEW, 60)
    many = bench.catalog(FEW + videos, 60)
    ends: dict[str, Spent] = {}
    starts: dict[str, Spent] = {}
    results: dict[str, str] = {}
    for _ in range(repeats):
        for name, (way, cores) in ways.items():
            short, long = bench.run(way, few, cores), bench.run(way, many, cores)
            took = long.spent.less(short.spent)
            say(f"{name}: {took.clock:.1f} s, {took.processor:.1f} s of processor")
            for best, run in ((starts, short), (ends, long)):
                best[name] = Spent(*map(min, best.get(name, run.spent), run.spent))
            results = results or long.results
            assert len(results) == FEW + videos  # noqa: S101
            assert long.results == results, name  # noqa: S101
    # The best of each, for differences of single runs are mostly noise.
    least = {name: end.less(starts[name]) for name, end in ends.items()}
    for name, spent in least.items():
        print(
            f"{name:24}{videos / spent.clock:8.4f} videos/s, "
            f"{spent.clock / videos:7.2f} s and {spent.processor / videos:7.2f} s of "
            f"processor a video; with {FEW} videos {starts[name].clock:.0f} s"
        )
    return least


def compare_ways(bench: Bench, videos: int, repeats: int) -> None:
    ways = {name: (name, None) for name in WAYS}
    least = seconds_of_videos(bench, ways, videos=videos, repeats=repeats)
    more = [
        beam / alone - 1
        for beam, alone in zip(least["Beam"], least["plain"], strict=True)
    ]
    print(f"Beam over plain: {more[0]:+.1%} by the clock, {more[1]:+.1%} by processor")
    reached = "reached" if min(more) < MOST_OVERHEAD else "MISSED"
    print(f"aim: less than {MOST_OVERHEAD:.0%}: {reached}")


def compare_cores(bench: Bench, videos: int, repeats: int) -> None:
    first, second = sorted(os.sched_getaffinity(0))[:2]
    ways = {
        "one process, one core": ("Beam", {first}),
        "two processes, two cores": ("Beam, two processes", {first, second}),
    }
    least = seconds_of_videos(bench, ways, videos=videos, repeats=repeats)
    one, two = least.values()
    gain = one.clock / two.clock
    print(f"two processes make {gain:.2f} times as many videos a second")
    print(f"aim: {LEAST_GAIN}: {'reached' if gain >= LEAST_GAIN else 'MISSED'}")


def watch_memory(bench: Bench, videos: int) -> None:
    catalog = bench.catalog(videos, 1, 2)
    for way in ("plain", "Beam", "Beam, two processes"):
        memory = bench.run(way, catalog).memory_mb
        shown = [memory[max(int(len(memory) * point) - 1, 0)] for point in POINTS]
        curve = ", ".join(
            f"{megabytes:.0f} MB at {point:.0%}"
            for megabytes, point in zip(shown, POINTS, strict=True)
        )
        begun = memory[max(int(len(memory) * POINTS[0]) - 1, 0) :]
        grown = max(begun) - begun[0]
        print(f"{way:24}{curve}; from 10 % on {grown:+.0f} MB at most")
        reached = "reached" if grown < MOST_GROWTH_MB else "MISSED"
        print(f"aim: less than {MOST_GROWTH_MB} MB more: {reached}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=["ways", "cores", "memory"])
    parser.add_argument("--encoder", default="inception_v3")
    parser.add_argument("--videos", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--short-videos", type=int, default=1000)
    given = parser.parse_args()
    for part in given.parts:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), given.encoder)
            print(f"{part}: {given.encoder}, {len(os.sched_getaffinity(0))} cores")
            if part == "ways":
                compare_ways(bench, given.videos, given.repeats)
            elif part == "cores":
                compare_cores(bench, given.videos, given.repeats)
            else:
                watch_memory(bench, given.short_videos)


if __name__ == "__main__":
    main()
