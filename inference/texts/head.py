"""A network over numbers that describe a text, with what calibrates its scores."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vidcat.inference.decisions import Calibrator
from vidcat.models.visual import logits_model

BATCH_TEXTS: Final = 64
"""Texts in a call; a smaller batch is filled up. One shape for training's evaluation
and for serving: a text then gets the same bytes alone and among others."""

TextInputs: TypeAlias = NDArray[np.float32] | csr_matrix
"""What a network takes of N texts: embeddings, or sparse weights of n-grams."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TextHead:
    """Scores texts by the numbers that describe them."""

    model: keras.Model
    """Network of `vidcat.models.text`; its last layers are `logits`, `scores`."""
    calibrator: Calibrator
    """Turns its logits into probabilities."""

    def logits(self, inputs: TextInputs) -> NDArray[np.float32]:
        """Logits of shape `(N, L)` for N texts."""
        return head_logits(self._network, inputs)

    def probabilities(self, inputs: TextInputs) -> NDArray[np.float64]:
        """Calibrated probabilities of shape `(N, L)` for N texts."""
        return self.calibrator.calibrate(self.logits(inputs))

    @cached_property
    def _network(self) -> keras.Model:
        return logits_model(self.model)

    @cached_property
    def content_hash(self) -> str:
        """Hash of the network, its weights and the calibrator."""
        fitted = json.dumps(self.calibrator.to_json(), sort_keys=True)
        digest = hashlib.sha256(fitted.encode())
        digest.update(self.model.to_json().encode())
        for weight in self.model.get_weights():
            digest.update(np.ascontiguousarray(weight).tobytes())
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Writes `model.keras` and `calibrator.json` into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save(folder / "model.keras")
        fitted = json.dumps(self.calibrator.to_json(), indent=1)
        (folder / "calibrator.json").write_text(fitted + "\n")

    @classmethod
    def load(cls, folder: Path) -> "TextHead":
        """Reads what `save` wrote; the network loads in Keras' safe mode."""
        fitted = json.loads((folder / "calibrator.json").read_text())
        return cls(
            model=keras.saving.load_model(
                folder / "model.keras", compile=False, safe_mode=True
            ),
            calibrator=Calibrator.from_json(fitted),
        )


class TextPart(Protocol):
    """One way of scoring texts."""

    @property
    def head(self) -> TextHead:
        """What scores the numbers."""

    def inputs(self, texts: Sequence[str]) -> TextInputs:
        """The numbers that describe N texts, one row a text."""

    def reads(self, language: str | None) -> bool:
        """Whether texts of a language, `None` for an unknown one, can be scored."""


def head_logits(network: keras.Model, inputs: TextInputs) -> NDArray[np.float32]:
    """Runs a network over N texts in batches of one shape.

    Args:
        network: A network whose output is the layer `logits`.
        inputs: Of N texts.

    Returns:
        Logits of shape `(N, L)`.
    """
    texts = inputs.shape[0]
    logits = np.empty((texts, network.output_shape[-1]), np.float32)
    for start in range(0, texts, BATCH_TEXTS):
        batch = inputs[start : start + BATCH_TEXTS]
        out = network.predict_on_batch(network_input(batch, BATCH_TEXTS))
        logits[start : start + BATCH_TEXTS] = out[: batch.shape[0]]
    return logits


def network_input(inputs: TextInputs, rows: int) -> Any:
    """What Keras takes in place of at most `rows` texts; filled up with zeros."""
    missing = rows - inputs.shape[0]
    if isinstance(inputs, csr_matrix):
        # Only TensorFlow's bag of words has sparse inputs.
        import tensorflow as tf

        ends = inputs.indptr
        row = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        places = np.stack([row, inputs.indices], axis=1).astype(np.int64)
        return tf.SparseTensor(places, inputs.data, (rows, inputs.shape[1]))
    return np.pad(inputs, ((0, missing), (0, 0)))
