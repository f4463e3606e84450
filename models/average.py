"""Average pooling: the baseline that every pooling has to beat."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="vidcat")
class FrameAverage(keras.layers.Layer):
    """The mean of a video's frames.

    `keras.layers.GlobalAveragePooling1D` divides 0 by 0 where no frame is
    unmasked; here such a video gets zeros.

    Call arguments:
        frames: Float tensor of shape `(batch, frames, feature_dim)`.
        mask: Optional boolean tensor of shape `(batch, frames)`; `False`
            marks padding.

    Returns:
        Tensor of shape `(batch, feature_dim)`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, frames: Any, mask: Any = None) -> Any:
        """Averages `frames`; see the class docstring."""
        values = ops.cast(frames, "float32")
        if mask is None:
            return ops.cast(ops.mean(values, axis=1), self.compute_dtype)
        weights = ops.cast(mask, "float32")[..., None]
        count = ops.maximum(ops.sum(weights, axis=1), 1.0)
        mean = ops.sum(values * weights, axis=1) / count
        return ops.cast(mean, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """Returns no mask: the frames axis is gone."""

    def compute_output_shape(
        self, input_shape: tuple[int, ...]
    ) -> tuple[int | None, int]:
        """Returns `(batch, feature_dim)`."""
        return input_shape[0], input_shape[-1]
