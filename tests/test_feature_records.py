import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from vidcat.inference.feature_store.frame_features import FrameFeatures
from vidcat.inference.feature_store.records import (
    decode_record,
    encode_record,
    read_video_level,
)
from vidcat.inference.feature_store.tfrecords import CorruptRecord, frame_record

SHARED = Path(
    os.environ.get("VIDCAT_SHARED_DATA", Path(__file__).parents[2] / "shared/data")
)
REAL_SHARD = SHARED / "yt8m_video_features" / "validate0000.tfrecord"


def described(**changes):
    values = np.random.default_rng(0).integers(0, 256, (3, 6), np.uint8)
    given = {
        "id": "häuser/1",
        "values": values,
        "times_seconds": np.array([0.0, 0.96, 2.04], np.float32),
        "duration_seconds": 10.02,
        "source_version": "5310-17",
        "labels": (3, 34),
        "audio": values[:, :2],
    }
    return FrameFeatures(**(given | changes))


def assert_same(first, second):
    for name in ("id", "duration_seconds", "source_version", "labels"):
        assert getattr(first, name) == getattr(second, name), name
    for name in ("values", "times_seconds", "audio"):
        expected, actual = getattr(first, name), getattr(second, name)
        if expected is None:
            assert actual is None
        else:
            assert actual.dtype == expected.dtype
            np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"duration_seconds": None, "source_version": "", "labels": (), "audio": None},
        {"values": np.linspace(-9, 9, 12, dtype=np.float32).reshape(3, 4)},
    ],
)
def test_a_record_holds_all_that_was_described(changes):
    features = described(**changes)
    assert_same(features, decode_record(encode_record(features)))


def test_a_record_has_the_form_of_youtube_8m():
    context, lists = tf.io.parse_single_sequence_example(
        encode_record(described()),
        context_features={
            "id": tf.io.FixedLenFeature([], tf.string),
            "labels": tf.io.VarLenFeature(tf.int64),
        },
        sequence_features={
            "rgb": tf.io.FixedLenSequenceFeature([], tf.string),
            "audio": tf.io.FixedLenSequenceFeature([], tf.string),
        },
    )
    assert context["id"].numpy().decode() == "häuser/1"
    assert context["labels"].values.numpy().tolist() == [3, 34]
    rgb = tf.io.decode_raw(lists["rgb"], tf.uint8).numpy()
    np.testing.assert_array_equal(rgb, described().values)
    assert tf.io.decode_raw(lists["audio"], tf.uint8).shape == (3, 2)


def test_a_record_of_youtube_8m_has_a_frame_a_second():
    example = tf.train.SequenceExample()
    example.context.feature["id"].bytes_list.value.append(b"abcd")
    example.context.feature["labels"].int64_list.value.extend([7, 9])
    for frame in ([1, 2, 3], [4, 5, 6]):
        row = example.feature_lists.feature_list["rgb"].feature.add()
        row.bytes_list.value.append(bytes(frame))
    features = decode_record(example.SerializeToString())
    assert (features.id, features.labels) == ("abcd", (7, 9))
    assert features.values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert features.times_seconds.tolist() == [0.0, 1.0]
    assert features.duration_seconds is None
    assert features.audio is None


@pytest.mark.parametrize(
    "payload", [b"\xff\xff no protobuf", tf.train.SequenceExample().SerializeToString()]
)
def test_another_kind_of_record_is_refused(payload):
    with pytest.raises(ValueError, match=r"not a SequenceExample|no frame features"):
        decode_record(payload)


def video_level(video_id, mean_rgb, mean_audio=()):
    example = tf.train.Example()
    features = example.features.feature
    features["id"].bytes_list.value.append(video_id)
    features["labels"].int64_list.value.extend([1, 5])
    features["mean_rgb"].float_list.value.extend(mean_rgb)
    features["mean_audio"].float_list.value.extend(mean_audio)
    return frame_record(example.SerializeToString())


def test_video_level_records_are_sequences_of_one_frame(tmp_path):
    path = tmp_path / "validate0000.tfrecord"
    path.write_bytes(
        video_level(b"ab12", [0.5, -1.25], [0.75]) + video_level(b"cd34", [1.5, 0.25])
    )
    first, second = read_video_level(path)
    assert (first.id, first.labels) == ("ab12", (1, 5))
    assert first.frames().tolist() == [[0.5, -1.25]]
    assert first.times_seconds.tolist() == [0.0]
    assert first.audio.tolist() == [[0.75]]
    assert second.frames().tolist() == [[1.5, 0.25]]
    assert second.audio is None


def test_a_torn_file_of_video_level_records_is_an_error(tmp_path):
    path = tmp_path / "torn.tfrecord"
    whole = video_level(b"ab12", [0.5])
    path.write_bytes(whole + whole[:-3])
    with pytest.raises(CorruptRecord, match=rf"torn\.tfrecord.* byte {len(whole)}$"):
        list(read_video_level(path))


@pytest.mark.skipif(not REAL_SHARD.exists(), reason="needs real YouTube-8M records")
def test_real_video_level_records_are_read():
    videos = list(read_video_level(REAL_SHARD))
    expected = [
        tf.train.Example.FromString(record.numpy()).features.feature
        for record in tf.data.TFRecordDataset(str(REAL_SHARD))
    ]
    assert len(videos) == len(expected) > 100
    for video, features in zip(videos, expected, strict=True):
        assert video.id == features["id"].bytes_list.value[0].decode()
        assert video.labels == tuple(features["labels"].int64_list.value)
        assert video.frames().shape == (1, 1024)
        np.testing.assert_allclose(
            video.frames()[0], features["mean_rgb"].float_list.value, rtol=1e-6
        )
