"""What the processes of a session use, and which cores they may."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path


def python_processes(session: int) -> list[int]:
    """The processes of a session, but for ffmpeg."""
    return [pid for pid, name, of in all_processes() if of == session and "py" in name]


def all_processes() -> Iterator[tuple[int, str, int]]:
    """Id, name and session of the processes of this machine."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().rpartition(")")
        except OSError:
            continue
        yield int(path.parent.name), name, int(rest.split()[3])


def resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def hold(pids: list[int], cores: set[int]) -> None:
    """Holds each process, and all that it starts from now on, to one core."""
    for pid, core in zip(pids, itertools.cycle(sorted(cores))):
        for thread in Path(f"/proc/{pid}/task").glob("*"):
            try:
                os.sched_setaffinity(int(thread.name), {core})
            except OSError:
                continue
