import numpy as np
import pytest

from vidcat.inference.explaining.timeline import MAX_WINDOWS, cut, timeline


def seconds(seen):
    return list(zip(seen.starts.tolist(), seen.ends.tolist(), strict=True))


def test_a_frame_lasts_until_the_next_and_the_last_as_long_as_the_others():
    assert seconds(timeline([0.0, 1.0, 2.0], None)) == [(0, 1), (1, 2), (2, 3)]
    # A duration that ends before the last frame is not heeded.
    assert seconds(timeline([0.0, 1.0, 2.0], 1.5))[-1] == (2, 3)


def test_the_last_frame_ends_with_the_video():
    assert seconds(timeline([0.0, 1.0, 2.0], 2.4))[-1] == (2.0, 2.4)


def test_frames_before_zero_begin_at_zero():
    assert seconds(timeline([-0.04, 1.0], 2.0)) == [(0.0, 1.0), (1.0, 2.0)]


def test_a_frame_does_not_speak_for_a_gap():
    # Usual distance 1 s; nothing is known of seconds 4 to 9.
    seen = timeline([0.0, 1.0, 2.0, 9.0, 10.0], 11.0)
    assert seconds(seen)[2:] == [(2.0, 4.0), (9.0, 10.0), (10.0, 11.0)]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([], r"n above 0. Received: shape \(0,\)"),
        ([5.0, 1.0], r"must rise. Received: \[5. 1.\]"),
    ],
)
def test_wrong_times_are_refused(times, message):
    with pytest.raises(ValueError, match=message):
        timeline(np.array(times), None)


def test_windows_of_three_lengths_overlap_by_half():
    windows = cut(timeline(np.arange(20.0), 20.0))
    of_length = [
        {
            (int(a), int(b))
            for a, b, which in zip(*windows, strict=True)
            if which == length
        }
        for length in range(3)
    ]
    # One frame a second: half-second steps of 1 s windows hold the same frames.
    assert of_length[0] == {(n, n + 1) for n in range(20)}
    # 3 s every 1.5 s: [1.5, 4.5) holds frames 2, 3, 4; [18, 21) only 18 and 19; of
    # [19.5, 22.5) there is none.
    assert {(0, 3), (2, 5), (3, 6), (18, 20)} <= of_length[1]
    assert len(of_length[1]) == 13
    assert of_length[2] == {(0, 10), (5, 15), (10, 20), (15, 20)}


def test_no_window_holds_all_frames_or_none():
    windows = cut(timeline([0.0, 0.2, 0.4], 0.6))
    assert len(windows.first) == 0
    windows = cut(timeline([0.0, 0.2, 5.0], 5.5))
    assert (windows.last > windows.first).all()
    assert (windows.last - windows.first < 3).all()


def test_frames_that_lie_years_apart_take_no_more_windows():
    windows = cut(timeline([0.0, 1e9, 2e9], None))
    assert set(zip(windows.first, windows.last, strict=True)) == {
        (0, 1),
        (1, 2),
        (2, 3),
    }


def test_a_long_video_has_no_more_windows():
    times = np.arange(0, 600, 0.5)
    windows = cut(timeline(times, 600.0))
    assert 0.5 * MAX_WINDOWS < len(windows.first) <= MAX_WINDOWS
    # All frames are in some of each length.
    inside = windows.contain(len(times))
    for length in range(3):
        assert inside[windows.length == length].any(axis=0).all()
