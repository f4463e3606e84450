import numpy as np
import pytest

from vidcat.inference.decisions import Calibrator
from vidcat.training.calibration import fit_calibrator


def drawn(logits, slope, intercept, rng):
    """Labels whose chance of being true is the sigmoid of a known line."""
    chance = 1 / (1 + np.exp(-(slope * logits + intercept)))
    return (rng.random(logits.shape) < chance).astype(np.int8)


def test_the_line_that_made_the_labels_is_found():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 2))
    labels = drawn(logits, np.array([0.5, 2.0]), np.array([-1.0, 1.0]), rng)
    calibrator = fit_calibrator(logits, labels)
    assert calibrator.slope == pytest.approx((0.5, 2.0), rel=0.06)
    assert calibrator.intercept == pytest.approx((-1.0, 1.0), abs=0.06)
    assert calibrator.own == (True, True)


def test_calibrated_scores_are_rates():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (20_000, 1))
    labels = drawn(logits, 0.3, -1.0, rng)
    scores = fit_calibrator(logits, labels).calibrate(logits)
    for low in (0.1, 0.2, 0.3, 0.4):
        among = (scores >= low) & (scores < low + 0.1)
        assert among.sum() > 500
        assert labels[among].mean() == pytest.approx(scores[among].mean(), abs=0.03)


def test_a_label_with_few_examples_takes_the_line_of_all():
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (500, 3))
    labels = drawn(logits, 1.5, -0.5, rng)
    # Nine positives, and nine negatives, are one too few.
    labels[:, 1] = 0
    labels[:9, 1] = 1
    labels[:, 2] = 1
    labels[:9, 2] = 0
    calibrator = fit_calibrator(logits, labels)
    assert calibrator.own == (True, False, False)
    assert calibrator.slope[1] == calibrator.slope[2] != calibrator.slope[0]
    assert calibrator.intercept[1] == calibrator.intercept[2]
    assert fit_calibrator(logits, labels, least_examples=9).own == (
        True,
        *[slope > 0 for slope in _own_slopes(logits, labels)],
    )


def _own_slopes(logits, labels):
    """Whether logits rise with the truth: the sign of their covariance."""
    return [np.cov(logits[:, at], labels[:, at])[0, 1] for at in (1, 2)]


def test_a_label_whose_logits_mislead_takes_the_line_of_all():
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (2000, 2))
    labels = drawn(logits, np.array([2.0, -0.5]), 0.0, rng)
    calibrator = fit_calibrator(logits, labels)
    assert calibrator.own == (True, False)
    assert calibrator.slope[1] > 0


def test_unknown_labels_are_passed_over():
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 2, (400, 2))
    labels = drawn(logits, 1.0, 0.0, rng)
    known = fit_calibrator(logits, labels)
    hidden = np.full((100, 2), -1, np.int8)
    misleading = rng.normal(9, 2, (100, 2))
    assert fit_calibrator(np.r_[logits, misleading], np.r_[labels, hidden]) == known


@pytest.mark.parametrize("value", [0, 1, -1])
def test_without_both_kinds_of_truth_the_sigmoid_stays(value):
    labels = np.full((30, 2), value, np.int8)
    logits = np.random.default_rng(0).normal(size=(30, 2))
    assert fit_calibrator(logits, labels) == Calibrator.identity(2)


def test_a_logit_must_be_a_number():
    with pytest.raises(ValueError, match=r"\[0, 1\]=nan"):
        fit_calibrator([[0.0, np.nan]], [[0, 1]])
