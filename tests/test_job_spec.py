"""What Dataflow would be asked for, field by field, of the pipeline that would run."""

import json
import socket
from datetime import UTC, datetime

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from vidcat.inference.backfill.dataflow.job import DataflowJob
from vidcat.inference.backfill.dataflow.job_spec import (
    backfill_job_spec,
    job_spec,
    main_fields,
)
from vidcat.inference.backfill.dataflow.profile import read_profile
from vidcat.inference.pipeline.backfilling import Choice
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.settling import Settle

IMAGE = "europe-west4-docker.pkg.dev/my-project/vidcat/backfill:1"
GPUS = [
    ("t4", "n1-standard-16", "nvidia-tesla-t4"),
    ("l4", "g2-standard-16", "nvidia-l4"),
]
# Nothing of it is there: only the machines of the job would look for it.
CATALOG, OUT = "gs://my-bucket/catalogs/*.jsonl", "gs://my-bucket/results/"
SERVING = Serving(
    bundle="gs://my-bucket/bundle", as_of=datetime(2025, 6, 1, tzinfo=UTC)
)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*arguments, **named):
        raise AssertionError(f"The network was asked for: {arguments}")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def job_of(name, *, decode_apart=False):
    return DataflowJob(
        profile=read_profile(name),
        project="my-project",
        region="europe-west4",
        image=IMAGE,
        temp_location="gs://my-bucket/tmp",
        job_name="all-videos",
        decode_apart=decode_apart,
    )


def spec_of(name, *, decode_apart=False):
    job = job_of(name, decode_apart=decode_apart)
    return backfill_job_spec(CATALOG, OUT, SERVING, job=job, choice=Choice())


@pytest.mark.parametrize(("name", "machine_type", "accelerator"), GPUS)
def test_a_job_with_a_gpu(name, machine_type, accelerator):
    spec = spec_of(name)
    assert spec["name"] == "all-videos"
    assert spec["type"] == "JOB_TYPE_BATCH"
    environment = spec["environment"]
    assert environment["serviceOptions"] == [
        f"worker_accelerator=type:{accelerator};count:1;install-nvidia-driver:5xx"
    ]
    # One SDK process a VM.
    assert "no_use_multiple_sdk_containers" in environment["experiments"]
    assert "use_multiple_sdk_containers" not in environment["experiments"]
    assert environment["tempStoragePrefix"].startswith(
        "storage.googleapis.com/my-bucket/tmp/all-videos."
    )
    (pool,) = environment["workerPools"]
    assert pool["machineType"] == machine_type
    assert pool["numThreadsPerWorker"] == 8
    assert pool["diskSizeGb"] == 100
    assert pool["workerHarnessContainerImage"] == IMAGE
    images = [one["containerImage"] for one in pool["sdkHarnessContainerImages"]]
    assert images == [IMAGE]
    assert pool["numWorkers"] == 1
    assert pool["autoscalingSettings"] == {
        "algorithm": "AUTOSCALING_ALGORITHM_BASIC",
        "maxNumWorkers": 20,
    }
    options = environment["sdkPipelineOptions"]["options"]
    assert options["project"] == "my-project"
    assert options["region"] == "europe-west4"
    assert options["sdk_location"] == "container"
    # Hints beside the service option would be refused.
    assert len(spec["resourceHints"]) > 20
    assert set(map(len, spec["resourceHints"].values())) == {0}


@pytest.mark.parametrize(("name", "machine_type", "accelerator"), GPUS)
def test_decoding_apart_arrives_as_hints_of_the_steps(name, machine_type, accelerator):
    spec = spec_of(name, decode_apart=True)
    environment = spec["environment"]
    assert environment.get("serviceOptions", []) == []
    (pool,) = environment["workerPools"]
    assert pool["machineType"] == "n2-standard-16"
    # Each set of hints is an environment of its own, all of the same image.
    images = [one["containerImage"] for one in pool["sdkHarnessContainerImages"]]
    assert images == [IMAGE] * 3

    memory = {"beam:resources:min_ram_bytes:v1": "32000000000"}
    gpu = {
        "beam:resources:accelerator:v1": f"type:{accelerator};count:1;"
        f"machine_type:{machine_type};install-nvidia-driver:5xx"
    }
    categorize = "Backfill/Categorize/"
    hinted = {
        step.removeprefix(categorize).split("/")[0]: hints
        for step, hints in spec["resourceHints"].items()
        if hints
    }
    # All that runs a network on frames, and nothing else.
    assert hinted == {
        "Decode": memory,
        "Describe": gpu,
        "Score frames": gpu,
        "Decide": gpu,
    }
    assert any(
        step.startswith(f"{categorize}FromDecodingToDescribing/")
        for step in spec["resourceHints"]
    )


def test_a_job_without_a_gpu_asks_for_none():
    environment = spec_of("cpu")["environment"]
    assert "serviceOptions" not in environment
    assert environment["workerPools"][0]["machineType"] == "n2-standard-16"


def test_settling_is_a_job_without_a_gpu():
    runner = job_of("t4").runner(dry_run=True).light
    pipeline = beam.Pipeline(options=PipelineOptions(runner.options))
    _ = pipeline | Settle(OUT.rstrip("/"), "run", {}, shards=64)
    spec = job_spec(pipeline)
    assert spec["name"] == "all-videos-settle"
    assert "serviceOptions" not in spec["environment"]
    (pool,) = spec["environment"]["workerPools"]
    assert "machineType" not in pool
    assert pool["workerHarnessContainerImage"] == IMAGE


def test_people_see_what_they_are_about_to_pay_for():
    fields = main_fields(spec_of("l4", decode_apart=True))
    assert fields.pop("temporary files").startswith("storage.googleapis.com/my-bucket/")
    assert int(fields.pop("steps that run code")) > 20
    assert fields == {
        "job": "all-videos",
        "kind": "JOB_TYPE_BATCH",
        "machine": "n2-standard-16",
        "GPU": "type:nvidia-l4;count:1;machine_type:g2-standard-16;"
        "install-nvidia-driver:5xx",
        "processes a machine": "one",
        "threads a process": "8",
        "machines": "1 to 20",
        "disk": "100 GB",
        "image": IMAGE,
        "memory to decode": "at least 32 GB",
    }


def test_without_a_dry_run_nothing_is_sent():
    pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
    with pytest.raises(ValueError, match="Received: dry_run=False"):
        job_spec(pipeline)


def test_the_command_prints_the_same(run):
    words = [
        *("backfill", CATALOG, "--bundle", SERVING.bundle, "--out", OUT),
        *("--runner", "DataflowRunner", "--profile", "t4", "--project", "my-project"),
        *("--region", "europe-west4", "--image", IMAGE, "--job-name", "all-videos"),
        *("--temp-location", "gs://my-bucket/tmp", "--dry-run"),
    ]
    printed = run(*words)
    assert printed.exit_code == 0, printed.output
    shown = dict(line.split("  ", 1) for line in printed.stdout.splitlines())
    assert {name.strip(): value.strip() for name, value in shown.items()}[
        "GPU"
    ] == "type:nvidia-tesla-t4;count:1;install-nvidia-driver:5xx"
    as_json = json.loads(run(*words, "--json", "--decode-apart").stdout)
    expected = spec_of("t4", decode_apart=True)
    assert as_json["resourceHints"] == expected["resourceHints"]
    pools = [spec["environment"]["workerPools"] for spec in (as_json, expected)]
    assert pools[0][0]["machineType"] == pools[1][0]["machineType"]
