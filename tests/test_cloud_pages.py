"""The pages on Dataflow and training jobs, as far as they run without either."""

import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest
import typer.main
import yaml

from vidcat.commands.main import app

ROOT = Path(__file__).parents[1]
DATAFLOW = ROOT / "docs/dataflow.md"
TRAINING = ROOT / "docs/training_job.md"
PAGES = [DATAFLOW, TRAINING]


def blocks(page, language="sh"):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


def variables(page):
    """What the page's own `export` lines set, in their order."""
    known = {"HOME": "/home/me", "PWD": "/home/me/data"}
    for block in blocks(page):
        for name, value in re.findall(r"^export (\w+)=(\S+)$", block, re.MULTILINE):
            known[name] = expanded(value, known)
    return known


def expanded(text, known):
    def value(found):
        return known[found[1]]

    return re.sub(r"\$(\w+)", value, re.sub(r"\$\(id -[ug]\)", "1000", text))


def commands(page, *names):
    """The commands of the page that begin with these words, their variables set."""
    known = variables(page)
    found = []
    for block in blocks(page):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(expanded(line, known), comments=True)
            if tuple(words[: len(names)]) == names:
                found.append(words[len(names) :])
    return found


def option_values(words, name):
    """Values of an option that is given as `--name VALUE` or `--name=VALUE`."""
    for at, word in enumerate(words):
        if word == name:
            yield words[at + 1]
        elif word.startswith(f"{name}="):
            yield word.partition("=")[2]


