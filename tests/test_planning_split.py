"""Decoding elsewhere, with frames that cross: by hand."""

import pytest
from planned_catalogs import machine, work

from vidcat.inference.backfill.planning.split import cheapest_decoder, plan_split

GPU = machine("gpu", accelerators=1, frames_per_second=100, hour=2.0)


def test_each_kind_does_its_part_and_frames_cost_their_way():
    found = plan_split(work(), machine(), GPU, between_workers_gib=3.0)
    # 1000 core-hours on 8 cores for 1 each; beside it 3.6 million frames at 100/s take
    # 10 h, but 200 core-hours of categorizing on 8 cores take 25 h, for 2 each.
    assert found.decoding.work_hours.value == pytest.approx(125)
    assert found.describing.work_hours.value == pytest.approx(25)
    assert found.describing.limit == "cores"
    # One GiB crosses.
    assert found.transfer_cost.value == pytest.approx(3)
    assert found.cost.value == pytest.approx(125 + 50 + 3)
    assert found.spot_cost is None
    assert found.bytes_per_second == pytest.approx((1 << 30) / (25 * 3600))


def test_the_decoder_is_the_cheapest_for_what_its_cores_do():
    slow = machine("slow", vcpus=8, hour=0.5, vcpu_speed=0.4)
    fast = machine("fast", vcpus=8, hour=1.0)
    unpriced = machine("unpriced", hour=None)
    assert cheapest_decoder((GPU, slow, unpriced, fast)) is fast
    assert cheapest_decoder((GPU,)) is None
