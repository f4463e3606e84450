"""`vidcat watch` in a process of its own, which can be killed."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager

_VIDCAT = "from vidcat.commands.main import main; main()"


@contextmanager
def watching(*arguments):
    """Runs `vidcat watch`; what is left of it is killed at the end."""
    command = [sys.executable, "-c", _VIDCAT, "watch", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.communicate()


def stored(out):
    """The ids of the attempts in a folder of results, and the runs that made them."""
    lines = [
        json.loads(line)
        for shard in out.glob("attempts/*.jsonl")
        for line in shard.read_text().splitlines()
    ]
    return sorted((line["id"], line["attempt"]["run"]) for line in lines)


def results(out):
    """The lines of the settled results, sorted."""
    (path,) = out.glob("results-*.jsonl")
    return sorted(path.read_text().splitlines())


def wait_for(condition, seconds=240.0):
    """Waits until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)
