"""A run is set beside its plan."""

import pytest
from planned_catalogs import sample_of, sampled, work

from vidcat.inference.backfill.plan import make_plan
from vidcat.inference.backfill.planning.comparison import RunFigures, compare_with_run
from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.survey import survey_catalog
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video


def plan_of(found):
    survey = survey_catalog([Video(id="a", path="a")], Sampling(), draw=1)
    return make_plan(survey, sample_of(sampled("a", 100.0)), found).to_json()


PLAN = plan_of(
    work(
        load_seconds=3600.0,
        decode_cpu_hours=Estimate(value=1000.0, margin=100.0),
        failures=Estimate(value=100.0, margin=40.0),
        result_bytes=Estimate(value=5e6),
    )
)


def compared(**figures):
    run = RunFigures(**{"videos": 10_000, "failures": 120, **figures})
    return {one.name: one for one in compare_with_run(PLAN, run)}


def test_a_whole_run_is_set_beside_the_whole_plan():
    found = compared(
        video_hours=1000.0,
        cpu_seconds=1720 * 3600.0,
        wall_seconds=801 * 3600.0,
        result_bytes=6_000_000,
    )
    cpu = found["core-hours"]
    # 1000 of decoding, 400 of describing, 200 of categorizing.
    assert cpu.planned.value == pytest.approx(1600)
    assert (cpu.planned.low, cpu.planned.high) == pytest.approx((1500, 1700))
    assert cpu.measured == 1720
    assert not cpu.is_within
    assert cpu.ratio == pytest.approx(1.075)
    # On two cores, and an hour of loading.
    assert found["hours on this machine"].planned.value == pytest.approx(801)
    assert found["hours on this machine"].is_within
    assert found["broken videos"].is_within
    assert found["bytes of results"].ratio == pytest.approx(1.2)
    assert found["hours of video"].ratio == pytest.approx(1)


def test_a_part_of_the_catalog_is_set_beside_that_part_of_the_plan():
    # A tenth of the videos, with a fifth of the hours: what has most views is long.
    found = compared(videos=1000, failures=20, video_hours=200.0, cpu_seconds=1.2e6)
    assert found["hours of video"].planned.value == pytest.approx(100)
    assert found["core-hours"].planned.value == pytest.approx(320)
    assert found["broken videos"].planned.value == pytest.approx(10)
    assert found["broken videos"].is_within is False


def test_without_hours_of_video_the_number_of_videos_says_how_far_it_came():
    found = compared(videos=1000, cpu_seconds=3600.0)
    assert found.keys() == {"core-hours", "broken videos"}
    assert found["core-hours"].planned.value == pytest.approx(160)


def test_nothing_is_compared_with_a_run_that_did_nothing():
    assert compared(videos=0, failures=0) == {}
    unplanned = plan_of(work(failures=Estimate(value=0.0)))
    run = RunFigures(videos=10_000, failures=0)
    (broken,) = compare_with_run(unplanned, run)
    assert broken.ratio is None
    assert broken.is_within
