"""What the rate card counts, measures and lets be sold."""

import math
from dataclasses import replace

import numpy as np
import pytest
from measured_runs import FOOD, LABELS, PETS, TRAVEL, make_run, thresholds_at
from result_files import BUNDLE, result, span, write_results

from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.measured_run import VideoFacts
from vidcat.training.measuring.operating_point import clopper_pearson
from vidcat.training.rate_card.card import OtherModel, make_rate_card
from vidcat.training.rate_card.measured import measure_categories
from vidcat.training.rate_card.selling import sellable
from vidcat.training.rate_card.tally import UnfitResults, tally_results

SPORTS, TENNIS = "483", "539"


@pytest.fixture
def results(tmp_path):
    return lambda *lines: write_results(tmp_path / "results.jsonl", *lines)


def catalog_of(*videos):
    return {video.id: video for video in videos}


def test_results_are_counted_by_category(results):
    path = results(
        result("a", (FOOD, 0.9, span(0, 3)), (PETS, 0.5)),
        result("b", (FOOD, 0.6)),
        result("c", (FOOD, 0.6)),
        result("d", status="timeout"),
        result("a", status="skipped"),
    )
    catalog = catalog_of(
        Video(id="a", duration_seconds=90.0, language="en-GB"),
        Video(id="b", duration_seconds=30.0),
        Video(id="d"),
    )
    tally = tally_results(path, catalog, samples=0)
    food = tally.categories[FOOD]
    assert (food.videos, food.with_evidence) == (3, 1)
    # 90 and 30 seconds; nobody knows of c.
    assert (food.seconds, food.unknown_durations) == (120.0, 1)
    assert food.languages == {"en": 1, "unknown": 1}
    assert food.scores == pytest.approx(2.1)
    assert tally.categories[PETS].videos == 1
    assert TRAVEL not in tally.categories
    assert (tally.videos, tally.not_in_catalog) == (4, 1)
    assert tally.statuses == {"ok": 3, "timeout": 1, "skipped": 1}


def test_without_a_catalog_nothing_is_known_of_durations(results):
    run = make_run(np.ones((12, 3)), np.full((12, 3), 0.9))
    (row,) = make_rate_card(results(result("a", FOOD)), run).rows
    assert row.minutes is None
    assert row.tally.unknown_durations == 1
    assert row.to_json()["minutes"] is None


def test_samples_are_drawn_by_lot_whatever_the_order(results):
    catalog = catalog_of(*(Video(id=f"v{at}", path=f"v{at}.mp4") for at in range(400)))
    lines = [result(f"v{at}", FOOD) for at in range(400)]
    drawn = tally_results(results(*lines), catalog, samples=50).categories[FOOD].samples
    assert len(drawn) == 2 * 50
    again = tally_results(results(*lines[::-1]), catalog, samples=50)
    assert again.categories[FOOD].samples == drawn
    # From all over the file: of a fair lot, 100 of 400 have their mean within 5
    # standard errors (400 / sqrt(12 * 100) = 11.5) of 200.
    assert abs(np.mean([int(one.id[1:]) for one in drawn]) - 200) < 58


def test_videos_without_a_file_are_no_samples(results):
    catalog = catalog_of(Video(id="a"), Video(id="b", path="b.mp4"))
    path = results(result("a", FOOD), result("b", FOOD), result("c", FOOD))
    drawn = tally_results(path, catalog, samples=3).categories[FOOD].samples
    assert [one.path for one in drawn] == ["b.mp4"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "must hold a result at least"),
        ([result("a"), result("a")], "line 2: a video must have one result.*'a'"),
        ([result("a"), result("b", bundle="other")], "line 2: .*one bundle.*'other'"),
        ([result("a"), result("b", taxonomy="3.0")], "line 2: .*one taxonomy"),
    ],
)
def test_results_that_cannot_be_counted_are_refused(results, lines, message):
    with pytest.raises(UnfitResults, match=message):
        tally_results(results(*lines), None, samples=0)


def run_of_tennis(scores, truth, **fields):
    """A run of the labels Sports and Tennis."""
    labels = LabelSet.default().select([SPORTS, TENNIS])
    order = [labels.ids.index(one) for one in (SPORTS, TENNIS)]
    columns = np.zeros((2, len(scores), 2))
    for at, values in enumerate((truth, scores)):
        columns[at][:, order] = values
    return make_run(columns[0], columns[1], label_set=labels, **fields)


