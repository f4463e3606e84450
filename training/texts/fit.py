"""Trains the network behind embeddings or sparse weights of n-grams."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from vidcat.inference.texts.head import TextInputs, head_logits, network_input
from vidcat.models.visual import logits_model
from vidcat.training.evaluation import video_metrics
from vidcat.training.networks.loss import KnownLabelsCrossEntropy
from vidcat.training.networks.network import log_odds
from vidcat.training.networks.progress import TrainingDiverged


@dataclass(frozen=True, kw_only=True)
class HeadConfig:
    """How a network behind one kind of text inputs is trained."""

    optimizer: Callable[[], keras.optimizers.Optimizer]
    """Makes the optimizer."""
    batch_size: int = 64
    """Rows in a step."""
    epochs: int = 100
    """At most so many passes over the training rows."""
    patience: int = 5
    """Epochs without a better validation GAP after which training stops."""


EpochListener = Callable[[int, int, float], None]
"""Called after each epoch with its number, the most there can be, validation GAP."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledTexts:
    """Texts as numbers, with their labels."""

    inputs: TextInputs
    """Of N texts."""
    labels: NDArray[np.int8]
    """1 yes, 0 no, -1 unknown, shape `(N, L)`."""


class NoPositiveLabel(ValueError):
    """No text of a part has a label that is true."""


def fit_head(
    build: Callable[[int], keras.Model],
    train: LabelledTexts,
    validation: LabelledTexts,
    config: HeadConfig,
    *,
    seed: int,
    listener: EpochListener | None = None,
) -> keras.Model:
    """Trains until validation GAP no longer rises.

    The same texts, settings and seed give the same weights on one kind of machine.

    Args:
        build: Makes the network from the number of steps in an epoch.
        train: Texts to learn from.
        validation: Texts to measure on after each epoch.
        config: Settings.
        seed: Of weights, order and dropout.
        listener: Told about each epoch.

    Returns:
        The network with the weights of the best epoch.

    Raises:
        NoPositiveLabel: If no label is true of any text of either part.
        TrainingDiverged: If the loss is not finite.
    """
    for name, part in (("training", train), ("validation", validation)):
        if not (part.labels == 1).any():
            raise NoPositiveLabel(
                f"The {name} part must have a text with a true label (texts: "
                f"{len(part.labels)}). Give more labelled rows with text."
            )
    keras.utils.set_random_seed(seed)
    steps = math.ceil(len(train.labels) / config.batch_size)
    model = build(steps)
    model.get_layer("logits").bias.assign(log_odds(train.labels))
    network = logits_model(model)
    network.compile(
        optimizer=config.optimizer(),
        loss=KnownLabelsCrossEntropy(),
        jit_compile=keras.backend.backend() == "jax",
    )
    order = np.random.default_rng(seed)
    best_gap, best_epoch, best_weights = -math.inf, 0, model.get_weights()
    for epoch in range(1, config.epochs + 1):
        _run_epoch(network, train, config.batch_size, order)
        gap = _gap(network, validation)
        if gap > best_gap:
            best_gap, best_epoch, best_weights = gap, epoch, model.get_weights()
        if listener is not None:
            listener(epoch, config.epochs, gap)
        if epoch - best_epoch >= config.patience:
            break
    model.set_weights(best_weights)
    return model


def _run_epoch(
    network: keras.Model,
    train: LabelledTexts,
    batch_size: int,
    order: np.random.Generator,
) -> None:
    rows = order.permutation(len(train.labels))
    # The last batch is filled with the first rows, so that there is one shape and
    # batch normalisation sees real texts only.
    missing = -len(rows) % batch_size
    rows = np.concatenate([rows, np.resize(rows, missing)])
    for start in range(0, len(rows), batch_size):
        chosen = rows[start : start + batch_size]
        labels = train.labels[chosen]
        # Whoever fills it up adds nothing to the loss.
        labels[max(0, len(train.labels) - start) :] = -1
        loss = network.train_on_batch(
            network_input(train.inputs[chosen], batch_size), labels
        )
        if not math.isfinite(loss):
            raise TrainingDiverged(
                f"The loss became {loss}; are all embeddings finite numbers?"
            )


def _gap(network: keras.Model, validation: LabelledTexts) -> float:
    logits = head_logits(network, validation.inputs)
    return video_metrics(validation.labels, logits)["gap"]
