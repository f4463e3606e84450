"""The job that Dataflow would be given, without being given it."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytest.importorskip("klio")

ROOT = Path(__file__).parents[1]
JOB = ROOT / "inference" / "klio_job"
DRY_RUN = """if True:
    import json, sys
    import apache_beam as beam
    from apache_beam.runners.dataflow.internal import apiclient

    start = beam.Pipeline.run

    def run(pipeline, *given, **named):
        result = start(pipeline, *given, **named)
        job = result.job
        job.proto.environment = apiclient.Environment(
            packages=[],
            options=job.options,
            environment_version=apiclient._FNAPI_ENVIRONMENT_MAJOR_VERSION,
            proto_pipeline=job.proto_pipeline,
            proto_pipeline_staged_url="gs://my-bucket/staging/pipeline.pb",
        ).proto
        steps = job.proto_pipeline.components.transforms.values()
        urns = sorted({step.spec.urn for step in steps})
        specs[name] = {**json.loads(job.json()), "urns": urns}
        return result

    beam.Pipeline.run = run
    from vidcat.inference.klio_job.__main__ import main

    specs = {}
    for name, arguments in json.loads(sys.argv[1]).items():
        main(arguments)
    print(json.dumps(specs))
"""


@pytest.fixture(scope="module")
def specs(tmp_path_factory):
    """The specifications of jobs, as the service would get them."""
    # Beam looks whether the ids are there before it starts a job.
    ids = tmp_path_factory.mktemp("events") / "ids.txt"
    ids.write_text("v1\n")
    batch = [
        word.replace("gs://my-bucket/ids.txt", str(ids)) for word in batch_of_the_page()
    ]
    offline = ["--set", 'pipeline_options.dry_run="True"']
    offline += ["--set", "pipeline_options.no_auth=true"]
    jobs = {"committed": offline, "batch": [*batch, *offline]}
    done = subprocess.run(
        [sys.executable, "-c", DRY_RUN, json.dumps(jobs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def batch_of_the_page():
    """The arguments that the page gives for a batch on Dataflow."""
    page = (ROOT / "docs" / "klio.md").read_text()
    block = page.split("## A batch on Dataflow")[1].split("```sh\n")[1].split("```")[0]
    words = shlex.split(block.replace("\\\n", " "))
    assert words[:3] == ["python", "-m", "vidcat.inference.klio_job"]
    return words[3:]


def test_the_committed_job_is_a_stream_on_gpus(specs):
    spec = specs["committed"]
    image = "us-central1-docker.pkg.dev/my-project/vidcat/klio-job:gpu"
    environment = spec["environment"]
    assert environment["version"]["job_type"] == "FNAPI_STREAMING"
    (workers,) = environment["workerPools"]
    assert workers["workerHarnessContainerImage"] == image
    images = [one["containerImage"] for one in workers["sdkHarnessContainerImages"]]
    assert images == [image]
    assert workers["machineType"] == "n1-standard-16"
    assert workers["autoscalingSettings"]["maxNumWorkers"] == 10
    assert environment["serviceOptions"] == [
        "worker_accelerator=type:nvidia-tesla-t4;count:1;install-nvidia-driver:5xx"
    ]
    assert "no_use_multiple_sdk_containers" in environment["experiments"]
    assert {f"beam:transform:pubsub_{way}:v1" for way in ("read", "write")} <= set(
        spec["urns"]
    )
    options = environment["sdkPipelineOptions"]["options"]
    assert options["region"] == "us-central1"
    assert "vidcat.inference.klio_job.compat" in options["beam_plugins"]
    # What the workers are to know, all but how it reaches them.
    sent = json.loads(options["klio_config"])
    committed = yaml.safe_load((JOB / "klio-job.yaml").read_text())
    assert sent["job_config"]["vidcat"] == committed["job_config"]["vidcat"]
    assert sent["job_config"]["data"]["inputs"] == {
        "videos": {
            "type": "gcs",
            "location": "gs://my-bucket/videos",
            "file_suffix": ".mp4",
        }
    }


def test_the_same_job_does_a_batch_as_the_page_says(specs):
    spec = specs["batch"]
    assert spec["type"] == "JOB_TYPE_BATCH"
    assert not [urn for urn in spec["urns"] if "pubsub" in urn]
    options = spec["environment"]["sdkPipelineOptions"]["options"]
    (events,) = json.loads(options["klio_config"])["job_config"]["events"]["inputs"]
    assert events == "ids"


def pins(text):
    return dict(re.findall(r"^([a-z-]+)(?:\[.*\])?==([\w.]+)", text, re.MULTILINE))


def test_the_image_has_the_versions_that_were_tested():
    locked = pins((ROOT / "requirements.lock").read_text())
    image = pins((JOB / "requirements.txt").read_text())
    assert image.keys() == {"apache-beam", "klio", "klio-core", "klio-exec"}
    assert image == {name: locked[name] for name in image}
    base = re.search(r"_sdk:(\S+) AS beam", (JOB / "Dockerfile").read_text())
    assert base[1] == locked["apache-beam"]
