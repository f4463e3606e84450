import os
import subprocess
import sys
from pathlib import Path

import pytest

from vidcat.inference.backfill.processes import share_cores
from vidcat.inference.encoders.threads import network_threads, usable_cores

SHARED = Path(
    os.environ.get("VIDCAT_SHARED_DATA", Path(__file__).parents[2] / "shared/data")
)


@pytest.mark.parametrize(
    ("processes", "cores", "threads"),
    [(1, 8, 8), (2, 8, 4), (3, 8, 2), (8, 8, 1), (16, 8, 1), (2, 2, 1)],
)
def test_threads_of_all_processes_are_no_more_than_cores(processes, cores, threads):
    assert share_cores(processes, cores).threads == threads


def test_numbers_below_one_are_refused():
    with pytest.raises(ValueError, match="Received: processes=0, cores=4"):
        share_cores(0, 4)
    with pytest.raises(ValueError, match="Received: processes=1, cores=0"):
        share_cores(1, 0)


def test_the_share_is_said_to_children_alone_and_what_is_set_stays(monkeypatch):
    share = share_cores(2, 6)
    for name in share.variables:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    printing = "import os; print(*[os.environ[name] for name in {names!r}])"
    names = ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"]
    words = [sys.executable, "-c", printing.format(names=names)]
    with share.given_to_children():
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        assert network_threads() == 3
    assert said.split() == ["3", "3", "5"]
    assert network_threads() == usable_cores()
    assert os.environ["OMP_NUM_THREADS"] == "5"
    assert "NPROC" not in os.environ


# Threads of a process that has computed with all that we compute with; what came out.
COMPUTING = """
import hashlib, os, pathlib, sys
import numpy as np, keras
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.models.visual import build_visual_categorizer
from tiny_network import add_tiny_network

def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape)

add_tiny_network()
results = []
for name in ("tiny", *sys.argv[1:]):
    weights = None if name.endswith(".tflite") else "random"
    encoder = FrameEncoder.load(name, weights)
    size = encoder.input_size
    frames = np.random.default_rng(0).integers(0, 256, (30, size, size, 3), np.uint8)
    results.append(encoder.describe(frames))
keras.utils.set_random_seed(0)
network = build_visual_categorizer(labels=196, preset="small")
frames = noise(8, 64, 1024).astype("float32")
mask = np.ones((8, 64), bool)
results.append(network.predict_on_batch({"frames": frames, "mask": mask}))
results.append(noise(300, 2048) @ noise(2048, 1024))
digest = hashlib.sha256(b"".join(np.asarray(one).tobytes() for one in results))
print(len(os.listdir("/proc/self/task")), digest.hexdigest())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads as Linux does")
def test_more_processes_have_fewer_threads_and_compute_the_same_bytes(monkeypatch):
    for name in share_cores(1).variables:
        monkeypatch.delenv(name, raising=False)
    real = [str(path) for path in SHARED.glob("mobilenet/*.tflite")]
    counts, digests = [], set()
    for processes in (1, 6):
        with share_cores(processes, cores=6).given_to_children():
            done = subprocess.run(
                [sys.executable, "-c", COMPUTING, *real],
                cwd=Path(__file__).parent,
                check=True,
                capture_output=True,
                text=True,
            )
        threads, digest = done.stdout.split()
        counts.append(int(threads))
        digests.add(digest)
    # TensorFlow alone has two pools, of 6 or of 1; other threads are always there.
    assert counts[0] >= counts[1] + 10
    assert len(digests) == 1
