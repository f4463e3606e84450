"""Which frames are chosen, by their times alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcat.inference.sampling import (
    HeldBackThinning,
    LyingDuration,
    Sampling,
    StreamedThinning,
    bucket,
    evenly_spread,
)


def thin(thinning, times):
    """The times that are chosen; each must bring its own frame along."""
    for time in times:
        yield from taken(thinning.add(time, f"frame at {time}"))
    yield from taken(thinning.finish())


def taken(chosen):
    for time, item in chosen:
        assert item == f"frame at {time}"
        yield time


def stream(times, sampling, duration_seconds):
    return list(thin(StreamedThinning(sampling, duration_seconds), times))


def hold_back(times, sampling):
    return list(thin(HeldBackThinning(sampling), times))


def every(step_seconds, count):
    return [step_seconds * number for number in range(count)]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (every(0.25, 12), [0.0, 1.0, 2.0]),
        ([0.08, 0.58, 1.08, 1.58, 2.08], [0.08, 1.08, 2.08]),
        ([0.9, 1.0, 1.9, 2.0], [0.9, 1.0, 2.0]),
        ([0.0, 0.5, 7.2, 7.9, 8.0], [0.0, 7.2, 8.0]),
        ([-0.4, 0.0, 0.5, 1.0], [-0.4, 1.0]),
        ([0.0, 2.0, 1.0, 3.0], [0.0, 2.0, 3.0]),
    ],
    ids=[
        "even",
        "late start",
        "bucket edges",
        "still picture",
        "negative",
        "backwards",
    ],
)
def test_first_frame_of_every_second_is_chosen(times, expected):
    assert stream(times, Sampling(), 9.0) == expected
    assert hold_back(times, Sampling()) == expected


def test_longer_video_is_thinned_to_the_limit_over_its_whole_length():
    # 100 s in 10 frames: buckets of 10 s, and the first second of each.
    chosen = stream(every(1.0, 100), Sampling(max_frames=10), 100.0)
    assert chosen == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]


def test_held_back_frames_are_thinned_by_doubling():
    # The frames at 10, 20, 40 and 80 s are each one too many for 10: buckets of
    # 2, 4, 8 and 16 s follow.
    chosen = hold_back(every(1.0, 100), Sampling(max_frames=10))
    assert chosen == [0, 16, 32, 48, 64, 80, 96]


def test_frame_on_the_edge_of_a_bucket_opens_it_in_spite_of_rounding():
    assert 49 * (1 / 49) < 1
    assert bucket(49 * (1 / 49), 1.0) == 1
    assert bucket(0.999, 1.0) == 0


def test_video_that_goes_on_after_its_declared_end_is_a_lie():
    with pytest.raises(LyingDuration, match=r"declares 5 s, but has a frame at 9 s$"):
        stream(every(1.0, 20), Sampling(max_frames=8), 5.0)


def test_video_that_ends_long_before_its_declared_end_is_a_lie():
    with pytest.raises(
        LyingDuration, match=r"declares 900 s, for which 2 of 60 frames were chosen"
    ):
        stream(every(1.0, 60), Sampling(max_frames=30), 900.0)


def test_rounded_declaration_is_no_lie():
    # Frames at 0, 0.1 … 100.1 s; "100.0 s" is what an honest file may declare.
    chosen = stream(every(0.1, 1002), Sampling(max_frames=10), 100.0)
    assert len(chosen) == 10
    assert max(chosen) < 91


def test_few_frames_are_no_lie_where_there_are_no_more():
    still = [0.0, 400.0]
    assert stream(still, Sampling(max_frames=30), 3600.0) == still


times_of_videos = st.lists(
    st.floats(0, 5000, allow_nan=False), min_size=1, max_size=400
).map(sorted)


@given(
    times=times_of_videos,
    rate=st.sampled_from([0.2, 1.0, 2.5, 30.0]),
    limit=st.integers(1, 40),
)
def test_held_back_result_is_within_the_limit_and_above_half_of_it(times, rate, limit):
    sampling = Sampling(frames_per_second=rate, max_frames=limit)
    offered = len({bucket(time, 1 / rate) for time in times})
    chosen = hold_back(times, sampling)
    assert len(chosen) <= limit
    assert 2 * len(chosen) >= min(limit, offered)
    assert chosen == sorted(set(chosen))
    assert chosen[0] == times[0]


@given(
    times=times_of_videos,
    limit=st.integers(1, 40),
    duration=st.floats(0.1, 6000),
)
def test_streamed_result_keeps_its_promise_or_says_so(times, limit, duration):
    sampling = Sampling(max_frames=limit)
    offered = len({bucket(time, 1.0) for time in times})
    chosen = []
    try:
        chosen.extend(thin(StreamedThinning(sampling, duration), times))
    except LyingDuration:
        assert len(chosen) <= limit
    else:
        assert min(limit, offered) <= 2 * len(chosen) <= 2 * limit


@given(limit=st.integers(1, 50), seconds=st.integers(1, 400))
def test_true_duration_is_never_called_a_lie(limit, seconds):
    chosen = stream(every(0.5, 2 * seconds), Sampling(max_frames=limit), float(seconds))
    assert 2 * len(chosen) >= min(limit, seconds)


@given(count=st.integers(1, 500), limit=st.integers(1, 60))
def test_evenly_spread_indices_have_gaps_that_differ_by_one_at_most(count, limit):
    indices = evenly_spread(count, limit)
    assert len(indices) == min(count, limit)
    gaps = [
        later - earlier
        for earlier, later in zip(indices, [*indices[1:], count], strict=True)
    ]
    assert sum(gaps) == count
    assert max(gaps) - min(gaps) <= 1


def test_nothing_is_spread_to_nothing():
    assert evenly_spread(0, 5) == []


def test_sampling_survives_json():
    sampling = Sampling(rule="keyframes", frames_per_second=2.5, max_frames=7)
    assert Sampling.from_json(json.loads(json.dumps(sampling.to_json()))) == sampling


def test_unknown_sampling_option_is_refused():
    with pytest.raises(ValueError, match=r"Unknown sampling options \['rate'\]"):
        Sampling.from_json({"rate": 1.0})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "random"}, r"`rule` must be one of .* Received: rule='random'"),
        ({"frames_per_second": 0}, r"positive .* frames_per_second=0$"),
        ({"frames_per_second": float("nan")}, r"frames_per_second=nan$"),
        ({"frames_per_second": float("inf")}, r"frames_per_second=inf$"),
        ({"max_frames": 0}, r"`max_frames` must be at least 1.* max_frames=0$"),
    ],
)
def test_sampling_refuses_what_makes_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        Sampling(**options)
