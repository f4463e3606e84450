import hashlib
import json
import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from vidcat.commands import doctor as doctor_module
from vidcat.commands.doctor import doctor
from vidcat.commands.doctor_checks.check import Check
from vidcat.commands.doctor_checks.frameworks import (
    check_keras,
    check_tensorflow,
    check_weights,
    probe_frameworks,
)
from vidcat.commands.doctor_checks.machine import (
    check_cache,
    check_decoders,
    check_ffmpeg,
    check_memory,
    check_python,
)
from vidcat.commands.doctor_checks.sentence_encoder import check_sentence_encoder
from vidcat.inference.encoders.hub_model import cached_at
from vidcat.inference.sentence_encoder import PUBLISHED_ENCODER

GIB = 1 << 30


@pytest.fixture
def make_ffmpeg(tmp_path, monkeypatch):
    """Puts a program in ffmpeg's place that answers as one of another make would."""

    def make(*, libavutil="60.  8.100", decoders=""):
        program = tmp_path / "ffmpeg"
        program.write_text(
            "#!/bin/sh\n"
            'case "$*" in *-version*) cat << END\n'
            "ffmpeg version 8.0-other Copyright\n"
            f"libavutil      {libavutil} / {libavutil}\n"
            "END\n"
            ";; *) cat << END\n"
            f"Decoders:\n V..... = Video\n ------\n{decoders}"
            "END\n"
            ";; esac\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("VIDCAT_FFMPEG", str(program))
        return program

    return make


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ((3, 10), "failure"),
        ((3, 11), "ok"),
        ((3, 13), "ok"),
        ((3, 14), "failure"),
    ],
)
def test_python_must_be_of_the_supported_ones(version, status):
    check = check_python(version)
    assert check.status == status
    assert check.found == f"3.{version[1]}"


def test_the_ffmpeg_at_hand_is_good_enough():
    assert check_ffmpeg().status == "ok"
    assert check_decoders().status == "ok"


def test_missing_ffmpeg_is_a_failure_with_its_remedy(monkeypatch):
    monkeypatch.setenv("VIDCAT_FFMPEG", "/nowhere/ffmpeg")
    check = check_ffmpeg()
    assert check.status == "failure"
    assert check.found == "'/nowhere/ffmpeg' cannot be run as ffmpeg"
    assert check.remedy.startswith("Install ffmpeg 5.1 or newer")
    assert check_decoders().status == "failure"


def test_old_ffmpeg_is_a_failure(make_ffmpeg):
    make_ffmpeg(libavutil="56. 70.100")
    assert check_ffmpeg().status == "failure"


@pytest.mark.parametrize(
    ("names", "status", "found"),
    [
        (("h264", "hevc", "vp9", "libdav1d"), "ok", "h264, hevc, vp9, av1"),
        # ffmpeg's own decoder of AV1 only drives graphics cards.
        (("h264", "hevc", "vp9", "av1"), "warning", "no decoder of av1"),
        (("hevc", "libvpx-vp9", "libaom-av1"), "failure", "no decoder of h264"),
        ((), "failure", "no decoder of h264, hevc, vp9, av1"),
    ],
)
def test_decoders_that_ffmpeg_lacks_are_named(make_ffmpeg, names, status, found):
    make_ffmpeg(decoders="".join(f" VFS..D {n:20} some h264 text\n" for n in names))
    check = check_decoders()
    assert (check.status, check.found) == (status, found)
    assert (check.remedy is None) == (status == "ok")


def test_probe_tells_how_far_it_came():
    frameworks = probe_frameworks(
        'print(\'{"tensorflow": "2.21.0", "gpus": []}\', flush=True)\n'
        "raise ImportError('keras is not here')"
    )
    assert check_tensorflow(frameworks, nvidia_present=False).status == "ok"
    keras = check_keras(frameworks)
    assert keras.status == "failure"
    assert keras.found == "ImportError: keras is not here"
    assert check_weights(frameworks).found == "not checked"


def test_probe_that_crashes_without_a_word_is_a_failure():
    check = check_tensorflow(
        probe_frameworks("import os; os.abort()"), nvidia_present=False
    )
    assert check.status == "failure"
    assert check.found == "exit status -6"


@pytest.mark.parametrize(
    ("version", "gpus", "nvidia_present", "status", "found"),
    [
        ("2.20.1", ["GPU:0", "GPU:1"], True, "ok", "2.20.1, 2 GPUs"),
        ("2.21.0", [], False, "ok", "2.21.0, no GPU"),
        ("2.21.0", [], True, "warning", "2.21.0, no GPU, though the machine has one"),
        ("2.19.0", [], False, "warning", "2.19.0, no GPU"),
        ("3.20.0", [], False, "warning", "3.20.0, no GPU"),
    ],
)
def test_tensorflow_version_and_gpus(version, gpus, nvidia_present, status, found):
    frameworks = {"tensorflow": version, "gpus": gpus}
    check = check_tensorflow(frameworks, nvidia_present=nvidia_present)
    assert (check.status, check.found) == (status, found)


@pytest.mark.parametrize(
    ("version", "backend", "status"),
    [
        ("3.12.0", "jax", "ok"),
        ("3.9.0", "tensorflow", "failure"),
        ("3.15.1", "torch", "failure"),
    ],
)
def test_keras_version_and_backend(version, backend, status):
    check = check_keras({"keras": version, "backend": backend})
    assert (check.status, check.found) == (status, f"{version} on {backend}")


