import math

import numpy as np
import pytest

from vidcat.training.thresholds import LEAST_PREDICTIONS, fit_thresholds


def fit(scores, labels, target=0.8):
    return fit_thresholds(scores, labels, target_precision=target, truth="gold")


def test_the_threshold_covers_most_at_the_target():
    # One label, strict to loose: right, right, right, wrong (3/4), right (4/5),
    # wrong (4/6): most coverage at 0.8 or more is at 0.5.
    scores = [[0.9], [0.8], [0.7], [0.6], [0.5], [0.4]]
    labels = [[1], [1], [1], [0], [1], [0]]
    assert fit(scores, labels).values == (0.5,)
    assert fit(scores, labels, target=0.81).values == (0.7,)


def test_one_threshold_holds_for_all_labels():
    scores = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.6]]
    labels = [[1, 0], [0, 1], [0, 0]]
    thresholds = fit(scores, labels)
    assert thresholds.values == (0.8, 0.8)
    assert (thresholds.target_precision, thresholds.truth) == (0.8, "gold")


def test_coverage_counts_videos_not_labels():
    # The second labels of videos 0 and 1 are wrong. Down to 0.8 two videos are
    # covered; 0.6 would cover the third, but at a precision of 3/5.
    scores = [[0.9, 0.7], [0.8, 0.65], [0.6, 0.1]]
    labels = [[1, 0], [1, 0], [1, 0]]
    assert fit(scores, labels).values == (0.8, 0.8)


def test_it_abstains_where_the_target_is_out_of_reach():
    thresholds = fit([[0.9], [0.4]], [[0], [1]])
    assert thresholds.values == (math.inf,)
    assert thresholds.abstains
    assert thresholds.confident == (False,)
    assert not thresholds.reached(np.array([[1.0]])).any()


def test_it_abstains_without_any_known_truth():
    assert fit([[0.9]], [[-1]]).abstains


def test_unknown_labels_are_neither_right_nor_wrong():
    # Were the unknown labels wrong, precision would be 2/3 at 0.8 and 4/6 at 0.6;
    # were they right, 6/7 at 0.5 would do.
    scores = [[0.9, 0.85], [0.8, 0.0], [0.7, 0.65], [0.6, 0.0], [0.5, 0.0]]
    labels = [[1, -1], [1, 0], [1, -1], [1, 0], [0, 0]]
    assert fit(scores, labels).values == (0.5, 0.5)
    labels[3] = [0, 0]
    assert fit(scores, labels).values == (0.7, 0.7)


def test_a_label_is_confident_with_enough_right_predictions_of_its_own():
    n = LEAST_PREDICTIONS
    # Label 0 is right n times; label 1 once less often; label 2 is right too rarely.
    labels = np.zeros((3 * n, 3), np.int8)
    scores = np.zeros((3 * n, 3))
    for label, (predicted, right) in enumerate([(n, n), (n - 1, n - 1), (n, n - 4)]):
        rows = np.arange(label * n, label * n + predicted)
        scores[rows, label] = 0.9
        labels[rows[:right], label] = 1
    thresholds = fit(scores, labels)
    assert thresholds.values == (0.9,) * 3
    assert thresholds.confident == (True, False, False)


def test_the_chance_behind_the_least_support():
    # Were the precision only 0.8, so many right predictions had a chance below 5 %.
    assert 0.8**LEAST_PREDICTIONS < 0.05 <= 0.8 ** (LEAST_PREDICTIONS - 1)


@pytest.mark.parametrize("target", [0.0, 1.5])
def test_the_target_is_a_share(target):
    with pytest.raises(ValueError, match=f"target_precision={target}"):
        fit([[0.9]], [[1]], target=target)
