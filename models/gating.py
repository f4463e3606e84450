"""Gates that let a vector's own context decide how much of each value passes."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="vidcat")
class ContextGating(keras.layers.Layer):
    """Multiplies each value by a gate computed from all values.

    The gates are those of squeeze-and-excitation: down to `1 / reduction` of the
    width, batch normalisation, ReLU, up again, sigmoid; no biases.

    Args:
        reduction: Integer. How many times narrower the bottleneck is; it has at
            least one unit. Defaults to `8`.
        batch_norm_momentum: Float in `[0, 1)`. Share of the moving averages
            that a training step keeps. Defaults to `0.99`.

    Call arguments:
        values: Float tensor of shape `(batch, width)`.
        training: Boolean. Whether to normalise by the statistics of the batch.

    Returns:
        Tensor of the same shape.

    Raises:
        ValueError: If an argument is outside its range.

    Reference:
        Hu et al., 2018, "Squeeze-and-Excitation Networks",
        https://arxiv.org/abs/1709.01507; used for video by Lin et al., 2018.
    """

    def __init__(
        self, reduction: int = 8, batch_norm_momentum: float = 0.99, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if reduction <= 0:
            raise ValueError(
                f"`reduction` must be positive. Received: reduction={reduction}"
            )
        if not 0 <= batch_norm_momentum < 1:
            raise ValueError(
                "`batch_norm_momentum` must be in [0, 1). Received: "
                f"batch_norm_momentum={batch_norm_momentum}"
            )
        self.reduction = reduction
        self.batch_norm_momentum = batch_norm_momentum

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Creates the weights for values of the given shape."""
        width = input_shape[-1]
        bottleneck = max(1, width // self.reduction)
        self.squeeze = keras.layers.Dense(
            bottleneck,
            use_bias=False,
            kernel_initializer="he_normal",
            dtype=self.dtype_policy,
            name="squeeze",
        )
        self.norm = keras.layers.BatchNormalization(
            momentum=self.batch_norm_momentum,
            epsilon=1e-3,
            dtype="float32",
            name="norm",
        )
        self.excite = keras.layers.Dense(
            width,
            use_bias=False,
            activation="sigmoid",
            kernel_initializer="he_normal",
            dtype=self.dtype_policy,
            name="excite",
        )
        squeezed_shape = (*input_shape[:-1], bottleneck)
        self.squeeze.build(input_shape)
        self.norm.build(squeezed_shape)
        self.excite.build(squeezed_shape)

    def call(self, values: Any, training: bool = False) -> Any:
        """Gates `values`; see the class docstring."""
        squeezed = self.norm(self.squeeze(values), training=training)
        return values * self.excite(ops.relu(squeezed))

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that rebuild this layer."""
        return {
            **super().get_config(),
            "reduction": self.reduction,
            "batch_norm_momentum": self.batch_norm_momentum,
        }
