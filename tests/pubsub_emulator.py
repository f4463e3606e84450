"""Google's Pub/Sub emulator, where the Google Cloud CLI has it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest

_STARTED = b"Server started"
_SECONDS = 120.0
_CHECK = "google.cloud.pubsub_v1"


@contextmanager
def pubsub_emulator(folder):
    """Runs the emulator; skips the test where there is none.

    Args:
        folder: For its files, and for those of the Google Cloud CLI.

    Yields:
        Its address, for `PUBSUB_EMULATOR_HOST`.
    """
    pytest.importorskip(_CHECK)
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        pytest.skip("the Google Cloud CLI is not installed")
    address = f"localhost:{_free_port()}"
    log = folder / "emulator.log"
    environment = {
        **os.environ,
        "CLOUDSDK_CONFIG": str(folder),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
    }
    command = [gcloud, "beta", "emulators", "pubsub", "start"]
    command += [f"--host-port={address}", f"--data-dir={folder}", "--project=project-1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + _SECONDS
        while _STARTED not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"the emulator does not start: {log.read_text()[-300:]}")
            time.sleep(0.2)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]
