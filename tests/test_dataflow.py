import dataclasses

import pytest

from vidcat.inference.backfill.dataflow import DataflowJob, InvalidJob
from vidcat.inference.backfill.profile import Profile, read_profile
from vidcat.inference.pipeline.hints import Hints

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


def test_the_gpu_is_asked_for_in_one_way_only():
    # Dataflow takes no service option beside resource hints.
    together = DataflowJob(profile=T4, **PLACE)
    assert (
        "--dataflow_service_options=worker_accelerator="
        "type:nvidia-tesla-t4;count:1;install-nvidia-driver:5xx"
    ) in together.flags()
    assert "--machine_type=n1-standard-16" in together.flags()
    assert together.hints() == Hints()

    apart = DataflowJob(profile=T4, **PLACE, decode_apart=True)
    assert not any("worker_accelerator" in flag for flag in apart.flags())
    assert "--machine_type=n2-standard-16" in apart.flags()
    assert apart.hints() == Hints(
        decode_apart=True,
        accelerator="type:nvidia-tesla-t4;count:1;machine_type:n1-standard-16;"
        "install-nvidia-driver:5xx",
        min_ram="32GB",
    )


def test_what_a_profile_leaves_out_is_left_to_google():
    plain = Profile(
        machine_type="n2-standard-4",
        threads=1,
        disk_gb=30,
        max_workers=1,
        one_process=False,
    )
    flags = DataflowJob(profile=plain, **PLACE).flags()
    names = {flag.split("=")[0] for flag in flags}
    assert "--machine_type" in names
    assert not names & {
        *("--experiments", "--dataflow_service_options", "--service_account_email"),
        *("--subnetwork", "--no_use_public_ips", "--job_name", "--dry_run"),
    }


def test_a_network_of_ones_own_is_passed_on():
    ours = dataclasses.replace(
        T4,
        service_account="backfill@my-project.iam.gserviceaccount.com",
        subnetwork="regions/europe-west4/subnetworks/videos",
        public_ips=False,
    )
    flags = DataflowJob(profile=ours, **PLACE, job_name="all-of-2019").flags()
    assert {
        "--service_account_email=backfill@my-project.iam.gserviceaccount.com",
        "--subnetwork=regions/europe-west4/subnetworks/videos",
        "--no_use_public_ips",
        "--job_name=all-of-2019",
    } <= set(flags)
