"""A sample is scaled up to its catalog."""

import pytest
from planned_catalogs import sample_of, sampled

from vidcat.inference.backfill.planning.survey import survey_catalog
from vidcat.inference.backfill.planning.work import NothingMeasured, Work, work_of
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video


def scaled(catalog, sample):
    survey = survey_catalog(catalog, Sampling(), draw=1)
    return work_of(survey, sample, sampling=Sampling(), frame_size=10, feature_width=8)


def catalog_of(*seconds, rows_without_video=0):
    return [
        *(
            Video(id=f"v{at}", path="a.mp4", duration_seconds=duration)
            for at, duration in enumerate(seconds)
        ),
        *(Video(id=f"t{at}", title="text") for at in range(rows_without_video)),
    ]


def test_a_catalog_of_known_durations_is_scaled_by_them():
    sample = sample_of(sampled("a", 100.0), sampled("b", 200.0))
    found = scaled(catalog_of(100.0, 200.0, 600.0, rows_without_video=1), sample)
    assert found.videos == 3
    # 900 s of video; frames are 100 + 200 + 300, since no video has more.
    assert found.video_hours.value == pytest.approx(0.25)
    assert found.frames.value == pytest.approx(600)
    assert found.decode_cpu_hours.value == pytest.approx(0.05 * 900 / 3600)
    assert found.describe_cpu_hours.value == pytest.approx(0.1 * 600 / 3600)
    # One second for each of three videos.
    assert found.categorize_cpu_hours.value == pytest.approx(3 / 3600)
    assert found.video_bytes.value == pytest.approx(100 * 900)
    assert found.frame_bytes.value == pytest.approx(600 * 10 * 10 * 3)
    assert found.feature_bytes.value == pytest.approx(600 * 8)
    # The row without a video has a result as well.
    assert found.result_bytes.value == pytest.approx(4 * 500)
    # Everything goes with the duration exactly, so nothing is unsure.
    assert found.decode_cpu_hours.margin == pytest.approx(0, abs=1e-9)
    assert found.describe_frames_per_second is None


def test_a_video_of_unknown_duration_is_taken_for_an_average_one():
    sample = sample_of(
        sampled("a", 100.0), *(sampled(n, s, in_catalog=False) for n, s in UNKNOWN)
    )
    found = scaled(catalog_of(100.0, None, None, None), sample)
    # The mean of the two of unknown duration is 60 s.
    assert found.video_hours.value == pytest.approx((100 + 3 * 60) / 3600)
    assert found.frames.value == pytest.approx(100 + 3 * 60)
    assert found.decode_cpu_hours.value == pytest.approx(0.05 * 280 / 3600)
    assert found.video_hours.margin > 0


UNKNOWN = (("b", 40.0), ("c", 80.0))


def test_others_stand_in_for_a_kind_that_the_sample_missed():
    none_known = sample_of(*(sampled(n, s, in_catalog=False) for n, s in UNKNOWN))
    assert scaled(catalog_of(600.0), none_known).decode_cpu_hours.value == (
        pytest.approx(0.05 * 600 / 3600)
    )
    all_known = sample_of(*(sampled(n, s) for n, s in UNKNOWN))
    assert scaled(catalog_of(None, None), all_known).video_hours.value == (
        pytest.approx(2 * 60 / 3600)
    )


def test_broken_videos_are_counted_and_give_no_frames():
    sample = sample_of(
        sampled("a", 100.0),
        sampled("b", 100.0, failure="invalid_data", decode_cpu_seconds=1.0),
    )
    found = scaled(catalog_of(*[100.0] * 8), sample)
    assert found.failures.value == 4
    # Half of the 800 frames that there could be.
    assert found.frames.value == pytest.approx(400)
    # 5 s and 1 s of 200 s.
    assert found.decode_cpu_hours.value == pytest.approx(800 * 6 / 200 / 3600)


def test_more_varied_videos_make_figures_less_sure():
    even = sample_of(*(sampled(str(n), 100.0) for n in range(4)))
    varied = sample_of(
        *(
            sampled(str(n), 100.0, decode_cpu_seconds=cpu)
            for n, cpu in enumerate((2.0, 8.0, 4.0, 6.0))
        )
    )
    catalog = catalog_of(*[100.0] * 50)
    assert scaled(catalog, even).decode_cpu_hours.value == pytest.approx(
        scaled(catalog, varied).decode_cpu_hours.value
    )
    assert (
        scaled(catalog, even).decode_cpu_hours.margin
        < scaled(catalog, varied).decode_cpu_hours.margin
    )


def test_what_a_gpu_took_is_a_rate_and_no_core_hours():
    found = scaled(catalog_of(100.0), sample_of(sampled("a", 100.0), on_gpu=True))
    assert found.describe_cpu_hours is None
    # 100 frames in 5 s.
    assert found.describe_frames_per_second == pytest.approx(20)


def test_a_sample_of_broken_videos_is_an_error_that_counts_them():
    broken = [sampled(str(n), 0.0, failure="not_found") for n in range(2)]
    sample = sample_of(*broken, sampled("x", 0.0, failure="timeout"))
    with pytest.raises(NothingMeasured) as caught:
        scaled(catalog_of(100.0), sample)
    assert "Received: 3 that cannot (not_found 2, timeout 1)." in str(caught.value)


def test_work_survives_json():
    found = scaled(catalog_of(100.0, None), sample_of(sampled("a", 100.0)))
    assert found.frames.to_json()["high"] is None
    assert Work.from_json(found.to_json()) == found
    with pytest.raises(ValueError, match=r"unknown or missing \['colour'\]"):
        Work.from_json(found.to_json() | {"colour": 1})
