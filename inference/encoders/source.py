"""Where a frame encoder comes from, so that it can be loaded again."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.frame_encoder import FrameEncoder

if TYPE_CHECKING:
    from vidcat.inference.encoders.weights import WeightsFile

SOURCE_NAME = "encoder.json"
EMBEDDED = "encoder"
"""Folder of a bundle that holds an embedded encoder."""


@dataclass(frozen=True, kw_only=True)
class EncoderSource:
    """What `FrameEncoder.load` is asked for."""

    name: str = "inception_v3"
    """A network of keras.applications, a `.tflite` file, or a SavedModel folder."""
    weights: str | None = None
    """`imagenet`, `random`, or a file; `None` for `imagenet` or a file's own."""

    @property
    def is_file(self) -> bool:
        """Whether the network itself is a file, and none of keras.applications."""
        from vidcat.inference.encoders.keras_networks import NETWORKS

        return self.name not in NETWORKS

    @property
    def missing_download(self) -> "WeightsFile | None":
        """The published weights that loading would have to fetch first, if any."""
        from vidcat.inference.encoders.keras_networks import NETWORKS

        if self.is_file or self.weights not in (None, "imagenet"):
            return None
        published = NETWORKS[self.name].imagenet
        return None if published.is_cached() else published

    def load(self, batch_size: int | None = None) -> FrameEncoder:
        """Loads the encoder; see `FrameEncoder.load` for default and errors."""
        if batch_size is None:
            return FrameEncoder.load(self.name, self.weights)
        return FrameEncoder.load(self.name, self.weights, batch_size)

    def located_at(self, path: str) -> "EncoderSource":
        """The same encoder, its network or weights in another place."""
        if self.is_file:
            return replace(self, name=path)
        return replace(self, weights=path)

    def embed(self, folder: Path) -> "EncoderSource":
        """Copies the encoder's file into a bundle.

        Args:
            folder: The bundle's folder.

        Returns:
            The encoder as the bundle has it, its path relative to the folder.

        Raises:
            WeightsUnavailable: If published weights are not there to be copied.
            FileNotFoundError: If the encoder's own file is gone.
        """
        found = self._file()
        if found is None:
            return self
        target = folder / EMBEDDED / found.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, target)
        else:
            shutil.copyfile(found, target)
        return self.located_at(target.relative_to(folder).as_posix())

    def in_bundle(self, folder: Path) -> "EncoderSource":
        """The inverse: a path relative to a bundle becomes one of this machine."""
        for path in (self.name, self.weights):
            if path is not None and path.startswith(EMBEDDED + "/"):
                return self.located_at(str(folder / path))
        return self

    def _file(self) -> Path | None:
        from vidcat.inference.encoders.keras_networks import NETWORKS

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
        noted = self
        if self.is_file:
            noted = replace(self, name=str(Path(self.name).resolve()))
        elif self.weights not in (None, "imagenet", "random"):
            noted = replace(self, weights=str(Path(str(self.weights)).resolve()))
        replace_text(folder / SOURCE_NAME, json.dumps(noted.to_json(), indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "EncoderSource | None":
        """Reads what `write` noted; `None` where nothing was."""
        path = folder / SOURCE_NAME
        return cls.from_json(json.loads(path.read_text())) if path.exists() else None
