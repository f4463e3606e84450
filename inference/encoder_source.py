"""Where a frame encoder comes from, so that it can be loaded again."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from vidcat.inference.frame_encoder import FrameEncoder

SOURCE_NAME = "encoder.json"
EMBEDDED = "encoder"
"""Folder of a bundle that holds an embedded encoder."""


@dataclass(frozen=True, kw_only=True)
class EncoderSource:
    """What `FrameEncoder.load` was asked for."""

    name: str = "inception_v3"
    """A network of keras.applications, a `.tflite` file, or a SavedModel folder."""
    weights: str | None = None
    """`imagenet`, `random`, or a file; `None` for `imagenet` or a file's own."""

    @property
    def is_file(self) -> bool:
        """Whether the network itself is a file or a folder."""
        return Path(self.name).exists()

    def load(self, batch_size: int = 32) -> FrameEncoder:
        """Loads the encoder; see `FrameEncoder.load` for the errors."""
        return FrameEncoder.load(self.name, self.weights, batch_size)

    def located_at(self, path: str) -> "EncoderSource":
        """The same encoder, its network or weights in another place."""
        if self.is_file or Path(self.name).suffix or "/" in self.name:
            return replace(self, name=path)
        return replace(self, weights=path)

    def embed(self, folder: Path) -> "EncoderSource":
        """Copies the encoder's file into a bundle.

        Args:
            folder: The bundle's folder.

        Returns:
            The encoder as the bundle has it, its path relative to the folder.

        Raises:
            WeightsUnavailable: If the weights are not there to be copied.
        """
        found = self._file()
        if found is None:
            return self
        target = folder / EMBEDDED / found.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(found, target)
        return self.located_at(target.relative_to(folder).as_posix())

    def in_bundle(self, folder: Path) -> "EncoderSource":
        """The inverse: paths relative to a bundle become paths of this machine."""
        if self.name.startswith(EMBEDDED + "/"):
            return replace(self, name=str(folder / self.name))
        if self.weights is not None and self.weights.startswith(EMBEDDED + "/"):
            return replace(self, weights=str(folder / self.weights))
        return self

    def _file(self) -> Path | None:
        from vidcat.inference.keras_networks import NETWORKS

        if self.is_file:
            return Path(self.name)
        if self.weights == "random":
            return None
        if self.weights is None or self.weights == "imagenet":
            return NETWORKS[self.name].imagenet.fetch()
        return Path(self.weights)

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "EncoderSource":
        """The inverse of `to_json`."""
        return cls(**values)

    def write(self, folder: Path) -> None:
        """Notes, beside the features of a folder, where their encoder comes from."""
        absolute = {
            name: str(Path(value).resolve())
            for name, value in self.to_json().items()
            if value is not None and Path(value).exists()
        }
        text = json.dumps(self.to_json() | absolute, indent=1)
        (folder / SOURCE_NAME).write_text(text + "\n")

    @classmethod
    def read(cls, folder: Path) -> "EncoderSource | None":
        """Reads what `write` noted; `None` where nothing was."""
        path = folder / SOURCE_NAME
        return cls.from_json(json.loads(path.read_text())) if path.exists() else None
