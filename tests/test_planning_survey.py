"""A catalog is read once for its figures and for a sample that can be had again."""

import numpy as np
import pytest

from vidcat.inference.backfill.planning.survey import frames_possible, survey_catalog
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video


def rows(count):
    return [Video(id=f"v{number}", path="a.mp4") for number in range(count)]


def drawn_of(catalog, draw=5, **options):
    return [
        row.id
        for row in survey_catalog(catalog, Sampling(), draw=draw, **options).drawn
    ]


def test_what_the_catalog_knows_is_added_up():
    catalog = [
        Video(id="a", path="a.mp4", duration_seconds=100.5),
        Video(id="b", path="b.mp4", duration_seconds=1000.0),
        Video(id="c", path="c.mp4"),
        Video(id="d", title="No video", duration_seconds=77.0),
    ]
    survey = survey_catalog(catalog, Sampling(), draw=20)
    assert (survey.rows, survey.videos, survey.of_unknown_duration) == (4, 3, 1)
    assert survey.known_seconds == 1100.5
    # One a second, at most 300 a video.
    assert survey.known_frames == 101 + 300
    assert sorted(row.id for row in survey.drawn) == ["a", "b", "c"]


def test_the_same_videos_are_drawn_whatever_their_order():
    catalog = rows(200)
    shuffled = np.random.default_rng(1).permutation(catalog).tolist()
    assert drawn_of(catalog) == drawn_of(shuffled)
    assert len(drawn_of(catalog)) == 5


def test_a_larger_sample_begins_with_the_smaller_one():
    assert drawn_of(rows(200), draw=9)[:5] == drawn_of(rows(200), draw=5)


def test_another_seed_draws_others():
    assert set(drawn_of(rows(200))) != set(drawn_of(rows(200), seed=1))


def test_each_video_is_drawn_as_often_as_any_other():
    counts = dict.fromkeys((row.id for row in rows(10)), 0)
    for seed in range(600):
        for name in drawn_of(rows(10), draw=3, seed=seed):
            counts[name] += 1
    # 180 times each, with standard deviation sqrt(600 * 0.3 * 0.7) = 11.2.
    assert min(counts.values()) > 180 - 4 * 11.2
    assert max(counts.values()) < 180 + 4 * 11.2


def test_an_id_given_twice_does_not_disturb():
    twice = [Video(id="a", path="a.mp4"), Video(id="a", path="b.mp4")]
    assert drawn_of(twice, draw=1) == ["a"]


def test_the_rate_and_the_cap_bound_the_frames_of_a_video():
    half = Sampling(frames_per_second=0.5, max_frames=10)
    assert [frames_possible(seconds, half) for seconds in (0.0, 3.0, 9000.0)] == [
        *(1, 2, 10)
    ]


def test_a_sample_must_have_a_size():
    with pytest.raises(ValueError, match=r"`draw` must be positive\. Received: draw=0"):
        survey_catalog([], Sampling(), draw=0)
