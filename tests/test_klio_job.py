"""The Klio job gives the results of the categorizer, and loses no message."""

import base64
import json
from pathlib import PurePath

import pytest
from klio_jobs import job_running, klio_message, run_job, write_job
from pubsub_emulator import PROJECT, Topics, pubsub_emulator
from served_bundles import AS_OF, write_served_bundle
from video_files import BLUE, RED, make_clock_video, make_colour_video

from vidcat.inference.categorizer import Categorizer
from vidcat.inference.video import Video

pytest.importorskip("klio")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, small_encoder):
    return write_served_bundle(tmp_path_factory.mktemp("b") / "bundle", small_encoder)


@pytest.fixture(scope="module")
def categorizer(bundle):
    return Categorizer.load(bundle, as_of=AS_OF)


@pytest.fixture
def folder(tmp_path):
    """Videos, one of them torn, and a result of the video `done`."""
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    videos = tmp_path / "in"
    make_colour_video(videos / "v1.mp4", [RED, BLUE], 1.5, 5)
    make_clock_video(videos / "123456789.mp4", 4)
    (videos / "torn.mp4").write_bytes(b"no video at all")
    (videos / "done.mp4").write_bytes(b"a video")
    (tmp_path / "out" / "done.json").write_text("earlier")
    return tmp_path


def ours(folder, bundle):
    return {
        "bundle": str(bundle),
        "dead_letter": str(folder / "dead"),
        "as_of": AS_OF.isoformat(),
    }


def results(folder):
    return {path.stem: path.read_text() for path in (folder / "out").iterdir()}


def failures(folder):
    read = [json.loads(path.read_text()) for path in (folder / "dead").iterdir()]
    return {one["id"]: one for one in read}


def path(folder, video_id):
    return str(folder / "in" / f"{video_id}.mp4")


def processed(folder):
    files = folder.glob("processed*")
    return sorted(line for file in files for line in file.read_text().split())


def test_a_file_of_ids_becomes_results_and_dead_letters(folder, bundle, categorizer):
    ids = ["v1", "123456789", "torn", "done", "missing", "../in/v1", ""]
    (folder / "ids.txt").write_text("".join(one + "\n" for one in ids))
    said = run_job(write_job(folder, vidcat=ours(folder, bundle)))
    alone = {
        video_id: categorizer.categorize(
            Video(id=video_id, path=path(folder, video_id))
        )
        for video_id in ("v1", "123456789", "torn")
    }
    assert [one.status for one in alone.values()] == ["ok", "ok", "decode_error"]
    assert results(folder) == {
        "v1": alone["v1"].to_line() + "\n",
        "123456789": alone["123456789"].to_line() + "\n",
        "done": "earlier",
    }
    failed = failures(folder)
    assert failed.keys() == {"torn", "../in/v1", ""}
    torn = failed["torn"]
    assert (torn["status"], torn["reason"]) == ("decode_error", alone["torn"].reason)
    assert torn["row"] == {"id": "torn", "path": path(folder, "torn")}
    assert failed["../in/v1"]["status"] == failed[""]["status"] == "bad_row"
    assert "must be the name of a file below" in failed["../in/v1"]["reason"]
    assert "can not process 'b'missing''" in said
    assert processed(folder) == ["123456789", "done", "v1"]


def test_a_stream_of_messages_with_rows_of_videos_in_a_bucket(
    folder, bundle, bucket, categorizer, monkeypatch
):
    for video in (folder / "in").iterdir():
        bucket.blob(f"in/{video.name}").upload_from_filename(str(video))
    bucket.blob("out/done.json").upload_from_string("earlier")
    stored = f"gs://{bucket.name}"
    uploads = f"{PROJECT}/subscriptions/uploads"
    config = write_job(
        folder,
        events={
            "inputs": [{"type": "pubsub", "subscription": uploads}],
            "outputs": [{"type": "pubsub", "topic": f"{PROJECT}/topics/categorized"}],
        },
        data={
            "inputs": [
                {"type": "gcs", "location": f"{stored}/in", "file_suffix": ".mp4"}
            ],
            "outputs": [
                {"type": "gcs", "location": f"{stored}/out", "file_suffix": ".json"}
            ],
        },
        options={"streaming": True, "no_auth": True},
        vidcat={**ours(folder, bundle), "dead_letter": f"{stored}/dead"},
        allow_non_klio_messages=True,
    )
    fields = {"title": "My car", "language": "en", "owner": "club-12"}
    sent = {
        "v1": klio_message("v1", json.dumps(fields).encode()),
        "torn": klio_message("torn", json.dumps(fields).encode()),
        "done": klio_message("done", b'{"titel": "My car"}', force=True),
        # An id alone, which can also be read as a message that holds nothing.
        "123456789": b"123456789",
        "\\xff": b"\xff",
    }
    with pubsub_emulator(folder) as host:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", host)
        topics = Topics("uploads", "categorized")
        for message in sent.values():
            topics.publish("uploads", message)
        with job_running(config) as process:
            passed_on = topics.take("categorized", 3, process)
    alone = {
        video_id: categorizer.categorize(
            Video(id=video_id, path=f"{stored}/in/{video_id}.mp4", **given)
        )
        for video_id, given in (("v1", fields), ("torn", fields), ("123456789", {}))
    }
    assert {one.status for one in alone.values()} == {"ok"}
    lines = {video_id: one.to_line() + "\n" for video_id, one in alone.items()}
    assert in_bucket(bucket, "out") == {**lines, "done": "earlier"}
    assert len(passed_on) == 3
    for video_id in ("v1", "torn"):
        # Klio adds to a message which jobs have seen it; the rest is as it was sent.
        data = sent[video_id].partition(b"\x32\x02\x0a\x00")[2]
        assert sum(one.endswith(data) for one in passed_on) == 1
    read = map(json.loads, in_bucket(bucket, "dead").values())
    failed = {one["id"]: one for one in read}
    # `torn` is ok by its text, but somebody is to look at the video.
    assert {video_id: one["status"] for video_id, one in failed.items()} == {
        "torn": "ok",
        "done": "bad_row",
        "\\xff": "bad_row",
    }
    row = {"id": "torn", "path": f"{stored}/in/torn.mp4", **fields}
    assert failed["torn"]["row"] == row
    assert "Received: ['titel']" in failed["done"]["reason"]
    assert base64.b64decode(failed["\\xff"]["message"]) == b"\xff"


def in_bucket(bucket, folder):
    """Texts of objects by the stems of their names."""
    found = bucket.list_blobs(prefix=f"{folder}/")
    return {PurePath(one.name).stem: one.download_as_text() for one in found}
