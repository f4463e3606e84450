"""Figures for a catalog from a sample, and how far they may be off."""

import math

import numpy as np
import pytest

from vidcat.inference.backfill.planning.estimates import (
    Estimate,
    greater,
    mean_of,
    ratio_of,
    share_of,
)


def test_a_mean_has_the_interval_of_students_t():
    # Mean 4, standard deviation 2, three values: 4.302653 * 2 / sqrt(3), where
    # 4.302653 is the 97.5 % quantile of t with 2 degrees in any table.
    found = mean_of([2.0, 4.0, 6.0])
    assert found.value == 4
    assert found.margin == pytest.approx(4.302653 * 2 / math.sqrt(3), rel=1e-6)
    assert found.low == 0
    assert found.high == pytest.approx(4 + 4.968275, rel=1e-6)


def test_what_grows_exactly_with_size_is_sure():
    found = ratio_of([1.0, 2.0, 4.0], [10.0, 20.0, 40.0])
    assert found.value == pytest.approx(0.1)
    assert found.margin == pytest.approx(0, abs=1e-12)


def test_a_ratio_weighs_long_videos_more_than_short_ones():
    # 6 of 40 altogether, not the mean of 0.3 and 0.1. What is left of it: 3 - 0.15 * 10
    # = 1.5 and 3 - 0.15 * 30 = -1.5; sqrt(4.5 / 1 / 2) / 20 = 0.075; t is 12.7062.
    found = ratio_of([3.0, 3.0], [10.0, 30.0])
    assert found.value == pytest.approx(0.15)
    assert found.margin == pytest.approx(12.7062 * 0.075, rel=1e-5)


def test_intervals_hold_the_truth_as_often_as_they_say():
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        sizes = generator.uniform(60, 600, 20)
        values = 0.07 * sizes * generator.uniform(0.7, 1.3, 20)
        found = ratio_of(values.tolist(), sizes.tolist())
        held += found.low <= 0.07 <= found.high
    # 95 % of 400, with three standard deviations of 4.4 around them.
    assert 365 <= held <= 394


def test_one_video_tells_nothing_of_the_others():
    found = mean_of([3.0])
    assert found == Estimate(value=3.0, margin=math.inf)
    assert found.to_json() == {"value": 3.0, "low": 0.0, "high": None}
    assert Estimate.from_json(found.to_json()) == found


def test_a_share_has_wilsons_interval():
    # 0 of 20: the upper end is z^2 / (20 + z^2) = 3.8415 / 23.8415.
    found = share_of(0, 20)
    assert found.value == 0
    assert found.high == pytest.approx(3.8415 / 23.8415, rel=1e-4)
    assert share_of(20, 20).high == pytest.approx(1)


def test_parts_err_together():
    first, second = Estimate(value=10, margin=1), Estimate(value=4, margin=2)
    assert first + second == Estimate(value=14, margin=3)
    # At worst 11 * 6 = 66, which is 26 above 40.
    assert first * second == Estimate(value=40, margin=26)
    assert first * 0.5 == Estimate(value=5, margin=0.5)


def test_none_of_what_is_not_known_is_none():
    unknown = Estimate(value=1, margin=math.inf)
    assert unknown * 0.0 == Estimate(value=0, margin=0)
    assert Estimate(value=0) * unknown == Estimate(value=0)


def test_of_two_that_go_on_together_the_longer_counts():
    short, long = Estimate(value=1, margin=9), Estimate(value=2)
    assert greater(short, long) is long
    assert greater(long, short) is long


def test_sizes_must_add_up_to_something():
    with pytest.raises(ValueError, match=r"must not all be 0\. Received: sizes=\[0\.0"):
        ratio_of([1.0], [0.0])
