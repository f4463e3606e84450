import json
import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from vidcat.inference.decisions import Thresholds, sayable_ids
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.calibration import fit_calibrator
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.measuring.reliability import (
    reliability,
    reliability_before_and_after,
)


def drawn_pairs(shape, seed=0):
    """Probabilities, and truth that comes true less often than they say."""
    rng = np.random.default_rng(seed)
    given = rng.beta(0.3, 1, shape).astype(np.float32)
    return (rng.random(shape) < given**1.5).astype(np.int8), given


def test_figures_by_hand():
    y_true = np.array([[0, 1, 1], [0, 1, 1]], np.int8)
    given = np.array([[0.05, 0.06, 0.48], [0.52, 0.50, 0.90]])
    figures = reliability(y_true, given)
    # Three bins are not empty: (0, 1/15] with a mean of 0.055 and one of two true,
    # (7/15, 8/15] with 0.5 and two of three, (13/15, 14/15] with 0.9 and its only one.
    assert [(one.low * 15, one.high * 15, one.pairs) for one in figures.bins] == [
        pytest.approx((0, 1, 2)),
        pytest.approx((7, 8, 3)),
        pytest.approx((13, 14, 1)),
    ]
    predicted = [one.predicted for one in figures.bins]
    assert predicted == pytest.approx([0.055, 0.5, 0.9])
    assert [one.observed for one in figures.bins] == pytest.approx([0.5, 2 / 3, 1])
    # Gaps of 0.445, 1/6 and 0.1: (2 * 0.445 + 3 / 6 + 0.1) / 6.
    assert figures.expected_calibration_error == pytest.approx(1.49 / 6)
    assert figures.maximum_calibration_error == pytest.approx(0.445)
    # Six pairs in fifteen bins are each alone: 0.05, 0.94, 0.52, 0.52, 0.5 and 0.1.
    assert figures.equal_mass_calibration_error == pytest.approx(2.63 / 6)
    # Their squares: 0.0025, 0.8836, 0.2704, 0.2704, 0.25 and 0.01.
    assert figures.brier_score == pytest.approx(1.6869 / 6)
    assert (figures.pairs, figures.positives) == (6, 4)


def test_an_interval_of_the_observed_share_is_given():
    # Nothing of 10: the upper bound is 1 - 0.025 ** (1 / 10) = 0.3085.
    (one,) = reliability(np.zeros((10, 1), np.int8), np.full((10, 1), 0.2)).bins
    assert one.interval == pytest.approx((0, 0.3085), abs=1e-4)


def test_the_diagram_is_that_of_scikit_learn():
    y_true, given = drawn_pairs((400, 5))
    bins = reliability(y_true, given).bins
    observed, predicted = calibration_curve(y_true.ravel(), given.ravel(), n_bins=15)
    assert len(bins) == len(observed) == 15
    assert [one.observed for one in bins] == pytest.approx(observed)
    assert [one.predicted for one in bins] == pytest.approx(predicted)


@pytest.mark.parametrize(("value", "high"), [(0.0, 1), (0.2, 3), (0.6, 9), (1.0, 15)])
def test_a_bin_holds_its_upper_end(value, high):
    (one,) = reliability(np.array([[1]], np.int8), np.array([[value]])).bins
    assert one.high == pytest.approx(high / 15)


def test_bins_of_equal_mass_hold_equally_many():
    # Each differs from the next by more than can be told apart.
    given = (np.arange(1500) + 0.5) / 1500
    y_true = (np.random.default_rng(1).random(1500) < given**2).astype(np.int8)
    shuffled = np.random.default_rng(2).permutation(1500)
    gaps = [
        abs(given[part].mean() - y_true[part].mean())
        for part in np.array_split(np.arange(1500), 15)
    ]
    figures = reliability(y_true[shuffled, None], given[shuffled, None])
    assert figures.equal_mass_calibration_error == pytest.approx(np.mean(gaps))


def test_equal_probabilities_share_a_bin_of_equal_mass():
    # Half of them true: apart, each of the fifteen bins would have a gap of its own.
    y_true = np.array([[0], [1]] * 50, np.int8)
    assert reliability(y_true, np.full((100, 1), 0.5)).equal_mass_calibration_error == 0


def test_many_equal_probabilities_do_not_join_a_neighbour():
    # Twenty at 0.5, all true, after three that are false: with the last of these in
    # their bin, its 0.3 would be taken off their 10 and not added.
    given = np.r_[0.1, 0.2, 0.3, np.full(20, 0.5), np.full(7, 0.9)]
    y_true = np.r_[np.zeros(3), np.ones(27)].astype(np.int8)
    figures = reliability(y_true[:, None], given[:, None])
    expected = (0.1 + 0.2 + 0.3 + 20 * 0.5 + 7 * 0.1) / 30
    assert figures.equal_mass_calibration_error == pytest.approx(expected)


