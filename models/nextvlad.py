"""NeXtVLAD pooling of frame features into one vector per video."""

from math import sqrt
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="vidcat")
class NeXtVLAD(keras.layers.Layer):
    """Pools a variable number of frame features into one descriptor.

    Frames are widened `expansion` times, split into `groups`, softly assigned
    to `clusters`, and summed as residuals from the cluster centres. Masked
    frames contribute nothing, neither to the result nor, in training, to the
    batch statistics of the assignment: padding changes nothing.

    With several replicas each normalises by the statistics of its own videos.
    Under a half-precision policy the matrix products run in half precision;
    statistics, softmax, residuals and norms stay in float32.

    Args:
        clusters: Integer. Number of cluster centres, K.
        groups: Integer. Number of groups, G. Must divide
            `expansion * feature_dim`. Defaults to `8`.
        expansion: Integer. Widening factor. Defaults to `2`.
        batch_norm_momentum: Float in `[0, 1)`. Share of the moving averages
            that a training step keeps. Defaults to `0.99`.

    Call arguments:
        frames: Float tensor of shape `(batch, frames, feature_dim)`.
        mask: Optional boolean tensor of shape `(batch, frames)`; `False`
            marks padding.
        training: Boolean. Whether to normalise by the statistics of the batch.

    Returns:
        Tensor of shape `(batch, clusters * S)`, where
        `S = expansion * feature_dim / groups`. Element `s * clusters + k` is
        feature `s` of cluster `k`, batch-normalised after each cluster's
        residual was brought to L2 norm 1 (or 0 if no frame is unmasked).

    Raises:
        ValueError: If a count is not positive, the momentum is outside its
            range, or `groups` does not divide the widened feature dimension.

    Reference:
        Lin et al., 2018, "NeXtVLAD", https://arxiv.org/abs/1811.05014
    """

    def __init__(
        self,
        clusters: int,
        groups: int = 8,
        expansion: int = 2,
        batch_norm_momentum: float = 0.99,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if min(clusters, groups, expansion) <= 0:
            raise ValueError(
                "`clusters`, `groups` and `expansion` must be positive. Received: "
                f"clusters={clusters}, groups={groups}, expansion={expansion}"
            )
        if not 0 <= batch_norm_momentum < 1:
            raise ValueError(
                "`batch_norm_momentum` must be in [0, 1). Received: "
                f"batch_norm_momentum={batch_norm_momentum}"
            )
        self.clusters = clusters
        self.groups = groups
        self.expansion = expansion
        self.batch_norm_momentum = batch_norm_momentum
        self.supports_masking = True

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Creates the weights for frames of the given shape."""
        feature_dim = input_shape[-1]
        width = self.expansion * feature_dim
        if width % self.groups:
            raise ValueError(
                "`groups` must divide `expansion * feature_dim`. Received: "
                f"groups={self.groups}, expansion={self.expansion}, "
                f"feature_dim={feature_dim}"
            )
        # As the reference draws them: the dense layers keep the variance of what
        # they are given, assignment and centres are of the size of one feature.
        small = {"mean": 0.0, "stddev": 1 / sqrt(feature_dim)}
        self.widen = self._dense(width, "he_normal", name="widen")
        self.attend = self._dense(
            self.groups, "he_normal", activation="sigmoid", name="attend"
        )
        self.assign = self._dense(
            self.groups * self.clusters,
            keras.initializers.RandomNormal(**small),
            use_bias=False,
            name="assign",
        )
        self.assign_norm = self._batch_norm("assign_norm")
        self.descriptor_norm = self._batch_norm("descriptor_norm")
        widened_shape = (*input_shape[:-1], width)
        self.widen.build(input_shape)
        self.attend.build(widened_shape)
        self.assign.build(widened_shape)
        self.assign_norm.build((*input_shape[:-1], self.groups * self.clusters))
        self.descriptor_norm.build(self.compute_output_shape(input_shape))
        self.centres = self.add_weight(
            shape=(self.clusters, width // self.groups),
            initializer=keras.initializers.RandomNormal(**small),
            name="centres",
        )

    def call(self, frames: Any, mask: Any = None, training: bool = False) -> Any:
        """Pools `frames`; see the class docstring."""
        batch = ops.shape(frames)[0]
        widened = self.widen(frames)
        weights = self._weights(widened, mask, training)
        # The groups of a frame are so many more frames: (batch, frames * G, .).
        weights = ops.reshape(weights, (batch, -1, self.clusters))
        grouped = ops.reshape(widened, (batch, -1, self.centres.shape[-1]))
        # sum_i w_i (x_i - c) is computed as sum_i w_i x_i - (sum_i w_i) c: the
        # residuals themselves would take clusters times the memory of the frames.
        sums = ops.einsum("bnk,bns->bks", ops.cast(weights, grouped.dtype), grouped)
        centres = ops.cast(self.centres, "float32")
        residuals = ops.cast(sums, "float32")
        residuals -= ops.sum(weights, axis=1)[..., None] * centres
        return self.describe_sums(residuals, training=training)

    def frame_terms(self, frames: Any) -> Any:
        """What each frame adds to the sums of residuals of its video.

        Args:
            frames: Float tensor of shape `(batch, frames, feature_dim)`.

        Returns:
            Float32 tensor of shape `(batch, frames, clusters, S)`. A video's
            descriptor is `describe_sums` of the sum over its frames, without
            training.
        """
        widened = self.widen(frames)
        weights = self._weights(widened, None, training=False)
        batch, count = ops.shape(widened)[:2]
        grouped = ops.reshape(
            widened, (batch, count, self.groups, self.centres.shape[-1])
        )
        sums = ops.einsum("bngk,bngs->bnks", ops.cast(weights, grouped.dtype), grouped)
        centres = ops.cast(self.centres, "float32")
        return ops.cast(sums, "float32") - ops.sum(weights, axis=2)[..., None] * centres

    def describe_sums(self, residuals: Any, training: bool = False) -> Any:
        """Turns sums of residuals into descriptors.

        Args:
            residuals: Float32 tensor of shape `(batch, clusters, S)`.
            training: Whether to normalise by the statistics of the batch.

        Returns:
            Tensor of shape `(batch, clusters * S)`, as the layer's output.
        """
        squared = ops.sum(ops.square(residuals), axis=-1, keepdims=True)
        residuals *= ops.rsqrt(ops.maximum(squared, 1e-12))
        flat = ops.transpose(residuals, (0, 2, 1))
        flat = ops.reshape(flat, (ops.shape(residuals)[0], -1))
        normalised = self.descriptor_norm(flat, training=training)
        return ops.cast(normalised, self.compute_dtype)

    def _weights(self, widened: Any, mask: Any, training: bool) -> Any:
        """How much of each cluster each frame's groups get: (batch, frames, G, K)."""
        attention = ops.cast(self.attend(widened), "float32")
        if mask is not None:
            attention *= ops.cast(mask, "float32")[..., None]
        assignment = self.assign_norm(
            self.assign(widened), training=training, mask=mask
        )
        batch, frames = ops.shape(widened)[:2]
        grouped = (batch, frames, self.groups, self.clusters)
        return ops.softmax(ops.reshape(assignment, grouped)) * attention[..., None]

    def _dense(self, units: int, initializer: Any, **kwargs: Any) -> Any:
        return keras.layers.Dense(
            units, kernel_initializer=initializer, dtype=self.dtype_policy, **kwargs
        )

    def _batch_norm(self, name: str) -> Any:
        return keras.layers.BatchNormalization(
            momentum=self.batch_norm_momentum,
            epsilon=1e-3,
            dtype="float32",
            name=name,
        )

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """Returns no mask: the frames axis is gone."""

    def compute_output_shape(
        self, input_shape: tuple[int, ...]
    ) -> tuple[int | None, int]:
        """Returns `(batch, descriptor width)`."""
        width = self.expansion * input_shape[-1] // self.groups
        return input_shape[0], self.clusters * width

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that rebuild this layer."""
        return {
            **super().get_config(),
            "clusters": self.clusters,
            "groups": self.groups,
            "expansion": self.expansion,
            "batch_norm_momentum": self.batch_norm_momentum,
        }
