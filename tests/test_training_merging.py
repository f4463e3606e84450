import math

import numpy as np
import pytest
from simulated_sources import simulated_sources

from vidcat.inference.decisions import sayable_ids
from vidcat.inference.merging import merge
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.halves import Halves
from vidcat.training.deciding.promise import Promise
from vidcat.training.deciding.scored_halves import thresholds_on_halves
from vidcat.training.merging import fit_merge

TAXONOMY = load_iab("3.1")
# Of the first tier: no category is raised by another one.
FIRST_TIER = [one.id for one in TAXONOMY if one.parent_id is None]
LABELS = LabelSet(
    taxonomy_version="3.1", ids=tuple(FIRST_TIER[:20]), visual=(True,) * 20
)
TWO = LABELS.select(LABELS.ids[:2])
SILENT = math.nan


def fit(text, visual, labels, kind, *, label_set=LABELS, halves=None, **promise):
    return fit_merge(
        text,
        visual,
        labels,
        label_set,
        kind=kind,
        promise=Promise(**promise),
        truth="gold",
        halves=halves,
    )


def chosen_on(policy, text, visual):
    matrix = merge(text, visual, policy, TAXONOMY).decisions
    return matrix.chosen[:, : len(policy.label_set)]


@pytest.fixture(scope="module")
def calibration():
    return simulated_sources(6_000, len(LABELS), 1)


@pytest.fixture(scope="module")
def fresh():
    return simulated_sources(6_000, len(LABELS), 2)


def precisions(policy, rows):
    """Of each label that is said, on rows that nothing was fitted on; 1 elsewhere."""
    text, visual, truth = rows
    chosen = chosen_on(policy, text, visual)
    said = chosen.sum(axis=0)
    assert (said > 50).sum() >= 18
    return np.where(said > 0, (chosen & (truth == 1)).sum(axis=0) / said.clip(1), 1.0)


@pytest.mark.parametrize("kind", ["union", "noisy-or", "stacked"])
def test_merged_thresholds_hold_the_target_on_fresh_videos(kind, calibration, fresh):
    found = precisions(fit(*calibration, kind), fresh)
    # Twenty promises of 95 %: all but two or three are kept; none is far off.
    assert (found >= 0.8).sum() >= 17
    assert found.min() > 0.75
    # They are as loose as can be shown: little is given away.
    assert np.median(found) < 0.88


def test_separate_thresholds_give_less_than_each_holds_alone(calibration, fresh):
    policy = fit(*calibration, "separate")
    text, visual, truth = fresh
    silent = np.full(text.shape, SILENT)
    together = precisions(policy, fresh)
    for alone in ((text, silent), (silent, visual)):
        own = precisions(policy, (*alone, truth))
        assert (own >= 0.8).sum() >= 17
        # Two sources agree where they are right more than where they err.
        assert (together < own).sum() >= 15
    assert together.mean() < precisions(fit(*calibration, "union"), fresh).mean()


@pytest.mark.parametrize("kind", ["union", "noisy-or", "stacked"])
def test_both_together_say_more_than_either_alone(kind, calibration, fresh):
    text, visual, _ = fresh
    silent = np.full(text.shape, SILENT)
    alone = fit(*calibration, "separate")
    together = chosen_on(fit(*calibration, kind), text, visual).sum()
    assert together > 1.05 * chosen_on(alone, text, silent).sum()
    assert together > 1.05 * chosen_on(alone, silent, visual).sum()


def test_the_union_by_hand():
    # Everyone is in the second half. Without a first half nobody is trusted more:
    # one threshold for the greater of both. Ten by text and ten by frames are right.
    text = np.full((40, 2), 0.1)
    visual = np.full((40, 2), 0.2)
    labels = np.zeros((40, 2), np.int8)
    text[:10, 0], visual[10:20, 0] = 0.9, 0.8
    labels[:20, 0] = 1
    halves = Halves(
        first=np.array([], np.intp), second=np.arange(40), groups=np.arange(40)
    )
    policy = fit(text, visual, labels, "union", label_set=TWO, halves=halves)
    # Halfway between 0.8 and 0.2.
    assert policy.text.values[0] == policy.visual.values[0] == pytest.approx(0.5)
    assert policy.text.support[0].predictions == 20
    assert policy.text.values[1] == math.inf
    silent = np.full(text.shape, SILENT)
    assert fit(text, silent, labels, "union", label_set=TWO, halves=halves).abstains


def test_separate_thresholds_are_those_of_each_source_alone(calibration):
    text, visual, labels = calibration
    policy = fit(*calibration, "separate")
    halves = Halves.every_other(len(labels))
    for thresholds, said in ((policy.text, text), (policy.visual, visual)):
        speaks = ~np.isnan(said).any(axis=1)
        kept = Halves(
            first=halves.first[speaks[halves.first]],
            second=halves.second[speaks[halves.second]],
            groups=halves.groups,
        )
        alone = thresholds_on_halves(
            np.nan_to_num(said),
            labels,
            kept,
            LABELS,
            promise=Promise(),
            truth="gold",
        )
        assert thresholds == alone
        assert not alone.abstains


