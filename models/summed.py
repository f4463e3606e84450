"""A NeXtVLAD network cut in two where it adds up the frames of a video."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from vidcat.models.nextvlad import NeXtVLAD

FloatArray = NDArray[np.float32]

_OF_FRAMES = ("frames", "mask")


class NoFrameTerms(ValueError):
    """A network does not add up terms of its frames as NeXtVLAD does."""


class SummedNetwork:
    """The two halves of a visual categorizer: what each frame adds, and the rest.

    NeXtVLAD sums residuals over the frames before anything else happens to them. So
    the terms of all frames, computed once, give the logits of any choice of frames,
    and the slope of a logit at the sum tells what each frame adds to it.

    Args:
        model: A model of `build_visual_categorizer`.

    Raises:
        NoFrameTerms: If its pooling is not NeXtVLAD.
    """

    def __init__(self, model: keras.Model) -> None:
        layers = {layer.name: layer for layer in model.layers}
        pooling = layers.get("nextvlad")
        if not isinstance(pooling, NeXtVLAD):
            raise NoFrameTerms(
                "`model` must pool its frames with NeXtVLAD. "
                f"Received: layers {sorted(layers)}"
            )
        self._pooling = pooling
        self._undo_whitening = layers.get("undo_whitening")
        self._others = [name for name in model.input if name not in _OF_FRAMES]
        inputs = [pooling.output, *(model.input[name] for name in self._others)]
        self._head = keras.Model(inputs, layers["logits"].output)

    def terms(self, frames: FloatArray) -> FloatArray:
        """What each frame adds to the sums of its video.

        Args:
            frames: Features of shape `(n, feature_dim)`.

        Returns:
            Shape `(n, clusters * S)`.
        """
        batch = ops.convert_to_tensor(frames[None])
        if self._undo_whitening is not None:
            batch = self._undo_whitening(batch)
        terms = self._pooling.frame_terms(batch)[0]
        return _numpy(ops.reshape(terms, (len(frames), -1)))

    def logits(
        self, sums: FloatArray, metadata: Mapping[str, NDArray[Any]] | None = None
    ) -> FloatArray:
        """Scores sums of frames' terms.

        Args:
            sums: Shape `(N, clusters * S)`.
            metadata: Arrays of length N by input name, where the network takes any.

        Returns:
            Logits of shape `(N, labels)`.
        """
        return _numpy(self._score(ops.convert_to_tensor(sums), metadata or {}))

    def slopes(
        self,
        sums: FloatArray,
        labels: Sequence[int],
        metadata: Mapping[str, NDArray[Any]] | None = None,
    ) -> FloatArray:
        """How fast a logit rises with each value of the sums.

        Args:
            sums: Shape `(N, clusters * S)`.
            labels: For each of the N the label whose logit is meant.
            metadata: As for `logits`.

        Returns:
            Gradients, of the shape of `sums`.

        Raises:
            NotImplementedError: If Keras runs on another backend than TensorFlow or
                JAX.
        """
        chosen = np.eye(self._head.output_shape[-1], dtype=np.float32)[list(labels)]

        def chosen_logits(values: Any) -> Any:
            return ops.sum(self._score(values, metadata or {}) * chosen)

        return _numpy(_gradient(chosen_logits, ops.convert_to_tensor(sums)))

    def _score(self, sums: Any, metadata: Mapping[str, Any]) -> Any:
        clusters = self._pooling.clusters
        residuals = ops.reshape(sums, (sums.shape[0], clusters, -1))
        descriptor = self._pooling.describe_sums(residuals)
        others = [ops.convert_to_tensor(metadata[name]) for name in self._others]
        return self._head([descriptor, *others], training=False)


def _gradient(function: Any, at: Any) -> Any:
    """The gradient of a function of one tensor, which Keras itself has no name for."""
    backend = keras.config.backend()
    if backend == "jax":
        import jax

        return jax.grad(function)(at)
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(at)
            value = function(at)
        return tape.gradient(value, at)
    raise NotImplementedError(
        f"Slopes need TensorFlow or JAX below Keras. Received: backend={backend!r}"
    )


def _numpy(tensor: Any) -> FloatArray:
    return np.asarray(ops.convert_to_numpy(tensor), np.float32)
