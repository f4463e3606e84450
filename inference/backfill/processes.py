"""What several processes share of a machine's cores, and what they spent of them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from vidcat.inference.encoders.threads import THREADS_VARIABLE, usable_cores

_VARIABLES: Final = (
    THREADS_VARIABLE,
    "TF_NUM_INTEROP_THREADS",
    # NumPy's and SciPy's products of matrices.
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    # XLA's on a processor, which is what JAX computes with.
    "NPROC",
)


@dataclass(frozen=True, kw_only=True)
class CoreShare:
    """Threads that let processes side by side keep all cores busy, and no more.

    Each library starts a thread for each core of the machine, in each process: eight
    processes on eight cores would have 64 that compute. No result depends on it.
    """

    threads: int
    """Threads that compute in each process."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Environment variables that say so to the libraries of a new process."""
        return dict.fromkeys(_VARIABLES, str(self.threads))

    @contextmanager
    def given_to_children(self) -> Iterator[None]:
        """Sets the variables for the processes that are started meanwhile.

        Those that are set already stay as they are.
        """
        added = {
            name: value
            for name, value in self.variables.items()
            if name not in os.environ
        }
        os.environ.update(added)
        try:
            yield
        finally:
            for name in added:
                del os.environ[name]


def share_cores(processes: int, cores: int | None = None) -> CoreShare:
    """Shares the cores of this machine out to processes.

    Args:
        processes: That compute at the same time, at least one.
        cores: Cores to share out. Defaults to those that this process may run on.

    Returns:
        The share of each, at least one thread.

    Raises:
        ValueError: If a number is below one.
    """
    if cores is None:
        cores = usable_cores()
    if processes < 1 or cores < 1:
        raise ValueError(
            "`processes` and `cores` must be one or more. Received: "
            f"processes={processes}, cores={cores}"
        )
    return CoreShare(threads=max(cores // processes, 1))


def processor_seconds() -> float:
    """Processor time of this process and of all its children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
