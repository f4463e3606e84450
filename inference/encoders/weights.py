"""Weights of published networks: where they lie, how they are fetched and checked."""

import hashlib
import os
import shutil
import tempfile
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

_TIMEOUT_SECONDS = 30.0


class WeightsUnavailable(OSError):
    """Weights are neither cached nor reachable; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class WeightsFile:
    """A published file of weights, with what is known of it beforehand."""

    url: str
    """Where it is published."""
    md5: str
    """MD5 of the file, as keras.applications records it."""

    @property
    def name(self) -> str:
        """File name, the last part of the URL."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def cached_at(self) -> Path:
        """Where the file lies once it is fetched: in `weights_folder()`."""
        return weights_folder() / self.name

    def is_cached(self) -> bool:
        """Whether the cache holds the file, whole and unchanged."""
        return self.cached_at.is_file() and _digest(self.cached_at, "md5") == self.md5

    def fetch(self) -> Path:
        """Downloads the file unless it is cached.

        Returns:
            Its place in the cache; its content has the recorded MD5.

        Raises:
            WeightsUnavailable: If it cannot be had, or is not the recorded file.
        """
        if self.is_cached():
            return self.cached_at
        folder = self.cached_at.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as unfinished:
                path = Path(unfinished) / self.name
                self._download(path)
                if _digest(path, "md5") != self.md5:
                    raise OSError(f"its MD5 is not the recorded {self.md5}")
                path.replace(self.cached_at)
        except (OSError, HTTPException) as error:
            raise WeightsUnavailable(self._remedy(error)) from error
        return self.cached_at

    def _download(self, path: Path) -> None:
        # The URLs are constants of this package, all of them https.
        with (
            urllib.request.urlopen(self.url, timeout=_TIMEOUT_SECONDS) as answer,  # noqa: S310
            path.open("wb") as file,
        ):
            shutil.copyfileobj(answer, file)

    def _remedy(self, error: Exception) -> str:
        return (
            f"The weights cannot be fetched ({error}). Download {self.url} on a "
            f"machine with network and put the file at {self.cached_at}, or name "
            "it with `--frame-weights PATH`; `--frame-weights random` uses an "
            "untrained network, for trials only."
        )


def weights_folder() -> Path:
    """The cache that Keras uses: `$KERAS_HOME/models`, or else `~/.keras/models`."""
    home = os.environ.get("KERAS_HOME", "~/.keras")
    return Path(home).expanduser() / "models"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return _digest(path, "sha256")


def folder_sha256(folder: Path) -> str:
    """SHA-256 over the names and bytes of all files of a folder, in hexadecimal."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        total.update(f"{name}\0{file_sha256(path)}\n".encode())
    return total.hexdigest()


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
