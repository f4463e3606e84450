import dataclasses
import re
from datetime import UTC, datetime

import pytest

from vidcat.inference.backfill.dataflow.job import DataflowJob, InvalidJob
from vidcat.inference.backfill.dataflow.profile import Profile, read_profile
from vidcat.inference.pipeline.hints import Hints
from vidcat.inference.pipeline.serving import Serving

T4 = read_profile("t4")
PLACE = {
    "project": "my-project",
    "region": "europe-west4",
    "image": "europe-west4-docker.pkg.dev/my-project/vidcat/backfill:1",
    "temp_location": "gs://my-bucket/tmp",
}


def test_all_that_is_missing_is_told_at_once():
    with pytest.raises(InvalidJob) as caught:
        DataflowJob(profile=T4, project=None, region="", image=None, temp_location=None)
    assert str(caught.value) == (
        "A Dataflow job needs a project (--project), a region (--region), a container "
        "image (--image), a folder for temporary files (--temp-location)."
    )


def test_what_is_there_is_not_asked_for():
    with pytest.raises(InvalidJob) as caught:
        DataflowJob(profile=T4, **PLACE | {"image": None})
    assert str(caught.value) == "A Dataflow job needs a container image (--image)."


@pytest.mark.parametrize(
    "folder", ["my-bucket/tmp", "gs://", "gs://b/", "s3://bucket/x"]
)
def test_temporary_files_lie_in_a_bucket(folder):
    with pytest.raises(InvalidJob) as caught:
        DataflowJob(profile=T4, **PLACE | {"temp_location": folder})
    assert str(caught.value) == (
        "The folder for temporary files must be gs://BUCKET/FOLDER. Received: "
        f"--temp-location {folder}"
    )


@pytest.mark.parametrize("name", ["Backfill", "back_fill", "1st", "back-"])
def test_a_job_has_a_name_that_google_takes(name):
    with pytest.raises(InvalidJob, match=f"Received: --job-name {name}$"):
        DataflowJob(profile=T4, **PLACE, job_name=name)


def test_apart_needs_both_kinds_of_machines():
    with pytest.raises(InvalidJob, match=r"a profile with \[gpu\] and \[decoding\]"):
        DataflowJob(profile=read_profile("cpu"), **PLACE, decode_apart=True)
    without = dataclasses.replace(T4, decoding=None)
    with pytest.raises(InvalidJob, match=r"a profile with \[gpu\] and \[decoding\]"):
        DataflowJob(profile=without, **PLACE, decode_apart=True)


def test_what_only_this_machine_has_is_refused():
    job = DataflowJob(profile=T4, **PLACE)
    job.require_reachable(
        {"CATALOG": "gs://b/c.csv", "--bundle": "gs://b/m", "--frame-weights": None}
    )
    with pytest.raises(InvalidJob) as caught:
        job.require_reachable(
            {"CATALOG": "gs://b/c.csv", "--bundle": "bundle", "--out": "/srv/out"}
        )
    assert str(caught.value) == (
        "The machines of Dataflow reach what lies in a bucket, gs://BUCKET/..., and "
        "nothing on this machine. Received: --bundle bundle, --out /srv/out"
    )


def test_the_gpu_is_asked_for_in_one_way_only():
    # Dataflow takes no service option beside resource hints.
    together = DataflowJob(profile=T4, **PLACE).runner()
    assert (
        "--dataflow_service_options=worker_accelerator="
        "type:nvidia-tesla-t4;count:1;install-nvidia-driver:5xx"
    ) in together.options
    assert "--machine_type=n1-standard-16" in together.options
    assert together.hints is None

    apart = DataflowJob(profile=T4, **PLACE, decode_apart=True).runner()
    assert not any("worker_accelerator" in option for option in apart.options)
    assert "--machine_type=n2-standard-16" in apart.options
    assert apart.hints == Hints(
        decode_apart=True,
        accelerator="type:nvidia-tesla-t4;count:1;machine_type:n1-standard-16;"
        "install-nvidia-driver:5xx",
        min_ram="32GB",
    )


@pytest.mark.parametrize("kind", ["backfill", "stream"])
def test_a_job_without_a_name_is_called_by_what_it_does_and_when(kind):
    options = DataflowJob(profile=T4, **PLACE, kind=kind).runner().options
    (name,) = [option for option in options if option.startswith("--job_name=")]
    assert re.fullmatch(rf"--job_name=vidcat-{kind}-\d{{8}}-\d{{6}}", name)


@pytest.mark.parametrize("decode_apart", [False, True])
def test_settling_needs_no_gpu(decode_apart):
    runner = DataflowJob(
        profile=T4,
        **PLACE,
        job_name="all",
        decode_apart=decode_apart,
        more_options=("--labels=team=ads",),
    ).runner()
    light = runner.light
    assert light.hints is None
    names = {option.split("=")[0] for option in light.options}
    assert not names & {"--dataflow_service_options", "--machine_type"}
    # The first job may not be gone from the list when the second begins.
    assert "--job_name=all" in runner.options
    assert "--job_name=all-settle" in light.options
    # Both are of one project, one image and one owner.
    both = set(runner.options) & set(light.options)
    assert {
        *("--runner=DataflowRunner", "--project=my-project", "--region=europe-west4"),
        *("--temp_location=gs://my-bucket/tmp", "--sdk_location=container"),
        *(f"--sdk_container_image={PLACE['image']}", "--labels=team=ads"),
    } <= both


def test_what_a_profile_leaves_out_is_left_to_google():
    plain = Profile(
        machine_type="n2-standard-4",
        threads=1,
        disk_gb=30,
        max_workers=1,
        one_process=False,
    )
    options = DataflowJob(profile=plain, **PLACE).runner().options
    names = {option.split("=")[0] for option in options}
    assert "--machine_type" in names
    assert not names & {
        *("--experiments", "--dataflow_service_options", "--service_account_email"),
        *("--subnetwork", "--no_use_public_ips", "--dry_run"),
    }


def test_a_network_of_ones_own_is_passed_on():
    ours = dataclasses.replace(
        T4,
        service_account="backfill@my-project.iam.gserviceaccount.com",
        subnetwork="regions/europe-west4/subnetworks/videos",
        public_ips=False,
    )
    options = DataflowJob(profile=ours, **PLACE).runner().options
    assert {
        "--service_account_email=backfill@my-project.iam.gserviceaccount.com",
        "--subnetwork=regions/europe-west4/subnetworks/videos",
        "--no_use_public_ips",
    } <= set(options)


def test_decoders_fit_the_threads_of_the_machine():
    serving = Serving(
        bundle="gs://my-bucket/bundle",
        as_of=datetime(2025, 6, 1, tzinfo=UTC),
        decoders=4,
        timeout_seconds=5.0,
    )
    profile = dataclasses.replace(T4, decoder_threads=3)
    fitted = DataflowJob(profile=profile, **PLACE).serving(serving)
    assert fitted == dataclasses.replace(serving, decoders=1, decoder_threads=3)
