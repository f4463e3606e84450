import json
import shutil
import threading

import apache_beam as beam
import pytest
from apache_beam.io.gcp.pubsub import PubsubMessage
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.window import FixedWindows
from apache_beam.utils.timestamp import Timestamp
from pubsub_emulator import PROJECT, Topics, pubsub_emulator
from served_bundles import AS_OF, write_mixed_catalog, write_served_bundle
from watched_uploads import results, stored, wait_for

from vidcat.inference.backfill.dataflow.job import DataflowJob
from vidcat.inference.backfill.dataflow.job_spec import stream_job_spec
from vidcat.inference.backfill.dataflow.profile import read_profile
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.backfill.uploads.stream import (
    Stream,
    stream_elsewhere,
    stream_here,
)
from vidcat.inference.catalog import read_catalog
from vidcat.inference.catalogs.source import source_version
from vidcat.inference.catalogs.writer import row_values
from vidcat.inference.pipeline.categorizing import Categorize
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.streaming import (
    REFUSED,
    CategorizeStream,
    TakeMessages,
    run_of,
)

SUBSCRIPTION = "projects/project-1/subscriptions/uploads"
UPLOADS = "projects/project-1/topics/uploads"
RESULTS = "projects/project-1/topics/results"
STREAM = "20250601T120000000000-ab12"
DELETED = {"eventType": "OBJECT_DELETE", "bucketId": "b", "objectId": "a.mp4"}
STORED = {**DELETED, "eventType": "OBJECT_FINALIZE", "objectGeneration": "17"}


@pytest.fixture(scope="module")
def made(tmp_path_factory, small_encoder):
    """Two bundles, some clips and their catalog."""
    folder = tmp_path_factory.mktemp("made")
    write_served_bundle(folder / "2025-01", small_encoder, seed=0)
    write_served_bundle(folder / "2025-02", small_encoder, seed=1)
    (folder / "clips").mkdir()
    catalog = write_mixed_catalog(folder / "clips")
    return folder, read_catalog(catalog, ignore_unknown=True)


def message(row):
    return json.dumps(row_values(row)).encode()


def take(serving, data, attributes=None, *, at=1000.0):
    """What becomes of one message."""
    taking = TakeMessages(serving, STREAM, poll_seconds=0.0, ignore_unknown=False)
    (one,) = taking.process(
        PubsubMessage(data, attributes, message_id="7"), Timestamp(at)
    )
    return one


def test_each_message_is_done_by_the_bundle_that_is_current_when_it_comes(
    made, tmp_path
):
    folder, rows = made
    bundles = tmp_path / "bundles"
    shutil.copytree(folder / "2025-01", bundles / "2025-01")
    serving = Serving(bundle=str(bundles), as_of=AS_OF)
    tasks = [take(serving, message(row)) for row in rows[:3]]
    shutil.copytree(folder / "2025-02", bundles / "2025-02")
    tasks += [take(serving, message(row)) for row in rows[3:]]
    named = [task.bundle.rsplit("/", 1)[-1] for task in tasks]
    assert named == ["2025-01"] * 3 + ["2025-02"] * (len(rows) - 3)

    # Both in one batch of elements, and each by its own.
    with beam.Pipeline(options=PipelineOptions(Runner().options)) as pipeline:
        (
            pipeline
            | beam.Create(tasks)
            | Categorize(serving, STREAM)
            | beam.Map(lambda attempt: attempt.to_line())
            | beam.io.WriteToText(str(tmp_path / "lines"), num_shards=1)
        )
    (path,) = tmp_path.glob("lines*")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    expected = []
    for name, some in (("2025-01", rows[:3]), ("2025-02", rows[3:])):
        alone = loaded(Serving(bundle=str(folder / name), as_of=AS_OF)).categorizer
        expected += [json.loads(r.to_line()) for r in alone.categorize_many(some)]
    attempts = [line.pop("attempt") for line in lines]
    by_id = {line["id"]: line for line in lines}
    assert by_id == {one["id"]: one for one in expected}
    assert len(lines) == len(expected) == 11
    assert {one["run"] for one in attempts} == {run_of(Timestamp(1000.0), STREAM)}


def test_a_message_delivered_twice_is_one_run_and_a_later_one_a_later(made):
    folder, rows = made
    serving = Serving(bundle=str(folder / "2025-01"), as_of=AS_OF)
    first, again, later = (
        take(serving, message(rows[0]), at=at).run for at in (9.5, 9.5, 10.0)
    )
    assert first == again < later


def test_a_message_that_asks_for_nothing_is_a_bad_row_with_its_reason(made):
    folder, _ = made
    serving = Serving(bundle=str(folder / "2025-01"), as_of=AS_OF)
    for data, attributes, reason in (
        (b"nonsense", None, "must be one JSON object"),
        (b"{}", DELETED, "Received: eventType='OBJECT_DELETE'"),
    ):
        refused = take(serving, data, attributes)
        assert refused.tag == REFUSED
        result = refused.value.categorization
        assert (result.id, result.status) == ("message 7", "bad_row")
        assert reason in result.reason
        assert data.decode() in refused.value.row["shown"]


def test_a_stored_file_has_the_version_that_a_backfill_sees_or_its_generation(
    made, bucket
):
    folder, _ = made
    serving = Serving(bundle=str(folder / "2025-01"), as_of=AS_OF)
    bucket.blob("day/a.mp4").upload_from_string(b"no video")
    url = f"gs://{bucket.name}/day/a.mp4"
    there = {**STORED, "bucketId": bucket.name, "objectId": "day/a.mp4"}
    task = take(serving, b"", there)
    assert task.row.id == task.row.path == url
    assert task.source_version == source_version(url)
    gone = take(serving, b"", {**there, "objectId": "day/gone.mp4"})
    assert gone.source_version == "17"


