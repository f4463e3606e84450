import math

import numpy as np
import pytest
from simulated_sources import simulated_sources

from vidcat.inference.merging import merge
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.operating_point import clopper_pearson
from vidcat.training.merging import fit_merge
from vidcat.training.thresholds import LEAST_PREDICTIONS, fit_thresholds

LABELS = LabelSet.default().select(LabelSet.default().ids[:20])
TWO = LabelSet(taxonomy_version="3.1", ids=("483", "1"), visual=(True, True))
SILENT = math.nan


def fit(text, visual, labels, kind, *, label_set=LABELS, target=0.8, **options):
    return fit_merge(
        text,
        visual,
        labels,
        label_set,
        kind=kind,
        target_precision=target,
        truth="gold",
        **options,
    )


def chosen_on(policy, text, visual):
    matrix = merge(text, visual, policy, load_iab()).decisions
    return matrix.chosen[:, : len(policy.label_set)]


@pytest.fixture(scope="module")
def calibration():
    return simulated_sources(600, len(LABELS), 1)


@pytest.fixture(scope="module")
def fresh():
    return simulated_sources(2_000, len(LABELS), 2)


def measured(policy, rows):
    """Right and chosen labels on rows that nothing was fitted on."""
    text, visual, truth = rows
    chosen = chosen_on(policy, text, visual)
    return int((chosen & (truth == 1)).sum()), int(chosen.sum())


def test_separate_thresholds_miss_the_target_on_fresh_videos(calibration, fresh):
    policy = fit(*calibration, "separate")
    text, visual, truth = fresh
    silent = np.full(text.shape, SILENT)
    for alone in ((text, silent), (silent, visual)):
        right, said = measured(policy, (*alone, truth))
        assert right / said == pytest.approx(0.8, abs=0.03)
    right, said = measured(policy, fresh)
    # Each holds 0.80; the union is below it, beyond chance.
    assert clopper_pearson(right, said).high < 0.8


@pytest.mark.parametrize("kind", ["union", "noisy-or", "stacked"])
def test_merged_thresholds_hold_the_target_on_fresh_videos(kind, calibration, fresh):
    right, said = measured(fit(*calibration, kind), fresh)
    assert said > 1_000
    interval = clopper_pearson(right, said)
    assert interval.low <= 0.8 <= interval.high


@pytest.mark.parametrize("kind", ["union", "noisy-or", "stacked"])
def test_both_together_say_more_than_either_alone(kind, calibration, fresh):
    text, visual, _ = fresh
    silent = np.full(text.shape, SILENT)
    alone = fit(*calibration, "separate")
    together = chosen_on(fit(*calibration, kind), text, visual).sum()
    assert together > 1.05 * chosen_on(alone, text, silent).sum()
    assert together > 1.05 * chosen_on(alone, silent, visual).sum()


def test_the_unions_thresholds_by_hand():
    # Text alone down to 0.7: 3 of 3. Frames alone: 0.9 right, 0.8 wrong, 0.6 right.
    text = np.array([[0.9, 0.1], [0.8, 0.1], [0.7, 0.1], [0.2, 0.1], [0.1, 0.1]])
    visual = np.array([[0.1, 0.1], [0.1, 0.1], [0.1, 0.8], [0.9, 0.1], [0.6, 0.1]])
    labels = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0]], np.int8)
    # All of that: 5 of 6 are right, which is 0.83.
    policy = fit(text, visual, labels, "union", label_set=TWO)
    assert (policy.text.values, policy.visual.values) == ((0.7, 0.7), (0.6, 0.6))
    strict = fit(text, visual, labels, "union", label_set=TWO, target=0.9)
    assert (strict.text.values, strict.visual.values) == ((0.7, 0.7), (0.9, 0.9))


def test_separate_thresholds_are_those_of_each_source_alone(calibration):
    text, visual, labels = calibration
    policy = fit(*calibration, "separate")
    for thresholds, said in ((policy.text, text), (policy.visual, visual)):
        speaks = ~np.isnan(said).any(axis=1)
        alone = fit_thresholds(said[speaks], labels[speaks], truth="gold")
        assert thresholds == alone


