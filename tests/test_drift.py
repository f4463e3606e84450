import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from both_sources import CAR, TEXT_LABELS
from monitored_results import (
    CARS,
    COOKING,
    SPORTS,
    TENNIS,
    drawn_results,
    drift_between,
    result,
    write_results,
    write_vectors,
)

from vidcat.training.monitoring.comparing import compare_sides
from vidcat.training.monitoring.score_tally import ScoresOf
from vidcat.training.monitoring.settings import DriftSettings
from vidcat.training.monitoring.side import read_side
from vidcat.training.monitoring.tally import UnfitResults

RATES = {TENNIS: 0.2, SPORTS: 0.3, COOKING: 0.02, CARS: 0.1, "338": 0.05, "422": 0.005}


@pytest.fixture
def drift_of(tmp_path):
    return partial(drift_between, tmp_path)


def test_days_without_drift_seldom_raise_an_alarm(drift_of):
    alarmed = 0
    for seed in range(100):
        baseline = drawn_results(RATES, 400, 2 * seed, name="a")
        today = drawn_results(RATES, 300, 2 * seed + 1, name="b")
        alarmed += bool(drift_of(baseline, today).alarms)
    # At most 5 are expected; more than 10 would come with a chance of 1 in 90.
    assert alarmed <= 10


def test_a_category_that_gets_rarer_is_found_and_the_others_are_not(drift_of):
    drift = drift_of(
        drawn_results(RATES, 3000, 1, name="a"),
        drawn_results(RATES | {SPORTS: 0.2}, 2000, 2, name="b"),
    )
    about = {alarm.id for alarm in drift.alarms if alarm.kind == "category"}
    assert about == {SPORTS}
    first = drift.categories[0]
    assert first.fact.id == SPORTS
    low, high = first.interval
    assert low < -0.1 < high < 0
    assert any(alarm.text.startswith("Sports: ") for alarm in drift.alarms)
    # A tenth of a category less to each video.
    assert drift.categories_per_video.difference == pytest.approx(-0.1, abs=0.03)


def test_scores_that_move_are_found_though_rates_stay(drift_of):
    drift = drift_of(
        drawn_results({SPORTS: 0.5}, 2000, 1, name="a"),
        drawn_results({SPORTS: 0.5}, 2000, 2, spread=(2, 2), name="b"),
    )
    assert {alarm.kind for alarm in drift.alarms} == {"scores"}
    assert drift.scores[0].of == ScoresOf("results", None)
    assert all(shift.excess > 0.25 for shift in drift.scores)


def test_failures_are_found_and_categories_are_left_alone(drift_of):
    today = list(drawn_results(RATES, 1000, 2, name="b"))
    for number in range(150):
        today[number] = result(f"b-{number}", status="decode_error")
    drift = drift_of(drawn_results(RATES, 1000, 1, name="a"), today)
    about = {(alarm.kind, alarm.id) for alarm in drift.alarms}
    assert ("status", "decode_error") in about
    assert not any(kind == "category" for kind, _ in about)


def test_the_same_results_do_not_drift(drift_of):
    rows = list(drawn_results(RATES, 500, 1))
    drift = drift_of(rows, rows)
    assert drift.alarms == ()
    assert all(change.difference == 0 for change in drift.categories)
    assert all(shift.index == 0 for shift in drift.scores if shift.bins)
    assert any("500 videos are on both sides" in one for one in drift.remarks)


def test_one_video_says_nothing(drift_of):
    drift = drift_of([result("a", {SPORTS: 0.9})], [result("b")])
    assert drift.alarms == ()
    assert any("Today has 1 videos" in one for one in drift.remarks)
    json.dumps(drift.to_json(), allow_nan=False)


def test_a_sure_but_small_change_is_no_alarm(drift_of):
    many = [result(f"a-{n}", {SPORTS: 0.9} if n % 2 else {}) for n in range(8000)]
    more = [result(f"b-{n}", {SPORTS: 0.9} if n % 13 else {}) for n in range(8000)]
    more[4000:] = many[4000:]
    drift = drift_of(many, more, settings=DriftSettings(least_change=0.5))
    (sports,) = drift.categories
    assert sports.adjusted_p < 1e-6
    assert sports.relative_change < 0.5
    assert not sports.alarming
    drift = drift_of(many, more, settings=DriftSettings(least_change=0.3))
    assert drift.categories[0].alarming


def test_chances_are_adjusted_after_benjamini_and_hochberg(drift_of):
    drift = drift_of(
        drawn_results(RATES, 600, 1, name="a"), drawn_results(RATES, 600, 2, name="b")
    )
    shares = (*drift.categories, *drift.others)
    compared = [*shares, drift.categories_per_video]
    compared += [shift for shift in drift.scores if shift.bins]
    chances = sorted(one.p_value for one in compared)
    for one in compared:
        # The least of p * m / rank over those at or above it.
        by_hand = min(
            chance * len(chances) / rank
            for rank, chance in enumerate(chances, start=1)
            if chance >= one.p_value
        )
        assert one.adjusted_p == pytest.approx(min(1.0, by_hand))


def test_another_bundle_is_remarked_and_another_taxonomy_refused(drift_of):
    drift = drift_of([result("a")], [result("b", bundle="c" * 64)])
    (remark,) = [one for one in drift.remarks if "bundles differ" in one]
    assert "baseline bbbbbbbbbbbb; today cccccccccccc" in remark
    with pytest.raises(UnfitResults, match=r"Received: versions 3\.0, 3\.1"):
        drift_of([result("a")], [result("b", taxonomy="3.0")])


def test_a_category_of_no_taxonomy_goes_by_its_id(drift_of):
    drift = drift_of([result("a", {"no-such": 0.5})], [result("b")])
    assert drift.names == {"no-such": "no-such"}


def test_settings_must_be_possible():
    with pytest.raises(ValueError, match=r"Received: false_discovery_rate=1\.5"):
        DriftSettings(false_discovery_rate=1.5)
    with pytest.raises(ValueError, match="Received: least_change=-1"):
        DriftSettings(least_change=-1)


def test_score_vectors_are_compared_over_all_videos(tmp_path):
    rng = np.random.default_rng(0)
    before, now = rng.beta(1, 3, (800, 2)), rng.beta(1, 3, (600, 2))
    now[:, 1] = rng.beta(3, 1, 600)
    baseline = read_side(write_vectors(tmp_path / "a.parquet", [*before, None]))
    today = read_side(write_vectors(tmp_path / "b.parquet", now))
    drift = compare_sides(baseline, today)
    car, other = TEXT_LABELS.ids
    assert car == CAR
    by_scores = {shift.of: shift for shift in drift.scores}
    assert by_scores[ScoresOf("text", car)].baseline == 800
    assert not by_scores[ScoresOf("text", car)].alarming
    assert by_scores[ScoresOf("text", other)].alarming
    assert by_scores[ScoresOf("text", None)].alarming
    assert drift.categories == ()
    assert (drift.baseline.videos, drift.today.videos) == (801, 600)
    json.dumps(drift.to_json(), allow_nan=False)


def test_results_cannot_be_compared_with_vectors(tmp_path):
    vectors = read_side(write_vectors(tmp_path / "a.parquet", [[0.5, 0.5]]))
    results = read_side(write_results(tmp_path / "b.jsonl", [result("a")]))
    with pytest.raises(UnfitResults, match="both score vectors"):
        compare_sides(vectors, results)
    # With results beside them they can.
    both = replace(results, vectors=vectors.vectors)
    assert compare_sides(both, results).alarms == ()
