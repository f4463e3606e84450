"""Backfills of the cluster tests: how they are run, and what came out of them."""

import json
import threading
from contextlib import contextmanager

from own_processes import wait_until

from vidcat.inference.backfill.run import run_backfill
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.pipeline.backfilling import Choice

MOST_SECONDS = 600


def run_on(work, out, name, *options):
    """Runs the backfill of the catalog on a runner of Beam; its report."""
    return run_backfill(
        str(work.catalog),
        str(out),
        work.serving,
        runner=Runner(name=name, extra=options),
        choice=Choice(ignore_unknown=True),
    )


def lines(*folders, name="results"):
    """The lines of a list of results, in order."""
    files = [file for folder in folders for file in folder.glob(f"{name}-*.jsonl")]
    return sorted(line for file in files for line in file.read_text().splitlines())


def attempted(*folders):
    """Ids of the rows that have an attempt, as often as they have one."""
    files = [file for folder in folders for file in folder.glob("attempts/*.jsonl")]
    return [json.loads(one)["id"] for file in files for one in file.open()]


@contextmanager
def in_the_middle(act, *folders, rows):
    """Does something once a few rows have an attempt; it must not be too late."""
    seen = []

    def wait_and_act():
        wait_until(lambda: attempted(*folders), "attempts", seconds=MOST_SECONDS)
        seen.extend(attempted(*folders))
        act()

    thread = threading.Thread(target=wait_and_act, daemon=True)
    thread.start()
    yield
    thread.join()
    assert 0 < len(set(seen)) < rows
