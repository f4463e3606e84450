"""The visual categorizer: frame features (and metadata) in, scores out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from vidcat.models.average import FrameAverage
from vidcat.models.gating import ContextGating
from vidcat.models.metadata import MetadataShape, metadata_inputs, metadata_vector
from vidcat.models.nextvlad import NeXtVLAD
from vidcat.models.whitening import UndoWhitening

POOLINGS = ("nextvlad", "average")
"""The ways to make one vector of a video's frames."""


# Each cluster's residual is brought to norm 1 within a group: of a group of one
# feature only the sign would be left.
_NARROWEST_GROUP = 16


@dataclass(frozen=True, kw_only=True)
class Preset:
    """The size of a visual categorizer."""

    groups: int
    """Groups of NeXtVLAD, at most: see `build_visual_categorizer`."""
    clusters: int
    """Clusters of NeXtVLAD."""
    expansion: int
    """How many times NeXtVLAD widens the frames."""
    hidden: int
    """Width of the hidden layer."""


PRESETS = {
    "paper": Preset(groups=8, clusters=128, expansion=2, hidden=2048),
    "base": Preset(groups=8, clusters=64, expansion=2, hidden=1024),
    "small": Preset(groups=8, clusters=32, expansion=1, hidden=512),
}
"""Sizes by name: as published, for some ten thousands of videos, for fewer."""


def build_visual_categorizer(
    *,
    labels: int,
    feature_dim: int = 1024,
    preset: str = "base",
    pooling: str = "nextvlad",
    metadata: MetadataShape | None = None,
    dropout: float = 0.5,
    owner_dropout: float = 0.2,
    undo_whitening: Sequence[float] | None = None,
    batch_norm_momentum: float = 0.99,
) -> keras.Model:
    """Builds the network, with weights drawn at random.

    Frames are pooled, metadata joined, and both pass a hidden layer, context
    gating and one logistic output a label. Both poolings end in a batch
    normalisation and have the same layers behind them, so that they differ in the
    pooling alone.

    Args:
        labels: Number of labels, L.
        feature_dim: Width of a frame's features, D. Defaults to `1024`.
        preset: Size, a key of `PRESETS`. Groups are as many of the preset's as
            divide `expansion * feature_dim` into parts of 16 features or more.
            Defaults to `"base"`.
        pooling: One of `POOLINGS`. Defaults to `"nextvlad"`.
        metadata: Numbers of ids; `None` for a network on frames alone.
        dropout: Share of the pooled vector that training hides, in `[0, 1)`.
            Defaults to `0.5`.
        owner_dropout: Share of the owners that training hides, in `[0, 1]`.
            Defaults to `0.2`.
        undo_whitening: The projection's eigenvalues, D of them, to undo the
            whitening before the network; `None` leaves the features as they are.
        batch_norm_momentum: Share of the moving averages that a training step
            keeps. Defaults to `0.99`.

    Returns:
        A model of dict inputs: `frames`, float32 `(batch, frames, D)`; `mask`, bool
        `(batch, frames)`, `False` for padding; with metadata also what
        `metadata_inputs` names. Its output is the layer `scores`, float32
        `(batch, L)` in (0, 1), behind the layer `logits`.

    Raises:
        ValueError: If an argument is outside its range.
    """
    _check(labels=labels, feature_dim=feature_dim)
    if preset not in PRESETS:
        raise ValueError(
            f"`preset` must be one of {sorted(PRESETS)}. Received: preset={preset!r}"
        )
    if not 0 <= dropout < 1:
        raise ValueError(f"`dropout` must be in [0, 1). Received: dropout={dropout}")
    size = PRESETS[preset]
    inputs = {
        "frames": keras.Input((None, feature_dim), dtype="float32", name="frames"),
        "mask": keras.Input((None,), dtype="bool", name="mask"),
    }
    frames = inputs["frames"]
    if undo_whitening is not None:
        frames = UndoWhitening(undo_whitening, name="undo_whitening")(frames)
    vector = _pooled(frames, inputs["mask"], pooling, size, batch_norm_momentum)
    vector = keras.layers.Dropout(dropout, name="pooled_dropout")(vector)
    if metadata is not None:
        inputs |= metadata_inputs()
        described = metadata_vector(inputs, metadata, owner_dropout)
        vector = keras.layers.Concatenate(name="described")([vector, described])
    vector = _hidden(vector, size.hidden, batch_norm_momentum)
    # The last layers stay in float32 under any policy: scores are compared with
    # thresholds to four decimals.
    logits = keras.layers.Dense(labels, dtype="float32", name="logits")(vector)
    scores = keras.layers.Activation("sigmoid", dtype="float32", name="scores")(logits)
    return keras.Model(inputs, scores, name=f"visual_{pooling}_{preset}")


def logits_model(model: keras.Model) -> keras.Model:
    """The same network without its last sigmoid; weights are shared.

    Args:
        model: A model of `build_visual_categorizer`.

    Returns:
        A model of the same inputs whose output is float32 `(batch, L)`.
    """
    return keras.Model(model.input, model.get_layer("logits").output)


def _check(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"`{name}` must be positive. Received: {name}={count}")


def _pooled(frames: Any, mask: Any, pooling: str, size: Preset, momentum: float) -> Any:
    if pooling == "nextvlad":
        return NeXtVLAD(
            size.clusters,
            groups=_groups(size.groups, size.expansion * frames.shape[-1]),
            expansion=size.expansion,
            batch_norm_momentum=momentum,
            name="nextvlad",
        )(frames, mask=mask)
    if pooling == "average":
        average = FrameAverage(name="average")(frames, mask=mask)
        return _batch_norm(momentum, "average_norm")(average)
    raise ValueError(
        f"`pooling` must be one of {sorted(POOLINGS)}. Received: pooling={pooling!r}"
    )


def _groups(most: int, width: int) -> int:
    fitting = [g for g in range(1, most + 1) if width % g == 0]
    return max(g for g in fitting if g == 1 or width // g >= _NARROWEST_GROUP)


def _hidden(vector: Any, width: int, momentum: float) -> Any:
    vector = keras.layers.Dense(
        width, use_bias=False, kernel_initializer="he_normal", name="hidden"
    )(vector)
    vector = _batch_norm(momentum, "hidden_norm")(vector)
    vector = keras.layers.ReLU(name="hidden_relu")(vector)
    return ContextGating(batch_norm_momentum=momentum, name="gating")(vector)


def _batch_norm(momentum: float, name: str) -> Any:
    return keras.layers.BatchNormalization(momentum=momentum, epsilon=1e-3, name=name)
