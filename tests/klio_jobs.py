"""Small Klio jobs on files of this machine, run in processes of their own."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import yaml

TESTS = Path(__file__).parent
JOB = ("-m", "vidcat.inference.klio_job")
PROBE = (str(TESTS / "klio_probe.py"),)
TWO_PROCESSES = {
    "direct_num_workers": 2,
    "direct_running_mode": "multi_processing",
}


def write_job(folder, *, events=None, options=None, **job_config):
    """Writes `klio-job.yaml` of a job with the folders `in` and `out`; its path."""
    job = {
        "job_name": "categories-of-tests",
        "pipeline_options": {
            "project": "vidcat-tests",
            "streaming": False,
            "experiments": ["beam_fn_api"],
            **(options or {}),
        },
        "job_config": {
            "events": events or file_events(folder),
            "data": {
                "inputs": [file_data(folder / "in", ".mp4")],
                "outputs": [file_data(folder / "out", ".json")],
            },
            "vidcat": {"bundle": "none", "dead_letter": str(folder / "dead")},
            **job_config,
        },
    }
    path = folder / "klio-job.yaml"
    path.write_text(yaml.safe_dump(job))
    return path


def file_events(folder):
    return {
        "inputs": [{"type": "file", "location": str(folder / "ids.txt")}],
        "outputs": [{"type": "file", "location": str(folder / "processed")}],
    }


def file_data(folder, suffix):
    folder.mkdir(exist_ok=True)
    return {"type": "file", "location": str(folder), "file_suffix": suffix}


def run_job(config, *arguments, job=JOB):
    """Runs a job on this machine to its end; what it said on stderr."""
    command = _command(config, *arguments, job=job)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@contextmanager
def job_running(config):
    """Runs a job that has no end on this machine, until the block is left."""
    process = subprocess.Popen(_command(config), start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _command(config, *arguments, job=JOB):
    given = ["--direct", "--config", config, *arguments]
    return [sys.executable, *job, *map(str, given)]


def klio_message(element, payload=b"", *, force=False):
    """A `KlioMessage` for anyone, as bytes.

    Made by hand, since Klio cannot be imported where nothing has mended it.
    """
    # Each field is its tag, its length if it has one, and its content: `force` (field
    # 4) and the recipients (6) of the metadata (1), payload (2) and element (3) of the
    # data (2), version (3) 2.
    metadata = b"\x20\x01" * force + b"\x32\x02\x0a\x00"
    data = (_field(2, payload) if payload else b"") + _field(3, element.encode())
    return _field(1, metadata) + _field(2, data) + b"\x18\x02"


def _field(number, content):
    # Lengths below 128 are one byte.
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content