def test_a_label_that_a_source_lacks_changes_nothing(calibration):
    text, visual, labels = (values.copy() for values in calibration)
    before = fit(text, visual, labels, "separate")
    visual[:, 7] = SILENT
    after = fit(text, visual, labels, "separate")
    assert after.text == before.text
    assert after.visual.values[7] == math.inf
    assert not after.visual.confident[7]
    others = np.arange(20) != 7
    np.testing.assert_array_equal(
        np.array(after.visual.values)[others], np.array(before.visual.values)[others]
    )


def test_what_a_source_does_not_say_is_not_held_for_right():
    # The few things that text says are wrong; of the rest it is silent.
    text = np.full((60, 2), SILENT)
    text[:20] = [0.9, 0.1]
    labels = np.ones((60, 2), np.int8)
    labels[:20] = 0
    silent = np.full((60, 2), SILENT)
    assert fit(text, silent, labels, "separate", label_set=TWO).abstains


def test_noisy_or_takes_the_threshold_of_the_common_probability():
    # 1 - 0.5 * 0.5 = 0.75 where both speak; 0.7 where text alone does, and errs.
    text = np.full((80, 2), 0.5)
    text[40:, 0] = 0.7
    visual = np.full((80, 2), SILENT)
    visual[:40, 0] = 0.5
    labels = np.zeros((80, 2), np.int8)
    labels[:40, 0] = 1
    policy = fit(text, visual, labels, "noisy-or", label_set=TWO)
    # Halfway between 0.75 and 0.7.
    assert policy.merged.values[0] == pytest.approx(0.725)


def test_stacking_finds_that_one_source_is_worth_nothing():
    text, visual, labels = simulated_sources(6_000, 5, 3, text=1.0, visual=1.0)
    noise = np.random.default_rng(0).permutation(visual.ravel()).reshape(visual.shape)
    policy = fit(text, noise, labels, "stacked", label_set=_first(5))
    by_name = policy.stacker.to_json()["weights"]
    assert by_name["text_logit"] == pytest.approx(1.0, abs=0.15)
    assert abs(by_name["visual_logit"]) < 0.1


def _first(count):
    return LABELS.select(LABELS.ids[:count])


@pytest.mark.parametrize("kind", ["union", "stacked"])
def test_who_is_trusted_and_what_is_held_are_found_on_different_rows(kind):
    text, visual, labels = simulated_sources(4_000, 5, 4)
    halves = Halves.every_other(4_000)
    before = fit(text, visual, labels, kind, label_set=_first(5), halves=halves)
    # Other truths in the second half move the thresholds, not the regression.
    turned = labels.copy()
    turned[halves.second[::3]] = 0
    after = fit(text, visual, turned, kind, label_set=_first(5), halves=halves)
    assert after.stacker == before.stacker
    for name, thresholds in after.thresholds.items():
        earlier = before.thresholds[name]
        assert np.all(np.array(thresholds.values) >= np.array(earlier.values))
        assert thresholds.values != earlier.values


@pytest.mark.parametrize("kind", ["union", "separate", "noisy-or", "stacked"])
def test_a_merge_abstains_where_nothing_reaches_the_target(kind):
    text = visual = np.tile([[0.9, 0.1], [0.8, 0.2]], (30, 1))
    labels = np.zeros((60, 2), np.int8)
    policy = fit(text, visual, labels, kind, label_set=TWO)
    assert policy.abstains
    assert not chosen_on(policy, np.ones((1, 2)), np.ones((1, 2))).any()


def test_one_promise_for_all_is_one_threshold_a_source(calibration):
    policy = fit(*calibration, "union", per="all")
    for thresholds in policy.thresholds.values():
        assert len(set(thresholds.values)) == 1
        assert set(thresholds.basis) == {"pooled"}
    # Text is the better source here: frames have to be surer.
    assert len(sayable_ids(LABELS, TAXONOMY)) == len(LABELS)


def test_what_does_not_fit_is_refused(calibration):
    text, visual, labels = calibration
    with pytest.raises(ValueError, match=r"Received: kind='both'"):
        fit(text, visual, labels, "both")
    with pytest.raises(ValueError, match=r"`visual_probabilities` must have the shape"):
        fit(text, visual[:, :3], labels, "union")
    with pytest.raises(
        ValueError, match=r"`text_probabilities` must be from 0 to 1.*2"
    ):
        fit(2 * np.nan_to_num(text, nan=1.0), visual, labels, "union")
    with pytest.raises(ValueError, match="y_true of shape"):
        fit(text, visual, labels[:10], "union")
    with pytest.raises(ValueError, match=r"target_precision=1\.5"):
        fit(text, visual, labels, "union", target_precision=1.5)
