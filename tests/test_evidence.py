import numpy as np
import pytest

from vidcat.inference.evidence import MAX_WINDOWS, find_evidence
from vidcat.inference.results import EvidenceSpan


class SumOfFrames:
    """A network whose logit is the sum of the frames' values; it counts its calls."""

    def __init__(self):
        self.calls = []

    def __call__(self, frames, mask):
        self.calls.append(mask.shape)
        return (frames * mask[..., None]).sum(axis=1)


def span(start, end, weight):
    return EvidenceSpan(start_seconds=start, end_seconds=end, weight=weight)


def find(values, times, duration, labels=(0,), **options):
    frames = np.asarray(values, np.float32)
    return find_evidence(
        frames, np.asarray(times), duration, SumOfFrames(), list(labels), **options
    )


def test_the_seconds_that_raise_the_logit_are_found():
    # One frame a second; label 0 speaks in seconds 3 to 5, label 1 in 9.
    values = np.zeros((12, 2))
    values[3:6, 0] = 2.0
    values[9, 1] = 1.0
    first, second = find(values, range(12), 12.0, labels=(0, 1))
    assert first == (span(3.0, 6.0, 1.0),)
    assert second == (span(9.0, 12.0, 1.0),)


def test_labels_are_answered_in_the_order_asked():
    values = np.zeros((6, 3))
    values[0, 2] = values[3, 0] = 1.0
    spans = find(values, range(6), 6.0, labels=(2, 0))
    assert spans == [(span(0.0, 3.0, 1.0),), (span(3.0, 6.0, 1.0),)]


def test_neighbouring_windows_become_one_span_weighted_by_their_drops():
    values = np.zeros((15, 1))
    values[0], values[3], values[12] = 1.0, 2.0, 1.0
    # Drops 1, 2, 0, 0, 1: the first two windows are neighbours.
    assert find(values, range(15), 15.0) == [(span(0, 6, 0.75), span(12, 15, 0.25))]


def test_windows_that_matter_little_are_left_out():
    values = np.zeros((9, 1))
    values[0], values[3], values[6] = 4.0, 0.9, -1.0
    assert find(values, range(9), 9.0) == [(span(0, 3, 1.0),)]


def test_at_most_so_many_spans_are_kept_and_their_weights_add_up():
    values = np.zeros((30, 1))
    values[[0, 6, 12, 18, 24]] = [[3.0], [1.1], [1.2], [1.3], [1.4]]
    (spans,) = find(values, range(30), 30.0)
    assert [one.start_seconds for one in spans] == [0, 24, 18]
    assert [one.weight for one in spans] == [0.5263, 0.2456, 0.2281]
    assert sum(one.weight for one in spans) == pytest.approx(1.0, abs=1e-12)
    (more,) = find(values, range(30), 30.0, max_spans=5)
    assert len(more) == 5


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_nothing_speaks_where_nothing_lowers_the_logit(value):
    assert find(np.full((9, 1), value), range(9), 9.0) == [()]


@pytest.mark.parametrize("times", [[0.0], [0.0, 1.0, 2.0]])
def test_one_window_has_nothing_to_compare_with(times):
    assert find(np.ones((len(times), 1)), times, 2.5) == [()]


def test_all_views_are_scored_in_one_call():
    network = SumOfFrames()
    frames = np.ones((7, 1), np.float32)
    find_evidence(frames, np.arange(7.0), 7.0, network, [0])
    # The whole video, and it without each of three windows.
    assert network.calls == [(4, 7)]


def test_nothing_is_scored_where_no_label_is_asked_for():
    network = SumOfFrames()
    frames = np.ones((7, 1), np.float32)
    assert find_evidence(frames, np.arange(7.0), 7.0, network, []) == []
    assert network.calls == []


def test_a_long_video_gets_longer_windows():
    network = SumOfFrames()
    times = np.arange(0, 3600, 12.0)
    values = np.zeros((300, 1), np.float32)
    values[150] = 1.0
    spans = find_evidence(values, times, 3600.0, network, [0])
    assert network.calls == [(MAX_WINDOWS + 1, 300)]
    # 60 windows of a minute; the frame at 1800 s is in the 30th.
    assert spans == [(span(1800.0, 1860.0, 1.0),)]


def test_a_span_ends_with_the_video():
    values = [[0.0], [0.0], [0.0], [0.0], [1.0]]
    assert find(values, range(5), 4.2) == [(span(3.0, 4.2, 1.0),)]


@pytest.mark.parametrize("duration", [None, 2.0])
def test_without_a_true_duration_the_last_frame_lasts_as_long_as_the_others(duration):
    values = [[0.0]] * 9 + [[1.0]]
    times = np.arange(10) * 0.5
    assert find(values, times, duration) == [(span(3.0, 5.0, 1.0),)]


def test_windows_without_frames_part_spans():
    # Seconds 3 to 9 have no frame: variable frame rate.
    assert find([[1.0], [1.0]], [0.0, 10.0], 12.0) == [
        (span(0, 3, 0.5), span(9, 12, 0.5))
    ]


def test_frames_before_zero_belong_to_the_first_window():
    assert find([[1.0], [0.0]], [-0.04, 3.0], 4.0) == [(span(0.0, 3.0, 1.0),)]


@pytest.mark.parametrize(
    ("times", "options", "message"),
    [
        ([0.0, 1.0, 2.0], {}, r"Received: shapes \(2, 1\) and \(3,\)"),
        ([5.0, 1.0], {}, r"must rise. Received: \[5. 1.\]"),
        ([0.0, 9.0], {"window_seconds": 0.0}, "window_seconds=0.0, max_spans=3"),
        ([0.0, 9.0], {"max_spans": 0}, "window_seconds=3.0, max_spans=0"),
        ([0.0, 9.0], {"labels": (0,), "bad": True}, "finite logits. Received: nan"),
    ],
)
def test_wrong_arguments_are_refused(times, options, message):
    value = np.nan if options.pop("bad", False) else 1.0
    with pytest.raises(ValueError, match=message):
        find([[value], [value]], times, 10.0, **options)
