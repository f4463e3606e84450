import math

import numpy as np
import pytest

from vidcat.inference.merges.stacking import FEATURES, Stacker, stacking_features

SILENT = math.nan


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


@pytest.fixture
def stacker():
    return Stacker(weights=(0.5, 2.0, 0.25, -0.75, 1.5), intercept=-1.0)


def test_features_of_both_of_one_and_of_none():
    # logit(0.8) = ln 4, logit(0.5) = 0, logit(0.2) = -ln 4.
    features = stacking_features(
        np.array([[0.8, SILENT, SILENT]]), np.array([[0.5, 0.2, SILENT]])
    )
    expected = [
        [math.log(4), 0.0, 1, 1, 0.4],
        [0.0, -math.log(4), 0, 1, 0.0],
        [0.0, 0.0, 0, 0, 0.0],
    ]
    np.testing.assert_allclose(features[0], expected, atol=1e-12)


def test_the_combined_probability_by_hand(stacker):
    combined = stacker.combine(
        np.array([[0.8, SILENT, SILENT]]), np.array([[0.5, 0.2, SILENT]])
    )
    both = sigmoid(0.5 * math.log(4) + 0.25 - 0.75 + 1.5 * 0.4 - 1)
    frames = sigmoid(2 * -math.log(4) - 0.75 - 1)
    np.testing.assert_allclose(combined, [[both, frames, SILENT]], rtol=1e-12)


def test_certainty_is_finite(stacker):
    combined = stacker.combine(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]))
    assert np.isfinite(combined).all()
    assert combined[0, 0] < 0.01
    assert combined[0, 1] > 0.99


def test_json_names_the_weights(stacker):
    values = stacker.to_json()
    assert values["weights"]["agreement"] == 1.5
    assert Stacker.from_json(values) == stacker


def test_there_is_a_weight_for_each_feature():
    with pytest.raises(ValueError, match=r"Received: weights=\(1\.0,\)"):
        Stacker(weights=(1.0,), intercept=0.0)
    assert len(FEATURES) == 5
