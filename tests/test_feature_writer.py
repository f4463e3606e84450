import shutil
from dataclasses import replace

import pytest
from feature_stores import HEADER, contents, make_features

from vidcat.inference.feature_space import FeatureSpaceMismatch
from vidcat.inference.feature_store.tfrecords import scan_records
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore
from vidcat.inference.files.own_folder import FolderInUse
from vidcat.inference.sampling import Sampling


def write(folder, numbers, shard_bytes=400):
    with FeatureWriter(folder, HEADER, shard_bytes=shard_bytes) as writer:
        for number in numbers:
            writer.add(make_features(number))


def expected(numbers):
    made = [make_features(number) for number in numbers]
    return contents({features.id: features for features in made})


@pytest.fixture
def killed(tmp_path):
    """The folder of a writer of six videos that was killed before it closed."""
    source = tmp_path / "source"
    writer = FeatureWriter(source, HEADER, shard_bytes=600)
    for number in range(6):
        writer.add(make_features(number))
    shutil.copytree(source, tmp_path / "killed")
    writer.close()
    return tmp_path / "killed"


def test_several_sessions_fill_one_store(tmp_path):
    write(tmp_path, range(4))
    write(tmp_path, range(4, 9))
    assert contents(FeatureStore(tmp_path)) == expected(range(9))


def test_a_store_shows_finished_shards_only(killed):
    (left_over,) = killed.glob("*.unfinished")
    assert left_over.stat().st_size > 0
    assert 0 < len(FeatureStore(killed)) < 6


def test_what_a_killed_writer_left_is_taken_over(killed):
    FeatureWriter(killed, HEADER).close()
    assert contents(FeatureStore(killed)) == expected(range(6))
    assert not list(killed.glob("*.unfinished"))


@pytest.mark.parametrize("cut", [1, 4, 100, 150])
def test_of_a_torn_record_nothing_is_kept(killed, cut):
    (left_over,) = killed.glob("*.unfinished")
    content = left_over.read_bytes()
    left_over.write_bytes(content[:-cut])
    with FeatureWriter(killed, HEADER) as writer:
        assert "video-5" not in writer
        assert "video-4" in writer
        writer.add(make_features(5))
    assert contents(FeatureStore(killed)) == expected(range(6))


def test_a_shard_torn_later_is_repaired(tmp_path):
    write(tmp_path, range(10))
    path = sorted(tmp_path.glob("*.tfrecord"))[1]
    path.write_bytes(path.read_bytes()[:-7])
    with FeatureWriter(tmp_path, HEADER) as writer:
        missing = [n for n in range(10) if f"video-{n}" not in writer]
        assert len(missing) == 1
        writer.add(make_features(missing[0]))
    assert contents(FeatureStore(tmp_path)) == expected(range(10))


def test_a_record_changed_later_is_dropped_and_no_other(tmp_path):
    write(tmp_path, range(10), shard_bytes=1 << 20)
    (path,) = tmp_path.glob("*.tfrecord")
    content = bytearray(path.read_bytes())
    content[[*scan_records(path)][4].end - 5] ^= 4
    path.write_bytes(content)
    FeatureWriter(tmp_path, HEADER).close()
    kept = contents(FeatureStore(tmp_path))
    assert kept == expected(number for number in range(10) if number != 4)


def test_a_shard_without_a_whole_record_is_removed(tmp_path):
    write(tmp_path, [0], shard_bytes=1)
    (path,) = tmp_path.glob("*.tfrecord")
    path.write_bytes(b"torn")
    write(tmp_path, [1])
    assert contents(FeatureStore(tmp_path)) == expected([1])


def test_discarded_videos_can_be_written_anew(tmp_path):
    write(tmp_path, range(10))
    changed = make_features(3, frames=2, version="2-2")
    with FeatureWriter(tmp_path, HEADER) as writer:
        writer.discard(["video-3", "video-9", "video-77"])
        assert "video-3" not in writer
        writer.add(changed)
    remaining = {
        **expected(n for n in range(9) if n != 3),
        **contents({changed.id: changed}),
    }
    assert contents(FeatureStore(tmp_path)) == remaining


def test_a_video_is_written_once(tmp_path):
    write(tmp_path, [1])
    with (
        FeatureWriter(tmp_path, HEADER) as writer,
        pytest.raises(ValueError, match=r"Received: id='video-1'"),
    ):
        writer.add(make_features(1))


def test_an_error_finishes_the_current_shard(tmp_path):
    def describe():
        with FeatureWriter(tmp_path, HEADER) as writer:
            writer.add(make_features(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        describe()
    assert contents(FeatureStore(tmp_path)) == expected([1])
    assert not list(tmp_path.glob("*.unfinished"))


def test_one_writer_at_a_time(tmp_path):
    with (
        FeatureWriter(tmp_path, HEADER),
        pytest.raises(FolderInUse, match="another process is writing to it"),
    ):
        FeatureWriter(tmp_path, HEADER)
    FeatureWriter(tmp_path, HEADER).close()


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            replace(HEADER, space=replace(HEADER.space, weights_sha256="ef")),
            "Another feature space: `weights_sha256` is '(ab)+' there, 'ef' here",
        ),
        (
            replace(HEADER, sampling=Sampling(max_frames=30)),
            "Another sampling: `max_frames` is 20 there, 30 here",
        ),
    ],
)
def test_features_of_another_space_are_refused(tmp_path, header, message):
    write(tmp_path, [1])
    with pytest.raises(FeatureSpaceMismatch, match=message):
        FeatureWriter(tmp_path, header)
    assert contents(FeatureStore(tmp_path)) == expected([1])