class TestWeights:
    CONTENT = b"weights"

    @pytest.fixture
    def place(self, tmp_path, monkeypatch):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        (tmp_path / "models").mkdir()
        return tmp_path / "models" / "inception.h5"

    def check(self):
        md5 = hashlib.md5(self.CONTENT, usedforsecurity=False).hexdigest()
        return check_weights({"url": "https://x.org/inception.h5", "md5": md5})

    def test_whole(self, place):
        place.write_bytes(self.CONTENT)
        sha256 = hashlib.sha256(self.CONTENT).hexdigest()
        check = self.check()
        assert check.status == "ok"
        assert check.found == f"{place}, sha256 {sha256}"

    def test_missing_is_a_warning_that_says_where_to_put_them(self, place):
        check = self.check()
        assert check.status == "warning"
        assert f"download https://x.org/inception.h5 to {place}," in check.remedy

    def test_damaged_is_a_failure(self, place):
        place.write_bytes(self.CONTENT[:-1])
        check = self.check()
        assert check.status == "failure"
        assert check.found.startswith(f"{place} is damaged")
        assert check.remedy.startswith("Remove it and download")


class TestSentenceEncoder:
    FOUND = {  # noqa: RUF012
        "url": "https://x.org/inception.h5",
        "tensorflow_text": "2.21.1",
        "tensorflow_hub": "0.16.1",
    }

    @pytest.fixture
    def place(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
        return cached_at(PUBLISHED_ENCODER)

    def test_cached(self, place):
        place.mkdir()
        (place / "saved_model.pb").write_bytes(b"graph")
        sha256 = hashlib.sha256(b"graph").hexdigest()
        line = f"saved_model.pb\0{sha256}\n".encode()
        check = check_sentence_encoder(self.FOUND)
        assert (check.name, check.status) == ("sentence encoder", "ok")
        assert check.found == (
            f"tensorflow-text 2.21.1, tensorflow-hub 0.16.1, {place}, "
            f"checksum {hashlib.sha256(line).hexdigest()}"
        )

    def test_missing_is_a_warning_that_says_where_to_put_it(self, place):
        check = check_sentence_encoder(self.FOUND)
        assert check.status == "warning"
        assert "not cached; they are fetched when first used" in check.found
        assert f"Download {PUBLISHED_ENCODER}?tf-hub-format=compr" in check.remedy
        assert f"unpack it into {place}, or" in check.remedy
        assert "`--sentence-encoder FOLDER`" in check.remedy

    @pytest.mark.parametrize(
        ("package", "remedy"),
        [
            ("tensorflow_text", "pip install 'vidcat[muse]'"),
            ("tensorflow_hub", "pip install tensorflow-hub 'setuptools<81'"),
            ("url", "Mend tensorflow and keras first"),
        ],
    )
    def test_package_that_cannot_be_imported_is_a_warning(self, package, remedy):
        steps = list(self.FOUND)
        came_to = {name: self.FOUND[name] for name in steps[: steps.index(package)]}
        check = check_sentence_encoder({**came_to, "error": "No module named 'x'"})
        assert check.status == "warning"
        assert package == "url" or "(No module named 'x')" in check.found
        assert remedy in check.remedy


def test_cache_that_is_not_there_yet_can_be_made(tmp_path):
    check = check_cache(tmp_path / "a" / "b")
    # A warning where the disk is nearly full.
    assert check.status in ("ok", "warning")
    assert check.found.startswith(f"{tmp_path / 'a' / 'b'}, ")
    assert list(tmp_path.iterdir()) == []


def test_cache_that_cannot_be_made_is_a_failure(tmp_path):
    (tmp_path / "file").touch()
    check = check_cache(tmp_path / "file" / "models")
    assert check.status == "failure"
    assert "cannot be written (Not a directory)" in check.found
    assert "KERAS_HOME" in check.remedy


@pytest.mark.parametrize(
    ("total_bytes", "status"), [(4 * GIB, "ok"), (4 * GIB - 1, "warning")]
)
def test_little_memory_is_a_warning(total_bytes, status):
    check = check_memory(total_bytes)
    assert (check.status, check.found) == (status, "4.0 GiB")


@pytest.mark.parametrize(
    ("worst", "exit_code"), [("ok", 0), ("warning", 0), ("failure", 1)]
)
def test_command_prints_every_check_and_remedy(monkeypatch, worst, exit_code):
    remedy = "Do [this] " + "very " * 30 + "well."
    checks = [
        Check(name="first", status="ok", found="at /a/[b]/c"),
        Check(name="second", status=worst, found="something", remedy=remedy),
    ]
    monkeypatch.setattr(doctor_module, "run_checks", lambda: checks)
    app = typer.Typer()
    app.command()(doctor)
    done = CliRunner().invoke(app, [])
    assert done.exit_code == exit_code, done.output
    assert "at /a/[b]/c" in done.stdout
    assert f"second: {remedy}\n" in done.stdout
    done = CliRunner().invoke(app, ["--json"])
    assert done.exit_code == exit_code
    assert json.loads(done.stdout) == {
        "status": worst,
        "checks": [check.to_json() for check in checks],
    }


def test_command_on_this_machine_without_noise(tmp_path):
    program = (
        "import typer; from vidcat.commands.doctor import doctor; typer.run(doctor)"
    )
    environment = {
        **os.environ,
        "KERAS_HOME": str(tmp_path),
        "TFHUB_CACHE_DIR": str(tmp_path),
        "VIDCAT_FFMPEG": "/nowhere/ffmpeg",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr == "Looking; importing TensorFlow takes some seconds.\n"
    status = {
        check["name"]: check["status"] for check in json.loads(done.stdout)["checks"]
    }
    expected = dict.fromkeys(["python", "tensorflow", "keras", "jax"], "ok")
    expected |= {"ffmpeg": "failure", "decoders": "failure", "weights": "warning"}
    expected["sentence encoder"] = "warning"
    assert {name: status[name] for name in expected} == expected
    assert sorted(status.keys() - expected) == ["cache", "memory"]
