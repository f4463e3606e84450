import keras
import numpy as np
import pytest

from vidcat.models.metadata import (
    MetadataShape,
    UnknownDropout,
    metadata_inputs,
    metadata_vector,
)

IDS = np.arange(1, 10_001, dtype="int32")


def test_outside_training_ids_pass_unchanged():
    np.testing.assert_array_equal(UnknownDropout(0.9)(IDS), IDS)


def test_in_training_the_share_asked_for_becomes_unknown():
    dropped = np.asarray(UnknownDropout(0.3, seed=5)(IDS, training=True))
    # 10,000 draws: five standard deviations of the share are 0.023.
    assert (dropped == 0).mean() == pytest.approx(0.3, abs=0.023)
    np.testing.assert_array_equal(dropped[dropped > 0], IDS[dropped > 0])
    assert dropped.dtype == np.int32


@pytest.mark.parametrize(("rate", "left"), [(0, IDS), (1, np.zeros_like(IDS))])
def test_none_or_all_can_be_dropped(rate, left):
    np.testing.assert_array_equal(UnknownDropout(rate)(IDS, training=True), left)


def test_each_call_draws_anew():
    layer = UnknownDropout(0.5, seed=5)
    first, second = (np.asarray(layer(IDS, training=True)) for _ in range(2))
    assert (first != second).any()


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_rate_must_be_a_share(rate):
    with pytest.raises(ValueError, match=rf"Received: rate={rate}$"):
        UnknownDropout(rate)


@pytest.mark.parametrize("field", ["owners", "upload_categories", "languages"])
def test_a_field_needs_at_least_the_unknown_value(field):
    counts = {"owners": 2, "upload_categories": 2, "languages": 2} | {field: 0}
    with pytest.raises(ValueError, match=f"{field}=0"):
        MetadataShape(**counts)


@pytest.fixture(scope="module")
def branch():
    keras.utils.set_random_seed(0)
    inputs = metadata_inputs()
    shape = MetadataShape(owners=5, upload_categories=3, languages=4)
    return keras.Model(inputs, metadata_vector(inputs, shape, owner_dropout=0.5))


def row(**changes):
    values = {
        "owner": np.array([4], "int32"),
        "upload_category": np.array([2], "int32"),
        "language": np.array([3], "int32"),
        "numbers": np.array([[0.5, 1.0, -0.5, 1.0]], "float32"),
    }
    return values | {
        name: np.array([value], values[name].dtype) for name, value in changes.items()
    }


@pytest.mark.parametrize(
    "change",
    [
        {"owner": 0},
        {"upload_category": 0},
        {"language": 0},
        {"numbers": [0.0, 0.0, -0.5, 1.0]},
        {"numbers": [0.5, 1.0, 0.0, 0.0]},
    ],
    ids=lambda change: f"{change}",
)
def test_every_field_counts_and_may_be_missing(branch, change):
    known, missing = np.asarray(branch(row())), np.asarray(branch(row(**change)))
    assert np.isfinite(missing).all()
    assert np.abs(known - missing).max() > 1e-3


def test_owners_are_hidden_in_training_only(branch):
    with_owner = np.asarray(branch(row()))
    without = np.asarray(branch(row(owner=0)))
    seen = [np.asarray(branch(row(), training=True)) for _ in range(30)]
    hidden = sum(np.allclose(vector, without) for vector in seen)
    shown = sum(np.allclose(vector, with_owner) for vector in seen)
    assert hidden + shown == 30
    assert hidden > 3
    assert shown > 3
