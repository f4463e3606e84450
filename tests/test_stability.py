import math

import numpy as np
import pytest

from vidcat.training.monitoring.score_tally import (
    CELLS,
    ScoreCounter,
    ScoresOf,
    ScoreTally,
)
from vidcat.training.monitoring.stability import (
    bin_ends,
    compare_scores,
    score_shift,
    stability_index,
)

TENNIS = ScoresOf("results", "539")


def tally(scores, worth=None):
    counter = ScoreCounter()
    counter.add(TENNIS, scores)
    return counter.counts()[TENNIS], len(scores) if worth is None else worth


def shift(before, now):
    return score_shift(TENNIS, tally(before), tally(now))


def test_the_index_is_as_by_hand():
    # Shares of 30 and 70 scores, half a score more in each bin: 30.5 and 70.5 of
    # 101; then 60.5 and 40.5.
    p, q = np.array([30.5, 70.5]) / 101, np.array([60.5, 40.5]) / 101
    by_hand = (q[0] - p[0]) * math.log(q[0] / p[0])
    by_hand += (q[1] - p[1]) * math.log(q[1] / p[1])
    assert stability_index([30, 70], [60, 40]) == pytest.approx(by_hand)
    assert stability_index([30, 70], [300, 700]) == pytest.approx(0, abs=1e-3)
    assert math.isfinite(stability_index([0, 10], [10, 0]))


def test_bins_are_tenths_of_the_baseline():
    scores = np.arange(1000) / 1000
    found = shift(scores, scores**2)
    assert len(found.bins) == 10
    assert [one.baseline for one in found.bins] == pytest.approx([0.1] * 10)
    assert found.bins[0].low == 0
    assert found.bins[-1].high == 1
    # The hundredth score ends it, 0.099: x^2 rounds to that or less up to 0.314.
    assert found.bins[0].today == 0.315
    assert found.p_value < 1e-6


def test_a_heavy_score_has_a_bin_of_its_own():
    counts = np.zeros(CELLS, np.int64)
    counts[[100, 5000, 9000]] = 5, 90, 5
    assert bin_ends(counts, 10).tolist() == [4999, 5000, 10000]
    # All in one place, then all in another: no bin may hold both.
    constant = np.full(200, 0.9)
    assert shift(constant, np.full(200, 0.1)).index > 5
    assert shift(constant, constant).index == 0
    assert shift(constant, constant).p_value == 1.0


def test_few_scores_have_fewer_bins_and_fewest_none():
    rng = np.random.default_rng(0)
    assert len(shift(rng.random(500), rng.random(23)).bins) == 4
    few = shift(rng.random(500), rng.random(9))
    assert few.bins == ()
    assert math.isnan(few.index)
    assert few.p_value == 1.0
    assert (few.baseline, few.today) == (500, 9)


def test_what_chance_alone_gives_is_as_expected():
    rng = np.random.default_rng(1)
    found = [shift(rng.beta(2, 1, 400), rng.beta(2, 1, 100)) for _ in range(400)]
    # Yurdakul, 2018: (10 - 1) (1 / 400 + 1 / 100).
    assert found[0].expected == pytest.approx(9 * 0.0125)
    mean = np.mean([one.index for one in found])
    assert mean == pytest.approx(9 * 0.0125, rel=0.1)
    # 20 of 400 are to be below 0.05; 4.4 is the standard deviation.
    assert 6 <= sum(one.p_value < 0.05 for one in found) <= 34


def test_scores_of_few_owners_are_worth_less():
    rng = np.random.default_rng(2)
    before, now = rng.beta(2, 1, 400), rng.beta(3, 1, 400)
    sure = score_shift(TENNIS, tally(before), tally(now))
    unsure = score_shift(TENNIS, tally(before, 60.0), tally(now, 60.0))
    assert unsure.index == pytest.approx(sure.index)
    assert unsure.expected == pytest.approx(9 * 2 / 60)
    assert unsure.p_value > sure.p_value


def test_scores_that_one_side_lacks_are_not_compared():
    music = ScoresOf("results", "338")
    counts, worth = tally([0.5] * 20)
    both = ScoreTally(
        counts={TENNIS: counts, music: counts}, effective={TENNIS: 20, music: 20}
    )
    one = ScoreTally(counts={TENNIS: counts}, effective={TENNIS: worth})
    assert [found.of for found in compare_scores(both, one)] == [TENNIS]
    assert [found.of for found in compare_scores(one, both)] == [TENNIS]


def test_scores_are_counted_by_four_decimals_one_by_one_or_together():
    counter = ScoreCounter()
    for score in (0.0, 0.1234, 0.1234, 1.0):
        counter.add_one(TENNIS, score)
    counter.add(TENNIS, np.array([0.12344, 1.0], np.float32))
    counts = counter.counts()[TENNIS]
    assert counts[[0, 1234, 10000]].tolist() == [1, 3, 2]
    assert counts.sum() == 6
