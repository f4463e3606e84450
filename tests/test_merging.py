import math

import numpy as np
import pytest

from vidcat.inference.decisions import Thresholds
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merges.stacking import Stacker
from vidcat.inference.merging import MergedDecision, merge, merged_decisions
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet

TAXONOMY = load_iab("3.1")
# Sports, its child Tennis, and Automotive, which has nothing to do with them.
LABELS = LabelSet(
    taxonomy_version="3.1", ids=("483", "539", "1"), visual=(True, True, True)
)
SILENT = math.nan


def at(*values, confident=True):
    return Thresholds(
        values=values,
        confident=(confident,) * len(values),
        target_precision=0.8,
        truth="gold",
    )


def union(text, visual, *, labels=LABELS, sure_text=True, sure_visual=True):
    return MergePolicy(
        kind="union",
        label_set=labels,
        text=at(*(text,) * len(labels), confident=sure_text),
        visual=at(*(visual,) * len(labels), confident=sure_visual),
    )


def said(text, visual, policy):
    """For each video, what is said: sources by category id."""
    decided = merged_decisions(merge(text, visual, policy, TAXONOMY))
    return [{one.category_id: one.sources for one in video} for video in decided]


def test_the_taxonomy_is_as_these_tests_take_it():
    assert TAXONOMY.ancestors("539") == ("483",)
    assert TAXONOMY.ancestors("1") == ()


def test_a_category_is_said_where_either_source_reaches_its_threshold():
    text = [[0.5, 0.0, 0.4], [0.6, 0.1, 0.0]]
    visual = [[0.7, 0.0, 0.8], [0.7, 0.1, 0.7]]
    # Text reaches 0.5, frames 0.8; Sports of the second video only by text.
    assert said(text, visual, union(0.5, 0.8)) == [
        {"483": ("text",), "1": ("visual",)},
        {"483": ("text",)},
    ]
    assert said(text, visual, union(0.5, 0.7))[0]["483"] == ("text", "visual")


def test_separate_thresholds_decide_as_a_unions_do():
    text, visual = [[0.5, 0.2, 0.1]], [[0.1, 0.3, 0.9]]
    kept = union(0.5, 0.8)
    separate = MergePolicy(
        kind="separate", label_set=LABELS, text=kept.text, visual=kept.visual
    )
    assert said(text, visual, separate) == said(text, visual, kept)


def test_an_ancestor_is_said_by_those_who_say_what_implies_it():
    text, visual = [[0.1, 0.9, 0.0]], [[0.85, 0.2, 0.0]]
    (video,) = merged_decisions(merge(text, visual, union(0.8, 0.95), TAXONOMY))
    assert [vars(one) for one in video] == [
        {
            "category_id": "539",
            "score": 0.9,
            "confident": True,
            "implied": False,
            "sources": ("text",),
        },
        {
            "category_id": "483",
            "score": 0.9,
            "confident": True,
            "implied": False,
            "sources": ("text",),
        },
    ]
    # At 0.8 the frames say Sports themselves: it is chosen, by both.
    sports = said(text, visual, union(0.8, 0.8))[0]
    assert sports == {"539": ("text",), "483": ("text", "visual")}


def test_a_parent_outside_the_labels_is_said_and_scored_too():
    tennis = LabelSet(taxonomy_version="3.1", ids=("539",), visual=(True,))
    merged = merge([[SILENT]], [[0.9]], union(0.5, 0.5, labels=tennis), TAXONOMY)
    assert merged.decisions.category_ids == ("539", "483")
    np.testing.assert_array_equal(merged.decisions.score, [[0.9, 0.9]])
    np.testing.assert_array_equal(merged.decisions.given, [[True, True]])
    np.testing.assert_array_equal(merged.decisions.chosen, [[True, False]])
    np.testing.assert_array_equal(merged.visual, [[True, True]])
    assert not merged.text.any()


def test_the_score_is_the_greater_one_and_a_parents_at_least_its_childrens():
    text, visual = [[0.2, 0.6, 0.1]], [[0.3, SILENT, 0.7]]
    score = merge(text, visual, union(0.9, 0.9), TAXONOMY).decisions.score
    np.testing.assert_array_equal(score, [[0.6, 0.6, 0.7]])


def test_a_source_that_is_silent_says_nothing_even_at_a_threshold_of_zero():
    text, visual = [[SILENT] * 3], [[SILENT, SILENT, 0.0]]
    assert said(text, visual, union(0.0, 0.0)) == [{"1": ("visual",)}]


@pytest.mark.parametrize("policy_of", ["union", "noisy-or", "stacked"])
def test_where_both_are_silent_nothing_is_said(policy_of):
    policies = {
        "union": union(0.0, 0.0),
        "noisy-or": noisy_or_at(0.0),
        "stacked": stacked_at(0.0),
    }
    merged = merge([[SILENT] * 3], [[SILENT] * 3], policies[policy_of], TAXONOMY)
    assert not merged.decisions.given.any()
    assert not merged.text.any()
    assert not merged.visual.any()
    np.testing.assert_array_equal(merged.decisions.score, np.zeros((1, 3)))


