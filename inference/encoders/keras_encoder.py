"""Frame encoders from keras.applications."""

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from vidcat.inference.encoders.keras_networks import NETWORKS, KerasNetwork
from vidcat.inference.encoders.weights import file_sha256
from vidcat.inference.frame_encoder import FrameEncoder, require_positive


class KerasEncoder(FrameEncoder):
    """A network of keras.applications; see `FrameEncoder.load`.

    It ends in the average over all places of its last feature maps. On a GPU it
    computes in float16 with float32 at both ends; elsewhere in float32.

    Args:
        name: Key of `NETWORKS`.
        weights: `imagenet`, `random`, or the path of a file of weights.
        batch_size: Frames in a call of the network.
        seed: Seed of `random` weights.

    Raises:
        ValueError: If the name is unknown, or the file does not fit the network.
        FileNotFoundError: If the file of weights is missing.
        WeightsUnavailable: If the ImageNet weights cannot be had.
    """

    def __init__(
        self, name: str, weights: str | Path, batch_size: int, seed: int
    ) -> None:
        if name not in NETWORKS:
            raise ValueError(
                f"`name` must be one of {sorted(NETWORKS)}, a .tflite file or the "
                f"folder of a SavedModel. Received: name={name!r}"
            )
        require_positive(batch_size)
        network = NETWORKS[name]
        file = None if weights == "random" else _weights_file(network, weights)
        backbone = _build_backbone(network, file)
        if file is None:
            weights_sha256 = set_random_weights(backbone, seed)
        else:
            weights_sha256 = file_sha256(file)
        super().__init__(
            name=name,
            input_size=network.input_size,
            width=backbone.output_shape[-1],
            weights_sha256=weights_sha256,
            preprocessing="[-1, 1]" if network.scaled else "in the network",
            untrained=file is None,
            batch_size=batch_size,
        )
        self.model = with_preprocessing(network, backbone)

    def _describe_batch(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(self.model.predict_on_batch(frames), np.float32)


def with_preprocessing(network: KerasNetwork, backbone: Any) -> Any:
    """The network from bytes to float32: one compiled graph, scaling included.

    Args:
        network: Says what its pixels need.
        backbone: What its constructor built.

    Returns:
        A `keras.Model` from uint8 `(batch, size, size, 3)` to float32
        `(batch, width)`.
    """
    size = network.input_size
    pixels = keras.Input((size, size, 3), dtype="uint8")
    # In float32 whatever the network computes in: float16 has too few digits
    # for the 256 values of a pixel.
    scale, offset = (1 / 127.5, -1.0) if network.scaled else (1.0, 0.0)
    scaled = keras.layers.Rescaling(scale, offset, dtype="float32")(pixels)
    described = keras.layers.Activation("linear", dtype="float32")(backbone(scaled))
    return keras.Model(pixels, described)


def set_random_weights(backbone: Any, seed: int) -> str:
    """Fills a network with weights that depend on the seed alone.

    Kernels are normal with variance 2 / (inputs of a unit), which keeps activations
    at their size through layers of ReLU (He et al., 2015,
    https://arxiv.org/abs/1502.01852); all else keeps its initial constant. NumPy
    draws them, so that every Keras backend gets the same.

    Args:
        backbone: A `keras.Model`; is changed.
        seed: Seed of the generator.

    Returns:
        SHA-256 of the weights, in hexadecimal.
    """
    generator = np.random.default_rng(seed)
    total = hashlib.sha256()
    for variable in backbone.weights:
        values = keras.ops.convert_to_numpy(variable).astype(np.float32)
        if values.ndim > 1:
            # A depthwise kernel (height, width, channels, 1) sees one channel.
            depthwise = "depthwise" in variable.path
            inputs = np.prod(values.shape[: 2 if depthwise else -1])
            values = generator.standard_normal(values.shape, np.float32)
            values *= np.sqrt(2 / inputs, dtype=np.float32)
            variable.assign(values)
        total.update(values.tobytes())
    return total.hexdigest()


def _weights_file(network: KerasNetwork, weights: str | Path) -> Path:
    if weights == "imagenet":
        return network.imagenet.fetch()
    path = Path(weights)
    if not path.is_file():
        raise FileNotFoundError(
            "`weights` must be 'imagenet', 'random' or an existing file. "
            f"Received: weights={str(weights)!r}"
        )
    return path


def _build_backbone(network: KerasNetwork, file: Path | None) -> Any:
    size = network.input_size
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16" if keras_has_gpu() else "float32")
    try:
        return network.build(
            include_top=False,
            pooling="avg",
            input_shape=(size, size, 3),
            weights=None if file is None else str(file),
        )
    except (ValueError, OSError) as error:
        if file is None:
            raise
        raise ValueError(
            f"{file}: not a file of weights for {network.build.__name__} without "
            f"its top ({error})"
        ) from error
    finally:
        keras.config.set_dtype_policy(before)


def keras_has_gpu() -> bool:
    """Whether Keras' networks run on a GPU."""
    devices = keras.distribution.list_devices()
    return any(device.startswith(("gpu", "cuda")) for device in devices)
