"""A run is set beside its plan."""

import pytest
from planned_catalogs import sample_of, sampled, work

from vidcat.inference.backfill.planning.comparison import compare_with_run
from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.plan import make_plan
from vidcat.inference.backfill.planning.survey import survey_catalog
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video


def plan_of(found):
    rows = [Video(id=f"v{number}", path="a") for number in range(10_000)]
    survey = survey_catalog(rows, Sampling(), draw=1)
    return make_plan(survey, sample_of(sampled("a", 100.0)), found).to_json()


PLAN = plan_of(
    work(
        load_seconds=3600.0,
        load_cpu_seconds=7200.0,
        decode_cpu_hours=Estimate(value=1000.0, margin=100.0),
        failures=Estimate(value=100.0, margin=40.0),
    )
)


def compared(done, *, plan=PLAN, cpu_seconds=None, seconds=60.0):
    report = {"done": done, "cpu_seconds": cpu_seconds, "seconds": seconds}
    return {one.name: one for one in compare_with_run(plan, report)}


def test_a_whole_run_is_set_beside_the_whole_plan():
    found = compared(
        {"ok": 9_700, "no_category": 180, "decode_error": 70, "timeout": 50},
        cpu_seconds=1721 * 3600.0,
        seconds=801 * 3600.0,
    )
    cpu = found["core-hours"]
    # 1000 of decoding, 400 of describing, 200 of categorizing, two of loading.
    assert cpu.planned.value == pytest.approx(1602)
    assert (cpu.planned.low, cpu.planned.high) == pytest.approx((1502, 1702))
    assert cpu.measured == pytest.approx(1721)
    assert not cpu.is_within
    assert cpu.ratio == pytest.approx(1721 / 1602)
    # On two cores, and an hour of loading.
    assert found["hours"].planned.value == pytest.approx(801)
    assert found["hours"].is_within
    assert found["broken videos"].measured == 120
    assert found["broken videos"].is_within


def test_a_part_of_the_catalog_is_set_beside_that_part_of_the_plan():
    found = compared({"ok": 980, "decode_error": 20}, cpu_seconds=162 * 3600.0)
    assert found["core-hours"].planned.value == pytest.approx(162)
    assert found["core-hours"].is_within
    assert found["broken videos"].planned.value == pytest.approx(10)
    assert not found["broken videos"].is_within


def test_time_of_other_machines_is_not_compared():
    assert compared({"ok": 10_000}).keys() == {"broken videos"}


def test_nothing_is_compared_with_a_run_that_did_nothing():
    assert compared({}) == {}


def test_what_was_planned_to_be_none_has_no_ratio():
    plan = plan_of(work(failures=Estimate(value=0.0)))
    found = compared({"ok": 10_000}, plan=plan)["broken videos"]
    assert found.ratio is None
    assert found.is_within
