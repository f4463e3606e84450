import dataclasses
import hashlib
import inspect
import itertools
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import keras
import numpy as np
import pytest
from tiny_network import SIZE, UNREACHABLE, WIDTH, add_tiny_network

from vidcat.inference.encoders import keras_encoder
from vidcat.inference.encoders.keras_encoder import with_preprocessing
from vidcat.inference.encoders.keras_networks import NETWORKS
from vidcat.inference.encoders.weights import WeightsFile, WeightsUnavailable
from vidcat.inference.frame_encoder import FrameEncoder

SHARED = Path(
    os.environ.get("VIDCAT_SHARED_DATA", Path(__file__).parents[2] / "shared/data")
)
REAL_NETWORK = next(SHARED.glob("mobilenet/*.tflite"), None)


def noise(count, size, seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, size, size, 3), np.uint8)


@pytest.fixture(scope="module", autouse=True)
def tiny_is_known():
    before = add_tiny_network()
    yield
    keras_encoder.NETWORKS = before


@pytest.fixture(scope="module")
def encoder():
    return FrameEncoder.load("tiny", "random", batch_size=8)


@pytest.mark.parametrize("batch_size", [1, 7, 8, 24])
def test_a_frame_gets_the_same_bytes_alone_and_anywhere_in_a_batch(batch_size):
    encoder = FrameEncoder.load("tiny", "random", batch_size=batch_size)
    assert 1 <= encoder.frames_per_call <= batch_size
    frames = noise(31, SIZE)
    together = encoder.describe(frames)
    assert together.shape == (31, WIDTH)
    assert together.dtype == np.float32
    for place in range(31):
        alone = encoder.describe(frames[place : place + 1])
        np.testing.assert_array_equal(alone[0], together[place], err_msg=str(place))
    assert len(np.unique(together, axis=0)) == 31


class UnevenEncoder(FrameEncoder):
    """Its network computes something else in every second place of a batch."""

    def __init__(self):
        super().__init__(
            name="uneven",
            input_size=2,
            width=1,
            weights_sha256="00",
            preprocessing="none",
            untrained=False,
            batch_size=6,
        )

    def _describe_batch(self, frames):
        assert len(frames) == 6
        means = frames.mean(axis=(1, 2, 3), dtype="float32")
        return (means + np.arange(6) % 2)[:, None]


def test_places_that_compute_otherwise_are_not_used():
    encoder = UnevenEncoder()
    frames = np.arange(8, dtype=np.uint8).repeat(12).reshape(8, 2, 2, 3)
    assert encoder.frames_per_call == 3
    assert encoder.describe(frames).ravel().tolist() == list(range(8))


def test_no_frames_give_no_features(encoder):
    assert encoder.describe(noise(0, SIZE)).shape == (0, WIDTH)


# Where keras.applications has the function that its weights were trained with.
PREPROCESSING = {
    "inception_v3": keras.applications.inception_v3,
    "inception_resnet_v2": keras.applications.inception_resnet_v2,
    "xception": keras.applications.xception,
    "resnet50_v2": keras.applications.resnet_v2,
    "efficientnet_v2_b0": keras.applications.efficientnet_v2,
    "mobilenet_v3_large": keras.applications.mobilenet_v3,
    "mobilenet_v3_small": keras.applications.mobilenet_v3,
}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_pixels_are_scaled_as_keras_applications_does(name):
    network = dataclasses.replace(NETWORKS[name], input_size=4)
    every_byte = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 4, 4, 3)
    scaled = with_preprocessing(network, keras.layers.Identity())(every_byte)
    expected = PREPROCESSING[name].preprocess_input(every_byte.astype("float32"))
    np.testing.assert_allclose(scaled, expected, atol=1e-6)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_recorded_checksums_are_those_of_keras(name):
    source = inspect.getsource(sys.modules[NETWORKS[name].build.__module__])
    source += inspect.getsource(sys.modules["keras.src.applications.resnet"])
    assert f'"{NETWORKS[name].imagenet.md5}"' in source


