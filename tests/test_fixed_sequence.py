import numpy as np
import pytest

from vidcat.training.deciding.dependence import fit_dependence
from vidcat.training.deciding.fixed_sequence import Predictions, loosest_shown
from vidcat.training.deciding.promise import Promise


def predictions(scores, correct, groups=None):
    scores = np.array(scores, float)
    owners = np.arange(len(scores)) if groups is None else np.array(groups)
    return Predictions.of(scores, np.array(correct, bool), owners)


def test_predictions_are_sorted_by_score_and_keep_their_order_where_equal():
    found = predictions([0.2, 0.9, 0.2], [True, False, False], [5, 6, 7])
    assert found.scores.tolist() == [0.9, 0.2, 0.2]
    assert found.correct.tolist() == [False, True, False]
    assert found.groups.tolist() == [6, 5, 7]


def test_effective_predictions_are_counted_by_owner():
    # Owners a, a, b, a: squared numbers add up to 1, 4, 5, 10, so that a prediction
    # has a mean of 1, 2, 5/3 and 10/4 of its own owner.
    found = predictions([0.9, 0.8, 0.7, 0.6], [True] * 4, [0, 0, 1, 0])
    expected = [1 / 1, 2 / 1.5, 3 / (1 + (5 / 3 - 1) / 2), 4 / (1 + 1.5 / 2)]
    np.testing.assert_allclose(found.effective(0.5), expected)
    np.testing.assert_allclose(found.effective(0.0), [1, 2, 3, 4])
    # Fully dependent videos of one owner are one.
    one_owner = predictions([0.9] * 5, [True] * 5, [3] * 5)
    np.testing.assert_allclose(one_owner.effective(1.0), 1)


def test_fourteen_videos_of_one_owner_show_less_than_of_fourteen():
    alone = predictions([0.9] * 14, [True] * 14)
    assert loosest_shown(alone, Promise(), 0.2) is not None
    together = predictions([0.9] * 14, [True] * 14, [0] * 14)
    assert loosest_shown(together, Promise(), 0.0) is not None
    assert loosest_shown(together, Promise(), 0.2) is None


def test_testing_stops_at_the_first_threshold_that_fails():
    # 20 right, then 30 wrong, then 300 right: 320 of 350 would hold the target, but
    # between lies a threshold at which 20 of 50 are right.
    scores = np.r_[np.full(20, 0.95), np.full(30, 0.90), np.full(300, 0.85)]
    correct = np.r_[np.full(20, True), np.full(30, False), np.full(300, True)]
    shown = loosest_shown(predictions(scores, correct), Promise(), 0.0)
    # The first threshold tested is that of most predictions, where all is well.
    assert shown.support.predictions == 350
    # Where scores speak for the strict ones only, testing starts and ends there.
    timid = np.r_[np.full(20, 0.99), np.full(30, 0.3), np.full(300, 0.2)]
    shown = loosest_shown(predictions(timid, correct), Promise(), 0.0)
    assert shown.support.predictions == 20
    assert shown.threshold == pytest.approx((0.99 + 0.3) / 2)


def test_the_first_threshold_is_chosen_before_any_truth_is_seen():
    rng = np.random.default_rng(0)
    scores = rng.random(500)
    # What is tested first fails, whatever else would pass: nothing is shown.
    wrong_first = predictions(scores, scores < 0.5)
    assert loosest_shown(wrong_first, Promise(), 0.0) is None


def test_equal_scores_are_let_through_together():
    shown = loosest_shown(predictions([0.9] * 20, [True] * 20), Promise(), 0.0)
    assert (shown.threshold, shown.support.predictions) == (0.9, 20)


def test_nothing_is_shown_by_nothing():
    assert loosest_shown(predictions([], []), Promise(), 0.0) is None


def owners_that_err_together(random, owners, videos_each, precision, correlation):
    """An owner's own precision is drawn; its videos are right by it."""
    spread = 1 / correlation - 1
    own = random.beta(precision * spread, (1 - precision) * spread, owners)
    groups = np.repeat(np.arange(owners), videos_each)
    return random.random(groups.size) < own[groups], groups


@pytest.mark.parametrize(
    ("owners", "videos_each", "correlation"), [(40, 20, 0.3), (15, 40, 0.2)]
)
def test_a_target_that_is_just_missed_is_seldom_shown_for_owners_that_err_together(
    owners, videos_each, correlation
):
    # Precision is 0.799. In 200 draws the promise may be broken 17 times: of 5 % this
    # is what chance stays under in all but 2 % of cases (binomial).
    rng = np.random.default_rng(7)
    broken = {"by owner": 0, "as if independent": 0}
    for _ in range(200):
        right, groups = owners_that_err_together(
            rng, owners, videos_each, 0.799, correlation
        )
        expected = np.full((right.size, 1), 0.799)
        found = fit_dependence(expected, right[:, None].astype(np.int8), groups)
        right, groups = owners_that_err_together(
            rng, owners, videos_each, 0.799, correlation
        )
        # Scores that promise too much, so that the loosest threshold is tested.
        scores = rng.uniform(0.86, 0.90, right.size)
        drawn = Predictions.of(scores, right, groups)
        for way, rho in zip(broken, (found.same_category[0], 0.0), strict=True):
            broken[way] += loosest_shown(drawn, Promise(), rho) is not None
    assert broken["by owner"] <= 17
    assert broken["as if independent"] > 25
