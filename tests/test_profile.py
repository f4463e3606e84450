import pytest

from vidcat.inference.backfill.dataflow.profile import (
    DecodingMachine,
    Gpu,
    InvalidProfile,
    Profile,
    profile_names,
    read_profile,
)

WHOLE = """
machine_type = "a2-highgpu-1g"
threads = 5
disk_gb = 60
max_workers = 7
first_workers = 3
one_process = false
decoder_threads = 1
service_account = "backfill@my-project.iam.gserviceaccount.com"
subnetwork = "regions/europe-west4/subnetworks/videos"
public_ips = false

[gpu]
type = "nvidia-tesla-a100"
count = 2
driver = "latest"

[decoding]
machine_type = "e2-standard-8"
min_ram = "24GB"
"""


def test_a_file_of_ones_own_says_everything(tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text(WHOLE)
    # No field at its default: a lost one would go unseen.
    assert read_profile(str(file)) == Profile(
        machine_type="a2-highgpu-1g",
        threads=5,
        disk_gb=60,
        max_workers=7,
        first_workers=3,
        one_process=False,
        decoder_threads=1,
        gpu=Gpu(type="nvidia-tesla-a100", count=2, driver="latest"),
        decoding=DecodingMachine(machine_type="e2-standard-8", min_ram="24GB"),
        service_account="backfill@my-project.iam.gserviceaccount.com",
        subnetwork="regions/europe-west4/subnetworks/videos",
        public_ips=False,
    )


@pytest.mark.parametrize(
    ("name", "machine_type", "gpu"),
    [
        ("t4", "n1-standard-16", "nvidia-tesla-t4"),
        ("l4", "g2-standard-16", "nvidia-l4"),
    ],
)
def test_a_gpu_stands_in_a_machine_that_takes_it(name, machine_type, gpu):
    profile = read_profile(name)
    assert profile.machine_type == machine_type
    assert profile.gpu is not None
    assert (profile.gpu.type, profile.gpu.count) == (gpu, 1)
    # One copy of the models on the GPU, and room for an image with CUDA: Google asks
    # for 50 GB or more.
    assert profile.one_process
    assert profile.disk_gb >= 50
    # Two videos in hand for each thread: one for every vCPU.
    assert 2 * profile.threads == int(machine_type.rpartition("-")[2])
    # Machines that decode apart have no GPU: those of a G2 always have one.
    assert profile.decoding is not None
    assert not profile.decoding.machine_type.startswith(("g2", "a2", "a3"))


def test_there_is_one_without_a_gpu():
    assert profile_names() == ["cpu", "l4", "t4"]
    assert read_profile("cpu").gpu is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("threads = 5", "threads = 5\nspot = true"),
            r"Unknown fields ['spot']; known are ['machine_type', ",
        ),
        (
            ("count = 2", "count = 2\nsize = 1"),
            "Unknown fields ['gpu.size']; known are ['gpu.type', 'gpu.count', "
            "'gpu.driver'].",
        ),
        (
            ("threads = 5\ndisk_gb = 60\n", ""),
            "Fields ['threads', 'disk_gb'] are missing.",
        ),
        (
            ('[gpu]\ntype = "nvidia-tesla-a100"', "[gpu]"),
            "Fields ['gpu.type'] are missing.",
        ),
        (
            ("threads = 5", 'threads = "5"'),
            "`threads` must be int. Received: threads='5'",
        ),
        (
            ("threads = 5", "threads = true"),
            "`threads` must be int. Received: threads=True",
        ),
        (
            ("public_ips = false", "public_ips = 0"),
            "`public_ips` must be bool. Received: public_ips=0",
        ),
        (
            ("threads = 5", "threads = 0"),
            "`threads` must be positive. Received: threads=0",
        ),
        (
            ("count = 2", "count = 0"),
            "`gpu.count` must be positive. Received: gpu.count=0",
        ),
        (
            ("max_workers = 7", "max_workers = 2"),
            "`max_workers` must be at least `first_workers`. Received: max_workers=2, "
            "first_workers=3",
        ),
        (("disk_gb = 60", "disk_gb = "), "this is no profile: Invalid value"),
    ],
)
def test_what_is_no_profile_is_told_with_its_file(tmp_path, change, message):
    file = tmp_path / "ours.toml"
    assert change[0] in WHOLE
    file.write_text(WHOLE.replace(*change))
    with pytest.raises(InvalidProfile) as caught:
        read_profile(str(file))
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)


def test_a_table_is_no_word(tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text('gpu = "nvidia-l4"')
    with pytest.raises(InvalidProfile) as caught:
        read_profile(str(file))
    assert str(caught.value) == (
        f"{file}: `gpu` must be a table. Received: 'nvidia-l4'"
    )


def test_an_unknown_name_lists_the_known():
    with pytest.raises(InvalidProfile) as caught:
        read_profile("v100")
    assert str(caught.value) == (
        "A profile must be one of ['cpu', 'l4', 't4'], or the path of a .toml file. "
        "Received: 'v100'"
    )


def test_a_file_that_is_not_there_is_named(tmp_path):
    missing = tmp_path / "gone.toml"
    with pytest.raises(InvalidProfile, match=r"gone\.toml: this is no profile: "):
        read_profile(str(missing))