def assert_understood(words):
    """Parses a command of vidcat: options, types, required ones."""
    command = typer.main.get_command(app)
    context = command.make_context("vidcat", [words[0]])
    _, verb, rest = command.resolve_command(context, list(words))
    assert verb is not None
    verb.make_context(words[0], list(rest), parent=context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_shell_understands_the_blocks(page):
    found = blocks(page)
    assert len(found) >= 4
    for block in found:
        checked = subprocess.run(
            ["bash", "-n"], input=block, capture_output=True, text=True, check=False
        )
        assert checked.stderr == "", block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_variable_is_set_before_it_is_used(page):
    known = {"HOME", "PWD"}
    for block in blocks(page):
        for line in block.splitlines():
            assert set(re.findall(r"\$(\w+)", line)) <= known, line
            known |= set(re.findall(r"^export (\w+)=", line))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_images_are_built_of_files_that_are_there(page):
    builds = commands(page, "docker", "build")
    assert builds
    for words in builds:
        (file,) = option_values(words, "--file")
        declared = re.findall(
            r"^ARG (\w+)", (ROOT / file).read_text(), flags=re.MULTILINE
        )
        given = [word.partition("=")[0] for word in option_values(words, "--build-arg")]
        assert set(given) <= set(declared)
        assert (ROOT / words[-1]).is_dir()


def test_the_image_that_google_builds_has_the_name_that_the_job_asks_for():
    ((*words, folder),) = commands(DATAFLOW, "gcloud", "builds", "submit")
    (config,) = option_values(words, "--config")
    build = yaml.safe_load((ROOT / config).read_text())
    (given,) = option_values(words, "--substitutions")
    name, _, image = given.partition("=")
    assert build["images"] == [f"${{{name}}}"]
    assert folder == "."
    jobs = commands(DATAFLOW, "vidcat", "backfill")
    asked = {value for job in jobs for value in option_values(job, "--image")}
    assert asked == {image}


def test_the_job_of_the_page_is_one_that_dataflow_would_get(run, monkeypatch):
    def refuse(*arguments, **named):
        raise AssertionError(f"The network was asked for: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    looked, planned, tried = commands(DATAFLOW, "vidcat", "backfill")
    # Otherwise one would look at another job, or plan another, than is run.
    assert planned[: planned.index("--plan")] == tried[: tried.index("--runner")]
    assert looked[:-1] == tried[:-2]
    assert looked[-1] == "--dry-run"
    printed = run("backfill", *looked)
    assert printed.exit_code == 0, printed.output
    assert "type:nvidia-tesla-t4;count:1;install-nvidia-driver:5xx" in printed.stdout
    assert variables(DATAFLOW)["IMAGE"] in printed.stdout


def test_the_table_of_machines_says_what_the_profiles_say():
    from vidcat.inference.backfill.dataflow.profile import profile_names, read_profile

    rows = re.findall(
        r"^\| `(\w+)` \| (\S+) \| (.+?) \| (\d+) machines \|$",
        DATAFLOW.read_text(),
        flags=re.MULTILINE,
    )
    assert sorted(name for name, *_ in rows) == profile_names()
    for name, machine_type, gpu, most in rows:
        profile = read_profile(name)
        assert profile.machine_type == machine_type
        assert profile.max_workers == int(most)
        assert (profile.gpu is None) == (gpu == "none")


def test_a_profile_may_have_the_fields_that_the_page_names(tmp_path):
    from vidcat.inference.backfill.dataflow.profile import read_profile

    (block,) = blocks(DATAFLOW, "toml")
    file = tmp_path / "ours.toml"
    shipped = ROOT / "inference/backfill/dataflow/profiles/dataflow_t4.toml"
    file.write_text(block + shipped.read_text())
    profile = read_profile(str(file))
    assert profile.subnetwork == "regions/us-central1/subnetworks/videos"
    assert not profile.public_ips


def test_the_costs_on_the_page_are_what_its_figures_give():
    # Four minutes of 720p: 240 x 0.073 = 17.52 core-seconds, 1.095 s on 16 cores; a
    # million times that are 304.2 hours of a GPU, at 0.35 dollars 106.
    assert round(1e6 * 240 * 0.073 / 16 / 3600 * 0.35) == 106
    # A million times 240 x 299 x 299 x 3 bytes are 64,369 GB, at 0.011 dollars 708.
    assert round(1e6 * 240 * 299 * 299 * 3 / 1e9 * 0.011) == 708
    page = DATAFLOW.read_text()
    assert "at most | 106 |" in page
    assert "`--decode-apart` | 708 |" in page
    # 300 x 299 x 299 x 3 bytes.
    assert round(300 * 299 * 299 * 3 / 1e6, 1) == 80.5
    assert "80.5 MB" in page


def test_what_containers_are_told_is_understood_by_the_command():
    image = variables(TRAINING)["TRAINING_IMAGE"]
    known = {image, "vidcat-train:1"}
    told = []
    for words in commands(TRAINING, "docker", "run"):
        (at,) = (at for at, word in enumerate(words) if word in known)
        told.append(words[at + 1 :])
    (vertex,) = commands(TRAINING, "gcloud", "ai", "custom-jobs", "create")
    (arguments,) = option_values(vertex, "--args")
    told.append(arguments.split(","))
    (job,) = blocks(TRAINING, "yaml")
    (pool,) = yaml.safe_load(job)["workerPoolSpecs"]
    told.append(pool["containerSpec"]["args"])
    assert len(told) == 4
    for words in told:
        assert words[0] == "train"
        assert_understood(words)
    # One job in two forms.
    assert told[2] == told[3]


def test_the_file_and_the_command_ask_vertex_for_the_same_machine():
    (words,) = commands(TRAINING, "gcloud", "ai", "custom-jobs", "create")
    (given,) = option_values(words, "--worker-pool-spec")
    asked = dict(pair.split("=") for pair in given.split(","))
    (job,) = blocks(TRAINING, "yaml")
    (pool,) = yaml.safe_load(job)["workerPoolSpecs"]
    assert asked == {
        "machine-type": pool["machineSpec"]["machineType"],
        "accelerator-type": pool["machineSpec"]["acceleratorType"],
        "accelerator-count": str(pool["machineSpec"]["acceleratorCount"]),
        "replica-count": str(pool["replicaCount"]),
        "container-image-uri": pool["containerSpec"]["imageUri"],
    }
