"""Takes back the whitening of stored frame features."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

_DEQUANTISATION_OFFSET = 4 / 512
_EIGENVALUE_OFFSET = 1e-4


@keras.saving.register_keras_serializable(package="vidcat")
class UndoWhitening(keras.layers.Layer):
    """Gives each principal component its own spread back.

    Whitening makes the components of much and of little variance equally large;
    the published NeXtVLAD undoes it before the network. The half step that
    dequantisation adds to every value is removed first:
    `(x - 4/512) * (sqrt(eigenvalue) + 1e-4)`.

    Args:
        eigenvalues: Sequence of floats, one a feature, as the projection was
            fitted with.

    Call arguments:
        frames: Float tensor of shape `(batch, frames, feature_dim)`.

    Returns:
        Tensor of the same shape. Padding does not stay zero; mask it.

    Raises:
        ValueError: If an eigenvalue is negative or not finite, or their number is
            not the feature dimension.
    """

    def __init__(self, eigenvalues: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.eigenvalues = [float(value) for value in eigenvalues]
        values = np.asarray(self.eigenvalues)
        bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if bad.size:
            raise ValueError(
                "`eigenvalues` must be finite and not negative. Received: "
                f"eigenvalues[{bad[0]}]={values[bad[0]]}"
            )
        self.supports_masking = True
        self._scale = (np.sqrt(values) + _EIGENVALUE_OFFSET).astype("float32")

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Checks that there is an eigenvalue for each feature."""
        if input_shape[-1] != len(self.eigenvalues):
            raise ValueError(
                "`eigenvalues` must have one value a feature. Received: "
                f"{len(self.eigenvalues)} eigenvalues, feature_dim={input_shape[-1]}"
            )

    def call(self, frames: Any) -> Any:
        """Scales `frames`; see the class docstring."""
        values = ops.cast(frames, "float32") - _DEQUANTISATION_OFFSET
        return ops.cast(values * self._scale, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that rebuild this layer."""
        return {**super().get_config(), "eigenvalues": self.eigenvalues}
