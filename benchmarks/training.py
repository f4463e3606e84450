"""Training examples a second, and the share of the machine they take.

Usage: python benchmarks/training.py [--presets small base] [--pooling nextvlad]
           [--frames 64] [--batch-size 64] [--mixed-precision] [--xla]

Trains on random videos, 1024 features wide and stored in 8 bits, with the package's
own loop, batching included; the first epoch, which compiles, is not timed. The share
is the network's multiplications and additions (forward, and backward to weights and
activations) against those of one large matrix product in the same precision.
KERAS_BACKEND chooses TensorFlow or JAX. Takes about a minute on two cores; give a
GPU more to do, as in `--presets base paper --frames 300 --batch-size 160`.
"""

import argparse
import time

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from vidcat.inference.feature_store.frame_features import dequantise
from vidcat.models.visual import PRESETS
from vidcat.training.config import TrainConfig
from vidcat.training.dataset import Examples
from vidcat.training.networks.batches import VideoBatches
from vidcat.training.networks.feeding import fed
from vidcat.training.networks.network import TrainedNetwork

FEATURE_DIM = 1024
LABELS = 196
BATCHES = 4
TIMED_SECONDS = 3.0


class QuantisedFrames:
    """A video as the feature store has it."""

    def __init__(self, values: NDArray[np.uint8]) -> None:
        self._values = values

    def frames(self) -> NDArray[np.float32]:
        """The features in float32."""
        return dequantise(self._values)


def random_examples(count: int, frames: int) -> Examples:
    rng = np.random.default_rng(0)
    videos = {
        f"v{n}": QuantisedFrames(
            rng.integers(256, size=(frames, FEATURE_DIM), dtype="u1")
        )
        for n in range(count)
    }
    labels = (rng.random((count, LABELS)) < 0.02).astype(np.int8)
    return Examples(ids=list(videos), features=videos, labels=labels)


def matrix_product_rate(dtype: str) -> float:
    """Floating-point operations a second of a large product, the best of several."""
    size, best = 1024, 0.0
    while size <= 8192:
        left = ops.cast(keras.random.normal((size, size)), dtype)
        ops.convert_to_numpy(ops.matmul(left, left)[0, 0])
        started, products = time.perf_counter(), 0
        while products < 3 or time.perf_counter() - started < 1:
            product = ops.matmul(left, left)
            products += 1
            if products % 3 == 0:
                ops.convert_to_numpy(product[0, 0])
        seconds = time.perf_counter() - started
        best = max(best, 2 * size**3 * products / seconds)
        if seconds > 2:
            break
        size *= 2
    return best


def operations_per_example(network: TrainedNetwork, frames: int) -> float:
    """Multiplications and additions of a training step, for one video.

    Each product is taken three times: forward, to the weights' gradient, and to the
    activations', which the first layer does not need.
    """
    per_frame = per_video = 0
    for weight in network.full.trainable_weights:
        if weight.path.endswith("widen/kernel"):
            per_frame += 2 * int(np.prod(weight.shape))
        elif weight.path.endswith(("attend/kernel", "assign/kernel")):
            per_frame += 3 * int(np.prod(weight.shape))
        elif weight.path.endswith("kernel"):
            per_video += 3 * int(np.prod(weight.shape))
    if network.config.pooling == "nextvlad":
        size = PRESETS[network.config.preset]
        # G products of K weights and width / G features a frame.
        per_frame += 3 * size.clusters * size.expansion * FEATURE_DIM
    return 2.0 * (per_frame * frames + per_video)


def examples_per_second(
    network: TrainedNetwork, examples: Examples, config: TrainConfig
) -> float:
    batches = VideoBatches(examples, batch_size=config.batch_size, seed=0)

    def train_one_epoch() -> None:
        with fed(batches) as source:
            network.trained.fit(source, shuffle=False, verbose=0)

    train_one_epoch()
    started, epochs = time.perf_counter(), 0
    while epochs == 0 or time.perf_counter() - started < TIMED_SECONDS:
        train_one_epoch()
        epochs += 1
    return epochs * len(examples) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--presets", nargs="+", default=["small", "base"])
    parser.add_argument("--pooling", default="nextvlad")
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--mixed-precision", action="store_true")
    parser.add_argument("--xla", action="store_true")
    arguments = parser.parse_args()
    examples = random_examples(BATCHES * arguments.batch_size, arguments.frames)
    dtype = "bfloat16" if arguments.mixed_precision else "float32"
    rate = matrix_product_rate(dtype)
    print(
        f"{keras.backend.backend()}, {dtype}; matrix product {rate / 1e9:.0f} GFLOP/s"
    )
    for preset in arguments.presets:
        config = TrainConfig(
            preset=preset,
            pooling=arguments.pooling,
            batch_size=arguments.batch_size,
            mixed_precision=arguments.mixed_precision,
            xla=arguments.xla,
        )
        network = TrainedNetwork(examples, config, None, None)
        speed = examples_per_second(network, examples, config)
        operations = operations_per_example(network, arguments.frames)
        print(
            f"{preset}: {speed:.1f} examples/s of {arguments.frames} frames, "
            f"{speed * operations / 1e9:.0f} GFLOP/s, "
            f"{speed * operations / rate:.0%} of the matrix product"
        )


if __name__ == "__main__":
    main()
