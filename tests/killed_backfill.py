"""A backfill in a process group of its own, which can be killed at any moment.

`python killed_backfill.py CATALOG OUT BUNDLE PROCESSES` runs it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from served_bundles import AS_OF

from vidcat.inference.backfill.report import BackfillReport
from vidcat.inference.backfill.run import run_backfill
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.pipeline.backfilling import Choice
from vidcat.inference.pipeline.serving import Serving

POLL_SECONDS = 0.02


def backfill(catalog: Path, out: Path, bundle: Path, processes: int) -> BackfillReport:
    return run_backfill(
        str(catalog),
        str(out),
        Serving(bundle=str(bundle), as_of=AS_OF),
        runner=Runner(processes=processes),
        choice=Choice(),
    )


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What a killed run had come to."""

    attempted: int
    """Rows with an attempt, of this run and of those before."""
    moment: str
    """The step in which it was killed."""


class RunningBackfill:
    """A backfill that was started and may be killed with all its processes."""

    def __init__(self, catalog: Path, out: Path, bundle: Path, processes: int) -> None:
        self.out = out
        self._runs_before = set(self._counted())
        words = [str(catalog), str(out), str(bundle), str(processes)]
        self._errors = out.with_suffix(".stderr")
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, __file__, *words],
                stderr=errors,
                start_new_session=True,
            )

    def wait(self, seconds: float) -> None:
        """Waits, or until the run has ended."""
        until = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < until:
            time.sleep(POLL_SECONDS)

    def wait_until_counted(self) -> None:
        """Waits until it is known what is to be done, and videos are begun."""
        while self.is_alive() and set(self._counted()) == self._runs_before:
            time.sleep(POLL_SECONDS)

    def wait_for_attempts(self, more_than: int) -> None:
        """Waits until more rows have attempts than so many."""
        while self.is_alive() and attempted(self.out) <= more_than:
            time.sleep(POLL_SECONDS)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> Killed | None:
        """Kills all its processes; `None` if it had ended by itself."""
        if not self.is_alive():
            assert self._process.returncode == 0, self._errors.read_text()
            return None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return Killed(attempted=attempted(self.out), moment=self._moment())

    def _counted(self) -> list[Path]:
        return list(self.out.glob("runs/*.rows.json"))

    def _moment(self) -> str:
        if set(self._counted()) == self._runs_before:
            return "start"
        rows = max(self._counted())
        to_do = json.loads(rows.read_text()).get("to_do", 0)
        run = rows.name.partition(".")[0]
        return "settling" if attempted(self.out, run) >= to_do else "work"


def attempted(out: Path, run: str | None = None) -> int:
    """Ids that have an attempt, of all runs or of one."""
    attempts = [
        json.loads(line)
        for path in out.glob("attempts/*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]
    return len({one["id"] for one in attempts if run in (None, one["attempt"]["run"])})


if __name__ == "__main__":
    backfill(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
