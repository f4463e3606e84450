import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.inference.deciding.rising_curve import RisingCurve
from vidcat.inference.decisions import Calibrator

CURVE = RisingCurve(logits=(-3.0, -1.0, 2.0), log_odds=(-4.0, -3.5, 1.0))
# One label of each kind, in an order that is none.
MIXED = Calibrator(
    slope=(0.4, 0.5, 2.0, 1.5),
    intercept=(-1.0, 0.3, 0.0, -2.0),
    own=(False, True, True, True),
    curves=(None, CURVE, None, RisingCurve(logits=(0.0, 0.5), log_odds=(-1.0, 0.0))),
)


def one_probability(calibrator, label, logit):
    """The definition, for one number."""
    slope = calibrator.slope[label]
    curve = None if calibrator.curves is None else calibrator.curves[label]
    if curve is None:
        log_odds = slope * logit + calibrator.intercept[label]
    else:
        points = list(zip(curve.logits, curve.log_odds, strict=True))
        if logit <= points[0][0]:
            log_odds = points[0][1] - slope * (points[0][0] - logit)
        elif logit >= points[-1][0]:
            log_odds = points[-1][1] + slope * (logit - points[-1][0])
        else:
            for (left, low), (right, high) in itertools.pairwise(points):
                if left <= logit <= right:
                    way = (logit - left) / (right - left)
                    log_odds = low + way * (high - low)
    return 1 / (1 + math.exp(-log_odds))


def test_it_is_the_definition_of_each_label():
    logits = np.random.default_rng(0).normal(0, 4, (50, 4)).astype(np.float32)
    expected = [
        [one_probability(MIXED, label, float(row[label])) for label in range(4)]
        for row in logits
    ]
    np.testing.assert_allclose(MIXED.calibrate(logits), expected, rtol=1e-12)


def test_a_point_of_the_curve_is_met():
    # The second label: halfway from (-3, -4) to (-1, -3.5), the point (2, 1), and two
    # beyond it at a slope of 0.5.
    logits = np.zeros((3, 4))
    logits[:, 1] = [-2.0, 2.0, 4.0]
    expected = [1 / (1 + math.exp(-one)) for one in (-3.75, 1.0, 2.0)]
    np.testing.assert_allclose(MIXED.calibrate(logits)[:, 1], expected)


def test_many_rows_are_each_calibrated_as_alone():
    # More than are calibrated at a time, and not a multiple of it.
    logits = np.random.default_rng(1).normal(0, 3, (140_001, 4)).astype(np.float32)
    together = MIXED.calibrate(logits)
    for row in (0, 65_535, 65_536, 140_000):
        np.testing.assert_array_equal(together[row], MIXED.calibrate(logits[[row]])[0])


def test_probabilities_stay_above_0_and_below_1():
    largest = np.finfo(np.float32).max
    logits = np.array([[-largest] * 4, [largest] * 4], np.float32)
    with np.errstate(all="raise"):
        low, high = MIXED.calibrate(logits)
    assert (low > 0).all()
    assert (low < 1e-300).all()
    assert (high < 1).all()
    assert (high > 1 - 1e-15).all()


def test_fitted_says_how_each_label_is_calibrated():
    assert MIXED.fitted == ("pooled", "isotonic", "platt", "isotonic")
    lines = Calibrator(slope=(1.0, 1.0), intercept=(0.0, 0.0), own=(True, False))
    assert lines.fitted == ("platt", "pooled")


def test_all_kinds_survive_json_together():
    text = json.dumps(MIXED.to_json(), allow_nan=False)
    assert Calibrator.from_json(json.loads(text)) == MIXED


def test_a_file_of_lines_alone_reads_and_is_written_as_ever():
    written = (
        '{"kind": "platt", "slope": [1.5, 0.7], "intercept": [-0.2, 0.1], '
        '"own": [true, false]}'
    )
    calibrator = Calibrator.from_json(json.loads(written))
    assert calibrator == Calibrator(
        slope=(1.5, 0.7), intercept=(-0.2, 0.1), own=(True, False)
    )
    assert json.dumps(calibrator.to_json()) == written


@st.composite
def rising(draw, size):
    """Numbers within [-30, 30], each above the one before by 0.01 or more."""
    steps = st.lists(st.integers(1, 500), min_size=size, max_size=size)
    start = draw(st.integers(-1500, 0))
    return tuple((np.cumsum([start, *draw(steps)[1:]]) / 100).tolist())


@given(st.data())
def test_of_two_logits_the_higher_gets_the_higher_probability(data):
    size = data.draw(st.integers(2, 6))
    curve = RisingCurve(
        logits=data.draw(rising(size)), log_odds=data.draw(rising(size))
    )
    calibrator = Calibrator(
        slope=(data.draw(st.floats(0.1, 3)),),
        intercept=(0.0,),
        own=(True,),
        curves=(curve,),
    )
    logits = np.array(data.draw(rising(40)))[:, None]
    probabilities = calibrator.calibrate(logits)[:, 0]
    assert (np.diff(probabilities) >= 0).all()
    # As far as a double tells them apart.
    told_apart = probabilities[probabilities < 1 - 1e-9]
    assert (np.diff(told_apart) > 0).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"logits": (0.0,), "log_odds": (0.0,)}, "two points or more"),
        ({"logits": (0.0, 1.0), "log_odds": (0.0,)}, r"lengths .*'log_odds': 1"),
        ({"logits": (1.0, 1.0), "log_odds": (0.0, 1.0)}, r"logits=\(1.0, 1.0\)"),
        ({"logits": (0.0, 1.0), "log_odds": (1.0, 0.5)}, r"log_odds=\(1.0, 0.5\)"),
        ({"logits": (0.0, 1.0), "log_odds": (1.0, math.inf)}, r"\(1.0, inf\)"),
        ({"logits": (0.0, math.nan), "log_odds": (1.0, 2.0)}, r"\(0.0, nan\)"),
    ],
)
def test_a_curve_must_rise(fields, message):
    with pytest.raises(ValueError, match=message):
        RisingCurve(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"curves": (CURVE,)}, r"'curves': 1"),
        ({"curves": (CURVE, None), "slope": (-0.5, 1.0)}, r"slope\[0\]=-0.5"),
        ({"curves": (None, CURVE)}, r"own\[1\]=False"),
    ],
)
def test_a_curve_goes_with_a_rising_line_of_its_own(fields, message):
    lines = {"slope": (1.0, 1.0), "intercept": (0.0, 0.0), "own": (True, False)}
    with pytest.raises(ValueError, match=message):
        Calibrator(**(lines | fields))
