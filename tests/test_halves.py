from collections import Counter

import numpy as np
import pytest

from vidcat.inference.video import Video
from vidcat.training.deciding.halves import Halves, calibration_halves
from vidcat.training.splits import SplitError


def videos_of(owners):
    return [Video(id=f"v{at}", owner=owner) for at, owner in enumerate(owners)]


def test_halves_hold_whole_owners_and_every_video_once():
    owners = [f"o{at % 40}" for at in range(400)]
    halves = calibration_halves(videos_of(owners))
    assert sorted([*halves.first, *halves.second]) == list(range(400))
    assert not {owners[at] for at in halves.first} & {
        owners[at] for at in halves.second
    }
    assert min(len(halves.first), len(halves.second)) >= 400 / 3
    assert halves.in_second.nonzero()[0].tolist() == halves.second.tolist()


def test_an_owner_has_one_number():
    halves = calibration_halves(videos_of(["a", "b", "a", None]))
    numbers = halves.groups.tolist()
    assert numbers[0] == numbers[2]
    assert Counter(numbers) == {numbers[0]: 2, numbers[1]: 1, numbers[3]: 1}


def test_an_owner_is_in_the_same_half_whoever_else_is_there():
    videos = videos_of([f"o{at}" for at in range(200)])
    every = {videos[at].id for at in calibration_halves(videos).first}
    some = videos[::2]
    assert {some[at].id for at in calibration_halves(some).first} == {
        one.id for one in some if one.id in every
    }


def test_a_few_large_owners_are_balanced():
    owners = ["a"] * 50 + ["b"] * 30 + ["c"] * 20
    halves = calibration_halves(videos_of(owners))
    assert sorted([len(halves.first), len(halves.second)]) == [50, 50]
    backwards = calibration_halves(videos_of(owners[::-1]))
    assert {owners[at] for at in halves.first} == {
        owners[::-1][at] for at in backwards.first
    }


def test_a_single_owner_is_divided_by_video():
    halves = calibration_halves(videos_of(["a"] * 60))
    assert min(len(halves.first), len(halves.second)) >= 20
    assert set(halves.groups.tolist()) == {0}
    by_id = calibration_halves(videos_of(["a"] * 60), "id")
    np.testing.assert_array_equal(by_id.first, halves.first)


def test_one_video_cannot_be_halved():
    with pytest.raises(SplitError, match=r"two videos at least.* Received: 1"):
        calibration_halves(videos_of(["a"]))


def test_every_other_row_is_in_the_first_half():
    halves = Halves.every_other(5)
    assert halves.first.tolist() == [0, 2, 4]
    assert halves.second.tolist() == [1, 3]
