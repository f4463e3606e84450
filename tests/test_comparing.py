"""Differences of two runs, and their intervals, against loops over the draws."""

import math

import numpy as np
import pytest
from measured_runs import FOOD, LABELS, make_run, simulated_run, simulated_truth

from vidcat.training.comparing.categories import LEAST_SUPPORT
from vidcat.training.comparing.comparison import compare_runs
from vidcat.training.comparing.pairing import pair_runs
from vidcat.training.comparing.target_coverage import GRID, target_coverage
from vidcat.training.evaluation import video_metrics
from vidcat.training.measuring.measured_run import VideoFacts
from vidcat.training.measuring.resampling import resampled_sums

DRAWS = 40


def two_runs(owners=40, *, old_skill=1.0, new_skill=1.3, seed=0):
    random = np.random.default_rng(seed)
    videos, truth = simulated_truth(random, owners)
    return tuple(
        simulated_run(random, videos, truth, skill=skill, name=name)
        for name, skill in (("old", old_skill), ("new", new_skill))
    )


def drawn_videos(run, draws=DRAWS, seed=0):
    """Row numbers of the videos in each draw, some several times."""
    owners = sorted({one.owner for one in run.videos})
    times = np.concatenate([*resampled_sums(np.eye(len(owners)), draws=draws)])
    rows = [
        [row for row, one in enumerate(run.videos) if one.owner == owner]
        for owner in owners
    ]
    for drawn in times.astype(int):
        yield [row for at, count in enumerate(drawn) for row in rows[at] * count]


def test_the_figures_are_those_of_the_definition():
    # Of ten videos the old run covers eight, six of them rightly; the new one six, all
    # rightly. Each chooses one category of each.
    truth = np.tile([1, 0, 0], (10, 1))
    old, new = np.zeros((10, 3)), np.zeros((10, 3))
    old[:6, 0] = old[6:8, 1] = 0.9
    new[:6, 0] = 0.9
    found = compare_runs(make_run(truth, old), make_run(truth, new), draws=50).figures
    pairs = {name: (one.old, one.new) for name, one in found.items()}
    assert pairs == {
        # Both of them cover all at a threshold of 0: 10 of 30 right. At 0.9 the old
        # one has 6 / 8, below the target of 0.80.
        "coverage_at_target": (0.0, 0.6),
        "coverage": (0.8, 0.6),
        "correct_coverage": (0.6, 0.6),
        "precision": (0.75, 1.0),
        "recall": (0.6, 0.6),
        "f1": pytest.approx((2 * 0.75 * 0.8 / 1.55, 2 * 0.6 / 1.6)),
        "categories": (0.8, 0.6),
    }
    assert found["coverage"].difference == pytest.approx(-0.2)


def test_intervals_are_those_of_drawing_owners_again_and_again():
    old, new = two_runs()
    found = compare_runs(old, new, draws=DRAWS)
    differences, better = [], 0
    precisions = []
    for rows in drawn_videos(old):
        covered = [run.chosen[rows].any(axis=1).mean() for run in (old, new)]
        differences.append(covered[1] - covered[0])
        better += covered[1] > covered[0]
        chosen = new.chosen[rows]
        precisions.append((chosen & (new.y_true[rows] == 1)).sum() / chosen.sum())
    assert np.std(differences) > 0
    figure = found.figures["coverage"]
    assert figure.interval == pytest.approx(np.quantile(differences, [0.025, 0.975]))
    assert figure.new_better == better / DRAWS
    assert found.figures["precision"].new_interval == pytest.approx(
        np.quantile(precisions, [0.025, 0.975])
    )


def best_coverage(truth, scores, target):
    """The most coverage with the target held, by looking at every threshold."""
    most = 0.0
    for threshold in np.unique(scores):
        chosen = scores >= threshold
        if truth[chosen].mean() >= target:
            most = max(most, chosen.any(axis=1).mean())
    return most


def coverages_of_draws(run, draws):
    return np.array(
        [
            best_coverage(run.y_true[rows], run.probabilities[rows], 0.8)
            for rows in drawn_videos(run, draws)
        ]
    )


@pytest.mark.parametrize(
    # 90 videos have fewer thresholds than the grid, 600 more.
    ("owners", "tolerance"),
    [(30, 1e-9), (200, 1 / GRID)],
)
def test_coverage_at_the_target_is_chosen_anew_in_each_draw(owners, tolerance):
    old, new = two_runs(owners)
    figure = target_coverage(pair_runs(old, new), draws=12, seed=0)
    assert figure.old == best_coverage(old.y_true, old.probabilities, 0.8)
    assert figure.new == best_coverage(new.y_true, new.probabilities, 0.8)
    for run, interval in ((old, figure.old_interval), (new, figure.new_interval)):
        plain = np.quantile(coverages_of_draws(run, 12), [0.025, 0.975])
        assert plain[0] < plain[1]
        np.testing.assert_allclose(interval, plain, atol=tolerance)


