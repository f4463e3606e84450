"""A training that is killed goes on, in a process that is really killed."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from described_videos import labelled_videos

from vidcat.models.metadata import MetadataShape
from vidcat.training.config import TrainConfig
from vidcat.training.fit import fit

CONFIG = TrainConfig(
    preset="small", epochs=3, batch_size=8, patience=4, seed=3, owner_dropout=0.5
)


VALIDATION = labelled_videos(10, seed=2, metadata=True)


def train_in(folder, config=CONFIG, validation=VALIDATION, progress=None):
    return fit(
        labelled_videos(20, seed=1, metadata=True),
        validation,
        config,
        folder,
        metadata_shape=MetadataShape(owners=5, upload_categories=3, languages=4),
        progress=progress,
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return train_in(tmp_path_factory.mktemp("undisturbed"))


def same_weights(first, second):
    pairs = zip(first.model.get_weights(), second.model.get_weights(), strict=True)
    return all(np.array_equal(ours, theirs) for ours, theirs in pairs)


def without_seconds(history):
    return [{k: v for k, v in entry.items() if k != "seconds"} for entry in history]


def test_killed_training_ends_with_the_same_weights(undisturbed, tmp_path):
    child = subprocess.Popen(
        [sys.executable, __file__, tmp_path], stdout=subprocess.PIPE, text=True
    )
    # It says so in the middle of its third epoch, and then waits to be killed.
    assert child.stdout.readline() == "third epoch\n"
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait(timeout=30) == -signal.SIGKILL
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]
    result = train_in(tmp_path)
    assert result.resumed_after_epoch == 2
    assert without_seconds(result.history) == without_seconds(undisturbed.history)
    assert result.best_epoch == undisturbed.best_epoch
    assert same_weights(result, undisturbed)


def test_patience_counts_the_epochs_before_the_stop(tmp_path):
    # Where every label is true every ranking is perfect: no epoch beats the first.
    all_true = replace(VALIDATION, labels=np.ones_like(VALIDATION.labels))
    config = replace(CONFIG, pooling="average", epochs=9, patience=2)

    def interrupt(report):
        if report.epoch == 2:
            raise KeyboardInterrupt("by hand")

    with pytest.raises(KeyboardInterrupt, match="by hand"):
        train_in(tmp_path, config, all_true, interrupt)
    result = train_in(tmp_path, config, all_true)
    assert (result.resumed_after_epoch, result.best_epoch) == (1, 1)
    assert len(result.history) == 3


if __name__ == "__main__":

    def wait_to_be_killed(report):
        if report.epoch == 3 and report.batch == 2:
            print("third epoch", flush=True)
            time.sleep(600)

    train_in(Path(sys.argv[1]), progress=wait_to_be_killed)
