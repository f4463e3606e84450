"""How many workers, for how long, at what cost: by hand."""

from dataclasses import replace

import pytest
from planned_catalogs import machine, work

from vidcat.inference.backfill.planning.estimates import Estimate
from vidcat.inference.backfill.planning.workers import CannotPlan, plan_workers


def test_without_an_accelerator_cores_do_everything():
    # 1000 + 400 + 200 core-hours on 8 cores.
    found = plan_workers(work(), machine())
    assert found.work_hours.value == pytest.approx(200)
    assert (found.workers, found.limit) == (1, "cores")
    assert found.hours.value == pytest.approx(200)
    assert found.cost.value == pytest.approx(200)
    assert found.spot_cost is None
    assert (found.accelerator_use, found.vcpus_to_balance) == (None, None)


def test_an_accelerator_waits_for_cores_that_decode_too_slowly():
    # 1200 core-hours on 8 cores are 150 h; 3.6 million frames at 100/s are 10 h.
    found = plan_workers(work(), machine(accelerators=1, frames_per_second=100))
    assert found.limit == "cores"
    assert found.work_hours.value == pytest.approx(150)
    assert found.accelerator_use == pytest.approx(10 / 150)
    assert found.vcpus_to_balance == pytest.approx(120)


def test_cores_wait_for_an_accelerator_that_describes_too_slowly():
    # At 4 frames a second the same take 250 h, on two accelerators 125 h; 48 cores
    # need 25 h.
    slow = machine(vcpus=48, accelerators=2, frames_per_second=4)
    found = plan_workers(work(), slow)
    assert found.limit == "accelerator"
    assert found.work_hours.value == pytest.approx(125)
    assert found.accelerator_use == pytest.approx(1)
    assert found.vcpus_to_balance == pytest.approx(1200 / 125)


def test_a_slow_virtual_core_counts_for_less():
    found = plan_workers(work(), machine(vcpu_speed=0.5))
    assert found.work_hours.value == pytest.approx(400)


def test_workers_share_what_the_wished_duration_leaves_after_their_start():
    # 200 h of work; of 11 h one goes to starting: 20 workers, 11 h each.
    late = machine(start_minutes=54, spot_hour=0.25)
    found = plan_workers(work(load_seconds=360.0), late, within_hours=11.0)
    assert found.workers == 20
    assert found.hours.value == pytest.approx(11)
    assert found.cost.value == pytest.approx(220)
    assert found.spot_cost.value == pytest.approx(55)


def test_a_wish_that_is_over_before_the_start_is_refused():
    with pytest.raises(CannotPlan, match=r"a worker, 2 h. Received: within_hours=1.0"):
        plan_workers(work(), machine(start_minutes=120), within_hours=1.0)


def test_less_time_takes_more_workers_and_costs_no_less():
    kind = machine(start_minutes=10)
    plans = [plan_workers(work(), kind, within_hours=h) for h in (100, 20, 5, 1)]
    workers = [plan.workers for plan in plans]
    costs = [plan.cost.value for plan in plans]
    assert workers == sorted(set(workers))
    assert costs == sorted(costs)
    for plan, wished in zip(plans, (100, 20, 5, 1), strict=True):
        assert plan.hours.value <= wished


def test_doubts_of_the_sample_reach_the_cost():
    unsure = replace(work(), decode_cpu_hours=Estimate(value=1000, margin=80))
    found = plan_workers(unsure, machine())
    # 80 of 1600 core-hours on 8 cores.
    assert found.cost.margin == pytest.approx(10)


def test_rates_are_taken_in_their_order():
    told = machine(vcpus=4096, accelerators=1, frames_per_second=100)
    untold = replace(told, frames_per_second=None)
    measured = work(describe_cpu_hours=None, describe_frames_per_second=50.0)
    hours = [
        plan_workers(measured, kind, describe_rate=rate).work_hours.value
        for kind, rate in ((told, 200.0), (told, None), (untold, None))
    ]
    assert hours == pytest.approx([5, 10, 20])


def test_an_accelerator_of_unknown_rate_cannot_be_planned_for():
    with pytest.raises(CannotPlan, match=r"a100: how many frames .* --describe-rate"):
        plan_workers(work(), machine("a100", accelerators=1))


def test_cores_cannot_be_planned_for_by_what_a_gpu_took():
    measured = work(describe_cpu_hours=None, describe_frames_per_second=50.0)
    with pytest.raises(CannotPlan, match="no accelerator, and describing was measured"):
        plan_workers(measured, machine())
