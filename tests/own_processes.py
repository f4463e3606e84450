"""Processes that end with the test that started them, and all they started."""

import contextlib
import os
import signal
import socket
import subprocess
import time


class OwnProcess:
    """A process in a group of its own, whose output goes to a file."""

    def __init__(self, command, log, environment=None):
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    @property
    def runs(self):
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def status(self):
        """Its exit status; `None` as long as it runs."""
        return self._process.poll()

    @property
    def printed(self):
        """What it wrote so far."""
        return self.log.read_text(errors="replace")

    def kill(self):
        """Kills the group without warning, as a machine that is lost."""
        self._signal_group(signal.SIGKILL)
        self._process.wait()

    def end(self, seconds=10):
        """Asks the group to end, and kills what is left of it."""
        self._signal_group(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def _signal_group(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def free_ports(count):
    """Ports of this machine that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("localhost", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def listens(port):
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as one:
        return one.connect_ex(("localhost", port)) == 0


def wait_until(holds, what, *, seconds, process=None):
    """Waits until `holds()`; an error with the end of the log where it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return
        if process is not None and not process.runs:
            break
        time.sleep(0.1)
    log = "" if process is None else process.printed[-3000:]
    raise AssertionError(f"Not within {seconds} s: {what}\n{log}")
