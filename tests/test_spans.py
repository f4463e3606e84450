import numpy as np
import pytest

from vidcat.inference.explaining.spans import spans_of
from vidcat.inference.explaining.timeline import timeline


def find(relevance, max_spans=3, every=10.0):
    """Spans of frames so far apart that each speaks for itself."""
    times = every * np.arange(len(relevance))
    seen = timeline(times, every * len(relevance))
    spans = spans_of(np.array(relevance, float), seen, max_spans)
    return [
        (one.start_seconds, one.end_seconds, one.weight, one.best_seconds)
        for one in spans
    ]


def test_a_run_of_frames_is_one_span_with_its_best_frame():
    assert find([0, 0, 3, 4, 3, 0, 0, 0]) == [(20, 50, 1.0, 30)]


def test_weights_are_shares_of_relevance_times_seconds():
    # 2 + 2 = 4 of 6, and 2.
    assert find([2, 2, 0, 0, 0, 0, 2]) == [(0, 20, 0.6667, 0), (60, 70, 0.3333, 60)]


def test_frames_that_speak_much_less_do_not_count():
    assert find([4, 1.1, 0, 0, 1.3, 0]) == [(0, 10, 0.7547, 0), (40, 50, 0.2453, 40)]


def test_what_frames_say_is_averaged_over_four_seconds():
    relevance = [0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    # Means of up to five frames: 2/3, 3/4, 4/5, 4/5, 3/5, 2/5, then 1/5, which is less
    # than 0.3 * 4/5.
    assert find(relevance, every=1.0) == [(0, 6, 1.0, 1)]


def test_a_short_pause_is_bridged():
    # Means of three frames: 6, 5, 2, 1, 2, 5, 6; only the 1 is less than 0.3 * 6.
    relevance = [6, 6, 3, -3, 3, 6, 6]
    assert [one[:2] for one in find(relevance, every=1.9)] == [(0, 13.3)]
    assert len(find([6, -9, 6], every=2.5)) == 2


def test_the_weightiest_are_kept_and_weights_add_up_to_one():
    relevance = np.zeros(30)
    relevance[[0, 6, 12, 18, 24]] = [3.0, 1.6, 1.7, 1.8, 1.9]
    spans = find(relevance)
    assert [one[0] for one in spans] == [0, 240, 180]
    # 3 / 6.7, 1.9 / 6.7, 1.8 / 6.7.
    assert [one[2] for one in spans] == [0.4477, 0.2836, 0.2687]
    assert sum(one[2] for one in spans) == pytest.approx(1.0, abs=1e-12)
    assert len(find(relevance, max_spans=5)) == 5


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_nothing_that_speaks_is_no_span(value):
    assert find([value] * 5) == []
