"""The loss of a multi-label classifier whose truth is not always known."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="vidcat")
class KnownLabelsCrossEntropy(keras.losses.Loss):
    """Sigmoid cross-entropy from logits, summed over the labels that are known.

    A pair of unknown truth adds nothing, to the loss or to a gradient. A video's
    loss is the sum over its labels, a batch's the mean over its videos, so a video
    with many unknown labels counts for less.

    Call arguments:
        y_true: Tensor of shape `(batch, labels)`: 1 yes, 0 no, -1 unknown.
        y_pred: Logits, float tensor of the same shape.
    """

    def __init__(self, name: str = "known_labels_cross_entropy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each video, of shape `(batch,)`."""
        known = ops.cast(y_true >= 0, y_pred.dtype)
        # max(z, 0) - z y + log(1 + exp(-|z|)) overflows for no z.
        entropy = ops.relu(y_pred) - y_pred * ops.cast(y_true, y_pred.dtype)
        entropy += ops.log1p(ops.exp(-ops.abs(y_pred)))
        return ops.sum(entropy * known, axis=-1)
