"""A network like those of keras.applications, but built in a moment."""

import keras

from vidcat.inference.encoders import keras_encoder
from vidcat.inference.encoders.keras_networks import KerasNetwork
from vidcat.inference.encoders.weights import WeightsFile

SIZE = 16
WIDTH = 40


def build_tiny(*, include_top, pooling, input_shape, weights):
    """Takes the arguments that every constructor of keras.applications takes."""
    assert (include_top, pooling) == (False, "avg")
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(24, 3, strides=2, use_bias=False, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, use_bias=False, name="depthwise"),
            layers.GlobalAveragePooling2D(),
            # On one row per frame, where places in a batch may differ.
            layers.Dense(301, activation="relu", name="wide"),
            layers.Dense(WIDTH, name="narrow"),
        ]
    )
    if weights is not None:
        network.load_weights(weights)
    return network


# Port 9 (discard) answers nobody.
UNREACHABLE = WeightsFile(url="http://127.0.0.1:9/tiny.weights.h5", md5="0" * 32)

TINY = KerasNetwork(
    build=build_tiny, input_size=SIZE, scaled=True, imagenet=UNREACHABLE
)


def add_tiny_network():
    """Makes `tiny` known; answers what was known before."""
    before = keras_encoder.NETWORKS
    keras_encoder.NETWORKS = {**before, "tiny": TINY}
    return before