@pytest.fixture
def topics(tmp_path, monkeypatch):
    with pubsub_emulator(tmp_path) as host:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", host)
        yield Topics("uploads", "results")


def test_a_stream_ends_each_message_in_one_result(made, tmp_path, topics):
    folder, rows = made
    out, heard = tmp_path / "out", []
    for row in rows:
        topics.publish("uploads", message(row))
    topics.publish("uploads", b"nonsense")
    notification = json.dumps(DELETED).encode()
    topics.publish("uploads", notification, **DELETED)
    stop = threading.Event()

    def listen():
        try:
            heard.extend(topics.pull("results", len(rows) + 2))
            wait_for(lambda: len(stored(out)) == len(rows) + 2)
        finally:
            stop.set()

    listener = threading.Thread(target=listen)
    listener.start()
    settled = stream_here(
        Stream(
            subscription=f"{PROJECT}/subscriptions/uploads",
            out=str(out),
            results_topic=f"{PROJECT}/topics/results",
        ),
        Serving(bundle=str(folder / "2025-01"), as_of=AS_OF),
        stop,
        runner=Runner(),
    )
    listener.join()

    alone = loaded(Serving(bundle=str(folder / "2025-01"), as_of=AS_OF)).categorizer
    expected = sorted(one.to_line() for one in alone.categorize_many(rows))
    wrong = [line for line in results(out) if '"bad_row"' in line]
    assert [line for line in results(out) if line not in wrong] == expected
    said = sorted(one.data.decode() for one in heard)
    assert said == results(out)
    assert all(
        one.attributes["status"] == json.loads(one.data)["status"] for one in heard
    )
    # Three that cannot be decoded, one of which has good text, and both bad rows.
    assert settled.dead_letter == 5
    (letter,) = out.glob("dead_letter/bad_rows-*.jsonl")
    reasons = sorted(
        json.loads(line)["reason"] for line in letter.read_text().splitlines()
    )
    assert "must be one JSON object. Received: 'nonsense'" in reasons[0]
    assert "OBJECT_DELETE" in reasons[1]


def test_tasks_in_windows_are_refused():
    serving = Serving(bundle="bundle", as_of=AS_OF)
    tasks = beam.Pipeline() | beam.Create([1]) | beam.WindowInto(FixedWindows(60))
    with pytest.raises(ValueError, match=r"must be in the global window\. Received"):
        tasks | Categorize(serving, STREAM)


def test_machines_elsewhere_need_places_that_they_have():
    stream = Stream(subscription=SUBSCRIPTION, out="out")
    serving = Serving(bundle="gs://bucket/bundles", as_of=AS_OF)
    with pytest.raises(ValueError, match=r"`out` must be .* Received: out='out'"):
        stream_elsewhere(stream, serving, runner=Runner(name="DataflowRunner"))


def test_the_job_for_dataflow_is_a_stream_from_the_subscription_to_the_topic():
    job = DataflowJob(
        profile=read_profile("l4"),
        project="my-project",
        region="us-central1",
        image="us-docker.pkg.dev/my-project/vidcat/worker:1",
        temp_location="gs://my-bucket/tmp",
        job_name="uploads",
    )
    stream = Stream(
        subscription=SUBSCRIPTION, out="gs://my-bucket/out", results_topic=RESULTS
    )
    serving = Serving(bundle="gs://my-bucket/bundles", as_of=AS_OF)
    spec = stream_job_spec(stream, serving, job=job)
    environment = spec["environment"]
    (pool,) = environment["workerPools"]
    assert spec["name"] == "uploads"
    assert spec["type"] == "JOB_TYPE_STREAMING"
    assert environment["sdkPipelineOptions"]["options"]["streaming"] is True
    assert pool["workerHarnessContainerImage"] == job.image
    assert "no_use_multiple_sdk_containers" in environment["experiments"]
    assert pool["machineType"] == "g2-standard-16"
    (option,) = environment["serviceOptions"]
    assert option.startswith("worker_accelerator=type:nvidia-l4;count:1;")


def test_the_pipeline_for_dataflow_reads_publishes_and_stores_in_batches():
    pipeline = beam.Pipeline()
    pipeline | CategorizeStream(
        SUBSCRIPTION,
        "gs://my-bucket/out/attempts",
        Serving(bundle="gs://my-bucket/bundles", as_of=AS_OF),
        STREAM,
        results_topic=RESULTS,
    )
    payloads = {
        one.spec.urn: one.spec.payload
        for one in pipeline.to_runner_api().components.transforms.values()
    }
    assert SUBSCRIPTION.encode() in payloads["beam:transform:pubsub_read:v1"]
    assert "beam:transform:group_into_batches_with_sharded_key:v1" in payloads
    assert "beam:transform:reshuffle:v1" in payloads


def test_a_dry_run_prints_the_job_and_sends_nothing(run):
    printed = run(
        *(
            "stream",
            SUBSCRIPTION,
            "--bundle",
            "gs://b-b/bundles",
            "--out",
            "gs://b-b/o",
        ),
        *("--runner", "DataflowRunner", "--profile", "t4", "--project", "my-project"),
        *("--region", "us-central1", "--image", "us-docker.pkg.dev/p/r/w:1"),
        *("--temp-location", "gs://b-b/tmp", "--dry-run", "--json"),
    )
    assert printed.exit_code == 0, printed.output
    assert json.loads(printed.stdout)["type"] == "JOB_TYPE_STREAMING"
