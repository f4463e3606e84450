"""Klio 22.3.0, as it is installed, works with the Python and Beam of today."""

import sys

import fastavro
import pytest
from klio_jobs import PROBE, TWO_PROCESSES, run_job, write_job

pytest.importorskip("klio")

# Mends Klio, so it comes first.
from vidcat.inference.klio_job import compat  # isort: skip
from klio.transforms import _helpers
from klio_core.proto import klio_pb2

EVENT = {
    "type": "record",
    "name": "Event",
    "fields": [{"name": "element", "type": "bytes"}],
}


def test_a_message_survives_being_written_and_read():
    message = klio_pb2.KlioMessage(version=klio_pb2.Version.V2)
    message.metadata.intended_recipients.anyone.SetInParent()
    message.metadata.job_audit_log.add().timestamp.seconds = 7
    message.data.element = b"v1"
    message.data.payload = b"{}"
    raw = message.SerializeToString()
    assert klio_pb2.KlioMessage.FromString(raw) == message
    # By hand, tag and length first. Metadata (field 1) holds the audit log (3) with a
    # timestamp (1) of 7 seconds, and the recipients (6) with an empty `anyone` (1);
    # data (field 2) the payload (2) and the element (3); version (3) is 2.
    metadata = "1a04" + "0a02" + "0807" + "3202" + "0a00"
    data = "1202" + b"{}".hex() + "1a02" + b"v1".hex()
    assert raw.hex() == "0a0a" + metadata + "1208" + data + "1802"


def test_what_is_no_message_fails_as_klio_expects():
    with pytest.raises(klio_pb2._message.DecodeError):
        klio_pb2.KlioMessage.FromString(b"video")


def test_python_3_12_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    with pytest.raises(ImportError) as caught:
        compat._require_klio()
    assert str(caught.value) == (
        "The Klio job must run under Python 3.11: Klio 22.3.0 imports `imp`, which "
        "Python 3.12 no longer has. Received: Python 3.12. Take Python 3.11, or "
        "`vidcat backfill`, which does the same without Klio."
    )


def test_without_klio_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ImportError) as caught:
        compat._require_klio()
    assert "Missing: klio_core, klio, klio_exec. Install" in str(caught.value)
    assert "--ignore-requires-python '.[klio]'" in str(caught.value)


def test_a_file_that_cannot_be_looked_at_is_not_lost():
    # No file system of Beam knows it.
    path = "nowhere://bucket/v1.mp4"
    exists = _helpers._KlioGcsDataExistsMixin.exists
    assert exists(_helpers._KlioInputDataMixin, path)
    assert not exists(_helpers._KlioOutputDataMixin, path)


def test_avro_events_and_settings_reach_two_worker_processes(tmp_path):
    ids = ["missing", *(f"video-{number}" for number in range(20))]
    with (tmp_path / "ids.avro").open("wb") as file:
        fastavro.writer(file, EVENT, [{"element": one.encode()} for one in ids])
    events = {
        "inputs": [{"type": "avro", "location": str(tmp_path / "ids.avro")}],
        "outputs": [{"type": "avro", "location": str(tmp_path / "processed")}],
    }
    config = write_job(tmp_path, events=events, options=TWO_PROCESSES)
    for video_id in ids[1:]:
        (tmp_path / "in" / f"{video_id}.mp4").write_bytes(b"video")
    done_before = tmp_path / "out" / "video-0.json"
    done_before.write_text("earlier")
    run_job(config, "--set", "job_config.data.outputs.file0.force=true", job=PROBE)
    noted = {path.stem: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert noted.keys() == set(ids) - {"missing"}
    # Two processes had them all, and knew that what is done is to be done anew.
    assert "earlier" not in noted.values()
    assert len(set(noted.values())) == 2
    read = []
    for path in tmp_path.glob("processed*"):
        with path.open("rb") as file:
            read += [event["element"].decode() for event in fastavro.reader(file)]
    assert sorted(read) == sorted(noted)
