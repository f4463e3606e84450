"""A store that many processes filled ends with one record or failure a video."""

import json
import time

import pytest
from feature_stores import HEADER, contents, make_features

from vidcat.inference.describing.failures import (
    Failure,
    FailureLog,
    failures_name,
    read_failures,
)
from vidcat.inference.feature_store.records import encode_record
from vidcat.inference.feature_store.settling import settle_store
from vidcat.inference.feature_store.shards import fresh_number, shard_name
from vidcat.inference.feature_store.tfrecords import frame_record
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore, InvalidStore

LATER = 10**20


@pytest.fixture
def folder(tmp_path):
    """A store without a video."""
    FeatureWriter(tmp_path, HEADER).close()
    return tmp_path


def write_shard(folder, number, *features):
    """Writes a shard as a worker does, without an index."""
    records = b"".join(frame_record(encode_record(one)) for one in features)
    (folder / shard_name(number)).write_bytes(records)


def failure(name, version, reason="no_frames"):
    return Failure(
        id=name, path=f"{name}.mp4", reason=reason, detail="", source_version=version
    )


def write_failures(folder, number, *failures):
    lines = "".join(one.to_line() + "\n" for one in failures)
    (folder / failures_name(number)).write_text(lines)


def logged(folder):
    return {one.id: one for one in read_failures(folder / "failures.jsonl")}


def test_fresh_numbers_grow_and_are_larger_than_those_of_a_single_writer():
    taken = []
    for _ in range(5):
        taken.append(fresh_number())
        time.sleep(1e-3)
    assert taken == sorted(set(taken))
    assert 10**20 < taken[0] < 10**22


def test_of_several_records_of_a_video_a_store_shows_the_newest(folder):
    # Shards are read in the order of their numbers, 9 before 10.
    write_shard(folder, LATER + 10, make_features(1, 4, version="new"))
    write_shard(folder, LATER + 9, make_features(1, 3, version="old"), make_features(2))
    store = FeatureStore(folder)
    assert len(store) == 2
    assert store.source_version("video-1") == "new"
    assert store.frame_count("video-1") == len(store["video-1"]) == 4


def test_settling_leaves_one_record_a_video_and_indexes(folder):
    with FeatureWriter(folder, HEADER) as writer:
        writer.add(make_features(1, version="first"))
        writer.add(make_features(5))
    write_shard(folder, LATER + 1, make_features(1, version="second"), make_features(2))
    # A runner did these two again: the same bytes.
    write_shard(folder, LATER + 2, make_features(2), make_features(3))
    write_shard(folder, LATER + 3, make_features(2), make_features(3))
    settle_store(folder)
    shards = sorted(folder.glob("*.tfrecord"))
    kept = [
        record[0]
        for path in shards
        for record in json.loads(path.with_suffix(".index.json").read_text())["records"]
    ]
    assert sorted(kept) == ["video-1", "video-2", "video-3", "video-5"]
    newest = [make_features(1, version="second"), *map(make_features, (2, 3, 5))]
    expected = contents({one.id: one for one in newest})
    assert contents(FeatureStore(folder)) == expected
    # The shard whose records all came again is gone.
    assert shard_name(LATER + 2) not in {path.name for path in shards}


def test_settling_again_changes_nothing(folder):
    write_shard(folder, LATER, make_features(1))
    write_shard(folder, LATER + 1, make_features(1), make_features(2))
    write_failures(folder, LATER, failure("x", "1-1"))
    settle_store(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    settle_store(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_shard_that_a_killed_worker_left_is_taken_over(folder):
    whole = frame_record(encode_record(make_features(1)))
    torn = frame_record(encode_record(make_features(2)))[:-3]
    (folder / (shard_name(LATER) + ".unfinished")).write_bytes(whole + torn)
    settle_store(folder)
    assert list(FeatureStore(folder)) == ["video-1"]


def test_failures_of_all_workers_are_listed_once(folder):
    write_failures(folder, LATER + 2, failure("a", "1-1", "timeout"), failure("b", ""))
    write_failures(folder, LATER + 1, failure("a", "1-1"))
    assert set(FeatureStore(folder).failures) == {"a", "b"}
    settle_store(folder)
    assert logged(folder) == {
        "a": failure("a", "1-1", "timeout"),
        "b": failure("b", ""),
    }
    assert not list(folder.glob("failures-*"))


@pytest.mark.parametrize(
    ("version", "later", "fails"),
    [
        # A second try of the same file went well.
        ("1-1", True, False),
        # The file has changed, and cannot be decoded any more.
        ("2-2", True, True),
        # It could not be decoded, and has changed.
        ("2-2", False, False),
        # It is gone; what was seen of it is as true as before.
        ("", True, False),
    ],
)
def test_of_a_record_and_a_failure_the_true_one_is_kept(folder, version, later, fails):
    write_shard(folder, LATER, make_features(1, version="1-1"), make_features(2))
    number = LATER + 1 if later else LATER - 1
    write_failures(folder, number, failure("video-1", version))
    settle_store(folder)
    store = FeatureStore(folder)
    assert ("video-1" in store) != fails
    assert ("video-1" in logged(folder)) == fails
    assert "video-2" in store


def test_a_video_that_was_described_after_all_is_no_failure(folder):
    FailureLog(folder / "failures.jsonl").add(failure("video-1", "1-1"))
    write_shard(folder, LATER, make_features(1, version="1-1"))
    assert FeatureStore(folder).failures == {}
    settle_store(folder)
    assert logged(folder) == {}


def test_only_a_store_is_settled(tmp_path):
    with pytest.raises(InvalidStore, match=r"Received: no header$"):
        settle_store(tmp_path)
