"""What can be held of the container images without building them."""

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ROOMS = ["taxonomy", "models", "inference", "training", "commands"]
BACKFILL = ROOT / "inference/backfill/dataflow/image/Dockerfile"
TRAINING = ROOT / "training/image/Dockerfile"
CLOUD_BUILD = ROOT / "inference/backfill/dataflow/image/cloudbuild.yaml"


def instructions(file):
    """Pairs of an instruction and its words."""
    kept = (line for line in file.read_text().splitlines() if not line.startswith("#"))
    for line in "\n".join(kept).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            yield name, rest.split()


def words_of(file, name):
    found = [words for each, words in instructions(file) if each == name]
    assert found
    return found


def copied_from_here(file):
    for words in words_of(file, "COPY"):
        if not words[0].startswith("--from="):
            yield from words[:-1]


def locked(package):
    (version,) = re.findall(
        rf"^{package}==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    return version


def extras_of_setup():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return set(config["options.extras_require"])


def test_beam_and_python_are_those_of_the_lock():
    bases = [words[0] for words in words_of(BACKFILL, "FROM")]
    (target,) = re.findall(r"--python-version (\S+)", (ROOT / "Makefile").read_text())
    assert bases == [
        f"apache/beam_python{target}_sdk:{locked('apache-beam')}",
        f"python:{target}-slim",
        f"python:{target}-slim",
    ]


def test_all_that_is_copied_is_there_and_reaches_the_builder():
    sources = list(copied_from_here(BACKFILL))
    assert {"setup.cfg", "requirements.lock", *ROOMS} <= set(sources)
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignore
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignore, source


def test_the_wheel_made_of_what_is_copied_is_whole(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in copied_from_here(BACKFILL):
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                source / name,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        else:
            shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", tmp_path],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("vidcat-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    listing = ["git", "ls-files", "-co", "--exclude-standard", *ROOMS]
    tracked = subprocess.run(
        listing, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert packed == {f"vidcat/{name}" for name in tracked if (ROOT / name).is_file()}


def test_the_extras_are_ours():
    ((default,),) = words_of(BACKFILL, "ARG")
    with_gpu = yaml.safe_load(CLOUD_BUILD.read_text())["substitutions"]["_EXTRAS"]
    plain = set(default.removeprefix("EXTRAS=").split(","))
    assert plain <= extras_of_setup()
    assert "gcp" in plain
    assert set(with_gpu.split(",")) == plain | {"gpu"}
    # The comment at the head says the same.
    assert f"--build-arg EXTRAS={with_gpu} " in BACKFILL.read_text()


def test_a_worker_starts_by_the_boot_program_of_beam():
    assert words_of(BACKFILL, "ENTRYPOINT") == [['["/opt/apache/beam/boot"]']]
    assert ["--from=beam", "/opt/apache/beam", "/opt/apache/beam"] in words_of(
        BACKFILL, "COPY"
    )
    # Dataflow mounts the driver's libraries there and sets no path to them.
    (variables,) = words_of(BACKFILL, "ENV")
    assert "LD_LIBRARY_PATH=/usr/local/nvidia/lib64" in variables
    assert "RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1" in variables


def test_training_runs_the_command_and_not_as_root():
    assert words_of(TRAINING, "FROM") == [["${BACKFILL_IMAGE}"]]
    assert words_of(TRAINING, "ENTRYPOINT") == [['["vidcat"]']]
    assert words_of(TRAINING, "USER") == [["vidcat"]]


@pytest.mark.parametrize("file", [BACKFILL, TRAINING], ids=["backfill", "training"])
def test_the_command_at_the_head_names_the_file(file):
    assert f"docker build --file {file.relative_to(ROOT)} " in file.read_text()


def test_cloud_build_builds_that_image():
    build = yaml.safe_load(CLOUD_BUILD.read_text())
    (step,) = build["steps"]
    (name,) = (
        word.removeprefix("--file=")
        for word in step["args"]
        if word.startswith("--file=")
    )
    assert ROOT / name == BACKFILL
    assert f"--tag={build['images'][0]}" in step["args"]
