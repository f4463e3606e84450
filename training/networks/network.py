"""The network that is trained: built, compiled, and spread over devices."""

import contextlib
import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from vidcat.models.metadata import MetadataShape
from vidcat.models.visual import build_visual_categorizer, logits_model
from vidcat.training.config import COUNTED_AT_LEAST, TrainConfig
from vidcat.training.dataset import Examples
from vidcat.training.networks.loss import KnownLabelsCrossEntropy


class TrainedNetwork:
    """The network that is trained, and the final one that takes its weights."""

    def __init__(
        self,
        train: Examples,
        config: TrainConfig,
        metadata_shape: MetadataShape | None,
        undo_whitening: Sequence[float] | None,
    ) -> None:
        self.config = config
        self._labels = train.labels
        self._feature_dim = train.feature_dim
        self._metadata_shape = metadata_shape
        self._undo_whitening = undo_whitening
        self._steps = math.ceil(len(train) / config.batch_size)
        self._counted = max(len(train), COUNTED_AT_LEAST)
        keras.utils.set_random_seed(config.seed)
        with _replicas(config.gpus), _precision(config.mixed_precision):
            self.full = self.build()
            self.full.get_layer("logits").bias.assign(log_odds(train.labels))
            self.trained = logits_model(self.full)
            _penalise(self.trained, config.l2_penalty / self._counted)
            self.trained.compile(
                optimizer=_optimizer(config, self._counted),
                loss=KnownLabelsCrossEntropy(),
                # Without it JAX would run operation by operation.
                jit_compile=config.xla or keras.backend.backend() == "jax",
            )
            self.trained.optimizer.build(self.trained.trainable_variables)

    def build(self) -> keras.Model:
        """A network with new weights."""
        config = self.config
        return build_visual_categorizer(
            labels=self._labels.shape[1],
            feature_dim=self._feature_dim,
            preset=config.preset,
            pooling=config.pooling,
            metadata=self._metadata_shape,
            dropout=config.dropout,
            owner_dropout=config.owner_dropout,
            undo_whitening=self._undo_whitening,
            batch_norm_momentum=averages_momentum(self._steps),
        )

    def variables(self) -> dict[str, list[Any]]:
        """All that training changes, the dropout generators' state included."""
        return {
            "model": self.full.variables,
            "optimizer": self.trained.optimizer.variables,
        }

    def join_replicas(self) -> None:
        """Gives all replicas the mean of their moving averages.

        Keras leaves each replica with those of its own share, and reads the first
        one's: validation would measure other networks than the one that is kept.
        """
        if self.config.gpus == 1:
            return
        strategy = self.trained.distribute_strategy
        for variable in self.full.non_trainable_weights:
            copies = strategy.experimental_local_results(variable.value)
            variable.assign(np.mean([copy.numpy() for copy in copies], axis=0))

    def fingerprint(self) -> dict[str, Any]:
        """What the weights depend on beside the examples."""
        shape = self._metadata_shape
        eigenvalues = self._undo_whitening
        return {
            **self.config.to_json(),
            "backend": keras.backend.backend(),
            "metadata_shape": None if shape is None else vars(shape),
            "undo_whitening": None
            if eigenvalues is None
            else hashlib.sha256(np.asarray(eigenvalues).tobytes()).hexdigest(),
        }


def averages_momentum(steps: int) -> float:
    """The momentum of a batch normalisation's averages, for so many steps an epoch.

    Two epochs leave 1 % of the averages' starting values, so that few steps an epoch
    do not mean validation with statistics nobody measured.
    """
    return min(0.99, max(0.8, 0.01 ** (1 / (2 * steps))))


def log_odds(labels: NDArray[np.int8]) -> NDArray[np.float32]:
    """Where the outputs start: at each label's share of its known truths."""
    positives = (labels == 1).sum(axis=0) + 0.5
    negatives = (labels == 0).sum(axis=0) + 0.5
    return np.log(positives / negatives).astype(np.float32)


def _penalise(model: keras.Model, strength: float) -> None:
    """Adds half the sum of the squared weights of dense layers to the loss."""
    if not strength:
        return
    for variable in model.trainable_variables:
        if variable.name == "kernel":
            # Keras' own form has no half.
            variable.regularizer = keras.regularizers.L2(strength / 2)


def _optimizer(config: TrainConfig, pass_examples: int) -> keras.optimizers.Optimizer:
    examples = config.decay_examples
    if examples is None:
        examples = pass_examples
    rate = keras.optimizers.schedules.ExponentialDecay(
        config.learning_rate,
        decay_steps=math.ceil(examples / config.batch_size),
        decay_rate=config.decay_rate,
        staircase=True,
    )
    return keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm)


@contextlib.contextmanager
def _precision(mixed: bool) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if mixed else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _replicas(gpus: int) -> contextlib.AbstractContextManager[Any]:
    if gpus == 1:
        return contextlib.nullcontext()
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "`gpus` must be 1 under another backend than TensorFlow. Received: "
            f"gpus={gpus}, backend={keras.backend.backend()!r}"
        )
    import tensorflow as tf

    # Where there is no GPU, several logical CPU devices do for a trial.
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices(
        "CPU"
    )
    if len(devices) < gpus:
        raise ValueError(
            f"`gpus` must be at most the number of devices. Received: gpus={gpus}, "
            f"devices={[device.name for device in devices]}"
        )
    names = [device.name for device in devices[:gpus]]
    return tf.distribute.MirroredStrategy(names).scope()
