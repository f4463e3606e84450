"""A task that pooling decides: what averages tell is not enough."""

import numpy as np
import pytest
from described_videos import StoredFrames

from vidcat.training.config import TrainConfig
from vidcat.training.dataset import Examples
from vidcat.training.fit import fit

WIDTH = 16
LABELS = 4
AXES = np.linalg.qr(np.random.default_rng(9).normal(size=(WIDTH, WIDTH)))[0]


def videos_with_rare_frames(count, seed):
    """Videos whose labels are told by one frame each, the signs of two axes in it.

    Label `k` belongs to axes `2k` and `2k + 1`. Of a video with the label one frame
    holds both axes with the same sign; every other frame, of any video, is a
    distractor that holds the axes of some pair with opposite signs. All signs are
    drawn evenly: rare frame and distractor have the same mean, 0, the same norm, and
    the same distribution along each axis. The mean of a video's frames holds the one
    rare frame under a sum of twelve to twenty-four random ones.
    """
    rng = np.random.default_rng(seed)
    labels = (rng.random((count, LABELS)) < 0.3).astype(np.int8)
    features = {}
    for n in range(count):
        pairs = rng.integers(LABELS, size=rng.integers(12, 25))
        distractors = AXES[2 * pairs] - AXES[2 * pairs + 1]
        rare = np.flatnonzero(labels[n])
        frames = np.concatenate([distractors, AXES[2 * rare] + AXES[2 * rare + 1]])
        frames *= rng.choice([-1, 1], size=(len(frames), 1)) / np.sqrt(2)
        frames = rng.permutation(frames) + 0.03 * rng.normal(size=frames.shape)
        features[f"v{n}"] = StoredFrames(frames.astype(np.float32))
    return Examples(ids=list(features), features=features, labels=labels)


@pytest.fixture(scope="module")
def parts():
    return videos_with_rare_frames(480, seed=1), videos_with_rare_frames(200, seed=2)


def best_precision(parts, folder, pooling):
    config = TrainConfig(
        preset="small",
        pooling=pooling,
        epochs=9,
        batch_size=32,
        learning_rate=2e-3,
        patience=9,
    )
    history = fit(*parts, config, folder).history
    return max(entry["validation_mean_average_precision"] for entry in history)


def test_rare_frame_and_distractors_share_mean_norm_and_spread(parts):
    train, _ = parts
    stored = [train.features[name].values @ AXES.T for name in train.ids]
    kinds = {-1: [], 1: []}
    for frames in stored:
        for frame in frames:
            pairs = frame.reshape(-1, 2)
            shown = np.abs(pairs).sum(axis=1).argmax()
            kinds[int(np.sign(pairs[shown].prod()))].append(frame)
    rare, distractors = np.array(kinds[1]), np.array(kinds[-1])
    assert len(rare) == (train.labels == 1).sum()
    assert np.linalg.norm(rare, axis=1).mean() == pytest.approx(
        np.linalg.norm(distractors, axis=1).mean(), rel=0.01
    )
    # 570 rare frames: a mean of the 8 axes is within 4 standard errors of 0.
    for kind in (rare, distractors):
        assert np.abs(kind.mean(axis=0)).max() < 4 * 0.36 / np.sqrt(len(kind))


def test_nextvlad_finds_the_rare_frame_and_averaging_does_not(parts, tmp_path):
    nextvlad = best_precision(parts, tmp_path / "nextvlad", "nextvlad")
    average = best_precision(parts, tmp_path / "average", "average")
    # By chance, ranking has a mean average precision of the labels' share, 0.3.
    assert nextvlad > 0.9
    assert average < 0.6
