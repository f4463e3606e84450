import math

import numpy as np
import pytest

from vidcat.training.measuring.intervals import Selected, point_intervals
from vidcat.training.measuring.measured_run import VideoFacts
from vidcat.training.measuring.operating_point import clopper_pearson
from vidcat.training.measuring.video_counts import VideoCounts


def counts_of(correct, known, groups=None):
    videos = len(known)
    number = np.arange(videos) if groups is None else np.asarray(groups)
    return VideoCounts(
        facts=tuple(VideoFacts(id=f"v{at}") for at in range(videos)),
        groups=number.astype(np.intp),
        correct=np.asarray(correct, np.int64),
        known=np.asarray(known, np.int64),
        said=np.asarray(known, np.int64),
    )


def everything(counts):
    return Selected(counts, np.ones(len(counts.facts), bool))


def test_intervals_hold_the_population_as_often_as_they_say():
    # 60 owners with 5 videos each; an owner's videos are covered, and right, together.
    random = np.random.default_rng(0)
    precision, coverage, owners, each, draws = 0.8, 0.5, 60, 5, 300
    kept = np.zeros(3)
    for _ in range(draws):
        covered = np.repeat(random.random(owners) < coverage, each)
        right = np.repeat(random.random(owners) < precision, each)
        counts = counts_of(covered & right, covered, np.repeat(np.arange(owners), each))
        (found,) = point_intervals([everything(counts)], draws=200)
        f1 = 2 * precision * coverage / (precision + coverage)
        for at, truth in enumerate((precision, coverage, f1)):
            kept[at] += found[at].low <= truth <= found[at].high
    # 95 % are promised; of 300 draws 277 or fewer come of it once in 50 times.
    assert (kept / draws >= 0.90).all(), kept
    assert (kept / draws <= 0.99).all(), kept


def test_owners_that_err_together_widen_the_interval():
    known = np.ones(200, int)
    correct = np.tile([1, 1, 1, 0], 50)
    apart = counts_of(correct, known)
    together = counts_of(np.sort(correct), known, np.repeat(np.arange(20), 10))
    (narrow,), (wide,) = (
        point_intervals([everything(one)]) for one in (apart, together)
    )
    assert wide.precision.high - wide.precision.low > 2 * (
        narrow.precision.high - narrow.precision.low
    )


def test_a_share_of_all_is_not_taken_for_certain():
    counts = counts_of([1] * 14, [1] * 14)
    (found,) = point_intervals([everything(counts)])
    assert found.precision == clopper_pearson(14, 14)
    assert found.coverage == clopper_pearson(14, 14)
    # 0.025^(1/14)
    assert found.precision.low == pytest.approx(0.025 ** (1 / 14))


def test_one_video_has_bounds_of_shares_and_none_of_f1():
    (found,) = point_intervals([everything(counts_of([1], [1]))])
    assert found.coverage == clopper_pearson(1, 1)
    assert all(map(math.isnan, found.f1))


def test_where_nothing_is_chosen_nothing_is_said_of_precision():
    (found,) = point_intervals([everything(counts_of([0] * 9, [0] * 9))])
    assert all(map(math.isnan, found.precision))
    assert found.coverage.low == 0.0
    assert found.coverage == clopper_pearson(0, 9)
    assert all(map(math.isnan, found.f1))


def test_a_selection_is_measured_as_if_it_were_alone():
    random = np.random.default_rng(3)
    known = random.integers(0, 4, 120)
    correct = np.minimum(known, random.integers(0, 4, 120))
    groups = np.repeat(np.arange(30), 4)
    rows = groups < 15
    both = counts_of(correct, known, groups)
    alone = counts_of(correct[rows], known[rows], groups[rows])
    _, among = point_intervals([everything(both), Selected(both, rows)], draws=4000)
    (itself,) = point_intervals([everything(alone)], draws=4000)
    # Owners outside come and go in the draws; the middle is the same.
    for one, other in zip(among, itself, strict=True):
        assert one == pytest.approx(other, abs=0.03)
