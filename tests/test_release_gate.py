"""The rules of a release: chance rarely breaks them, a worse model nearly always."""

from dataclasses import replace

import numpy as np
import pytest
from measured_runs import FOOD, make_run, simulated_run, simulated_truth

from vidcat.taxonomy.labels import LabelSet
from vidcat.training.comparing.comparison import compare_runs
from vidcat.training.comparing.gate import ReleaseRules, judge
from vidcat.training.measuring.measured_run import MeasuredRun

MANY = LabelSet.default().select(
    [one.id for one in LabelSet.default().categories if one.tier == 1]
)
"""Thirty roots or so: by chance alone, one or another of them has always lost."""


def verdicts(rules, *, trials, seed=0, **changed):
    """Judges pairs of runs of equal distribution, the new one changed as asked."""
    random = np.random.default_rng(seed)
    for _ in range(trials):
        videos, truth = simulated_truth(random, 150, label_set=MANY, share=0.15)
        old, new = (
            simulated_run(random, videos, truth, skill=1.5, label_set=MANY, **fields)
            for fields in ({}, changed)
        )
        yield judge(compare_runs(old, new, draws=200), rules)


def test_chance_breaks_a_rule_no_more_often_than_the_confidence_says():
    assert len(MANY) > 25
    # At most one pair of runs in twenty, by the losses of thirty categories, and as
    # many by the two coverages: more than 8 of 60 with a probability below 1 %.
    rules = ReleaseRules(max_category_loss=0.0, no_coverage_loss=True)
    found = [*verdicts(rules, trials=60)]
    by_category = sum(
        any(one.rule == "max_category_loss" for one in verdict.broken)
        for verdict in found
    )
    by_coverage = sum(
        any(one.rule == "no_coverage_loss" for one in verdict.broken)
        for verdict in found
    )
    assert by_category <= 8
    assert by_coverage <= 8
    # Strictly, some category has always lost.
    strict = replace(rules, strict=True)
    assert not any(one.kept for one in verdicts(strict, trials=5))


def worse_in_one(run):
    """The same run, but that it finds no Food and Drink at all."""
    column = run.label_set.index(FOOD)
    chosen = run.chosen.copy()
    chosen[:, column] = False
    return replace(run, chosen=chosen)


def test_a_category_that_is_lost_breaks_the_rule():
    random = np.random.default_rng(1)
    rules = ReleaseRules(max_category_loss=0.05)
    for _ in range(10):
        videos, truth = simulated_truth(random, 150, label_set=MANY, share=0.15)
        old, new = (
            simulated_run(random, videos, truth, skill=1.5, label_set=MANY)
            for _ in range(2)
        )
        verdict = judge(compare_runs(old, worse_in_one(new), draws=200), rules)
        # The worst comes first.
        assert (verdict.broken[0].figure, verdict.broken[0].new) == (FOOD, 0.0)


def test_a_model_that_covers_less_breaks_the_rule():
    rules = ReleaseRules(no_coverage_loss=True)
    for verdict in verdicts(rules, trials=10, seed=2, threshold=0.95):
        assert {one.figure for one in verdict.broken} >= {"coverage"}


def runs_with(old_score, new_score):
    """Sixty videos of Food and Drink; scores of the first twelve differ."""
    truth = np.tile([1, 0, 0], (60, 1))
    runs = []
    for score in (old_score, new_score):
        scores = truth * 0.9
        scores[:12, 0] = score
        runs.append(make_run(truth, scores))
    return runs


def test_a_ranking_that_cannot_hold_the_target_breaks_the_rule():
    # Both choose the same; but with 0.45 right in 24 videos and wrong in 36, a
    # threshold below covers fewer.
    truth = np.tile([1, 0, 0], (60, 1))
    good, bad = truth * 0.4, truth * 0.4
    bad[:30, 1] = 0.45
    verdict = judge(
        compare_runs(make_run(truth, good), make_run(truth, bad), draws=100),
        ReleaseRules(no_coverage_loss=True),
    )
    assert [one.figure for one in verdict.broken] == ["coverage_at_target"]


def test_a_loss_within_the_limit_is_allowed():
    # f1 falls from 1 to 2 * 48 / 108 = 0.889.
    comparison = compare_runs(*runs_with(0.9, 0.1), draws=100)
    kept = judge(comparison, ReleaseRules(max_category_loss=0.2))
    assert kept.kept
    assert kept.broken == ()
    (broken,) = judge(comparison, ReleaseRules(max_category_loss=0.1)).broken
    assert broken.old - broken.new == pytest.approx(1 - 96 / 108)
    assert broken.text.startswith(
        "f1 of 210 (Food & Drink) falls from 1.000 to 0.889 (-0.111, 95 % interval -0."
    )
    assert broken.text.endswith("), more than 0.1")


def test_a_gain_breaks_nothing():
    comparison = compare_runs(*runs_with(0.1, 0.9), draws=100)
    rules = ReleaseRules(
        max_category_loss=0.0, no_coverage_loss=True, min_precision=0.8, strict=True
    )
    assert judge(comparison, rules).kept


def test_precision_is_too_low_where_its_whole_interval_is():
    # 40 of 60 are right: 0.67, its interval to about 0.78.
    truth = np.zeros((60, 3))
    truth[:40, 0] = 1
    run = make_run(truth, np.tile([0.9, 0.1, 0.1], (60, 1)))
    comparison = compare_runs(run, run, draws=200)
    for limit, strict, kept in (
        (0.60, False, True),
        (0.60, True, True),
        (0.70, False, True),
        (0.70, True, False),
        (0.80, False, False),
    ):
        rules = ReleaseRules(min_precision=limit, strict=strict)
        assert judge(comparison, rules).kept == kept, rules


def test_a_silent_model_is_stopped_by_its_coverage():
    comparison = compare_runs(*map(silenced, runs_with(0.9, 0.9)), draws=50)
    assert judge(comparison, ReleaseRules(min_precision=0.8)).kept
    old, new = runs_with(0.9, 0.9)
    verdict = judge(
        compare_runs(old, silenced(new), draws=50),
        ReleaseRules(min_precision=0.8, no_coverage_loss=True),
    )
    assert [one.figure for one in verdict.broken] == ["coverage"]


def silenced(run: MeasuredRun) -> MeasuredRun:
    return replace(run, chosen=np.zeros_like(run.chosen))


@pytest.mark.parametrize("name", ["max_category_loss", "min_precision"])
def test_limits_are_shares(name):
    with pytest.raises(ValueError, match=rf"Received: {name}=1\.5$"):
        ReleaseRules(**{name: 1.5})
