import numpy as np
import pytest
from known_views import SumOfFrames

from vidcat.inference.evidence import METHODS, Evidence, find_evidence
from vidcat.inference.explaining.reasons import (
    NOTHING_STANDS_OUT,
    STANDS_WITHOUT_FRAMES,
    TOO_FEW_FRAMES,
)


def find(values, labels=(0,), duration=None, **options):
    network = SumOfFrames(values)
    times = np.arange(float(len(values)))
    return find_evidence(network, times, duration, list(labels), **options)


def bounds(evidence):
    return [(one.start_seconds, one.end_seconds) for one in evidence.spans]


@pytest.mark.parametrize("method", METHODS)
def test_the_seconds_that_raise_the_logit_are_found(method):
    # One frame a second; label 0 speaks in seconds 20 to 29, label 1 in 5 to 7.
    values = np.full((60, 2), -0.1)
    values[20:30, 0] = 2.0
    values[5:8, 1] = 1.0
    first, second = find(values, (0, 1), 60.0, method=method)
    assert bounds(first)[0] == pytest.approx((20, 30), abs=2)
    # Shorter than the longest windows, which blur it.
    start, end = bounds(second)[0]
    assert start <= 5
    assert 8 <= end <= 14
    assert first.reason is None
    assert 20 <= first.spans[0].best_seconds < 30


@pytest.mark.parametrize("method", METHODS)
def test_labels_are_answered_in_the_order_asked(method):
    values = np.zeros((30, 3))
    values[0:3, 2] = values[20:23, 0] = 1.0
    first, second = find(values, (2, 0), method=method)
    assert bounds(first)[0][0] < 4
    assert bounds(second)[0][0] > 16


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_nothing_speaks_where_nothing_raises_the_logit(method, value):
    found = find(np.full((9, 1), value), method=method)
    assert found == [Evidence(reason=NOTHING_STANDS_OUT)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("times", [[0.0], [0.0, 0.2, 0.4]])
def test_one_window_has_nothing_to_compare_with(method, times):
    network = SumOfFrames([[3.0]] * len(times))
    found = find_evidence(network, np.array(times), 0.9, [0], method=method)
    assert found == [Evidence(reason=TOO_FEW_FRAMES)]


@pytest.mark.parametrize("method", METHODS)
def test_what_is_said_without_frames_has_no_seconds(method):
    values = np.zeros((12, 2))
    values[3:6] = 2.0
    asked_with = []

    def stands(logits):
        asked_with.append(logits.tolist())
        return [False, True]

    first, second = find(values, (0, 1), stands=stands, method=method)
    # Without any frame the sum is 0, and so it is with frames of 0.
    assert asked_with == [[0.0, 0.0], [0.0, 0.0]]
    assert first.spans
    assert second == Evidence(reason=STANDS_WITHOUT_FRAMES)


def test_what_stands_in_one_way_only_hangs_on_the_frames():
    answers = iter([[True], [False]])
    (found,) = find([[0.0]] * 6 + [[2.0]] * 6, stands=lambda _: next(answers))
    assert found.spans


def test_all_views_are_scored_in_one_call():
    network = SumOfFrames(np.ones((7, 1)))
    find_evidence(network, np.arange(7.0), 7.0, [0])
    # Whole and empty, and twice 11 windows: 7 of 1 s; 4 of 3 s, from 0, 1.5, 3 and
    # 4.5 (that from 6 holds what a shorter one does). Of 10 s that from 0 holds all,
    # that from 5 the frames of that from 4.5.
    assert network.calls == [(2 + 2 * (7 + 4), 7)]


def test_nothing_is_scored_where_no_label_is_asked_for():
    network = SumOfFrames(np.ones((7, 1)))
    assert find_evidence(network, np.arange(7.0), 7.0, []) == []
    assert network.calls == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_spans": 0}, "max_spans=0"),
        ({"method": "guess"}, r"'attribution'\]. Received: method='guess'"),
        ({"value": np.nan}, "finite logits. Received: nan"),
    ],
)
def test_wrong_arguments_are_refused(options, message):
    value = options.pop("value", 1.0)
    with pytest.raises(ValueError, match=message):
        find([[value], [value]], **options)
