import pytest
import tensorflow as tf

from vidcat.inference.feature_store.tfrecords import (
    CorruptRecord,
    frame_record,
    read_record,
    scan_records,
)

PAYLOADS = [b"first", b"", bytes(range(256)) * 5]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "records"
    path.write_bytes(b"".join(map(frame_record, PAYLOADS)))
    return path


def payloads(path):
    return [record.payload for record in scan_records(path)]


def test_tensorflow_reads_what_is_written(written):
    read = [record.numpy() for record in tf.data.TFRecordDataset(str(written))]
    assert read == PAYLOADS


def test_what_tensorflow_writes_is_read(tmp_path):
    path = tmp_path / "records"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for payload in PAYLOADS:
            writer.write(payload)
    assert payloads(path) == PAYLOADS


def test_records_are_found_by_their_offset(written):
    records = list(scan_records(written))
    # A record is 16 bytes longer than what it holds.
    assert [record.offset for record in records] == [0, 21, 37]
    assert records[-1].end == written.stat().st_size
    for record, payload in zip(records, PAYLOADS, strict=True):
        assert read_record(written, record.offset) == payload


@pytest.mark.parametrize("cut", [1, 15, 16, 1000, 1295])
def test_scanning_ends_at_a_torn_record(written, cut):
    content = written.read_bytes()
    written.write_bytes(content[:-cut])
    assert payloads(written) == PAYLOADS[:2]
    with pytest.raises(CorruptRecord, match=r"records: no whole record at byte 37"):
        read_record(written, 37)


def test_a_changed_payload_is_met_but_not_given(written):
    content = bytearray(written.read_bytes())
    content[12] ^= 1
    written.write_bytes(content)
    assert payloads(written) == [None, *PAYLOADS[1:]]
    with pytest.raises(CorruptRecord, match="no whole record at byte 0"):
        read_record(written, 0)


def test_a_changed_length_ends_the_scan(written):
    content = bytearray(written.read_bytes())
    content[21] ^= 1
    written.write_bytes(content)
    assert payloads(written) == PAYLOADS[:1]
