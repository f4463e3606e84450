"""Training on several devices, tried on two virtual ones."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from described_videos import labelled_videos

from vidcat.training.evaluation import video_metrics


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    script = Path(__file__).with_name("on_two_devices.py")
    folder = tmp_path_factory.mktemp("replicas")
    done = subprocess.run(
        [sys.executable, script, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_learns(printed):
    losses = [entry["loss"] for entry in printed["history"]]
    assert losses[1] < 0.9 * losses[0]


def test_validation_scores_come_back_in_their_order(printed):
    # Each batch is shared out; what is measured then must be what one device gives.
    validation = labelled_videos(18, seed=2)
    figures = video_metrics(validation.labels, np.array(printed["scores"]))
    best = printed["history"][printed["best_epoch"] - 1]
    assert figures["gap"] == pytest.approx(best["validation_gap"], abs=1e-5)
    assert figures["gap"] > 0.8


def test_goes_on_after_a_stop(printed):
    assert printed["resumed_after_epoch"] == 1
    assert [entry["epoch"] for entry in printed["history"]] == [1, 2]