def test_an_unreachable_target_covers_nothing():
    truth = np.tile([1, 0, 0], (12, 1))
    wrong = make_run(truth, np.tile([0.1, 0.9, 0.2], (12, 1)))
    right = make_run(truth, np.tile([0.9, 0.1, 0.2], (12, 1)))
    figure = target_coverage(pair_runs(wrong, right), draws=20, seed=0)
    assert (figure.old, figure.new) == (0.0, 1.0)
    assert figure.interval == (1.0, 1.0)


def test_the_categories_are_those_of_the_definition():
    # Food: true of 30 videos. The old run finds 24 and errs 6 times, the new one finds
    # 15 and never errs.
    truth = np.zeros((60, 3))
    truth[:30, 0] = 1
    old, new = np.zeros((60, 3)), np.zeros((60, 3))
    old[6:36, 0] = new[:15, 0] = 0.9
    found = compare_runs(make_run(truth, old), make_run(truth, new), draws=100)
    food, pets, _ = found.categories
    assert (food.id, food.positives, food.support) == (FOOD, 30, 30)
    assert (food.old_chosen, food.new_chosen) == (30, 15)
    assert (food.precision.old, food.precision.new) == (0.8, 1.0)
    assert (food.recall.old, food.recall.new) == (0.8, 0.5)
    assert food.f1.old == pytest.approx(2 * 24 / 60)
    assert food.f1.new == pytest.approx(2 * 15 / 45)
    assert food.loss == pytest.approx(0.8 - 2 / 3)
    assert food.together.low < -food.loss < food.together.high
    # Nobody said Pets, and it is true of nothing.
    assert pets.together is None
    assert math.isnan(pets.precision.old)


def test_support_counts_owners():
    truth = np.ones((60, 3))
    videos = tuple(VideoFacts(id=f"v{at}", owner=f"o{at % 15}") for at in range(60))
    run = make_run(truth, truth, videos=videos)
    (first, *_) = compare_runs(run, run, draws=20).categories
    assert (first.positives, first.support) == (60, 15)
    assert first.support < LEAST_SUPPORT
    assert first.together is None


def test_the_intervals_of_categories_hold_together():
    old, new = two_runs(60)
    found = compare_runs(old, new, draws=DRAWS).categories
    measured = np.array([one.f1.difference for one in found])
    drawn = []
    for rows in drawn_videos(old):
        f1 = [
            2
            * (run.chosen[rows] & (run.y_true[rows] == 1)).sum(axis=0)
            / (run.chosen[rows].sum(axis=0) + run.y_true[rows].sum(axis=0))
            for run in (old, new)
        ]
        drawn.append(f1[1] - f1[0])
    errors = np.std(drawn, axis=0, ddof=1)
    strays = [max(abs(one - measured) / errors) for one in drawn]
    reach = np.quantile(strays, 0.95)
    for one, error in zip(found, errors, strict=True):
        assert one.together == pytest.approx(
            (one.f1.difference - reach * error, one.f1.difference + reach * error)
        )
    # Wider than those that hold one by one.
    assert reach > 2


def test_a_run_beside_itself_differs_in_nothing():
    old, _ = two_runs()
    found = compare_runs(old, old, draws=DRAWS)
    for figure in found.figures.values():
        assert (figure.difference, *figure.interval, figure.new_better) == (0, 0, 0, 0)
    assert {one.together for one in found.categories} == {(0.0, 0.0)}


def test_ranking_is_that_of_videos_that_both_scored():
    old, new = two_runs()
    last = new.videos[-1]
    shorter = make_run(
        new.y_true[:-1],
        new.probabilities[:-1],
        videos=new.videos[:-1],
        failed=(last,),
    )
    found = compare_runs(old, shorter, draws=DRAWS).ranking
    both = video_metrics(old.y_true[:-1], old.probabilities[:-1])
    assert found["gap"][0] == both["gap"]


def test_json_says_agreement_against_pseudo_labels():
    truth = np.tile([1, 0, 0], (12, 1))
    run = make_run(truth, truth * 0.4, truth="pseudo")
    values = compare_runs(run, run, draws=20).to_json()
    # Nothing is chosen: there is no agreement to speak of.
    assert values["figures"]["agreement"]["new"] is None
    assert values["categories"][0]["agreement"]["interval"] == [None, None]
    assert values["target_agreement"] == 0.8
    assert "precision" not in values["figures"]
    assert len(values["categories"]) == len(LABELS)


def test_all_videos_may_have_failed_in_one_run():
    truth = np.ones((12, 3))
    old = make_run(truth, truth * 0.9)
    new = make_run(np.zeros((0, 3)), np.zeros((0, 3)), failed=old.videos)
    found = compare_runs(old, new, draws=20)
    assert (found.figures["coverage"].old, found.figures["coverage"].new) == (1.0, 0.0)
    assert found.figures["coverage_at_target"].difference == -1.0
    assert found.figures["recall"].new == 0.0
    assert math.isnan(found.ranking["gap"][0])