def test_a_weights_file_gives_the_features_of_the_network_itself(tmp_path):
    network = keras.applications.MobileNetV3Small(
        include_top=False, pooling="avg", input_shape=(224, 224, 3), weights=None
    )
    path = tmp_path / "own.weights.h5"
    network.save_weights(path)
    loaded = FrameEncoder.load("mobilenet_v3_small", path, batch_size=2)
    frames = noise(2, 224)
    expected = network(frames.astype("float32"))
    np.testing.assert_allclose(loaded.describe(frames), expected, rtol=1e-3, atol=1e-6)
    assert loaded.weights_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded.untrained is False
    assert (loaded.width, loaded.input_size) == (576, 224)


def test_a_file_that_holds_other_weights_is_refused(tmp_path):
    path = tmp_path / "torn.weights.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ValueError, match=r"torn\.weights\.h5: not a file of weights"):
        FrameEncoder.load("tiny", path)


def test_random_weights_depend_on_the_seed_alone(encoder):
    keras.utils.set_random_seed(99)
    same = FrameEncoder.load("tiny", "random", batch_size=8)
    other = FrameEncoder.load("tiny", "random", batch_size=8, seed=1)
    frames = noise(1, SIZE)
    assert encoder.untrained
    assert same.weights_sha256 == encoder.weights_sha256 != other.weights_sha256
    np.testing.assert_array_equal(same.describe(frames), encoder.describe(frames))
    assert not np.allclose(other.describe(frames), encoder.describe(frames))


def test_random_kernels_have_the_variance_of_he(encoder):
    kernels = {
        layer.name: layer.kernel.numpy()
        for layer in encoder.model.layers[2].layers
        if hasattr(layer, "kernel")
    }
    # Inputs of a unit: 3 x 3 pixels of 3 colours; 3 x 3 of one channel; 24; 301.
    inputs = {"conv": 27, "depthwise": 9, "wide": 24, "narrow": 301}
    assert kernels.keys() == inputs.keys()
    for name, count in inputs.items():
        assert kernels[name].var() == pytest.approx(2 / count, rel=0.25), name


def test_half_precision_stays_inside(encoder, monkeypatch):
    monkeypatch.setattr(keras_encoder, "keras_has_gpu", lambda: True)
    half = FrameEncoder.load("tiny", "random", batch_size=2)
    assert keras.config.dtype_policy().name == "float32"
    frames = noise(2, SIZE)
    described = half.describe(frames)
    assert described.dtype == np.float32
    assert half.model.layers[2].layers[0].compute_dtype == "float16"
    expected = encoder.describe(frames)
    # float16 has 11 digits: errors of some thousandths, and not none.
    error = np.abs(described - expected).max() / np.abs(expected).max()
    assert 0 < error < 0.01


