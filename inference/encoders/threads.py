"""How many threads networks may compute in."""

import os
from typing import Final

THREADS_VARIABLE: Final = "TF_NUM_INTRAOP_THREADS"
"""Environment variable by which TensorFlow is told; other runtimes follow it here."""


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def network_threads() -> int:
    """Threads for a network of this process: as many as it was told, or one a core."""
    told = os.environ.get(THREADS_VARIABLE, "")
    return int(told) if told.isdecimal() and int(told) else usable_cores()