def test_a_label_that_a_source_lacks_changes_nothing(calibration):
    text, visual, labels = (values.copy() for values in calibration)
    visual[:, 7] = SILENT
    policy = fit(text, visual, labels, "separate")
    others = np.arange(20) != 7
    speaks = ~np.isnan(visual[:, 0])
    alone = fit_thresholds(
        visual[speaks][:, others], labels[speaks][:, others], truth="gold"
    )
    assert policy.visual.values[0] == alone.values[0]
    assert not policy.visual.confident[7]


def test_what_a_source_does_not_say_is_not_held_for_right():
    # The one thing that text says is wrong; of the rest it is silent.
    text = np.array([[0.9, 0.1], *[[SILENT, SILENT]] * 20])
    labels = np.array([[0, 0], *[[1, 1]] * 20], np.int8)
    policy = fit(text, np.full((21, 2), SILENT), labels, "separate", label_set=TWO)
    assert policy.abstains


def test_noisy_or_takes_the_threshold_of_the_common_probability():
    # 1 - 0.5 * 0.5 = 0.75, 0.6, and 0.7, which is wrong: down to 0.6 two of three.
    text = np.array([[0.5, 0.1], [0.6, 0.1], [0.1, 0.7]])
    visual = np.array([[0.5, 0.0], [SILENT, SILENT], [SILENT, SILENT]])
    visual[0, 1] = 0.0
    labels = np.array([[1, 0], [1, 0], [0, 0]], np.int8)
    policy = fit(text, visual, labels, "noisy-or", label_set=TWO)
    assert policy.merged.values == (0.75, 0.75)
    loose = fit(text, visual, labels, "noisy-or", label_set=TWO, target=0.6)
    assert loose.merged.values == (0.6, 0.6)


def test_stacking_finds_that_one_source_is_worth_nothing():
    text, visual, labels = simulated_sources(3_000, 5, 3, text=1.0, visual=1.0)
    noise = np.random.default_rng(0).permutation(visual.ravel()).reshape(visual.shape)
    policy = fit(text, noise, labels, "stacked", label_set=_first(5))
    by_name = policy.stacker.to_json()["weights"]
    assert by_name["text_logit"] == pytest.approx(1.0, abs=0.15)
    assert abs(by_name["visual_logit"]) < 0.1


def _first(count):
    return LABELS.select(LABELS.ids[:count])


def test_stacking_and_its_threshold_are_fitted_on_different_rows(calibration):
    text, visual, labels = calibration
    halves = (np.arange(300), np.arange(300, 600))
    policy = fit(text, visual, labels, "stacked", halves=halves)
    # Other truths in the second half change the threshold, not the regression.
    turned = labels.copy()
    turned[300:450] = 0
    other = fit(text, visual, turned, "stacked", halves=halves)
    assert other.stacker == policy.stacker
    assert other.merged.values[0] > policy.merged.values[0]
    # And the other way round: the second half's rows do not see the first.
    first = fit(text[300:], visual[300:], labels[300:], "noisy-or")
    assert fit(text, visual, labels, "noisy-or", halves=halves) == first


@pytest.mark.parametrize("kind", ["union", "separate", "noisy-or", "stacked"])
def test_a_merge_abstains_where_nothing_reaches_the_target(kind):
    text = visual = np.array([[0.9, 0.1], [0.8, 0.2]])
    labels = np.zeros((2, 2), np.int8)
    policy = fit(text, visual, labels, kind, label_set=TWO)
    assert policy.abstains
    assert not chosen_on(policy, np.ones((1, 2)), np.ones((1, 2))).any()


def test_a_source_is_confident_of_a_label_by_its_own_predictions():
    rows = LEAST_PREDICTIONS
    text = np.tile([0.9, 0.1], (2 * rows, 1))
    text[: rows - 1, 1] = 0.9
    visual = np.tile([SILENT, 0.1], (2 * rows, 1))
    visual[rows:, 1] = 0.8
    labels = np.ones((2 * rows, 2), np.int8)
    # Nobody can be believed at 0.1.
    labels[rows - 1, 1] = 0
    policy = fit(text, visual, labels, "union", label_set=TWO, target=1.0)
    assert (policy.text.values[0], policy.visual.values[0]) == (0.9, 0.8)
    sure = {name: one.confident for name, one in policy.thresholds.items()}
    # Text says the second label once too rarely; frames never say the first.
    assert sure == {"text": (True, False), "visual": (False, True)}


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
        fit(text, visual, labels, "union", target=1.5)
