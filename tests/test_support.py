import numpy as np
import pytest
from scipy.stats import beta, binom

from vidcat.training.deciding.support import (
    chance_of,
    least_correct,
    lower_bound,
    predictions_needed,
)


def test_the_bound_is_that_of_clopper_and_pearson():
    correct = np.array([1, 14, 40, 150])
    predictions = np.array([3, 14, 44, 176])
    expected = beta.ppf(0.05, correct, predictions - correct + 1)
    np.testing.assert_allclose(lower_bound(correct, predictions), expected)
    assert lower_bound(0, 7) == 0


def test_the_bound_is_the_precision_under_which_so_many_are_a_surprise():
    # At a precision of the bound, 40 or more of 44 have a chance of 5 %.
    bound = float(lower_bound(40, 44))
    assert binom.sf(39, 44, bound) == pytest.approx(0.05)
    assert binom.sf(39, 44, float(lower_bound(40, 44, 0.5))) == pytest.approx(0.5)


@pytest.mark.parametrize("predictions", [14, 44, 176, 1000])
def test_the_least_number_of_correct_ones_is_where_the_bound_meets_the_target(
    predictions,
):
    every = np.arange(predictions + 1)
    by_search = every[lower_bound(every, np.full(every.shape, predictions)) >= 0.8][0]
    least = float(least_correct(predictions, 0.8))
    assert by_search - 1 < least <= by_search


def test_too_few_predictions_never_show_the_target():
    np.testing.assert_array_equal(least_correct([1, 13], 0.8), np.inf)
    assert np.isfinite(least_correct(14, 0.8))


def test_the_chance_of_so_many_right_ones_is_binomial():
    correct, predictions = np.array([40, 14, 1]), np.array([44, 14, 9])
    np.testing.assert_allclose(
        chance_of(correct, predictions, 0.9), binom.sf(correct - 1, predictions, 0.9)
    )
    # Infinity is asked for where nothing is enough.
    assert chance_of(np.inf, 13, 1.0) == 0


def test_what_a_category_needs():
    assert [predictions_needed(share) for share in (1.0, 0.9, 0.85)] == [14, 44, 176]
    assert predictions_needed(0.8) is None
    assert predictions_needed(0.7) is None
    # 0.9^29 = 0.047.
    assert predictions_needed(1.0, target_precision=0.9) == 29
    # 0.81 is shown to be above 0.8 by some 44,000: that of a normal approximation.
    needed = predictions_needed(0.81)
    assert needed == pytest.approx((1.645 / 0.01) ** 2 * 0.81 * 0.19, rel=0.1)
