"""Fetches what the cluster tests need, into a cache outside of the repository.

Flink comes from PyPI, where `apache-flink-libraries` holds its distribution; it is
unpacked, not installed. Beam's job server for it comes from Maven Central, Beam's
Prism runner from its Go module.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

CACHE = Path(os.environ.get("VIDCAT_FLINK", "~/.cache/vidcat/flink")).expanduser()
FLINK_VERSION = os.environ.get("VIDCAT_FLINK_VERSION", "2.2.1")
BEAM_VERSION = version("apache-beam")

FLINK_MINOR = FLINK_VERSION.rpartition(".")[0]
JOB_SERVER = f"beam-runners-flink-{FLINK_MINOR}-job-server"

FLINK_HOME = CACHE / f"flink-{FLINK_VERSION}"
JOB_SERVER_JAR = CACHE / f"{JOB_SERVER}-{BEAM_VERSION}.jar"
PRISM = CACHE / f"prism-{BEAM_VERSION}"


class NotFetched(RuntimeError):
    """Something that a cluster test needs is not there and could not be fetched."""


def fetch_flink():
    """Flink's distribution, in `FLINK_HOME`."""
    if FLINK_HOME.exists():
        return
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        package = f"apache-flink-libraries=={FLINK_VERSION}"
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
        _call(*pip, "--no-binary", ":all:", "--dest", folder, package)
        (archive,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        (distribution,) = Path(folder).glob("*/deps")
        distribution.rename(FLINK_HOME)


def fetch_job_server():
    """Beam's job server for this Flink, in `JOB_SERVER_JAR`."""
    if JOB_SERVER_JAR.exists():
        return
    artifact = f"org.apache.beam:{JOB_SERVER}:{BEAM_VERSION}"
    _call("mvn", "-B", "-q", "dependency:get", f"-Dartifact={artifact}", SINGLE)
    copy = ("dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={CACHE}")
    _call("mvn", "-B", "-q", *copy)


def fetch_prism():
    """Beam's Prism runner, built in `PRISM`; takes minutes."""
    if PRISM.exists():
        return
    module = f"github.com/apache/beam/sdks/v2/go/cmd/prism@v{BEAM_VERSION}"
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        _call("go", "install", module, environment={"GOBIN": folder})
        (Path(folder) / "prism").rename(PRISM)


# The jar holds all it needs.
SINGLE = "-Dtransitive=false"


def _call(*command, environment=None):
    if shutil.which(command[0]) is None:
        raise NotFetched(f"{command[0]} is not installed")
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise NotFetched("\n".join([f"failed: {' '.join(command)}", *lines[:3]]))


def main():
    """Fetches all, and says of what is missing where it can be put by hand."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for fetch, place in (
        (fetch_flink, FLINK_HOME),
        (fetch_job_server, JOB_SERVER_JAR),
        (fetch_prism, PRISM),
    ):
        try:
            fetch()
            print(f"{place} is there.")
        except NotFetched as error:
            print(f"{place} is missing; put it there by hand. {error}")


if __name__ == "__main__":
    main()