def test_unknown_pairs_are_passed_over():
    y_true, given = drawn_pairs((300, 2))
    hidden = np.full((50, 2), -1, np.int8)
    more = reliability(np.r_[y_true, hidden], np.r_[given, given[:50]])
    assert more == reliability(y_true, given)


def test_one_label_is_looked_at_alone():
    y_true, given = drawn_pairs((300, 3))
    alone = reliability(y_true[:, [1]], given[:, [1]])
    assert reliability(y_true, given, label=1) == alone
    assert alone.pairs == 300


def test_many_pairs_are_all_counted():
    # More than are held at a time, and not a multiple of it.
    y_true, given = drawn_pairs((70_001, 17))
    figures = reliability(y_true, given)
    assert figures.pairs == y_true.size
    assert figures.positives == y_true.sum()
    squared = (given.astype(np.float64) - y_true) ** 2
    assert figures.brier_score == pytest.approx(squared.mean())
    assert sum(one.pairs for one in figures.bins) == y_true.size


def test_without_truth_there_are_no_errors():
    figures = reliability(np.full((3, 2), -1, np.int8), np.full((3, 2), 0.5))
    assert (figures.pairs, figures.bins) == (0, ())
    assert math.isnan(figures.expected_calibration_error)
    written = json.loads(json.dumps(figures.to_json(), allow_nan=False))
    assert written["bins"] == []
    for name in ("expected", "equal_mass", "maximum"):
        assert written[f"{name}_calibration_error"] is None
    assert written["brier_score"] is None


def test_figures_are_written_with_their_bins():
    figures = reliability(*drawn_pairs((300, 2)))
    written = json.loads(json.dumps(figures.to_json(), allow_nan=False))
    assert written["expected_calibration_error"] == figures.expected_calibration_error
    assert len(written["bins"]) == len(figures.bins) > 1
    first = figures.bins[0]
    assert written["bins"][0] == {
        "low": 0.0,
        "high": first.high,
        "predicted": first.predicted,
        "observed": first.observed,
        "interval": [first.interval.low, first.interval.high],
        "pairs": first.pairs,
    }


@pytest.mark.parametrize("value", [-0.1, 1.5, math.nan])
def test_logits_are_refused(value):
    with pytest.raises(ValueError, match=rf"\[0, 1\]. Received: {value}"):
        reliability(np.array([[1, 0]], np.int8), np.array([[0.5, value]]))


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"Received: \(2, 2\), \(2, 3\)"):
        reliability(np.zeros((2, 2), np.int8), np.zeros((2, 3)))


@pytest.fixture(scope="module")
def overconfident():
    """A run whose network gives three times the log-odds there are, and its labels."""
    rng = np.random.default_rng(3)
    labels = LabelSet(taxonomy_version="3.1", ids=("483", "540"), visual=(True, True))
    log_odds = rng.normal(-1, 1.2, (12_000, 2))
    y_true = (rng.random((12_000, 2)) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)
    logits = 3 * log_odds
    calibrated = fit_calibrator(logits[:6000], y_true[:6000]).calibrate(logits[6000:])
    columns = len(sayable_ids(labels, load_iab("3.1")))
    return MeasuredRun(
        name="drawn",
        truth="gold",
        target_precision=0.8,
        label_set=labels,
        videos=tuple(VideoFacts(id=str(number)) for number in range(6000)),
        y_true=y_true[6000:],
        probabilities=calibrated.astype(np.float32),
        chosen=np.zeros((6000, columns), bool),
        thresholds={
            "visual": Thresholds(
                values=(math.inf,) * 2,
                confident=(False,) * 2,
                target_precision=0.8,
                truth="gold",
            )
        },
        uncalibrated=(1 / (1 + np.exp(-logits[6000:]))).astype(np.float32),
    )


@pytest.mark.parametrize("label", [None, 0, 1])
def test_calibration_makes_overconfident_probabilities_true(overconfident, label):
    before, after = reliability_before_and_after(overconfident, label=label)
    assert before.expected_calibration_error > 0.1
    assert after.expected_calibration_error < before.expected_calibration_error / 4
    assert after.brier_score < before.brier_score - 0.02


def test_a_run_without_own_scores_has_no_figures_before(overconfident):
    run = replace(overconfident, uncalibrated=None)
    before, after = reliability_before_and_after(run)
    assert before is None
    assert after == reliability_before_and_after(overconfident).after