@pytest.mark.parametrize(
    ("shape", "kind", "received"),
    [
        ((1, 15, 15, 3), np.uint8, r"dtype=uint8, shape=\(1, 15, 15, 3\)"),
        ((1, 16, 16, 3), np.float32, "dtype=float32"),
    ],
)
def test_frames_of_another_shape_or_type_are_refused(encoder, shape, kind, received):
    with pytest.raises(ValueError, match=received):
        encoder.describe(np.zeros(shape, kind))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "inception_v9"}, r"Received: name='inception_v9'"),
        ({"weights": "random", "batch_size": 0}, "batch_size=0"),
        ({"weights": "random", "pixel_range": (0, 1)}, r"pixel_range=\(0, 1\)"),
        ({"name": "x.tflite", "weights": "imagenet"}, "weights='imagenet'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        FrameEncoder.load(**arguments)


@pytest.mark.parametrize(
    "arguments", [{"name": "no.tflite"}, {"weights": "no.weights.h5"}]
)
def test_missing_files_are_named(arguments):
    with pytest.raises(FileNotFoundError, match=r"Received: \w+='no\."):
        FrameEncoder.load(**arguments)


CONTENT = b"weights, as far as a checksum can tell"


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A server with one file of weights; counts how often that is asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    url = f"http://127.0.0.1:{server.server_port}/some/own.weights.h5"
    yield WeightsFile(url=url, md5=hashlib.md5(CONTENT).hexdigest()), asked  # noqa: S324
    server.shutdown()
    server.server_close()


def test_weights_are_downloaded_once(published, tmp_path):
    weights, asked = published
    assert not weights.is_cached()
    assert weights.fetch() == tmp_path / "models" / "own.weights.h5"
    assert weights.fetch().read_bytes() == CONTENT
    assert weights.is_cached()
    assert asked == ["/some/own.weights.h5"]


def test_a_damaged_cache_is_filled_again(published):
    weights, _ = published
    weights.fetch().write_bytes(CONTENT[:-1])
    assert not weights.is_cached()
    assert weights.fetch().read_bytes() == CONTENT


def test_a_download_with_another_checksum_is_not_kept(published, tmp_path):
    weights = dataclasses.replace(published[0], md5="0" * 32)
    with pytest.raises(WeightsUnavailable, match=f"not the recorded {'0' * 32}"):
        weights.fetch()
    assert list((tmp_path / "models").iterdir()) == []


def test_without_network_one_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(WeightsUnavailable) as caught:
        FrameEncoder.load("tiny")
    text = str(caught.value)
    assert f"Download {UNREACHABLE.url}" in text
    assert f"put the file at {tmp_path / 'models' / 'tiny.weights.h5'}" in text
    assert "`--frame-weights PATH`" in text


UNDER_JAX = """
import sys

class NoTensorFlow:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ImportError("TensorFlow is absent")

sys.meta_path.insert(0, NoTensorFlow())
import numpy as np
from tiny_network import SIZE, add_tiny_network
from vidcat.inference.frame_encoder import FrameEncoder

add_tiny_network()
encoder = FrameEncoder.load("tiny", "random", batch_size=8)
frames = np.random.default_rng(0).integers(0, 256, (9, SIZE, SIZE, 3), np.uint8)
together = encoder.describe(frames)
for place in range(9):
    alone = encoder.describe(frames[place : place + 1])
    assert (alone[0] == together[place]).all(), place
assert "tensorflow" not in sys.modules
assert "jax" in sys.modules
np.savez(sys.argv[1], features=together, sha256=encoder.weights_sha256)
"""


def test_under_jax_without_tensorflow_the_numbers_are_the_same(encoder, tmp_path):
    path = tmp_path / "jax.npz"
    done = subprocess.run(
        [sys.executable, "-c", UNDER_JAX, path],
        cwd=Path(__file__).parent,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    under_jax = np.load(path)
    assert under_jax["sha256"] == encoder.weights_sha256
    np.testing.assert_allclose(
        under_jax["features"], encoder.describe(noise(9, SIZE)), rtol=1e-3, atol=1e-5
    )


# The networks in the files below are known: the mean colour of a frame, mixed.
MIXED = np.array([[1.0, 0.0, 0.5, -1.0], [0.0, 1.0, 0.5, 0.0], [0.0, 0.0, 1.0, 2.0]])


def mean_colours(frames, low, high):
    scaled = low + (high - low) * frames.astype(np.float64) / 255
    return scaled.mean(axis=(1, 2)) @ MIXED


def traced(batch, kind="float32"):
    import tensorflow as tf

    signature = tf.TensorSpec((batch, 8, 8, 3), kind)

    @tf.function(input_signature=[signature])
    def describe(pixels):
        means = tf.reduce_mean(tf.cast(pixels, "float32"), axis=(1, 2))
        return {"features": means @ tf.constant(MIXED, "float32")}

    return describe


def write_tflite(path, batch, quantised=None):
    import tensorflow as tf

    describe = traced(batch)
    holder = tf.Module()
    holder.describe = describe
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [describe.get_concrete_function()], holder
    )
    if quantised is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: (
            [np.full((1, 8, 8, 3), colour, "float32")]
            for colour in itertools.product((-1.0, 0.0, 1.0), repeat=3)
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = quantised
        converter.inference_output_type = quantised
    path.write_bytes(converter.convert())
    return path


def test_tflite_with_floats_and_an_open_batch(tmp_path):
    path = write_tflite(tmp_path / "open.tflite", None)
    encoder = FrameEncoder.load(path, batch_size=4)
    frames = noise(6, 8)
    assert (encoder.batch_size, encoder.width, encoder.input_size) == (4, 4, 8)
    assert encoder.name == "open.tflite"
    assert encoder.weights_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    np.testing.assert_allclose(
        encoder.describe(frames), mean_colours(frames, -1, 1), atol=1e-5
    )
    other = FrameEncoder.load(path, pixel_range=(0.0, 1.0))
    np.testing.assert_allclose(
        other.describe(frames), mean_colours(frames, 0, 1), atol=1e-5
    )
    assert (encoder.preprocessing, other.preprocessing) == ("[-1, 1]", "[0, 1]")


@pytest.mark.parametrize("kind", ["uint8", "int8"])
def test_tflite_in_eight_bits_is_dequantised(tmp_path, kind):
    import tensorflow as tf

    path = write_tflite(tmp_path / "bytes.tflite", 1, tf.as_dtype(kind))
    encoder = FrameEncoder.load(path)
    assert (encoder.batch_size, encoder.preprocessing) == (1, kind)
    colours = np.array([[255, 0, 0], [0, 255, 255], [90, 90, 90]], np.uint8)
    frames = np.broadcast_to(colours[:, None, None], (3, 8, 8, 3))
    # Two roundings to 256 steps of a range of 6 leave errors of some hundredths.
    np.testing.assert_allclose(
        encoder.describe(frames), mean_colours(frames, -1, 1), atol=0.1
    )


def test_tflite_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "text.tflite"
    path.write_text("not a network, but long enough to look into")
    with pytest.raises(ValueError, match=r"text\.tflite: not a TensorFlow Lite"):
        FrameEncoder.load(path)


def test_tflite_without_its_library_names_the_extra(tmp_path, monkeypatch):
    path = tmp_path / "any.tflite"
    path.touch()
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(ImportError, match=r"pip install 'vidcat\[tflite\]'"):
        FrameEncoder.load(path)


@pytest.mark.parametrize(
    ("kind", "low", "high"), [("float32", 0, 1), ("uint8", 0, 255)]
)
def test_saved_model_describes_what_its_signature_computes(tmp_path, kind, low, high):
    import tensorflow as tf

    holder = tf.Module()
    holder.describe = traced(None, kind)
    tf.saved_model.save(holder, tmp_path / "colours", signatures=holder.describe)
    encoder = FrameEncoder.load(tmp_path / "colours", batch_size=4)
    frames = noise(6, 8)
    assert (encoder.name, encoder.width, encoder.input_size) == ("colours", 4, 8)
    np.testing.assert_allclose(
        encoder.describe(frames), mean_colours(frames, low, high), rtol=1e-5, atol=1e-4
    )


@pytest.mark.skipif(REAL_NETWORK is None, reason="needs the real TFLite network")
def test_real_tflite_network_tells_frames_apart():
    encoder = FrameEncoder.load(REAL_NETWORK)
    frames = np.concatenate([noise(2, 224), np.full((1, 224, 224, 3), 127, np.uint8)])
    described = encoder.describe(frames)
    assert described.shape == (3, 1024)
    np.testing.assert_array_equal(encoder.describe(frames[2:])[0], described[2])
    # Two fields of noise are nearer to each other than to a grey field.
    apart = np.linalg.norm(described[:, None] - described[None], axis=-1)
    assert 0 < apart[0, 1] < apart[0, 2] / 2
