import math

import numpy as np
import pytest
from monitored_results import COOKING, SPORTS, TENNIS, result, write_results

from vidcat.training.measuring.resampling import resampled_sums
from vidcat.training.monitoring.origins import VideoOrigins
from vidcat.training.monitoring.owners import design_effect, variance_of_ratio
from vidcat.training.monitoring.shares import (
    compare_shares,
    newcombe_interval,
    wilson_interval,
)
from vidcat.training.monitoring.tally import Fact, tally_results

# Newcombe, 1998, "Interval estimation for the difference between independent
# proportions", table II, method 10: the intervals of first minus second.
PUBLISHED = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0000)),
    ((10, 10), (0, 10), (0.6075, 1.0000)),
]


@pytest.mark.parametrize(("first", "second", "interval"), PUBLISHED)
def test_the_interval_of_a_difference_is_the_published_one(first, second, interval):
    rates = [(count / videos, videos) for count, videos in (second, first)]
    assert newcombe_interval(*rates) == pytest.approx(interval, abs=5e-5)


def test_the_interval_of_one_rate_is_wilsons():
    # Wilson for 0 of 10: 0 to z^2 / (10 + z^2), z = 1.96.
    assert wilson_interval(0.0, 10) == pytest.approx((0, 3.8415 / 13.8415), abs=1e-4)
    assert wilson_interval(0.0, 0) == (0.0, 1.0)


def test_newcombes_interval_covers_the_difference():
    rng = np.random.default_rng(0)
    covered = 0
    for before, now in rng.binomial((120, 60), (0.1, 0.25), (1000, 2)):
        low, high = newcombe_interval((before / 120, 120), (now / 60, 60))
        covered += low <= 0.15 <= high
    assert 0.93 <= covered / 1000 <= 0.98


def compared(tmp_path, baseline, today, origins=None):
    sides = [
        tally_results([write_results(tmp_path / name, rows)], origins=origins)
        for name, rows in (("a.jsonl", baseline), ("b.jsonl", today))
    ]
    return {change.fact: change for change in compare_shares(*sides)}


def rows(name, *said):
    return [result(f"{name}-{number}", scores) for number, scores in enumerate(said)]


def test_a_category_is_a_share_of_the_videos_with_an_answer(tmp_path):
    failed = [result(f"f-{number}", status="decode_error") for number in range(5)]
    changes = compared(
        tmp_path,
        rows("a", {TENNIS: 0.9, SPORTS: 0.9}, {SPORTS: 0.8}, {}, {}),
        rows("b", {SPORTS: 0.8}, {}, {}, {}, {}) + failed,
    )
    sports = changes[Fact("category", SPORTS)]
    assert (sports.baseline.count, sports.baseline.videos) == (2, 4)
    # Videos that failed have no answer, but a status.
    assert (sports.today.count, sports.today.videos) == (1, 5)
    assert sports.difference == pytest.approx(1 / 5 - 2 / 4)
    failures = changes[Fact("status", "decode_error")]
    assert (failures.today.count, failures.today.videos) == (5, 10)
    assert failures.baseline.rate == 0
    assert changes[Fact("text", "ok")].today.rate == 1


def test_the_chance_is_fishers(tmp_path):
    # The lady tasting tea: 3 of 4 against 1 of 4, (1 + 16 + 16 + 1) / 70.
    changes = compared(
        tmp_path,
        rows("a", {SPORTS: 0.8}, {}, {}, {}),
        rows("b", {SPORTS: 0.8}, {SPORTS: 0.8}, {SPORTS: 0.8}, {}),
    )
    assert changes[Fact("category", SPORTS)].p_value == pytest.approx(34 / 70)


def test_a_side_without_answers_is_not_compared(tmp_path):
    failed = [result("f", status="timeout")]
    changes = compared(tmp_path, rows("a", {SPORTS: 0.8}), failed)
    sports = changes[Fact("category", SPORTS)]
    assert math.isnan(sports.difference)
    assert sports.p_value == 1.0


def test_a_change_is_told_in_parts_of_what_is_rarer(tmp_path):
    often = [{COOKING: 0.9}] * 98 + [{}] * 2
    less = [{COOKING: 0.9}] * 97 + [{}] * 3
    changes = compared(tmp_path, rows("a", *often), rows("b", *less))
    # From 2 to 3 videos in 100 without it: half as many again.
    change = changes[Fact("category", COOKING)]
    assert change.relative_change == pytest.approx(-0.5)
    new = compared(tmp_path, rows("a", {}), rows("b", {COOKING: 0.9}))
    assert new[Fact("category", COOKING)].relative_change == math.inf


def test_owners_of_like_videos_count_once():
    # 40 owners with 3 videos each, all alike: 3 times the variance, but for the
    # 40 / 39 of an unbiased estimate.
    alike = np.repeat([3.0, 0.0], 20)
    videos = np.full(40, 3.0)
    assert design_effect(alike, videos) == pytest.approx(3 * 40 / 39)
    # One of three each: less than chance would vary, and never less than one.
    assert design_effect(np.ones(40), videos) == 1.0
    # Of few owners, and of a share of 0, the worst is taken: (4 + 36) / 8 videos.
    assert design_effect(np.array([2.0, 0.0]), np.array([2.0, 6.0])) == 5.0
    assert design_effect(np.zeros(40), videos) == 3.0


def test_the_variance_over_owners_is_the_bootstraps():
    rng = np.random.default_rng(3)
    videos = rng.integers(1, 12, 300).astype(float)
    sums = rng.binomial(videos.astype(int), rng.beta(0.5, 2, 300)).astype(float)
    table = np.stack([sums, videos], axis=1)
    drawn = np.concatenate(list(resampled_sums(table, draws=2000)))
    rates = drawn[:, 0] / drawn[:, 1]
    assert variance_of_ratio(sums, videos) == pytest.approx(rates.var(), rel=0.12)


def test_one_busy_owner_is_no_change_of_the_platform(tmp_path):
    quiet = rows("a", *[{SPORTS: 0.9}] * 10, *[{}] * 190)
    others = rows("b", *[{SPORTS: 0.9}] * 10, *[{}] * 160)
    busy = rows("busy", *[{SPORTS: 0.9}] * 30)
    without = compared(tmp_path, quiet, others + busy)
    assert without[Fact("category", SPORTS)].p_value < 1e-3
    ids = [one["id"] for one in quiet + others + busy]
    origins = VideoOrigins(
        owner={one: "busy" if one.startswith("busy") else one for one in ids},
        language={},
    )
    known = compared(tmp_path, quiet, others + busy, origins)
    assert known[Fact("category", SPORTS)].p_value > 0.05
    assert known[Fact("category", SPORTS)].today.effective_videos < 50
