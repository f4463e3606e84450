import json
import math

import numpy as np
import pytest

from vidcat.inference.decisions import (
    Calibrator,
    Decision,
    Thresholds,
    decide,
    decision_matrix,
)
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet

# 483 Sports > 539 Tennis; 1 Automotive > 16 Auto Type > 20 Classic Cars.
SPORTS, TENNIS, AUTOMOTIVE, AUTO_TYPE = "483", "539", "1", "16"


@pytest.fixture(scope="module")
def taxonomy():
    return load_iab("3.1")


def labels_of(*ids):
    return LabelSet(taxonomy_version="3.1", ids=ids, visual=(True,) * len(ids))


def thresholds_of(*values, confident=None):
    return Thresholds(
        values=values,
        confident=(True,) * len(values) if confident is None else confident,
        target_precision=0.8,
        truth="gold",
    )


def only(decided):
    assert len(decided) == 1
    return decided[0]


def decision(category_id, score, *, confident=True, implied=False):
    return Decision(
        category_id=category_id, score=score, confident=confident, implied=implied
    )


def test_a_chosen_label_brings_its_ancestors_with_its_score(taxonomy):
    decided = decide(
        np.array([[0.2, 0.9]]),
        thresholds_of(0.5, 0.5),
        labels_of(SPORTS, TENNIS),
        taxonomy,
    )
    # Sports passes once it is raised to tennis' 0.9, and comes behind it.
    assert only(decided) == [decision(TENNIS, 0.9), decision(SPORTS, 0.9)]


def test_a_parent_that_passes_by_itself_is_chosen(taxonomy):
    decided = decide(
        np.array([[0.6, 0.9]]),
        thresholds_of(0.5, 0.5),
        labels_of(SPORTS, TENNIS),
        taxonomy,
    )
    assert only(decided) == [decision(TENNIS, 0.9), decision(SPORTS, 0.9)]


def test_a_parent_is_raised_before_its_threshold_is_applied(taxonomy):
    # Tennis misses its own threshold, yet its 0.7 carries sports over 0.5.
    decided = decide(
        np.array([[0.2, 0.7]]),
        thresholds_of(0.5, 0.8),
        labels_of(SPORTS, TENNIS),
        taxonomy,
    )
    assert only(decided) == [decision(SPORTS, 0.7)]


def test_closure_reaches_parents_that_miss_their_own_threshold(taxonomy):
    decided = decide(
        np.array([[0.1, 0.7]]),
        thresholds_of(math.inf, 0.5),
        labels_of(SPORTS, TENNIS),
        taxonomy,
    )
    assert only(decided) == [decision(TENNIS, 0.7), decision(SPORTS, 0.7, implied=True)]


def test_closure_reaches_ancestors_outside_the_label_set(taxonomy):
    deep = "20"
    assert taxonomy.ancestors(deep) == (AUTO_TYPE, AUTOMOTIVE)
    decided = decide(
        np.array([[0.8, 0.3], [0.1, 0.2]]),
        thresholds_of(0.5, 0.5),
        labels_of(deep, TENNIS),
        taxonomy,
    )
    assert decided == [
        [
            decision(deep, 0.8),
            decision(AUTO_TYPE, 0.8, implied=True),
            decision(AUTOMOTIVE, 0.8, implied=True),
        ],
        [],
    ]


def test_an_implied_category_is_as_confident_as_what_implies_it(taxonomy):
    def confidence(*marks):
        decided = decide(
            np.array([[0.2, 0.9]]),
            thresholds_of(0.95, 0.5, confident=marks),
            labels_of(SPORTS, TENNIS),
            taxonomy,
        )
        return {one.category_id: one.confident for one in only(decided)}

    assert confidence(True, False) == {SPORTS: False, TENNIS: False}
    assert confidence(False, True) == {SPORTS: True, TENNIS: True}


def test_a_chosen_parent_answers_for_its_own_confidence(taxonomy):
    decided = decide(
        np.array([[0.6, 0.9]]),
        thresholds_of(0.5, 0.5, confident=(False, True)),
        labels_of(SPORTS, TENNIS),
        taxonomy,
    )
    assert {one.category_id: one.confident for one in only(decided)} == {
        SPORTS: False,
        TENNIS: True,
    }


def test_scores_are_rounded_after_the_threshold_was_applied(taxonomy):
    decided = decide(
        np.array([[0.49996, 0.12345678]]),
        thresholds_of(0.5, 0.1),
        labels_of(AUTOMOTIVE, TENNIS),
        taxonomy,
    )
    # 0.49996 rounds to 0.5 but does not reach it.
    assert only(decided) == [
        decision(TENNIS, 0.1235),
        decision(SPORTS, 0.1235, implied=True),
    ]


