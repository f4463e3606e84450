"""Backfills of the cluster tests: how they are run, and what came out of them."""

import json
import threading
from contextlib import contextmanager

from vidcat.inference.backfill.run import run_backfill
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.pipeline.backfilling import Choice

MOST_SECONDS = 600


def run_on(work, out, name, *options, most=None):
    """Runs the backfill of the catalog on a runner of Beam; its report."""
    return run_backfill(
        str(work.catalog),
        str(out),
        work.serving,
        runner=Runner(name=name, extra=options),
        choice=Choice(ignore_unknown=True, most=most),
    )


def lines(*folders, name="results"):
    """The lines of a list of results, in order."""
    files = [file for folder in folders for file in folder.glob(f"{name}-*.jsonl")]
    return sorted(line for file in files for line in file.read_text().splitlines())


def attempted(*folders):
    """Ids of the rows that have an attempt, as often as they have one."""
    files = [file for folder in folders for file in folder.glob("attempts/*.jsonl")]
    return [json.loads(one)["id"] for file in files for one in file.open()]


def counted(out):
    """The runs that know how much there is to do, and have begun to do it."""
    return list(out.glob("runs/*.rows.json"))


@contextmanager
def in_the_middle(act, begun, *folders, rows):
    """Does something once `begun()` holds; there must be rows left to do."""
    seen, ended = [], threading.Event()

    def wait_and_act():
        while not ended.wait(0.1):
            if begun():
                seen.append(len(set(attempted(*folders))))
                act()
                return

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert len(seen) == 1
    assert seen[0] < rows
