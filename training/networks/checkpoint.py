"""The state of a training on disk: written whole or not at all."""

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, Sequence[NDArray[Any]]]


class CheckpointMismatch(ValueError):
    """The checkpoint belongs to a training with other settings or other data."""


class DamagedCheckpoint(ValueError):
    """The checkpoint is not as it was written."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a training needs to go on as if it had not been stopped."""

    fingerprint: Mapping[str, Any]
    """What the training depends on, as JSON values by name."""
    state: Mapping[str, Any]
    """Where it stands, as a JSON object."""
    arrays: Arrays
    """Lists of arrays by name: weights, optimizer state."""

    def write(self, path: Path) -> None:
        """Replaces the file at `path`; a crash leaves the old one."""
        header = {"fingerprint": dict(self.fingerprint), "state": dict(self.state)}
        stored = {"header": np.array(json.dumps(header))}
        for name, arrays in self.arrays.items():
            for place, array in enumerate(arrays):
                stored[f"{name}/{place:05}"] = array
        scratch = path.with_name(f"{path.name}.tmp")
        with scratch.open("wb") as file:
            np.savez(file, allow_pickle=False, **stored)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Checkpoint":
        """Reads what `write` wrote.

        Raises:
            DamagedCheckpoint: If the file was cut or changed.
        """
        arrays: dict[str, list[NDArray[Any]]] = {}
        try:
            with np.load(path, allow_pickle=False) as stored:
                header = json.loads(stored["header"].item())
                for key in sorted(set(stored.files) - {"header"}):
                    name, _ = key.rsplit("/", 1)
                    arrays.setdefault(name, []).append(stored[key])
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
            raise DamagedCheckpoint(
                f"{path}: the checkpoint cannot be read ({error}); delete it to start "
                "the training anew."
            ) from error
        return cls(
            fingerprint=header["fingerprint"], state=header["state"], arrays=arrays
        )

    def require_same(self, fingerprint: Mapping[str, Any], path: Path) -> None:
        """Refuses to go on with another training.

        Args:
            fingerprint: That of the training that wants to go on.
            path: Named in the error.

        Raises:
            CheckpointMismatch: If anything differs; the text names what.
        """
        names = sorted(self.fingerprint.keys() | fingerprint.keys())
        differing = [
            f"{name} was {self.fingerprint.get(name)!r}, is {fingerprint.get(name)!r}"
            for name in names
            if self.fingerprint.get(name) != fingerprint.get(name)
        ]
        if differing:
            raise CheckpointMismatch(
                f"{path}: belongs to another training ({'; '.join(differing)}). Take "
                "another folder, or delete this one to start anew."
            )