def test_precision_is_of_all_videos_that_a_category_is_said_of():
    # Tennis is said of 10 videos and right in 8. Sports has no threshold of its own:
    # it is said with Tennis, and right in 9.
    truth = np.array([[1, 1]] * 8 + [[1, 0]] + [[0, 0]] + [[1, 0]] * 10)
    scores = np.array([[0.1, 0.9]] * 10 + [[0.9, 0.1]] * 10)
    labels = LabelSet.default().select([SPORTS, TENNIS])
    values = [math.inf if one == SPORTS else 0.5 for one in labels.ids]
    run = run_of_tennis(
        scores, truth, thresholds={"visual": thresholds_at(values, labels)}
    )
    found = measure_categories(run)
    assert (found[TENNIS].said, found[TENNIS].right) == (10, 8)
    assert (found[SPORTS].said, found[SPORTS].right) == (10, 9)
    assert found[TENNIS].precision == 0.8
    assert (found[TENNIS].basis, found[SPORTS].basis) == ("own", "abstains")


def test_pairs_of_unknown_truth_count_for_nothing():
    truth = np.ones((20, 3))
    truth[:5, 0] = -1
    found = measure_categories(make_run(truth, np.full((20, 3), 0.9)))
    assert (found[FOOD].said, found[PETS].said) == (15, 20)


def test_the_interval_is_that_of_independent_videos_or_wider():
    truth = np.zeros((200, 3))
    truth[:160] = 1
    alone = make_run(truth, np.full((200, 3), 0.9))
    exact = clopper_pearson(160, 200)
    low, high = measure_categories(alone)[FOOD].interval
    assert low <= exact.low
    assert high >= exact.high
    # By 10 owners, each wholly right or wrong, far less is known.
    owned = replace(
        alone,
        videos=tuple(
            replace(one, owner=f"o{at // 20}") for at, one in enumerate(alone.videos)
        ),
    )
    wide = measure_categories(owned)[FOOD].interval
    assert wide.low < exact.low - 0.1
    assert wide.high > exact.high + 0.1


def test_the_weakest_source_decides_what_a_category_rests_on():
    def found(**thresholds):
        run = make_run(np.ones((12, 3)), np.full((12, 3), 0.9), thresholds=thresholds)
        category = measure_categories(run)[FOOD]
        return category.basis, category.shown_against

    own = thresholds_at(0.5, basis=("own",) * 3)
    pooled = thresholds_at(0.5, basis=("pooled",) * 3, truth="audited")
    silent = thresholds_at(math.inf, basis=("parent",) * 3, truth="pseudo")
    assert found(visual=own) == ("own", "gold")
    assert found(visual=own, text=pooled) == ("pooled", "audited")
    # A source that never says it has no part in it.
    assert found(visual=own, text=silent) == ("own", "gold")
    assert found(visual=silent) == ("abstains", "gold")
    # Where the union was fitted, that alone counts.
    assert found(visual=pooled, text=silent, merged=own) == ("own", "gold")
    # An earlier bundle kept no basis.
    assert found(visual=replace(own, basis=None)) == ("own", "gold")


MEASURED = measure_categories(make_run(np.ones((40, 3)), np.full((40, 3), 0.9)))[FOOD]


@pytest.mark.parametrize(
    ("changes", "truth", "reason"),
    [
        ({}, "gold", "shown"),
        ({}, "audited", "shown"),
        ({}, "pseudo", "against_a_model"),
        ({"shown_against": "pseudo"}, "gold", "against_a_model"),
        ({"basis": "pooled"}, "gold", "not_by_itself"),
        ({"basis": "parent"}, "gold", "not_by_itself"),
        ({"basis": "abstains"}, "gold", "not_by_itself"),
        ({"said": 0, "right": 0, "interval": (0.0, 1.0)}, "gold", "not_measured"),
        # The interval reaches the target, or ends below it.
        ({"interval": clopper_pearson(28, 40)}, "gold", "shown"),
        ({"interval": clopper_pearson(20, 40)}, "gold", "below_target"),
    ],
)
def test_what_may_be_sold(changes, truth, reason):
    answer = sellable(replace(MEASURED, **changes), truth, 0.8)
    assert (answer.yes, answer.reason) == (reason == "shown", reason)
    assert answer.text


