from dataclasses import replace

import numpy as np
import pytest
from described_videos import WIDTH, StoredFrames, labelled_videos, random_metadata

from vidcat.training.dataset import Examples, InvalidExamples


@pytest.fixture
def examples():
    return labelled_videos(4, seed=0, metadata=True)


def with_frames(examples, name, frames):
    stored = dict(examples.features) | {name: StoredFrames(np.array(frames, "float32"))}
    return replace(examples, features=stored)


def test_makes_no_video_be_read(examples):
    assert len(examples) == 4
    assert [stored.reads for stored in examples.features.values()] == [0] * 4


def test_gives_the_frames_of_a_video(examples):
    frames = examples.frames(2, feature_dim=WIDTH)
    np.testing.assert_array_equal(frames, examples.features["v2"].values)
    assert examples.feature_dim == WIDTH


def test_store_may_hold_more_videos(examples):
    fewer = Examples(
        ids=["v3", "v1"], features=examples.features, labels=examples.labels[[3, 1]]
    )
    np.testing.assert_array_equal(fewer.frames(0), examples.features["v3"].values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ids": []}, r"`ids` must not be empty. Received: 0 videos$"),
        ({"ids": ["v1", "v2", "v1", "v3"]}, r"must differ. Received: 'v1' twice$"),
        (
            {"ids": ["v1", "x", "v0", "y"]},
            r"none for 'x', 2 of 4 ids in all$",
        ),
        (
            {"labels": np.zeros((3, 2), "int8")},
            r"of shape \(4, labels\). Received: shape=\(3, 2\)$",
        ),
        ({"labels": np.zeros((4, 0), "int8")}, r"Received: shape=\(4, 0\)$"),
        ({"labels": np.zeros(4, "int8")}, r"Received: shape=\(4,\)$"),
        (
            {"labels": np.array([[0], [1], [2], [0]], "int8")},
            r"Received: 2 for 'v2', label 0$",
        ),
        (
            {"metadata": {"owner": np.zeros(4, "int32")}},
            r"must have \['language', 'numbers', 'owner', 'upload_category'\]. "
            r"Received: \['owner'\]$",
        ),
        (
            {"metadata": random_metadata(3, np.random.default_rng(0))},
            r"must have 4 rows. Received: 3 rows$",
        ),
    ],
)
def test_what_does_not_fit_is_refused(examples, change, message):
    with pytest.raises(InvalidExamples, match=message):
        replace(examples, **change)


def test_metadata_must_be_finite(examples):
    numbers = examples.metadata["numbers"].copy()
    numbers[2, 1] = np.nan
    with pytest.raises(InvalidExamples, match=r"Video 'v2': metadata must be finite"):
        replace(examples, metadata=dict(examples.metadata) | {"numbers": numbers})


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((0, WIDTH)), rf"at least one frame. Received: shape=\(0, {WIDTH}\)$"),
        (np.zeros(WIDTH), rf"Received: shape=\({WIDTH},\)$"),
        (np.zeros((2, 5)), r"must be 8 wide.*Received: shape=\(2, 5\)$"),
        ([[0.0] * 8, [0.0] * 6 + [np.nan, 0]], r"Received: frames\[1, 6\]=nan$"),
        ([[0.0] * 7 + [-np.inf]], r"Received: frames\[0, 7\]=-inf$"),
    ],
)
def test_features_that_cannot_be_used_are_named(examples, frames, message):
    broken = with_frames(examples, "v3", frames)
    with pytest.raises(InvalidExamples, match=f"^Video 'v3': .*{message}"):
        broken.frames(3, feature_dim=WIDTH)


def test_content_hash_tells_different_examples_apart(examples):
    other_labels = examples.labels.copy()
    other_labels[1, 1] = 1 - max(0, other_labels[1, 1])
    other_metadata = dict(examples.metadata) | {"owner": np.full(4, 1, "int32")}
    different = [
        examples,
        replace(examples, ids=["v1", "v0", "v2", "v3"]),
        replace(examples, labels=other_labels),
        replace(examples, metadata=None),
        replace(examples, metadata=other_metadata),
        with_frames(examples, "v0", np.zeros((1, WIDTH))),
    ]
    assert len({each.content_hash for each in different}) == 6
    assert labelled_videos(4, 0, metadata=True).content_hash == examples.content_hash
