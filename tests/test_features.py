import json
import subprocess
import sys

import numpy as np
import pytest
from feature_stores import HEADER, WIDTH, contents, make_features

from vidcat.inference.describing.failures import Failure, FailureLog
from vidcat.inference.feature_store.tfrecords import CorruptRecord
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore, InvalidStore, StoreHeader
from vidcat.inference.projection import Projection


@pytest.fixture
def folder(tmp_path):
    """A store of ten videos in several shards."""
    with FeatureWriter(tmp_path, HEADER, shard_bytes=400) as writer:
        for number in range(10):
            writer.add(make_features(number))
    return tmp_path


def shards(folder):
    return sorted(folder.glob("*.tfrecord"))


def test_videos_are_read_by_id(folder):
    store = FeatureStore(folder)
    assert len(shards(folder)) > 2
    assert len(store) == 10
    assert set(store) == {f"video-{number}" for number in range(10)}
    for number in (7, 0, 9):
        features, expected = store[f"video-{number}"], make_features(number)
        np.testing.assert_array_equal(features.values, expected.values)
        assert features.frames().shape == (1 + number % 5, WIDTH)
        assert features.id == expected.id
    assert "video-10" not in store
    with pytest.raises(KeyError, match="video-10"):
        store["video-10"]


def test_facts_are_known_without_reading(folder):
    store = FeatureStore(folder)
    for path in shards(folder):
        path.unlink()
    assert store.frame_count("video-8") == 4
    assert store.duration_seconds("video-8") == 8.0
    assert store.source_version("video-8") == "1-1"


def test_header_projection_and_failures_belong_to_the_store(folder):
    failure = Failure(
        id="x", path="x.mp4", reason="no_frames", detail="", source_version=""
    )
    FailureLog(folder / "failures.jsonl").add(failure)
    projection = Projection.identity(WIDTH)
    projection.save(folder / "projection.npz")
    store = FeatureStore(folder)
    assert store.space == HEADER.space
    assert store.sampling == HEADER.sampling
    assert store.projection.sha256 == projection.sha256
    assert store.failures == {"x": failure}


def test_without_its_indexes_a_store_reads_the_same(folder):
    expected = contents(FeatureStore(folder))
    indexes = list(folder.glob("*.index.json"))
    assert len(indexes) == len(shards(folder))
    for path in indexes:
        path.unlink()
    assert contents(FeatureStore(folder)) == expected
    assert FeatureStore(folder).duration_seconds("video-8") == 8.0


def test_a_changed_record_is_found_when_it_is_read(folder):
    path = shards(folder)[0]
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    store = FeatureStore(folder)
    with pytest.raises(CorruptRecord, match=r"features-00000\.tfrecord.* byte 0$"):
        store["video-0"]
    assert store["video-9"].id == "video-9"


def test_a_torn_shard_is_an_error_with_a_remedy(folder):
    path = shards(folder)[1]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(
        CorruptRecord, match=r"features-00001.*describe the catalog again"
    ):
        FeatureStore(folder)


def test_a_folder_that_is_no_store_is_refused(tmp_path):
    with pytest.raises(
        InvalidStore, match=r"no feature store, for it has no space\.json"
    ):
        FeatureStore(tmp_path)


def test_a_newer_format_is_refused(folder):
    path = folder / "space.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    with pytest.raises(InvalidStore, match=r"space\.json: format 2 is not the one"):
        FeatureStore(folder)


def test_a_header_survives_a_round_trip(tmp_path):
    assert StoreHeader.read(tmp_path) is None
    HEADER.write(tmp_path)
    assert StoreHeader.read(tmp_path) == HEADER


def test_reading_features_needs_neither_tensorflow_nor_keras(folder):
    probe = (
        "import sys\n"
        "from vidcat.inference.features import FeatureStore\n"
        "store = FeatureStore(sys.argv[1])\n"
        "print(len(store), store['video-7'].frames().shape[0])\n"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "10 3\n[]\n", done.stderr
