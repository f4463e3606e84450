from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import numpy as np
import pytest

from vidcat.inference.video import Video
from vidcat.training.splits import (
    Fractions,
    SplitError,
    absent_categories,
    assign_parts,
    part_counts,
)

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def many():
    """2,000 videos of 400 owners; no dates."""
    return [Video(id=f"v{at}", owner=f"o{at % 400}") for at in range(2000)]


def test_all_videos_of_an_owner_share_a_part(many):
    parts = assign_parts(many)
    parts_of_owner = {}
    for video in many:
        parts_of_owner.setdefault(video.owner, set()).add(parts[video.id])
    assert len(parts_of_owner) == 400
    assert all(len(found) == 1 for found in parts_of_owner.values())


@pytest.mark.parametrize("key", ["owner", "id"])
def test_parts_have_about_their_shares(many, key):
    counts = part_counts(assign_parts(many, key=key))
    # 400 owners of five videos: three standard deviations of the train part are 7 %.
    shares = {part: count / 2000 for part, count in counts.items()}
    assert shares["train"] == pytest.approx(0.70, abs=0.07)
    for part in ("validation", "calibration", "test"):
        assert shares[part] == pytest.approx(0.10, abs=0.05)
    assert counts["later"] == 0


def test_other_fractions_are_heeded(many):
    fractions = Fractions(train=0.25, validation=0.25, calibration=0.25, test=0.25)
    counts = part_counts(assign_parts(many, key="id", fractions=fractions))
    assert all(430 < counts[part] < 570 for part in counts if part != "later")


def test_the_hash_is_stable_over_machines_and_versions(many):
    parts = assign_parts(many)
    names = ["train", "validation", "calibration", "test"]
    for video in many[:50]:
        digest = blake2b(f"owner:{video.owner}".encode(), digest_size=8).digest()
        share = int.from_bytes(digest, "big") / 2**64
        expected = names[sum(share >= bound for bound in (0.7, 0.8, 0.9))]
        assert parts[video.id] == expected


def test_more_videos_move_none_of_the_others(many):
    before = assign_parts(many[:1000])
    after = assign_parts(list(reversed(many)))
    assert {video_id: after[video_id] for video_id in before} == before


def test_rows_without_owner_go_by_their_id(many):
    nobody = [Video(id=video.id) for video in many]
    assert assign_parts(nobody) == assign_parts(many, key="id")


def dated(owner, count, *, offset=0):
    return [
        Video(
            id=f"{owner}-{at}",
            owner=owner,
            uploaded_at=START + timedelta(days=(at * 7 + offset) % 1000),
        )
        for at in range(count)
    ]


def test_the_newest_tenth_of_training_owners_is_held_out(many):
    parts = assign_parts(many)
    owner_of_part = {part: video.owner for video in many if (part := parts[video.id])}
    train, test = owner_of_part["train"], owner_of_part["test"]
    more = dated(train, 29) + dated(test, 29)
    parts = assign_parts(many + more)
    # Of 29 dated ones, two; a test owner's stay in test.
    later = {video_id for video_id, part in parts.items() if part == "later"}
    assert later == {f"{train}-27", f"{train}-28"}
    assert {parts[f"{test}-{at}"] for at in range(29)} == {"test"}


@pytest.mark.parametrize(("count", "held_out"), [(9, 0), (10, 1), (19, 1), (20, 2)])
def test_an_owner_needs_ten_dated_videos(many, count, held_out):
    parts = assign_parts(many)
    owner = next(video.owner for video in many if parts[video.id] == "train")
    counts = part_counts(assign_parts(many + dated(owner, count)))
    assert counts["later"] == held_out


def test_split_by_video_holds_nothing_out_for_later(many):
    assert part_counts(assign_parts(many + dated("o1", 40), key="id"))["later"] == 0


def test_too_few_owners_are_refused_with_the_remedy():
    videos = [Video(id=f"v{at}", owner=f"o{at % 3}") for at in range(300)]
    with pytest.raises(SplitError) as caught:
        assign_parts(videos)
    message = str(caught.value)
    assert message.startswith("No video falls into ")
    assert "(videos: 300, owners: 3, in parts: {'train': " in message
    assert "split by video with key='id'" in message
    assert part_counts(assign_parts(videos, key="id"))["test"] > 0


def test_too_few_videos_are_refused():
    with pytest.raises(SplitError, match=r"\(videos: 2, owners: 0, .* Give more lab"):
        assign_parts([Video(id="a"), Video(id="b")])


def test_by_owner_needs_owners():
    with pytest.raises(SplitError, match=r"No video has an owner \(videos: 1\)"):
        assign_parts([Video(id="a")], key="owner")


def test_the_key_is_one_of_three(many):
    with pytest.raises(ValueError, match="Received: key='channel'"):
        assign_parts(many, key="channel")


@pytest.mark.parametrize("train", [0.0, 0.9])
def test_fractions_add_up_to_one(train):
    with pytest.raises(ValueError, match=f"Received: {{'train': {train}"):
        Fractions(train=train)


def test_absent_categories_are_named_by_part():
    labels = np.array([[1, 0, 1], [0, -1, 1], [0, 1, 0]], np.int8)
    absent = absent_categories(labels, ("a", "b", "c"), ["train", "train", "test"])
    assert absent == {"train": ("b",), "test": ("a", "c")}
    assert absent_categories(labels, ("a", "b", "c"), ["train"] * 3) == {}