def test_a_category_that_the_run_does_not_know_is_not_sold(results):
    run = make_run(np.ones((12, 3)), np.full((12, 3), 0.9))
    rows = make_rate_card(results(result("a", FOOD, SPORTS)), run).rows
    by_id = {row.category.id: row for row in rows}
    assert by_id[FOOD].sellable.yes
    assert by_id[SPORTS].sellable.reason == "not_measured"
    assert by_id[SPORTS].to_json()["precision"] is None


def test_the_card_puts_first_what_may_be_sold_and_is_large(results):
    thresholds = thresholds_at(0.5, basis=("own", "pooled", "own"))
    run = make_run(
        np.ones((40, 3)), np.full((40, 3), 0.9), thresholds={"visual": thresholds}
    )
    path = results(
        result("a", FOOD, PETS, TRAVEL), result("b", PETS, TRAVEL), result("c")
    )
    card = make_rate_card(path, run)
    # LABELS are Food, Pets, Travel; Pets shares its threshold.
    assert [row.category.id for row in card.rows] == [TRAVEL, FOOD, PETS]
    assert (card.sellable, card.videos, card.never_said) == (2, 3, 0)
    values = card.to_json()
    assert values["categories"][0] | {"name": "", "path": []} == {
        "id": TRAVEL,
        "name": "",
        "path": [],
        "sensitive": False,
        "sellable": True,
        "reason": "shown",
        "reason_text": (
            "shown to hold 0.80 by itself; the test part does not contradict"
        ),
        "videos": 2,
        "minutes": None,
        "unknown_durations": 2,
        "precision": 1.0,
        "precision_interval": [pytest.approx(0.025 ** (1 / 40)), 1.0],
        "test_videos": 40,
        "test_right": 40,
        "basis": "own",
        "languages": {},
        "average_score": 0.9,
        "evidence_share": 0.0,
    }


def test_sensitive_categories_are_marked(results):
    # Religion & Spirituality is marked in the table (SCD), Food is not.
    run = make_run(np.ones((12, 3)), np.full((12, 3), 0.9))
    rows = make_rate_card(results(result("a", FOOD, "453")), run).rows
    assert {row.category.id: row.category.sensitive for row in rows} == {
        FOOD: False,
        "453": True,
    }


def test_against_pseudo_labels_there_is_agreement_and_nothing_to_sell(results):
    run = make_run(np.ones((40, 3)), np.full((40, 3), 0.9), truth="pseudo")
    card = make_rate_card(results(result("a", *LABELS.ids)), run)
    assert card.sellable == 0
    first = card.to_json()["categories"][0]
    assert first["agreement"] == 1.0
    assert "precision" not in first


def test_results_of_another_model_are_refused(results):
    run = make_run(np.ones((12, 3)), np.full((12, 3), 0.9))
    path = results(result("a", FOOD))
    assert not make_rate_card(path, run).bundle_is_measured
    same = replace(run, provenance={"bundle": BUNDLE})
    assert make_rate_card(path, same).bundle_is_measured
    with pytest.raises(OtherModel, match=f"results of '{BUNDLE}', run of 'other'"):
        make_rate_card(path, replace(run, provenance={"bundle": "other"}))
    with pytest.raises(OtherModel, match=r"one taxonomy. Received: '3\.0' and '3\.1'"):
        make_rate_card(results(result("a", FOOD, taxonomy="3.0")), run)


def test_a_run_of_failures_alone_measures_nothing(results):
    nothing = np.zeros((0, 3))
    run = make_run(nothing, nothing, failed=(VideoFacts(id="a"),))
    with pytest.raises(ValueError, match="run 'run' of 1 failed ones"):
        make_rate_card(results(result("a", FOOD)), run)


def test_a_category_that_there_is_not_is_named_with_its_line(results):
    path = results(result("a", PETS), result("b", FOOD))
    (first, second) = path.read_text().splitlines()
    second = second.replace(f'"{FOOD}"', '"99999"')
    path.write_text(f"{first}\n{second}\n")
    run = make_run(np.ones((12, 3)), np.full((12, 3), 0.9))
    with pytest.raises(UnfitResults, match=rf"{path}, line 2: .*99999"):
        make_rate_card(path, run)
