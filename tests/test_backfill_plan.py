"""A backfill is planned from real clips, and from figures by hand."""

import json
from dataclasses import replace

import pytest
from both_sources import make_bundle, make_categorizer
from planned_catalogs import machine, sample_of, sampled, work
from video_files import BLUE, RED, make_colour_video

from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.plan import (
    THIS_MACHINE,
    make_plan,
    plan_backfill,
)
from vidcat.inference.backfill.planning.rates import Rates, read_rates
from vidcat.inference.backfill.planning.survey import survey_catalog
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video

GPU = machine("gpu", accelerators=1, frames_per_second=100)


def rates(*machines, **prices):
    return Rates(currency="EUR", as_of="now", machines=machines, **prices)


def planned(found, given=None, *, on_gpu=False, **options):
    survey = survey_catalog([Video(id="a", path="a")], Sampling(), draw=1)
    sample = sample_of(sampled("a", 100.0), on_gpu=on_gpu)
    return make_plan(survey, sample, found, rates=given, **options)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog")
    videos = [
        Video(
            id=f"v{at}",
            path=str(make_colour_video(folder / f"{at}.mp4", [RED, BLUE], 1.0 + at)),
            duration_seconds=2.0 * (1 + at),
        )
        for at in range(4)
    ]
    return [*videos, Video(id="text", title="Only text")]


@pytest.fixture(scope="module")
def categorizer():
    return make_categorizer(make_bundle())


def test_the_frames_of_a_catalog_are_foretold(catalog, categorizer):
    # 2 + 4 + 6 + 8 seconds; two of the four are measured.
    plan = plan_backfill(catalog, categorizer, sample_videos=2)
    assert (plan.survey.rows, plan.survey.videos) == (5, 4)
    assert len(plan.sample.videos) == 2
    assert plan.work.video_hours.value == pytest.approx(20 / 3600)
    assert plan.work.frames.value == pytest.approx(20)
    assert plan.work.feature_bytes.value == pytest.approx(20 * 12)
    assert plan.work.frame_bytes.value == pytest.approx(20 * 16 * 16 * 3)
    assert plan.work.decode_cpu_hours.value > 0
    (here,) = plan.workers
    assert here.machine.name == THIS_MACHINE
    assert here.machine.vcpus == plan.sample.cores
    cpu_hours = (
        plan.work.decode_cpu_hours.value
        + plan.work.describe_cpu_hours.value
        + plan.work.categorize_cpu_hours.value
    )
    assert here.work_hours.value == pytest.approx(cpu_hours / here.machine.vcpus)
    json.dumps(plan.to_json(), allow_nan=False)


def test_the_sample_is_the_same_each_time(catalog, categorizer):
    first, second = (
        [
            one.id
            for one in plan_backfill(rows, categorizer, sample_videos=2).sample.videos
        ]
        for rows in (catalog, catalog[::-1])
    )
    assert first == second


def test_videos_that_will_not_be_decoded_are_not_planned_for(catalog):
    # The scope of the bundle ends at 60 s.
    long = replace(catalog[0], id="long", duration_seconds=90.0)
    strict = make_categorizer(make_bundle(), enforce_scope=True)
    assert plan_backfill([*catalog, long], strict, sample_videos=1).survey.videos == 4
    lenient = make_categorizer(make_bundle())
    assert plan_backfill([*catalog, long], lenient, sample_videos=1).survey.videos == 5


def test_a_catalog_of_text_alone_has_nothing_to_measure(catalog, categorizer):
    with pytest.raises(ValueError, match=r"A plan needs rows with a `path`\."):
        plan_backfill(catalog[-1:], categorizer)


@pytest.mark.parametrize("name", ["within_hours", "describe_rate"])
def test_wishes_must_be_positive(catalog, categorizer, name):
    with pytest.raises(ValueError, match=rf"`{name}` must be positive.*{name}=0"):
        plan_backfill(catalog, categorizer, **{name: 0})


def test_each_machine_of_the_rates_has_a_plan():
    small, cheap = machine("small"), machine("cheap", hour=0.5)
    plan = planned(work(), rates(small, GPU, cheap), within_hours=10.0)
    names = [one.machine.name for one in plan.workers]
    assert names == [THIS_MACHINE, "small", "gpu", "cheap"]
    (split,) = plan.splits
    assert split.decoding.machine is cheap
    assert split.describing.machine is GPU


def test_what_cannot_be_planned_is_said_and_the_rest_is_planned():
    plan = planned(work(), rates(machine("small"), machine("unknown", accelerators=1)))
    assert [one.machine.name for one in plan.workers] == [THIS_MACHINE, "small"]
    assert plan.unplanned.keys() == {"unknown"}
    assert "describes in a second must be known" in plan.unplanned["unknown"]


def test_a_given_rate_is_for_others_and_not_for_what_was_measured():
    measured = work(describe_cpu_hours=None, describe_frames_per_second=1.0)
    plan = planned(
        measured, rates(replace(GPU, vcpus=4096)), on_gpu=True, describe_rate=50.0
    )
    here, other = plan.workers
    # 3.6 million frames at 1 and at 50 a second.
    assert here.work_hours.value == pytest.approx(1000)
    assert other.work_hours.value == pytest.approx(20)


def test_prices_of_reading_and_storing():
    prices = {"read_gib": 0.1, "storage_gib_month": 0.02}
    found = work(
        video_bytes=Estimate(value=5.0 * (1 << 30)),
        feature_bytes=Estimate(value=100.0 * (1 << 30), margin=50.0 * (1 << 30)),
    )
    plan = planned(found, rates(GPU, **prices))
    assert plan.reading_cost.value == pytest.approx(0.5)
    assert plan.storage_cost(found.feature_bytes).value == pytest.approx(2)
    assert plan.storage_cost(found.feature_bytes).margin == pytest.approx(1)
    assert plan.to_json()["feature_cost_a_month"]["high"] == pytest.approx(3)
    assert planned(found).reading_cost.value == 0


def test_the_example_rates_can_be_planned_with():
    plan = planned(work(), read_rates("example"), within_hours=24.0)
    assert plan.unplanned == {}
    assert len(plan.workers) == len(plan.rates.machines) + 1
    assert all(one.cost.value > 0 for one in plan.workers[1:])