def test_a_score_equal_to_its_threshold_passes(taxonomy):
    decided = decide(
        np.array([[0.5]]), thresholds_of(0.5), labels_of(AUTOMOTIVE), taxonomy
    )
    assert only(decided) == [decision(AUTOMOTIVE, 0.5)]


def test_decisions_agree_with_their_definition(taxonomy):
    labels = LabelSet.default()
    rng = np.random.default_rng(3)
    probabilities = rng.random((20, len(labels))) ** 6
    values = rng.uniform(0.3, 0.9, len(labels))
    decided = decide(probabilities, thresholds_of(*values), labels, taxonomy)
    assert sum(map(len, decided)) > 100
    for row, decisions in zip(probabilities, decided, strict=True):
        raised = {}
        for one, score in zip(labels.ids, row, strict=True):
            for category in (one, *taxonomy.ancestors(one)):
                raised[category] = max(score, raised.get(category, 0.0))
        threshold = dict(zip(labels.ids, values, strict=True))
        said = [one for one in labels.ids if raised[one] >= threshold[one]]
        expected = {
            category: round(float(raised[category]), 4)
            for category in taxonomy.with_ancestors(said)
        }
        assert {one.category_id: one.score for one in decisions} == expected
        assert [one.score for one in decisions] == sorted(expected.values())[::-1]
        assert {one.category_id for one in decisions if not one.implied} == set(said)


def test_no_video_is_no_decision(taxonomy):
    assert (
        decide(np.zeros((0, 1)), thresholds_of(0.5), labels_of(TENNIS), taxonomy) == []
    )


def test_nan_is_refused_with_its_place(taxonomy):
    with pytest.raises(ValueError, match=r"Received: probabilities\[1, 0\]=nan"):
        decision_matrix(
            np.array([[0.5], [math.nan]]),
            thresholds_of(0.5),
            labels_of(TENNIS),
            taxonomy,
        )


def test_another_number_of_labels_is_refused(taxonomy):
    with pytest.raises(ValueError, match=r"shape \(videos, 2\). Received: .*\(1, 1\)"):
        decide(
            np.array([[0.5]]),
            thresholds_of(0.5, 0.5),
            labels_of(SPORTS, TENNIS),
            taxonomy,
        )


def test_calibration_is_the_sigmoid_of_a_line():
    calibrator = Calibrator(slope=(2.0, 0.5), intercept=(-1.0, 0.0), own=(True, False))
    logits = np.array([[1.5, -3.0], [-900.0, 900.0]], np.float32)
    expected = [
        [1 / (1 + math.exp(-2.0)), 1 / (1 + math.exp(1.5))],
        [0.0, 1.0],
    ]
    np.testing.assert_allclose(calibrator.calibrate(logits), expected, atol=1e-12)


def test_the_identity_leaves_the_sigmoid():
    expected = [[1 / (1 + math.exp(-0.3)), 0.5]]
    calibrated = Calibrator.identity(2).calibrate(np.array([[0.3, 0.0]]))
    np.testing.assert_allclose(calibrated, expected)


def test_fitted_values_survive_json():
    calibrator = Calibrator(slope=(2.0, 0.1), intercept=(-1.0, 0.3), own=(True, False))
    thresholds = thresholds_of(0.1 + 0.2, math.inf, confident=(True, False))
    for value in (calibrator, thresholds):
        text = json.dumps(value.to_json(), allow_nan=False)
        assert type(value).from_json(json.loads(text)) == value


def test_a_calibrator_of_another_kind_is_refused():
    values = Calibrator.identity(1).to_json() | {"kind": "isotonic"}
    with pytest.raises(ValueError, match=r"Received: kind='isotonic'$"):
        Calibrator.from_json(values)


def test_thresholds_that_nothing_reaches_abstain():
    assert thresholds_of(math.inf, math.inf).abstains
    assert not thresholds_of(math.inf, 0.9).abstains


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"values": (0.5,)}, "lengths {'values': 1, 'confident': 2}"),
        ({"values": (0.5, math.nan)}, r"must be numbers. Received: \(0.5, nan\)"),
        ({"target_precision": 1.2}, "Received: target_precision=1.2"),
    ],
)
def test_wrong_thresholds_are_refused(fields, message):
    right = {
        "values": (0.5, 0.5),
        "confident": (True, True),
        "target_precision": 0.8,
        "truth": "gold",
    }
    with pytest.raises(ValueError, match=message):
        Thresholds(**(right | fields))
