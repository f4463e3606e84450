import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

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


def capped(logits):
    """A chance that no line gives: it ends at 0.75, however high the logit."""
    return 0.01 + 0.74 / (1 + np.exp(-2 * (logits - 1)))


def log_loss(chance, given):
    """Mean over the truth that the chance could bring, which is not drawn."""
    return -np.mean(chance * np.log(given) + (1 - chance) * np.log1p(-given))


def test_support_says_how_a_label_is_fitted():
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 2, (3000, 4))
    labels = drawn(logits, 1.0, 0.0, rng)
    for label, positives in ((1, 100), (2, 99), (3, 9)):
        likely = np.argsort(-logits[:, label] - rng.logistic(size=3000))
        labels[:, label] = 0
        labels[likely[:positives], label] = 1
    fitted = ("isotonic", "isotonic", "platt", "pooled")
    assert fit_calibrator(logits, labels).fitted == fitted
    # Negatives count as positives do.
    assert fit_calibrator(-logits, 1 - labels).fitted == fitted
    later = fit_calibrator(logits, labels, least_isotonic=101)
    assert later.fitted == ("isotonic", "platt", "platt", "pooled")
    # What is known of it counts, not how long the column is.
    labels[labels[:, 1] == 1, 1] = np.r_[np.ones(99), -1]
    assert fit_calibrator(logits, labels).fitted[1] == "platt"


def test_a_curve_beats_the_line_where_the_truth_follows_none():
    rng = np.random.default_rng(6)
    logits = rng.normal(-2, 2.5, (8000, 1))
    labels = (rng.random(logits.shape) < capped(logits)).astype(np.int8)
    fresh = rng.normal(-2, 2.5, (50_000, 1))
    curve = fit_calibrator(logits, labels)
    line = fit_calibrator(logits, labels, least_isotonic=8000)
    assert (curve.fitted, line.fitted) == (("isotonic",), ("platt",))
    best = log_loss(capped(fresh), capped(fresh))
    lost = log_loss(capped(fresh), curve.calibrate(fresh)) - best
    assert 0 < lost < 0.4 * (log_loss(capped(fresh), line.calibrate(fresh)) - best)
    gap = np.abs(curve.calibrate(fresh) - capped(fresh)).mean()
    assert gap < 0.4 * np.abs(line.calibrate(fresh) - capped(fresh)).mean()


def test_the_line_loses_little_to_the_curve_where_the_truth_follows_it():
    rng = np.random.default_rng(7)
    logits = rng.normal(-2, 2.5, (8000, 1))
    labels = drawn(logits, 0.6, -0.5, rng)
    fresh = rng.normal(-2, 2.5, (50_000, 1))
    chance = 1 / (1 + np.exp(-(0.6 * fresh - 0.5)))
    curve = fit_calibrator(logits, labels).calibrate(fresh)
    assert log_loss(chance, curve) - log_loss(chance, chance) < 0.002


def test_the_curve_follows_isotonic_regression():
    rng = np.random.default_rng(8)
    logits = rng.normal(-2, 2.5, (20_000, 1))
    labels = (rng.random(logits.shape) < capped(logits)).astype(np.int8)
    given = fit_calibrator(logits, labels).calibrate(logits)[:, 0]
    steps = IsotonicRegression().fit_transform(logits[:, 0], labels[:, 0])
    assert np.abs(given - steps).mean() < 0.005
    # On the large steps as a whole, what the curve gives is what was seen.
    for height in np.unique(steps):
        step = steps == height
        if step.sum() > 400:
            assert given[step].mean() == pytest.approx(height, abs=0.015)


def pooled_steps(steps):
    """Isotonic regression as it is defined: neighbours that fall are put together.

    Each step is its logit, its height and its weight.
    """
    done = []
    for step in sorted(steps):
        done.append(step)
        while len(done) > 1 and done[-2][1] >= done[-1][1]:
            (x, height, weight), (y, other, more) = done[-2:]
            both = weight + more
            done[-2:] = [
                (
                    (weight * x + more * y) / both,
                    (weight * height + more * other) / both,
                    both,
                )
            ]
    return done


def test_the_curve_is_the_definition_in_loops():
    rng = np.random.default_rng(9)
    # Rounded, so that videos share a logit.
    logits = rng.normal(0, 2, (300, 1)).round(1)
    labels = drawn(logits, 1.0, 0.0, rng)
    calibrator = fit_calibrator(logits, labels, least_isotonic=10)
    slope, intercept = calibrator.slope[0], calibrator.intercept[0]
    groups = [
        (value, labels[logits == value].mean(), int((logits == value).sum()))
        for value in np.unique(logits)
    ]
    # Five examples that agree with the line are added to each step, half a true one to
    # the lowest, half a false one to the highest.
    moved = []
    steps = pooled_steps(groups)
    for at, (centre, share, weight) in enumerate(steps):
        line = 1 / (1 + np.exp(-(slope * centre + intercept)))
        true, examples = weight * share + 5 * line, weight + 5
        if at == 0:
            true, examples = true + 0.5, examples + 0.5
        if at == len(steps) - 1:
            examples += 0.5
        moved.append((centre, true / examples, examples))
    expected = pooled_steps(moved)
    (curve,) = calibrator.curves
    assert len(curve.logits) == len(expected) > 3
    assert curve.logits == pytest.approx([centre for centre, _, _ in expected])
    # A fiftieth of the log-odds is the line's.
    assert curve.log_odds == pytest.approx(
        [
            0.98 * np.log(share / (1 - share)) + 0.02 * (slope * centre + intercept)
            for centre, share, _ in expected
        ]
    )


def test_a_label_without_a_rise_takes_the_line():
    # Two of three are true wherever one looks, but for a hair: no step rises.
    logits = np.tile([-1.0, 1.0], 300)[:, None]
    labels = np.repeat([1, 0, 1], 200).astype(np.int8)[:, None]
    rising = np.random.default_rng(10).normal(0, 2, (600, 1))
    others = drawn(rising, 1.0, 0.0, np.random.default_rng(11))
    flat = fit_calibrator(np.c_[logits, rising], np.c_[labels, others])
    assert flat.fitted[0] in ("platt", "pooled")
    assert flat.fitted[1] == "isotonic"
    assert flat.slope[0] > 0
    # One logit for all of them has no steps at all.
    alike = fit_calibrator(np.c_[np.zeros((600, 1)), rising], np.c_[labels, others])
    assert alike.fitted == ("pooled", "isotonic")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-3, 1), st.sampled_from([0.1, 1, 30]))
def test_a_fitted_curve_keeps_the_order(seed, middle, spread):
    rng = np.random.default_rng(seed)
    logits = (spread * rng.standard_t(2, (400, 1))).astype(np.float32)
    chance = 0.9 / (1 + np.exp(-np.clip(logits / spread - middle, -30, 30)))
    labels = (rng.random(logits.shape) < chance).astype(np.int8)
    calibrator = fit_calibrator(logits, labels, least_isotonic=10)
    tried = np.unique(np.r_[logits[:, 0], np.linspace(-5, 5, 200, dtype=np.float32)])
    given = calibrator.calibrate(tried[:, None])[:, 0]
    assert ((given > 0) & (given < 1)).all()
    assert (np.diff(given) >= 0).all()
    told_apart = given < 1 - 1e-9
    assert told_apart.sum() > 100
    assert (np.diff(given[told_apart]) > 0).all()
