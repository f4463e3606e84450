import math

import numpy as np
import pytest
from scipy.special import expit, logit

from vidcat.inference.decisions import Thresholds
from vidcat.training.merges.balance import Balance, fit_balance


def thresholds(*values):
    return Thresholds(
        values=values,
        confident=(True,) * len(values),
        target_precision=0.8,
        truth="gold",
    )


def test_even_sources_are_left_as_they_are():
    text, visual = np.array([[0.3, np.nan, 0.5]]), np.array([[0.6, np.nan, np.nan]])
    even = Balance(handicap=0.0)
    np.testing.assert_array_equal(even.combine(text, visual), [[0.6, np.nan, 0.5]])
    assert even.for_text(thresholds(0.7, math.inf)).values == (0.7, math.inf)


@pytest.mark.parametrize("handicap", [1.5, -0.7])
def test_both_reach_their_thresholds_where_the_greater_reaches_the_common_one(handicap):
    rng = np.random.default_rng(0)
    text, visual = rng.random((2, 500, 3))
    balance = Balance(handicap=handicap)
    common = thresholds(0.4, 0.6, 0.9)
    together = balance.combine(text, visual) >= np.array(common.values)
    either = (text >= np.array(balance.for_text(common).values)) | (
        visual >= np.array(balance.for_visual(common).values)
    )
    np.testing.assert_array_equal(together, either)
    assert 0 < together.sum() < together.size
    moved = balance.for_text(common) if handicap > 0 else balance.for_visual(common)
    np.testing.assert_allclose(
        moved.values, expit(logit(common.values) + abs(handicap)), rtol=1e-6
    )


def test_a_source_that_is_not_listened_to_never_speaks():
    text, visual = np.array([[0.9]]), np.array([[0.3]])
    deaf = Balance(handicap=math.inf)
    assert deaf.combine(text, visual).item() == 0.3
    assert deaf.for_text(thresholds(0.2)).values == (math.inf,)
    assert deaf.for_visual(thresholds(0.2)).values == (0.2,)


def test_a_source_that_boasts_has_a_handicap():
    # Frames are as sure as they say; text says 0.95 and is right in three of four
    # there, but always where it says 0.99.
    rng = np.random.default_rng(1)
    visual = np.where(np.arange(400) < 100, 0.85, 0.05)[:, None]
    text = np.full((400, 1), 0.01)
    text[200:280], text[280:320] = 0.95, 0.99
    labels = np.zeros((400, 1), np.int8)
    labels[:82] = 1
    labels[200:230] = 1
    labels[280:320] = 1
    rng.shuffle(labels[200:280])
    balance = fit_balance(text, visual, labels, 0.8)
    assert balance.handicap == pytest.approx(logit(0.99) - logit(0.85))


def test_without_a_way_to_the_target_both_count_alike():
    wrong = np.zeros((9, 1), np.int8)
    assert fit_balance(np.full((9, 1), 0.9), np.full((9, 1), 0.9), wrong, 0.8) == (
        Balance(handicap=0.0)
    )
