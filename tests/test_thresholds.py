import math

import numpy as np
import pytest

from vidcat.inference.decisions import Support, sayable_ids
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.promise import Promise
from vidcat.training.thresholds import fit_thresholds

TAXONOMY = load_iab("3.1")
SPORTS, TENNIS, GOLF, CAR = "483", "539", "512", "1"
ONE = LabelSet(taxonomy_version="3.1", ids=(CAR,), visual=(True,))


def labels_of(*ids):
    return LabelSet(taxonomy_version="3.1", ids=ids, visual=(True,) * len(ids))


def fit(scores, labels, label_set=ONE, **promise):
    return fit_thresholds(
        np.array(scores, float),
        np.array(labels),
        label_set,
        TAXONOMY,
        promise=Promise(**promise),
        truth="gold",
    )


def rows_of(*columns, rows):
    """Scores and labels; a column is (score, right, wrong) of its own rows."""
    scores = np.zeros((rows, len(columns)))
    labels = np.zeros((rows, len(columns)), np.int8)
    at = 0
    for column, parts in enumerate(columns):
        for score, right, wrong in parts:
            scores[at : at + right + wrong, column] = score
            labels[at : at + right, column] = 1
            at += right + wrong
    return scores, labels


def test_fourteen_right_predictions_are_enough_and_thirteen_are_not():
    # 0.8^14 = 0.044 < 0.05 <= 0.8^13 = 0.055.
    enough = fit(*rows_of([(0.9, 14, 0), (0.1, 0, 20)], rows=34))
    assert enough.values == (0.5,)
    assert enough.confident == (True,)
    assert enough.basis == ("own",)
    assert enough.support == (
        Support(
            predictions=14,
            correct=14,
            effective=14.0,
            lower_bound=pytest.approx(0.05 ** (1 / 14)),
        ),
    )
    assert (enough.target_precision, enough.truth, enough.assurance) == (
        0.8,
        "gold",
        0.95,
    )
    short = fit(*rows_of([(0.9, 13, 0), (0.1, 0, 20)], rows=33))
    assert short.values == (math.inf,)
    assert short.abstains


def test_the_loosest_threshold_that_is_shown_to_hold_is_taken():
    # 40 of 44 hold (the bound is 0.804), 40 of 60 do not.
    thresholds = fit(*rows_of([(0.9, 40, 4), (0.6, 0, 16), (0.0, 0, 9)], rows=69))
    assert thresholds.values == (0.75,)
    assert thresholds.support[0].predictions == 44


def test_less_assurance_needs_fewer_predictions():
    # 0.8^4 = 0.41 <= 0.5 < 0.8^3.
    scores, labels = rows_of([(0.9, 4, 0), (0.1, 0, 9)], rows=13)
    assert fit(scores, labels).abstains
    assert fit(scores, labels, assurance=0.5).values == (0.5,)
    assert fit(scores[1:], labels[1:], assurance=0.5).abstains


def test_unknown_labels_are_neither_right_nor_wrong():
    scores, labels = rows_of([(0.9, 14, 3), (0.1, 0, 20)], rows=37)
    assert fit(scores, labels).abstains
    labels[14:17] = -1
    assert fit(scores, labels).support[0].predictions == 14


def test_what_is_not_said_is_no_prediction():
    scores, labels = rows_of([(0.9, 14, 0), (-1.0, 0, 20)], rows=34)
    assert fit(scores, labels).values == (0.9,)


def test_the_parent_stands_for_a_category_with_too_few_videos():
    # Ten videos of tennis and ten of golf, all right: neither shows anything alone,
    # sports, raised to their scores, has twenty.
    scores, labels = rows_of([], [(0.9, 10, 0)], [(0.9, 10, 0)], rows=40)
    labels[:20, 0] = 1
    thresholds = fit(scores, labels, labels_of(SPORTS, TENNIS, GOLF))
    assert thresholds.basis == ("own", "parent", "parent")
    assert thresholds.values == (0.45, math.inf, math.inf)
    assert thresholds.confident == (True, False, False)


def test_a_parent_outside_the_labels_stands_in_too():
    scores, labels = rows_of([(0.9, 10, 0)], [(0.9, 10, 0)], rows=40)
    label_set = labels_of(TENNIS, GOLF)
    assert sayable_ids(label_set, TAXONOMY) == (TENNIS, GOLF, SPORTS)
    thresholds = fit(scores, labels, label_set)
    assert thresholds.basis == ("parent", "parent", "own")
    assert thresholds.values == (math.inf, math.inf, 0.45)


def test_small_categories_without_a_parent_share_a_threshold():
    # Eight videos each, all right: together sixteen. Neither is confident.
    scores, labels = rows_of([(0.9, 8, 0)], [(0.8, 8, 0)], rows=40)
    thresholds = fit(scores, labels, labels_of(CAR, SPORTS))
    assert thresholds.basis == ("pooled", "pooled")
    assert thresholds.values == (0.4, 0.4)
    assert thresholds.confident == (False, False)
    assert {one.predictions for one in thresholds.support} == {16}


def test_a_category_with_enough_videos_that_does_not_hold_abstains():
    # Forty-four likely videos could have shown 0.9; half of sixty are right. Eight
    # right ones of another category are too few, with or without them.
    scores, labels = rows_of([(0.9, 30, 30)], [(0.9, 8, 0)], rows=80)
    thresholds = fit(scores, labels, labels_of(CAR, SPORTS))
    assert thresholds.basis == ("abstains", "abstains")


def test_one_threshold_for_all_holds_for_all_together():
    scores, labels = rows_of([(0.9, 14, 0)], [(0.8, 6, 1)], rows=40)
    thresholds = fit(scores, labels, labels_of(CAR, SPORTS), per="all")
    # 20 of 21: the bound is 0.793; 14 of 14 hold. That is also all of the first
    # category's, and nothing of the second's.
    assert thresholds.values == pytest.approx((0.85, 0.85))
    assert thresholds.basis == ("pooled", "pooled")
    assert thresholds.confident == (True, False)


def test_it_abstains_without_any_known_truth():
    assert fit([[0.9]], [[-1]]).abstains


@pytest.mark.parametrize(
    "bad", [{"target_precision": 0.0}, {"target_precision": 1.5}, {"assurance": 1.0}]
)
def test_a_promise_is_made_of_shares(bad):
    ((name, value),) = bad.items()
    with pytest.raises(ValueError, match=f"Received: {name}={value}"):
        Promise(**bad)


def test_nothing_less_than_certainty_is_never_shown():
    scores, labels = rows_of([(0.9, 500, 0)], rows=500)
    assert fit(scores, labels, target_precision=1.0).abstains


def test_what_does_not_fit_is_refused():
    scores, labels = rows_of([(0.9, 14, 0)], rows=14)
    with pytest.raises(ValueError, match=r"shape \(videos, 2\). Received: .*\(14, 1\)"):
        fit(scores, labels, labels_of(CAR, SPORTS))
    with pytest.raises(ValueError, match=r"`groups` must have the shape \(14,\)"):
        fit_thresholds(scores, labels, ONE, TAXONOMY, truth="gold", groups=np.arange(3))
