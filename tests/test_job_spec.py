"""What Dataflow would be asked for, field by field; nothing here uses the network."""

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from vidcat.inference.backfill.dataflow import DataflowJob
from vidcat.inference.backfill.job_spec import job_spec, main_fields
from vidcat.inference.backfill.profile import read_profile

IMAGE = "europe-west4-docker.pkg.dev/my-project/vidcat/backfill:1"


def spec_of(name, *, decode_apart=False):
    job = DataflowJob(
        profile=read_profile(name),
        project="my-project",
        region="europe-west4",
        image=IMAGE,
        temp_location="gs://my-bucket/tmp",
        job_name="all-videos",
        decode_apart=decode_apart,
    )
    hints = job.hints()
    pipeline = beam.Pipeline(options=PipelineOptions(job.flags(dry_run=True)))
    frames = (
        pipeline | beam.Create([1]) | hints.decoding("Decode" >> beam.Map(lambda x: x))
    )
    _ = hints.parted(frames) | hints.describing("Describe" >> beam.Map(lambda x: x))
    return job_spec(pipeline)


@pytest.mark.parametrize(
    ("name", "machine_type", "accelerator"),
    [
        ("t4", "n1-standard-16", "nvidia-tesla-t4"),
        ("l4", "g2-standard-16", "nvidia-l4"),
    ],
)
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
    assert pool["numThreadsPerWorker"] == 16
    assert pool["diskSizeGb"] == 100
    assert pool["workerHarnessContainerImage"] == IMAGE
    assert [one["containerImage"] for one in pool["sdkHarnessContainerImages"]] == [
        IMAGE
    ]
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
    assert set(map(len, spec["resourceHints"].values())) == {0}


@pytest.mark.parametrize(
    ("name", "machine_type", "accelerator"),
    [
        ("t4", "n1-standard-16", "nvidia-tesla-t4"),
        ("l4", "g2-standard-16", "nvidia-l4"),
    ],
)
def test_decoding_apart_arrives_as_hints_of_the_steps(name, machine_type, accelerator):
    spec = spec_of(name, decode_apart=True)
    environment = spec["environment"]
    assert environment.get("serviceOptions", []) == []
    (pool,) = environment["workerPools"]
    assert pool["machineType"] == "n2-standard-16"
    assert spec["resourceHints"]["Decode"] == {
        "beam:resources:min_ram_bytes:v1": "32000000000"
    }
    assert spec["resourceHints"]["Describe"] == {
        "beam:resources:accelerator:v1": f"type:{accelerator};count:1;"
        f"machine_type:{machine_type};install-nvidia-driver:5xx"
    }
    # Each set of hints is an environment of its own, all of the same image.
    images = [one["containerImage"] for one in pool["sdkHarnessContainerImages"]]
    assert images == [IMAGE] * 3


def test_a_job_without_a_gpu_asks_for_none():
    environment = spec_of("cpu")["environment"]
    assert "serviceOptions" not in environment
    assert environment["workerPools"][0]["machineType"] == "n2-standard-16"


def test_people_see_what_they_are_about_to_pay_for():
    fields = main_fields(spec_of("l4", decode_apart=True))
    assert fields.pop("temporary files").startswith("storage.googleapis.com/my-bucket/")
    assert int(fields.pop("steps that run code")) >= 2
    assert fields == {
        "job": "all-videos",
        "kind": "JOB_TYPE_BATCH",
        "machine": "n2-standard-16",
        "GPU": "type:nvidia-l4;count:1;machine_type:g2-standard-16;"
        "install-nvidia-driver:5xx",
        "processes a machine": "one",
        "videos in hand a process": "16",
        "machines": "1 to 20",
        "disk": "100 GB",
        "image": IMAGE,
        "memory to decode": "at least 32 GB",
    }


def test_without_a_dry_run_nothing_is_sent():
    pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
    with pytest.raises(ValueError, match="Received: dry_run=False"):
        job_spec(pipeline)
