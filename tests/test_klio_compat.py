"""Klio 22.3.0, as it is installed, works with the Python and Beam of today."""

import json

import pytest
from klio_jobs import PROBE, TWO_PROCESSES, processed, run_job, run_python, write_job

pytest.importorskip("klio")

IDS = ("done", "first", "second", "missing")


@pytest.fixture
def folder(tmp_path):
    """Videos of all ids but `missing`, and a result of `done`."""
    config = write_job(tmp_path)
    assert config.parent == tmp_path
    for video_id in IDS[:3]:
        (tmp_path / "in" / f"{video_id}.mp4").write_bytes(b"video")
    (tmp_path / "out" / "done.json").write_text("earlier")
    (tmp_path / "ids.txt").write_text("".join(f"{one}\n" for one in IDS))
    return tmp_path


def noted(folder):
    return {path.stem: path.read_text() for path in (folder / "out").iterdir()}


def test_a_message_survives_being_written_and_read():
    code = """if True:
        from vidcat.inference.klio_job import compat
        from klio_core.proto import klio_pb2
        message = klio_pb2.KlioMessage(version=klio_pb2.Version.V2)
        message.metadata.intended_recipients.anyone.SetInParent()
        message.metadata.job_audit_log.add().timestamp.seconds = 7
        message.data.element = b"v1"
        message.data.payload = b"{}"
        raw = message.SerializeToString()
        assert klio_pb2.KlioMessage.FromString(raw) == message
        print(raw.hex())
        try:
            klio_pb2.KlioMessage.FromString(b"video")
        except klio_pb2._message.DecodeError as error:
            print(type(error).__module__)
    """
    done = run_python(code)
    # By hand, tag and length first. Metadata (field 1) holds the audit log (3) with a
    # timestamp (1) of 7 seconds, and the recipients (6) with an empty `anyone` (1);
    # data (field 2) the payload (2) and the element (3); version (3) is 2.
    metadata = "1a04" + "0a02" + "0807" + "3202" + "0a00"
    data = "1202" + b"{}".hex() + "1a02" + b"v1".hex()
    by_hand = "0a0a" + metadata + "1208" + data + "1802"
    assert done.stdout.split() == [by_hand, "google.protobuf.message"], done.stderr


def test_without_being_mended_klio_cannot_be_imported():
    done = run_python("import klio.transforms")
    assert "Descriptors cannot be created directly" in done.stderr


def test_python_3_12_is_refused():
    code = """if True:
        import sys
        import apache_beam
        sys.version_info = (3, 12, 1, "final", 0)
        import vidcat.inference.klio_job.compat
    """
    done = run_python(code)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: The Klio job must run under Python 3.11: Klio 22.3.0 imports "
        "`imp`, which Python 3.12 no longer has. Received: Python 3.12. Take Python "
        "3.11, or `vidcat backfill`, which does the same without Klio."
    )


def test_events_in_text_files(folder):
    said = run_job(folder / "klio-job.yaml", job=PROBE)
    notes = noted(folder)
    assert notes.keys() == {"done", "first", "second"}
    assert notes["done"] == "earlier"
    assert "Dropping KlioMessage - can not process 'b'missing''" in said
    assert processed(folder) == ["done", "first", "second"]


def test_events_in_avro_files_and_settings_in_two_worker_processes(folder):
    fastavro = pytest.importorskip("fastavro")
    schema = {
        "type": "record",
        "name": "Event",
        "fields": [{"name": "element", "type": "bytes"}],
    }
    many = [*IDS, *(f"more-{number}" for number in range(20))]
    with (folder / "ids.avro").open("wb") as file:
        fastavro.writer(file, schema, [{"element": one.encode()} for one in many])
    for video_id in many[4:]:
        (folder / "in" / f"{video_id}.mp4").write_bytes(b"video")
    events = {
        "inputs": [{"type": "avro", "location": str(folder / "ids.avro")}],
        "outputs": [{"type": "avro", "location": str(folder / "processed")}],
    }
    config = write_job(folder, events=events, options=TWO_PROCESSES)
    run_job(config, "--set", "job_config.data.outputs.file0.force=true", job=PROBE)
    notes = noted(folder)
    assert notes.keys() == set(many) - {"missing"}
    # Done anew, since the setting reached the workers.
    assert len(set(notes.values())) == 2
    read = []
    for path in folder.glob("processed*"):
        with path.open("rb") as file:
            read += [record["element"].decode() for record in fastavro.reader(file)]
    assert sorted(read) == sorted(notes)


def test_a_file_that_cannot_be_looked_at_is_not_lost(folder):
    # No file system of Beam knows it.
    output = json.dumps({"file0": {"type": "file", "location": "nowhere://out"}})
    code = f"""if True:
        from vidcat.inference.klio_job import compat
        from klio.transforms import _helpers
        input, output = _helpers._KlioInputDataMixin, _helpers._KlioOutputDataMixin
        print(compat._exists(input, "nowhere://a"), compat._exists(output, {output!r}))
    """
    assert run_python(code).stdout.split() == ["True", "False"]
