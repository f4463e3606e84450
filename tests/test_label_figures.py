import math
from dataclasses import replace

import numpy as np
import pytest
from test_slices import BOOKS, SPORTS, TENNIS, run_of

from vidcat.inference.decisions import Support, Thresholds, decision_matrix
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.evaluation import evaluate, evaluate_run
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.measuring.operating_point import clopper_pearson

LABELS = LabelSet(taxonomy_version="3.1", ids=(TENNIS, BOOKS), visual=(True, False))


def facts(count):
    return tuple(VideoFacts(id=f"v{at}", owner=f"o{at}") for at in range(count))


def parent_run():
    """Tennis is not asserted; Sports above it, no label itself, is."""
    thresholds = Thresholds(
        values=(math.inf, 0.5, 0.6),
        confident=(False, True, False),
        target_precision=0.8,
        truth="gold",
        assurance=0.95,
        basis=("parent", "own", "pooled"),
        support=(
            None,
            Support(predictions=20, correct=19, effective=18.0, lower_bound=0.81),
            None,
        ),
    )
    scores = np.array([[0.9, 0.1], [0.7, 0.8], [0.2, 0.9], [0.65, 0.0]], np.float32)
    y_true = np.array([[1, 0], [0, 1], [0, 0], [-1, 0]], np.int8)
    return MeasuredRun(
        name="by hand",
        truth="gold",
        target_precision=0.8,
        label_set=LABELS,
        videos=facts(4),
        y_true=y_true,
        probabilities=scores,
        chosen=decision_matrix(scores, thresholds, LABELS, load_iab()).chosen,
        thresholds={"visual": thresholds},
        failed=(VideoFacts(id="failed"),),
    )


def test_a_parent_outside_the_labels_counts():
    evaluation = evaluate_run(parent_run())
    point = evaluation.operating_point
    # Sports is chosen of v0 (right), v1 (wrong), v3 (unknown); Books of v1 (right) and
    # v2 (wrong). Of 5 videos, one of them failed, 4 are covered.
    assert (point.correct, point.chosen) == (2, 4)
    assert point.coverage == pytest.approx(4 / 5)
    tennis, books, sports = evaluation.labels
    assert [one.id for one in evaluation.labels] == [TENNIS, BOOKS, SPORTS]
    assert (sports.chosen, sports.correct, sports.positives) == (2, 1, 1)
    assert sports.coverage == pytest.approx(3 / 5)
    # Of v0, v1, v2, where it is known, v0 has the best score.
    assert sports.average_precision == 1.0
    assert (tennis.chosen, tennis.coverage) == (0, 0.0)
    assert math.isnan(tennis.precision)
    assert (books.chosen, books.correct) == (2, 1)
    assert books.precision_interval == clopper_pearson(1, 2)


def test_categories_say_why_they_have_their_thresholds():
    tennis, books, sports = evaluate_run(parent_run()).labels
    assert [one.basis for one in (tennis, books, sports)] == ["parent", "own", "pooled"]
    assert math.isinf(tennis.threshold)
    assert (books.threshold, sports.threshold) == (0.5, 0.6)
    (books_threshold,) = books.thresholds
    assert books_threshold.source == "visual"
    assert books_threshold.support.correct == 19
    # Confident: no more is needed. Nothing chosen: 14, all of them right. One of two
    # right shows nothing, however many there are.
    assert books.predictions_needed is None
    assert tennis.predictions_needed == 14
    assert sports.predictions_needed is None


def test_of_two_sources_the_one_that_asks_least_is_named_first():
    run = run_of(facts(1), [[1, 0]], [[1, 0]])
    text = Thresholds(
        values=(0.7, math.inf),
        confident=(False, False),
        target_precision=0.8,
        truth="gold",
    )
    both = replace(run, thresholds={"text": text} | dict(run.thresholds))
    tennis, books = evaluate_run(both).labels
    assert (tennis.threshold, books.threshold) == (0.5, 0.5)
    assert [one.value for one in tennis.thresholds] == [0.7, 0.5]
    assert tennis.confident
    assert tennis.basis is None


def test_a_kept_run_has_the_figures_of_its_arrays():
    run = parent_run()
    kept = evaluate_run(run)
    arrays = evaluate(
        run.y_true,
        run.probabilities,
        run.thresholds["visual"],
        LABELS,
        load_iab(),
        name="by hand",
        truth="gold",
        failed=1,
    )
    assert kept.operating_point == arrays.operating_point
    assert kept.metrics == arrays.metrics
    assert (arrays.intervals, kept.intervals is None) == (None, False)


def test_intervals_are_in_the_json_under_the_word_that_is_due():
    written = evaluate_run(replace(parent_run(), truth="pseudo")).to_json()
    assert set(written["intervals"]) == {"agreement", "coverage", "f1"}
    assert written["labels"][0]["threshold"] is None
    assert written["labels"][1]["thresholds"][0]["support"]["lower_bound"] == 0.81


def test_a_run_without_truth_is_refused():
    run = run_of(facts(2), [[-1, -1], [-1, -1]], [[0, 0], [0, 0]])
    with pytest.raises(ValueError, match="At least one video must have truth"):
        evaluate_run(run)
