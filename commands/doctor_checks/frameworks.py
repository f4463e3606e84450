"""What `vidcat doctor` looks at in TensorFlow, Keras, JAX and the frame encoder."""

import importlib.metadata
import json
import os
import subprocess
import sys
from typing import Any

from vidcat.commands.doctor_checks.check import Check

_IMPORT_TIMEOUT_SECONDS = 300

# Importing TensorFlow writes notes to stderr, and a build that does not fit the
# processor ends the process: so it happens in another one. A line for each step
# tells how far it came.
_PROBE = """
import json
import tensorflow
gpus = [d.name for d in tensorflow.config.list_physical_devices("GPU")]
print(json.dumps({"tensorflow": tensorflow.__version__, "gpus": gpus}), flush=True)
import keras
print(json.dumps({"keras": keras.__version__, "backend": keras.config.backend()}))
from vidcat.inference.encoders.keras_networks import NETWORKS
file = NETWORKS["inception_v3"].imagenet
file = {"weights": str(file.cached_at), "url": file.url, "md5": file.md5}
print(json.dumps(file), flush=True)
import tensorflow_text
found = {"tensorflow_text": tensorflow_text.__version__}
print(json.dumps(found), flush=True)
import tensorflow_hub
print(json.dumps({"tensorflow_hub": tensorflow_hub.__version__}))
"""


def probe_frameworks(probe: str = _PROBE) -> dict[str, Any]:
    """Imports TensorFlow, Keras and the text packages in a process of their own.

    Args:
        probe: The program of that process; prints JSON objects, one a line.

    Returns:
        What the steps that worked printed: `tensorflow`, `gpus`; `keras`, `backend`;
        `weights`, `url`, `md5`; `tensorflow_text`; `tensorflow_hub`. With them, if one
        did not work, `error`.
    """
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(  # noqa: S603
            # Not from the working directory: a folder there may be named `keras`.
            [sys.executable, "-P", "-c", probe],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_IMPORT_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"importing took more than {_IMPORT_TIMEOUT_SECONDS} s"}
    facts: dict[str, Any] = {}
    for line in done.stdout.decode().splitlines():
        facts |= json.loads(line)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        facts["error"] = said[-1] if said else f"exit status {done.returncode}"
    return facts


def check_tensorflow(frameworks: dict[str, Any], *, nvidia_present: bool) -> Check:
    """Whether TensorFlow can be imported, and which GPUs it sees.

    Args:
        frameworks: From `probe_frameworks`.
        nvidia_present: Whether the machine has an NVIDIA GPU.
    """
    if "tensorflow" not in frameworks:
        return Check(
            name="tensorflow",
            status="failure",
            found=frameworks["error"],
            remedy='Install it: pip install "tensorflow>=2.20,<2.22".',
        )
    version, gpus = frameworks["tensorflow"], frameworks["gpus"]
    found = f"{version}, {len(gpus)} GPUs" if gpus else f"{version}, no GPU"
    if version.split(".")[:2] not in (["2", "20"], ["2", "21"]):
        remedy = 'vidcat is tested with pip install "tensorflow>=2.20,<2.22".'
        return Check(name="tensorflow", status="warning", found=found, remedy=remedy)
    if nvidia_present and not gpus:
        return Check(
            name="tensorflow",
            status="warning",
            found=f"{found}, though the machine has one",
            remedy="Install the CUDA libraries: pip install 'vidcat[gpu]'; then look "
            "at the driver with nvidia-smi.",
        )
    return Check(name="tensorflow", status="ok", found=found)


def check_keras(frameworks: dict[str, Any]) -> Check:
    """Whether Keras can be imported, and on which backend it runs."""
    if "keras" not in frameworks:
        return Check(
            name="keras",
            status="failure",
            found=frameworks["error"],
            remedy='Install it: pip install "keras>=3.12"; KERAS_BACKEND must be '
            "tensorflow or jax, if it is set.",
        )
    found = f"{frameworks['keras']} on {frameworks['backend']}"
    if tuple(map(int, frameworks["keras"].split(".")[:2])) < (3, 12):
        remedy = 'Install a newer one: pip install "keras>=3.12".'
        return Check(name="keras", status="failure", found=found, remedy=remedy)
    if frameworks["backend"] not in ("tensorflow", "jax"):
        remedy = "Set the environment variable KERAS_BACKEND to tensorflow or jax."
        return Check(name="keras", status="failure", found=found, remedy=remedy)
    return Check(name="keras", status="ok", found=found)


def check_jax() -> Check:
    """Which JAX is installed; vidcat does without."""
    try:
        found = importlib.metadata.version("jax")
    except importlib.metadata.PackageNotFoundError:
        found = "not installed, not needed"
    return Check(name="jax", status="ok", found=found)


def check_weights(frameworks: dict[str, Any]) -> Check:
    """Whether the weights of InceptionV3 are cached, whole and unchanged."""
    from vidcat.inference.encoders.weights import WeightsFile, file_sha256

    if "url" not in frameworks:
        remedy = "Mend tensorflow and keras first."
        return Check(
            name="weights", status="warning", found="not checked", remedy=remedy
        )
    file = WeightsFile(url=frameworks["url"], md5=frameworks["md5"])
    if file.is_cached():
        found = f"{file.cached_at}, sha256 {file_sha256(file.cached_at)}"
        return Check(name="weights", status="ok", found=found)
    fetch = (
        f"download {file.url} to {file.cached_at}, or name a file with "
        "`--frame-weights PATH`; `--frame-weights random` is for trials."
    )
    if file.cached_at.exists():
        return Check(
            name="weights",
            status="failure",
            found=f"{file.cached_at} is damaged: its MD5 is not {file.md5}",
            remedy=f"Remove it and {fetch}",
        )
    return Check(
        name="weights",
        status="warning",
        found="InceptionV3's are not cached; they are fetched when first used",
        remedy=f"Without network, {fetch}",
    )
