"""Elements pass once what is kept of them is written."""

import pytest

from vidcat.inference.pipeline.holding import HoldUntilWritten, ShardLimits

NEVER = 1e9


class Noted(HoldUntilWritten):
    """Notes what it writes, and refuses 13."""

    def __init__(self, limits, each_bytes=0):
        super().__init__(limits)
        self.each_bytes = each_bytes
        self.written = []

    def bytes_of(self, element):
        return self.each_bytes

    def write(self, elements):
        if 13 in elements:
            raise OSError("the disk is full")
        self.written.append(list(elements))

    def given(self, element):
        return str(element)


def test_nothing_passes_before_it_is_written():
    holds = Noted(ShardLimits(rows=3, seconds=NEVER))
    holds.start_bundle()
    assert [list(holds.process(one)) for one in (1, 2)] == [[], []]
    assert holds.written == []
    given = holds.process(3)
    assert next(given) == "1"
    assert holds.written == [[1, 2, 3]]
    assert list(given) == ["2", "3"]
    assert list(holds.process(4)) == []
    assert [one.value for one in holds.finish_bundle()] == ["4"]
    assert holds.written == [[1, 2, 3], [4]]
    assert list(holds.finish_bundle()) == []
    assert holds.written == [[1, 2, 3], [4]]


def test_large_elements_and_late_ones_wait_no_longer():
    # Two times 16 MiB are 32.
    holds = Noted(ShardLimits(rows=100, seconds=NEVER), each_bytes=16 << 20)
    holds.start_bundle()
    assert [list(holds.process(one)) for one in (1, 2, 3)] == [[], ["1", "2"], []]
    late = Noted(ShardLimits(rows=100, seconds=-1.0))
    late.start_bundle()
    assert list(late.process(1)) == ["1"]


def test_where_writing_fails_nothing_passes():
    holds = Noted(ShardLimits(rows=2, seconds=NEVER))
    holds.start_bundle()
    list(holds.process(1))
    given = holds.process(13)
    with pytest.raises(OSError, match="the disk is full"):
        next(given)
    # The runner does the bundle of elements again.
    holds.start_bundle()
    assert list(holds.finish_bundle()) == []