def test_a_decision_is_confident_where_one_that_says_so_is():
    text, visual = [[0.9, 0.0, 0.9], [0.0, 0.0, 0.0]], [[0.9, 0.0, 0.0], [0.9, 0, 0]]
    merged = merge(text, visual, union(0.5, 0.5, sure_text=False), TAXONOMY)
    np.testing.assert_array_equal(
        merged.decisions.confident, [[True, False, False], [True, False, False]]
    )


def noisy_or_at(threshold):
    return MergePolicy(
        kind="noisy-or", label_set=LABELS, merged=at(*(threshold,) * len(LABELS))
    )


def stacked_at(threshold, weights=(1.0, 1.0, 0.0, 0.0, 0.0), intercept=0.0):
    return MergePolicy(
        kind="stacked",
        label_set=LABELS,
        merged=at(*(threshold,) * len(LABELS)),
        stacker=Stacker(weights=weights, intercept=intercept),
    )


def test_noisy_or_names_who_alone_would_say_it_and_both_where_it_takes_both():
    # 1 - 0.1 * 0.9 = 0.91; 1 - 0.5 * 0.5 = 0.75; frames alone 0.7; at 0.7 or more.
    text, visual = [[0.9, 0.5, SILENT]], [[0.1, 0.5, 0.7]]
    policy = noisy_or_at(0.7)
    merged = merge(text, visual, policy, TAXONOMY)
    np.testing.assert_allclose(merged.decisions.score, [[0.91, 0.75, 0.7]])
    assert said(text, visual, policy) == [
        {"483": ("text",), "539": ("text", "visual"), "1": ("visual",)}
    ]
    assert said([[0.9, 0, 0]], [[0.8, 0, 0]], policy)[0]["483"] == ("text", "visual")
    # 1 - 0.6 * 0.6 = 0.64 is not enough.
    assert said([[0.4, 0, 0]], [[0.4, 0, 0]], policy) == [{}]


def test_stacked_adds_up_what_both_say():
    # Odds multiply here: 0.8 and 0.6 are 4 and 1.5, together 6 of 7; 0.8 and 0.2
    # cancel to 1/2; 0.75 alone stays 3/4.
    text, visual = [[0.8, 0.8, 0.75]], [[0.6, 0.2, SILENT]]
    merged = merge(text, visual, stacked_at(0.81), TAXONOMY)
    np.testing.assert_allclose(merged.decisions.score, [[6 / 7, 0.5, 0.75]])
    # Text alone (0.8) would not say Sports, nor would the frames (0.6).
    assert said(text, visual, stacked_at(0.81)) == [{"483": ("text", "visual")}]
    assert said(text, visual, stacked_at(0.75)) == [{"483": ("text",), "1": ("text",)}]


def test_every_category_that_is_said_has_a_source_and_no_other_has():
    rng = np.random.default_rng(0)
    labels = LabelSet.default()
    shape = (60, len(labels))
    text, visual = (rng.random(shape) ** 3 for _ in range(2))
    text[rng.random(60) < 0.3] = SILENT
    visual[rng.random(60) < 0.3] = SILENT
    visual[:, [not mark for mark in labels.visual]] = SILENT
    thresholds = at(*rng.random(len(labels)))
    stacker = Stacker(weights=(0.7, 0.4, 0.3, -0.2, 1.0), intercept=-0.1)
    for policy in (
        MergePolicy(kind="union", label_set=labels, text=thresholds, visual=thresholds),
        MergePolicy(kind="noisy-or", label_set=labels, merged=thresholds),
        MergePolicy(
            kind="stacked", label_set=labels, merged=thresholds, stacker=stacker
        ),
    ):
        merged = merge(text, visual, policy, TAXONOMY)
        np.testing.assert_array_equal(
            merged.text | merged.visual, merged.decisions.given
        )
        assert merged.decisions.given.any()
        assert not merged.text[np.isnan(text).all(axis=1)].any()
        assert not merged.visual[np.isnan(visual).all(axis=1)].any()
        given = dict(
            zip(merged.decisions.category_ids, merged.decisions.given.T, strict=True)
        )
        for category_id, rows in given.items():
            for above in TAXONOMY.ancestors(category_id):
                assert (given[above] >= rows).all()


def test_decisions_come_best_first():
    (video,) = merged_decisions(
        merge([[0.6, 0.6, 0.9]], [[SILENT] * 3], union(0.5, 0.5), TAXONOMY)
    )
    assert all(isinstance(one, MergedDecision) for one in video)
    assert [one.category_id for one in video] == ["1", "539", "483"]


def test_what_does_not_fit_is_refused():
    policy = union(0.5, 0.5)
    with pytest.raises(ValueError, match=r"visual_probabilities\[0, 1\]=1\.5"):
        merge([[0.1, 0.2, 0.3]], [[0.1, 1.5, 0.3]], policy, TAXONOMY)
    with pytest.raises(ValueError, match=r"text_probabilities of shape \(1, 2\)"):
        merge([[0.1, 0.2]], [[0.1, 0.2, 0.3]], policy, TAXONOMY)
    with pytest.raises(ValueError, match=r"Received: \(2, 3\), \(1, 3\)"):
        merge(np.zeros((2, 3)), np.zeros((1, 3)), policy, TAXONOMY)
