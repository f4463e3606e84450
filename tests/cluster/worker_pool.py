"""Beam's pool of Python workers: a process that starts one worker when asked."""

import os
import sys
from pathlib import Path

from own_processes import OwnProcess, free_ports, listens, wait_until


class WorkerPool:
    """A pool, from entering to leaving the context.

    Args:
        folder: Where its log goes.
    """

    def __init__(self, folder):
        (self._port,) = free_ports(1)
        self.address = f"localhost:{self._port}"
        self.log = folder / "workers.log"

    def __enter__(self):
        # The pool starts `python`, whichever comes first.
        python = Path(sys.executable)
        path = os.pathsep.join((str(python.parent), os.environ["PATH"]))
        module = ("-m", "apache_beam.runners.worker.worker_pool_main")
        port = f"--service_port={self._port}"
        self._process = OwnProcess((python, *module, port), self.log, {"PATH": path})
        try:
            wait_until(
                lambda: listens(self._port),
                "a pool of workers",
                seconds=60,
                process=self._process,
            )
        except BaseException:
            self._process.end()
            raise
        return self

    def __exit__(self, *exception):
        self._process.end()

    def kill(self):
        """Kills the pool and its workers, as if their machine were lost."""
        self._process.kill()

    @property
    def options(self):
        """What tells Beam to use it."""
        return (
            "--environment_type=EXTERNAL",
            f"--environment_config={self.address}",
        )

    @property
    def started(self):
        """How many workers it was asked for."""
        return self.log.read_bytes().count(b"Starting worker with command")
