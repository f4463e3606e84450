import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vidcat.inference.decisions import Thresholds
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.evaluation import evaluate, video_metrics
from vidcat.training.measuring.curves import precision_coverage_curve
from vidcat.training.measuring.operating_point import (
    clopper_pearson,
    f1_with_coverage,
    operating_point,
)

GOLDEN = Path(__file__).parent / "golden" / "metrics.npz"


@pytest.fixture
def scored():
    rng = np.random.default_rng(7)
    y_true = rng.choice([-1, 0, 1], size=(60, 8), p=[0.2, 0.5, 0.3]).astype(np.int8)
    y_true[0] = -1
    # Two decimals, so that there are many ties.
    scores = np.clip(rng.normal(0.4, 0.2, (60, 8)) + 0.2 * (y_true == 1), 0, 1)
    return y_true, scores.round(2)


def test_figures_are_those_of_youtube_8m():
    with np.load(GOLDEN) as golden:
        metrics = video_metrics(golden["11/lab"], golden["11/pred"])
        assert metrics["gap"] == pytest.approx(golden["11/gap"], abs=1e-6)
        assert metrics["mean_average_precision"] == pytest.approx(golden["11/mAP"])
        assert metrics["hit_at_1"] == pytest.approx(golden["11/hit1"], abs=1e-6)
        assert metrics["perr"] == pytest.approx(golden["11/perr"], abs=1e-6)


def test_figures_by_hand():
    # Class 0: positives ranked 1st and 3rd, precision (1/1 + 2/3) / 2 = 5/6.
    # Class 1: its one positive ranked 2nd, precision 1/2.
    y_true = [[1, 0], [0, 1], [1, 0]]
    y_score = [[0.9, 0.8], [0.5, 0.7], [0.4, 0.1]]
    metrics = video_metrics(y_true, y_score)
    assert metrics["mean_average_precision"] == pytest.approx((5 / 6 + 1 / 2) / 2)
    # All pairs, best first: right, wrong, right, wrong, right, wrong.
    assert metrics["gap"] == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert metrics["hit_at_1"] == 1.0
    assert metrics["perr"] == 1.0


def test_true_labels_beyond_the_best_count_as_missed():
    y_true, y_score = [[1, 0, 1]], [[0.9, 0.8, 0.7]]
    assert video_metrics(y_true, y_score, top_k=2)["gap"] == pytest.approx(1 / 2)
    best_two = video_metrics(y_true, y_score, top_k=2)
    assert best_two["mean_average_precision"] == pytest.approx((1 + 0) / 2)
    assert best_two["mean_average_precision_all_scores"] == 1.0
    # Two labels are true; of the best two one is.
    assert best_two["perr"] == pytest.approx(1 / 2)


def test_a_class_or_video_without_positives_is_skipped_not_zero():
    metrics = video_metrics([[1, 0], [0, 0]], [[0.9, 0.3], [0.1, 0.2]])
    assert metrics == {
        "gap": 1.0,
        "mean_average_precision": 1.0,
        "mean_average_precision_all_scores": 1.0,
        "hit_at_1": 1.0,
        "perr": 1.0,
        "classes_scored": 1,
        "classes_skipped": 1,
        "videos_scored": 1,
        "videos_skipped": 1,
    }


def test_unknown_pairs_take_part_in_nothing():
    y_true = [[-1, 1, 0], [1, -1, 0], [0, 1, -1]]
    y_score = np.array([[0.0, 0.8, 0.9], [0.6, 0.0, 0.2], [0.7, 0.5, 0.0]])
    likely = y_score + 5 * (np.array(y_true) == -1)
    assert video_metrics(y_true, y_score, top_k=2) == (
        video_metrics(y_true, likely, top_k=2)
    )
    assert video_metrics(y_true, likely)["hit_at_1"] == pytest.approx(1 / 3)


def test_equal_scores_do_not_depend_on_the_order_of_videos(scored):
    y_true, scores = scored
    rows = np.random.default_rng(1).permutation(len(scores))
    assert video_metrics(y_true[rows], scores[rows]) == pytest.approx(
        video_metrics(y_true, scores)
    )


def test_without_any_positive_there_are_no_figures():
    metrics = video_metrics([[0, -1]], [[0.5, 0.5]])
    figures = ("gap", "mean_average_precision", "hit_at_1", "perr")
    assert all(math.isnan(metrics[name]) for name in figures)
    assert (metrics["classes_scored"], metrics["classes_skipped"]) == (0, 2)


