"""SavedModels that lie elsewhere: fetched once through TensorFlow Hub, and cached."""

import hashlib
import os
import shutil
import socket
import tarfile
import tempfile
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from vidcat.inference.encoders.weights import WeightsUnavailable, weights_folder

_CACHE_VARIABLE: Final = "TFHUB_CACHE_DIR"
_TIMEOUT_SECONDS: Final = 30.0
_SETTINGS_LOCK: Final = threading.Lock()


def is_elsewhere(source: str) -> bool:
    """Whether a source is a handle or an address, and no folder of this machine."""
    return "://" in source


def is_saved_model(folder: Path) -> bool:
    """Whether a folder holds a SavedModel at its top."""
    return (folder / "saved_model.pb").is_file()


def cached_at(source: str) -> Path:
    """Where the files of a handle or an address lie once they are fetched.

    In `$TFHUB_CACHE_DIR`, or else in `tfhub` beside Keras' weights: not in the
    folder for temporary files, TensorFlow Hub's own choice, which others can write.
    """
    cache = os.environ.get(_CACHE_VARIABLE)
    folder = Path(cache).expanduser() if cache else weights_folder() / "tfhub"
    # As TensorFlow Hub names it.
    return folder / hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


def fetch(source: str) -> Path:
    """Fetches a SavedModel unless it is cached.

    Args:
        source: A handle of tfhub.dev, the address of a `.tar.gz` archive
            (`https://`, `gs://`), or a folder that TensorFlow can read (`gs://`).

    Returns:
        The folder that holds `saved_model.pb`.

    Raises:
        WeightsUnavailable: If it cannot be had, or is no SavedModel.
        ImportError: If tensorflow-hub is not installed, or cannot be imported.
    """
    cached = cached_at(source)
    if is_saved_model(cached):
        return cached
    hub = _import_hub()
    import tensorflow as tf

    failures = (OSError, HTTPException, EOFError, ValueError, tarfile.TarError)
    try:
        with _settings(cached.parent):
            resolved = str(hub.resolve(source))
        if is_elsewhere(resolved):
            _copy(resolved, cached)
        if not is_saved_model(cached):
            shutil.rmtree(cached, ignore_errors=True)
            raise OSError("it has no saved_model.pb at its top")
    except (*failures, zlib.error, tf.errors.OpError) as error:
        reason = " ".join(str(error).split())
        raise WeightsUnavailable(
            f"The sentence encoder {source} cannot be fetched ({reason}). "
            f"{how_to_place(source)}"
        ) from error
    return cached


def how_to_place(source: str) -> str:
    """What to do by hand where a source cannot be fetched; a sentence."""
    query = "?tf-hub-format=compressed" if "//tfhub.dev/" in source else ""
    return (
        f"Download {source}{query} on a machine with network and unpack it into "
        f"{cached_at(source)}, or into any folder and name that with "
        "`--sentence-encoder FOLDER`."
    )


def _import_hub() -> Any:
    try:
        with warnings.catch_warnings():
            # It imports pkg_resources, which says that it is out of date.
            warnings.simplefilter("ignore")
            import tensorflow_hub
    except ImportError as error:
        raise ImportError(
            f"Fetching a sentence encoder needs tensorflow-hub ({error}): "
            "pip install tensorflow-hub 'setuptools<81'; or name a folder of yours "
            "with `--sentence-encoder FOLDER`."
        ) from error
    return tensorflow_hub


@contextmanager
def _settings(cache: Path) -> Iterator[None]:
    """TensorFlow Hub's settings, which it takes from the whole process only."""
    with _SETTINGS_LOCK:
        variable, timeout = os.environ.get(_CACHE_VARIABLE), socket.getdefaulttimeout()
        os.environ[_CACHE_VARIABLE] = str(cache)
        # Without it a network that answers nothing is waited for without end.
        socket.setdefaulttimeout(_TIMEOUT_SECONDS)
        try:
            yield
        finally:
            socket.setdefaulttimeout(timeout)
            if variable is None:
                del os.environ[_CACHE_VARIABLE]
            else:
                os.environ[_CACHE_VARIABLE] = variable


def _copy(remote: str, target: Path) -> None:
    """Copies a remote folder, so that its files can be checked before they run."""
    from tensorflow.io import gfile

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as unfinished:
        whole = Path(unfinished) / "whole"
        for folder, _, names in gfile.walk(remote):
            inside = whole / folder[len(remote) :].strip("/")
            inside.mkdir(parents=True, exist_ok=True)
            for name in names:
                gfile.copy(f"{folder.rstrip('/')}/{name}", str(inside / name))
        whole.replace(target)
