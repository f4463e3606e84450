import numpy as np
import pytest
from described_videos import WIDTH, StoredFrames, labelled_videos
from hypothesis import given
from hypothesis import strategies as st

from vidcat.training.dataset import Examples
from vidcat.training.networks.batches import VideoBatches, padded_length


def order_of(batches):
    """The videos in the order of an epoch, told by their metadata."""
    rows = [
        inputs["numbers"][:, 0]
        for inputs, _ in (batches[i] for i in range(len(batches)))
    ]
    numbers = list(batches.examples.metadata["numbers"][:, 0])
    return [numbers.index(value) for row in rows for value in row]


@pytest.fixture
def examples():
    return labelled_videos(7, seed=0, metadata=True)


def test_batch_holds_padded_frames_mask_metadata_and_labels(examples):
    inputs, labels = VideoBatches(examples, batch_size=3)[0]
    # v0, v1 and v2 have one, two and three frames: padded to four.
    assert inputs["frames"].shape == (3, 4, WIDTH)
    assert inputs["frames"].dtype == np.float32
    assert inputs["mask"].tolist() == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
    ]
    np.testing.assert_array_equal(
        inputs["frames"][inputs["mask"]],
        np.concatenate([examples.features[f"v{n}"].values for n in range(3)]),
    )
    assert not inputs["frames"][~inputs["mask"]].any()
    for name, values in examples.metadata.items():
        np.testing.assert_array_equal(inputs[name], values[:3])
    np.testing.assert_array_equal(labels, examples.labels[:3])


def test_last_batch_is_filled_with_videos_whose_labels_do_not_count(examples):
    batches = VideoBatches(examples, batch_size=3)
    assert len(batches) == 3
    inputs, labels = batches[2]
    assert order_of(batches) == [0, 1, 2, 3, 4, 5, 6, 0, 1]
    np.testing.assert_array_equal(labels[0], examples.labels[6])
    assert (labels[1:] == -1).all()
    assert inputs["mask"].any(axis=1).all()
    assert (examples.labels[0] != -1).any()


def test_batch_may_be_larger_than_the_examples(examples):
    inputs, labels = VideoBatches(examples, batch_size=16)[0]
    assert len(inputs["frames"]) == len(labels) == 16
    assert (labels[7:] == -1).all()


def test_order_follows_from_seed_and_epoch(examples):
    batches = VideoBatches(examples, batch_size=7, seed=3)
    orders = []
    for epoch in (0, 1, 0):
        batches.start_epoch(epoch)
        orders.append(order_of(batches))
    assert orders[0] == orders[2]
    assert orders[0] != orders[1]
    assert all(sorted(order) == list(range(7)) for order in orders)
    other = VideoBatches(examples, batch_size=7, seed=4)
    assert order_of(other) != orders[0]
    assert order_of(VideoBatches(examples, batch_size=7)) == list(range(7))


def test_reads_only_the_videos_of_the_batch(examples):
    batches = VideoBatches(examples, batch_size=3)
    assert examples.feature_dim == WIDTH
    before = [stored.reads for stored in examples.features.values()]
    batches[1]
    after = [stored.reads for stored in examples.features.values()]
    assert np.subtract(after, before).tolist() == [0, 0, 0, 1, 1, 1, 0]


def test_long_videos_are_thinned_evenly():
    frames = np.arange(10, dtype="float32")[:, None]
    examples = Examples(
        ids=["long"],
        features={"long": StoredFrames(frames)},
        labels=np.ones((1, 1), "int8"),
    )
    inputs, _ = VideoBatches(examples, batch_size=1, max_frames=5)[0]
    kept = inputs["frames"][0, :, 0]
    assert np.diff(kept).tolist() == [2, 2, 2, 2]
    assert inputs["mask"].all()


@given(st.integers(1, 400), st.integers(1, 400))
def test_padded_length_holds_the_frames_and_wastes_little(frames, max_frames):
    frames = min(frames, max_frames)
    length = padded_length(frames, max_frames)
    assert frames <= length <= max_frames
    assert length < 2 * frames
    assert length - frames < 32


def test_there_are_few_padded_lengths():
    assert len({padded_length(frames, 300) for frames in range(1, 301)}) == 15


def test_batch_outside_the_epoch_is_an_error(examples):
    with pytest.raises(IndexError, match=r"There are 3 batches. Received: index=3$"):
        VideoBatches(examples, batch_size=3)[3]


@pytest.mark.parametrize("name", ["batch_size", "max_frames"])
def test_sizes_must_be_positive(examples, name):
    with pytest.raises(ValueError, match=f"{name}=0"):
        VideoBatches(examples, **({"batch_size": 2} | {name: 0}))