@pytest.mark.parametrize(
    ("y_true", "y_score", "message"),
    [
        ([[1, 0]], [[0.5, math.nan]], r"Received: y_score\[0, 1\]=nan$"),
        ([[1, 0]], [[math.inf, math.nan]], r"y_score\[0, 0\]=inf and 1 more$"),
        ([[1, 2]], [[0.5, 0.5]], r"y_true\[0, 1\]=2$"),
        ([[1]], [[0.5, 0.5]], r"y_true of shape \(1, 1\), y_score of shape \(1, 2\)"),
        ([1], [0.5], r"shape \(1,\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(y_true, y_score, message):
    with pytest.raises(ValueError, match=message):
        video_metrics(y_true, y_score)


def test_top_k_must_be_positive():
    with pytest.raises(ValueError, match="top_k=0"):
        video_metrics([[1]], [[0.5]], top_k=0)


def point_by_loops(y_true, scores, threshold, failed):
    """Precision, coverage and correct coverage as their definitions read."""
    right = wrong = covered = covered_right = videos = 0
    for truth, score in zip(y_true, scores, strict=True):
        if (truth == -1).all():
            continue
        videos += 1
        chosen = [label for label, one in enumerate(score) if one >= threshold]
        right += sum(truth[label] == 1 for label in chosen)
        wrong += sum(truth[label] == 0 for label in chosen)
        covered += bool(chosen)
        covered_right += any(truth[label] == 1 for label in chosen)
    total = videos + failed
    precision = right / (right + wrong) if right + wrong else math.nan
    return precision, covered / total, covered_right / total


def test_the_curve_is_its_definition(scored):
    y_true, scores = scored
    curve = precision_coverage_curve(y_true, scores, failed=5)
    assert len(curve) > 20
    for at in range(len(curve)):
        point = curve.point(at)
        expected = point_by_loops(y_true, scores, point.threshold, failed=5)
        assert point[1:] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("target", [0.3, 0.5, 0.6, 0.8, 0.9])
def test_the_best_point_is_that_of_all_thresholds(scored, target):
    y_true, scores = scored
    every = [point_by_loops(y_true, scores, one, 0) for one in np.unique(scores)]
    widest = max((c for p, c, _ in every if p >= target), default=None)
    best = precision_coverage_curve(y_true, scores).best(target)
    assert (None if best is None else best.coverage) == widest
    assert best is None or best.precision >= target


def test_among_equal_coverage_the_more_precise_point_is_best():
    # Both videos are covered at 0.8 (precision 2/2) and still at 0.5 (2/3).
    curve = precision_coverage_curve(
        np.array([[1, 0], [1, 1]], np.int8), np.array([[0.9, 0.6], [0.8, 0.5]])
    )
    best = curve.best(0.6)
    assert best is not None
    assert (best.threshold, best.precision) == (0.8, 1.0)


def test_a_target_out_of_reach_has_no_best_point():
    curve = precision_coverage_curve(np.array([[0], [1]]), np.array([[0.9], [0.1]]))
    assert curve.best(0.8) is None


def test_a_thinned_curve_keeps_both_ends_and_the_shape():
    rng = np.random.default_rng(0)
    y_true = (rng.random((500, 4)) < 0.3).astype(np.int8)
    curve = precision_coverage_curve(y_true, rng.random((500, 4)))
    thin = curve.thinned(50)
    assert 40 < len(thin) <= 52
    assert thin.point(0) == curve.point(0)
    assert thin.point(len(thin) - 1) == curve.point(len(curve) - 1)
    assert np.diff(thin.coverage).max() < 0.05


def test_the_operating_point_by_hand():
    y_true = np.array(
        [[1, 1, 0], [0, 1, -1], [1, 0, 0], [0, 0, 0], [-1, -1, -1]], np.int8
    )
    chosen = np.array(
        [[1, 0, 1], [0, 1, 1], [0, 0, 0], [1, 0, 0], [1, 1, 1]], dtype=bool
    )
    given = chosen | np.array([[0, 1, 0]] + [[0, 0, 0]] * 4, dtype=bool)
    point = operating_point(y_true, chosen, given, failed=1)
    # Known chosen pairs: right (0,0) and (1,1); wrong (0,2) and (3,0).
    assert (point.chosen, point.correct, point.precision) == (4, 2, 0.5)
    # Closure adds (0,1), which is right.
    assert point.closed_precision == 3 / 5
    # Four videos have truth, one failed; videos 0, 1 and 3 are covered.
    assert (point.videos, point.covered, point.failed) == (5, 3, 1)
    assert (point.coverage, point.correct_coverage) == (3 / 5, 2 / 5)
    assert point.recall == 2 / 4
    assert point.f1 == pytest.approx(2 * 0.5 * 0.6 / 1.1)
    # Five labels are chosen for the three covered videos, one of unknown truth.
    assert point.categories_per_video == 5 / 3


def test_a_video_covered_by_an_unknown_label_alone_is_covered():
    y_true, chosen = np.array([[-1, 0]], np.int8), np.array([[True, False]])
    point = operating_point(y_true, chosen, chosen)
    assert (point.coverage, point.correct_coverage, point.chosen) == (1.0, 0.0, 0)
    assert math.isnan(point.precision)


def test_nothing_chosen_covers_nothing():
    y_true, chosen = np.array([[1, 0]], np.int8), np.zeros((1, 2), bool)
    point = operating_point(y_true, chosen, chosen)
    assert (point.coverage, point.f1, point.recall) == (0.0, 0.0, 0.0)
    assert math.isnan(point.precision)
    assert point.precision_interval == (0.0, 1.0)


def test_figures_need_truth():
    y_true, chosen = np.array([[-1, -1]], np.int8), np.zeros((1, 2), bool)
    with pytest.raises(ValueError, match="Received: 1 videos, all unknown, and failed"):
        operating_point(y_true, chosen, chosen)
    with pytest.raises(ValueError, match="failed=-1"):
        operating_point(y_true, chosen, chosen, failed=-1)


@pytest.mark.parametrize(
    ("coverage", "published"), [(0.30, 0.44), (0.46, 0.58), (0.64, 0.71)]
)
def test_f1_is_the_form_of_the_published_results(coverage, published):
    assert round(f1_with_coverage(0.80, coverage), 2) == published


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Closed forms at the ends: 0.025^(1/n) and 1 - 0.025^(1/n).
        (14, 14, 0.025 ** (1 / 14), 1.0),
        (0, 10, 0.0, 1 - 0.025 ** (1 / 10)),
        # From the tables of binomial limits.
        (5, 10, 0.1871, 0.8129),
        (0, 0, 0.0, 1.0),
    ],
)
def test_intervals_are_exact(successes, trials, low, high):
    assert clopper_pearson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@pytest.fixture
def sports():
    # Sports, Tennis, and Automotive, which has nothing to do with them.
    return LabelSet(
        taxonomy_version="3.1", ids=("483", "539", "1"), visual=(True, True, True)
    )


@pytest.fixture
def at_half():
    return Thresholds(
        values=(0.5, 0.5, math.inf),
        confident=(True, True, False),
        target_precision=0.8,
        truth="gold",
    )


Y_TRUE = [[1, 1, 0], [1, 0, 0], [0, 0, 1]]
SCORES = [[0.4, 0.9, 0.1], [0.7, 0.6, 0.9], [0.2, 0.1, 0.3]]


def test_an_evaluation_separates_chosen_from_implied(sports, at_half):
    taxonomy = load_iab("3.1")
    strict_on_sports = replace(at_half, values=(0.95, 0.5, math.inf))
    run = evaluate(
        Y_TRUE,
        SCORES,
        strict_on_sports,
        sports,
        taxonomy,
        name="a run",
        truth="gold",
        failed=1,
    )
    # Chosen: tennis of the first (right) and of the second (wrong); it implies sports
    # of both (right).
    assert taxonomy.ancestors("539") == ("483",)
    assert run.operating_point.precision == pytest.approx(1 / 2)
    assert run.operating_point.closed_precision == pytest.approx(3 / 4)
    assert run.operating_point.coverage == 2 / 4
    tennis = run.labels[1]
    assert (tennis.name, tennis.positives, tennis.chosen) == (
        taxonomy["539"].name,
        1,
        2,
    )
    assert (tennis.precision, tennis.average_precision) == (0.5, 1.0)
    assert math.isnan(run.labels[2].precision)
    # From strict to loose: at 0.9 one of two is right, at 0.7 two of three, then
    # fewer: 0.8 is out of reach on these videos.
    assert run.optimistic is None


def test_against_pseudo_labels_precision_is_called_agreement(sports, at_half):
    runs = {
        truth: evaluate(
            Y_TRUE, SCORES, at_half, sports, load_iab(), name="a", truth=truth
        )
        for truth in ("gold", "pseudo")
    }
    gold, pseudo = runs["gold"].to_json(), runs["pseudo"].to_json()
    assert "precision" in gold["operating_point"]
    assert "precision" not in pseudo["operating_point"]
    assert (
        pseudo["operating_point"]["agreement"] == (gold["operating_point"]["precision"])
    )
    assert pseudo["target_agreement"] == 0.8
    assert (
        pseudo["labels"][0]["average_precision"]
        == (gold["labels"][0]["average_precision"])
    )
    assert pseudo["metrics"] == gold["metrics"]
    assert (gold["truth"], pseudo["truth"]) == ("gold", "pseudo")


def test_undefined_figures_are_null_in_json(sports, at_half):
    run = evaluate(Y_TRUE, SCORES, at_half, sports, load_iab(), name="a", truth="gold")
    automotive = run.to_json()["labels"][2]
    assert (automotive["precision"], automotive["threshold"]) == (None, None)


def test_nan_scores_are_refused_with_row_and_column(sports, at_half):
    scores = np.array(SCORES)
    scores[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"y_score\[1, 2\]=nan"):
        evaluate(Y_TRUE, scores, at_half, sports, load_iab(), name="a", truth="gold")


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (np.array([[0.5, np.nan], [0.2, 0.1]]), r"must be finite.*\[0, 1\]=nan"),
        (np.array([[0.5, 0.1], [0.2, -np.inf]]), r"must be finite.*\[1, 1\]=-inf"),
        (np.array([[0.5], [0.2]]), r"must have one shape"),
    ],
)
def test_a_curve_of_what_is_no_score_is_refused(scores, words):
    with pytest.raises(ValueError, match=words):
        precision_coverage_curve(np.array([[1, 0], [0, 1]]), scores)
