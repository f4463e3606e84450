"""Small Klio jobs on files of this machine, run in processes of their own."""

import subprocess
import sys
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
    """Writes `klio-job.yaml` of a batch job with the folders `in` and `out`; its path."""
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
                "inputs": [data(folder / "in", ".mp4")],
                "outputs": [data(folder / "out", ".json")],
            },
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


def data(folder, suffix):
    folder.mkdir(exist_ok=True)
    return {"type": "file", "location": str(folder), "file_suffix": suffix}


def run_job(config, *arguments, job=JOB, expect=0):
    """Runs a job on this machine; what it said on stderr."""
    command = [sys.executable, *job, "--direct", "--config", config, *arguments]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False
    )
    assert done.returncode == expect, done.stderr
    return done.stderr


def run_python(code):
    """Runs a piece of Python; what it printed, or said where it failed."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
