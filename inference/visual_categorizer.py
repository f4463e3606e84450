"""A trained network with the fitted values that turn its scores into decisions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.metadata import MetadataEncoder
from vidcat.inference.sampling import evenly_spread
from vidcat.inference.sequences import padded_length
from vidcat.models.summed import SummedNetwork
from vidcat.models.visual import logits_model

BATCH_VIDEOS = 8
"""Videos (or views of one video) in a call. One shape for training's evaluation
and for serving: a video then gets the same bytes alone and among others."""


@dataclass(frozen=True, kw_only=True)
class VisualCategorizer:
    """Scores described videos: frame features and metadata in, logits out."""

    model: keras.Model
    """Network of `build_visual_categorizer`; its last layers are `logits`, `scores`."""
    calibrator: Calibrator
    """Turns its logits into probabilities."""
    thresholds: Thresholds
    """What a probability must reach for its category to be chosen."""
    metadata: MetadataEncoder | None
    """Encodes a row's metadata; `None` if the network takes frames alone."""
    max_frames: int
    """Longest sequence the network was trained on; longer ones are thinned."""

    def logits(
        self,
        frames: Sequence[NDArray[np.float32]],
        metadata: Mapping[str, NDArray[Any]] | None = None,
        masks: Sequence[NDArray[np.bool_]] | None = None,
    ) -> NDArray[np.float32]:
        """Scores videos by their frame features.

        Args:
            frames: For each of N videos an array of shape `(frames, feature_dim)`
                with at least one frame.
            metadata: Arrays of length N by input name, as `MetadataEncoder.encode`
                gives them. Required if, and only if, the network takes metadata.
            masks: For each video a boolean array of shape `(frames,)`; `False`
                leaves a frame out. Defaults to all frames.

        Returns:
            Float array of shape `(N, labels)`.

        Raises:
            ValueError: If metadata are missing or not wanted.
        """
        if (metadata is None) != (self.metadata is None):
            wanted = "takes no" if self.metadata is None else "needs"
            given = "none" if metadata is None else sorted(metadata)
            raise ValueError(
                f"This network {wanted} metadata. Received: metadata={given}"
            )
        scored = np.empty((len(frames), self.labels), np.float32)
        lengths = np.array([self._length(len(video)) for video in frames])
        for length in np.unique(lengths):
            rows = np.flatnonzero(lengths == length)
            for start in range(0, len(rows), BATCH_VIDEOS):
                chosen = rows[start : start + BATCH_VIDEOS]
                batch = self._batch(frames, masks, chosen, int(length))
                for name, values in (metadata or {}).items():
                    batch[name] = _pad_rows(values[chosen])
                out = keras.ops.convert_to_numpy(self._network.predict_on_batch(batch))
                scored[chosen] = out[: len(chosen)]
        return scored

    @property
    def labels(self) -> int:
        """Number of labels that are scored."""
        return int(self._network.output_shape[-1])

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated probabilities of shape `(N, labels)` for such logits."""
        return self.calibrator.calibrate(logits)

    @cached_property
    def _network(self) -> keras.Model:
        return logits_model(self.model)

    @cached_property
    def summed(self) -> SummedNetwork:
        """The network, cut where it adds up frames.

        Raises:
            NoFrameTerms: If its pooling is not NeXtVLAD.
        """
        return SummedNetwork(self.model)

    def _length(self, frames: int) -> int:
        return padded_length(min(frames, self.max_frames), self.max_frames)

    def _batch(
        self,
        frames: Sequence[NDArray[np.float32]],
        masks: Sequence[NDArray[np.bool_]] | None,
        rows: NDArray[np.intp],
        length: int,
    ) -> dict[str, NDArray[Any]]:
        width = frames[rows[0]].shape[1]
        padded = np.zeros((BATCH_VIDEOS, length, width), np.float32)
        mask = np.zeros((BATCH_VIDEOS, length), bool)
        for place, row in enumerate(rows):
            kept = evenly_spread(len(frames[row]), length)
            padded[place, : len(kept)] = frames[row][kept]
            mask[place, : len(kept)] = True if masks is None else masks[row][kept]
        return {"frames": padded, "mask": mask}

    @cached_property
    def content_hash(self) -> str:
        """Hash of the network, its weights and the fitted values."""
        digest = hashlib.sha256(json.dumps(self._values(), sort_keys=True).encode())
        digest.update(self.model.to_json().encode())
        for weight in self.model.get_weights():
            digest.update(np.ascontiguousarray(weight).tobytes())
        return digest.hexdigest()

    def _values(self) -> dict[str, Any]:
        return {
            "calibrator": self.calibrator.to_json(),
            "thresholds": self.thresholds.to_json(),
            "metadata": None if self.metadata is None else self.metadata.to_json(),
            "max_frames": self.max_frames,
        }

    def save(self, folder: Path) -> None:
        """Writes the network and its values as files of `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save(folder / "model.keras")
        (folder / "values.json").write_text(json.dumps(self._values(), indent=1))

    @classmethod
    def load(cls, folder: Path) -> "VisualCategorizer":
        """Reads what `save` wrote; the network loads in Keras' safe mode."""
        values = json.loads((folder / "values.json").read_text())
        metadata = values["metadata"]
        return cls(
            model=keras.saving.load_model(
                folder / "model.keras", compile=False, safe_mode=True
            ),
            calibrator=Calibrator.from_json(values["calibrator"]),
            thresholds=Thresholds.from_json(values["thresholds"]),
            metadata=None if metadata is None else MetadataEncoder.from_json(metadata),
            max_frames=values["max_frames"],
        )


def _pad_rows(values: NDArray[Any]) -> NDArray[Any]:
    padded = np.zeros((BATCH_VIDEOS, *values.shape[1:]), values.dtype)
    padded[: len(values)] = values
    return padded
