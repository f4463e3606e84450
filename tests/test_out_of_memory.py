import itertools
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import jax
import numpy as np
import pytest
import tensorflow as tf
from colour_encoder import SIZE, ColourEncoder
from video_files import make_clock_video

from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.encoders.out_of_memory import is_out_of_memory
from vidcat.inference.frame_encoder import SmallerBatch
from vidcat.inference.frames import FrameSampler
from vidcat.inference.video import Video


def exhausted(text="OOM when allocating"):
    return tf.errors.ResourceExhaustedError(None, None, text)


def internal(text):
    return tf.errors.InternalError(None, None, text)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (exhausted(), True),
        (internal("Dst tensor is not initialized."), True),
        (internal("no such kernel"), False),
        (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory"), True),
        (jax.errors.JaxRuntimeError("INTERNAL: no such kernel"), False),
        (ValueError("RESOURCE_EXHAUSTED: of a title that somebody chose"), False),
    ],
)
def test_runtimes_say_that_memory_is_exhausted(error, expected):
    assert is_out_of_memory(error) == expected


class CrampedEncoder(ColourEncoder):
    """Has memory for `room` frames at once once it has made `roomy_calls` calls."""

    def __init__(self, *, batch_size, room, roomy_calls=0):
        super().__init__(batch_size=batch_size)
        self.room = room
        self.roomy_calls = roomy_calls
        self.sizes = []

    def _describe_batch(self, frames):
        self.sizes.append(len(frames))
        if len(frames) > self.room and len(self.sizes) > self.roomy_calls:
            raise exhausted()
        return super()._describe_batch(frames)


def noise(count):
    pixels = np.random.default_rng(0).integers(0, 256, (count, SIZE, SIZE, 3))
    return pixels.astype(np.uint8)


def test_the_batch_is_halved_until_it_fits_and_stays_so():
    encoder = CrampedEncoder(batch_size=24, room=7)
    with pytest.warns(SmallerBatch) as caught:
        described = encoder.describe(noise(13))
    # 24 and 12 do not fit; 6 does, first to find the places, then for 6 + 6 + 1.
    assert encoder.sizes == [24, 12, 6, 6, 6, 6]
    assert (encoder.batch_size, encoder.frames_per_call) == (6, 6)
    np.testing.assert_array_equal(described, ColourEncoder().describe(noise(13)))
    texts = [str(warning.message) for warning in caught]
    assert [text.partition(";")[0] for text in texts] == [
        "colours: no memory for a batch of 24 frames",
        "colours: no memory for a batch of 12 frames",
    ]
    assert "goes on with 6. Features may differ" in texts[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder.describe(noise(13))


def test_frames_that_were_described_before_memory_ran_out_are_kept():
    encoder = CrampedEncoder(batch_size=8, room=4, roomy_calls=2)
    with pytest.warns(SmallerBatch, match="batch of 8 frames"):
        described = encoder.describe(noise(20))
    # One for the places, 8 frames, then no more than 4: places anew, 4 + 4 + 4.
    assert encoder.sizes == [8, 8, 8, 4, 4, 4, 4]
    np.testing.assert_array_equal(described, ColourEncoder().describe(noise(20)))


def test_without_memory_for_one_frame_the_error_is_raised():
    encoder = CrampedEncoder(batch_size=4, room=0)
    with (
        pytest.warns(SmallerBatch),
        pytest.raises(tf.errors.ResourceExhaustedError, match="OOM"),
    ):
        encoder.describe(noise(1))
    assert encoder.sizes == [4, 2, 1]


def test_other_errors_leave_the_batch_as_it_is():
    class BrokenEncoder(ColourEncoder):
        def _describe_batch(self, frames):
            raise internal("no such kernel")

    encoder = BrokenEncoder(batch_size=4)
    with pytest.raises(tf.errors.InternalError, match="no such kernel"):
        encoder.describe(noise(1))
    assert encoder.batch_size == 4


def test_videos_share_the_smaller_batches(tmp_path):
    path = make_clock_video(tmp_path / "10.mkv", 10)
    videos = [Video(id=str(number), path=str(path)) for number in range(4)]
    sampler = FrameSampler(size=SIZE)
    encoder = CrampedEncoder(batch_size=11, room=5, roomy_calls=2)
    with pytest.warns(SmallerBatch):
        described = list(describe_videos(videos, sampler, encoder, decoders=1))
    # 40 frames: one call for the places, 11 of them, 11 that do not fit and go as
    # 5 + 5 + 1 after a call for the places; the other 18 as 5 + 5 + 5 + 3.
    assert encoder.sizes == [11, 11, 11, 5, *(5, 5, 5), *(5, 5, 5, 5)]
    roomy = list(describe_videos(videos, sampler, ColourEncoder(), decoders=1))
    for cramped, expected in zip(described, roomy, strict=True):
        assert len(cramped.features) == 10
        np.testing.assert_array_equal(cramped.features, expected.features)


# Its activations take 12 MiB a frame. No convolution: oneDNN's do not survive that
# they get no memory.
REAL = """
import json, resource, warnings
import keras, numpy as np
from tiny_network import UNREACHABLE
from vidcat.inference.encoders import keras_encoder
from vidcat.inference.encoders.keras_networks import KerasNetwork
from vidcat.inference.frame_encoder import FrameEncoder

def build_wide(*, include_top, pooling, input_shape, weights):
    layers = keras.layers
    pooled = [layers.UpSampling2D(64), layers.GlobalAveragePooling2D()]
    return keras.Sequential([keras.Input(input_shape), *pooled, layers.Dense(40)])

keras_encoder.NETWORKS = {
    "wide": KerasNetwork(
        build=build_wide, input_size=16, scaled=True, imagenet=UNREACHABLE
    )
}
frames = np.random.default_rng(0).integers(0, 256, (70, 16, 16, 3), np.uint8)
encoder = FrameEncoder.load("wide", "random", batch_size=32)
FrameEncoder.load("wide", "random", batch_size=1).describe(frames)
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limits = (in_use + 300 * 2**20, resource.RLIM_INFINITY)
resource.setrlimit(resource.RLIMIT_AS, limits)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    described = encoder.describe(frames)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
small = FrameEncoder.load("wide", "random", batch_size=encoder.batch_size)
assert small.describe(frames).tobytes() == described.tobytes()
assert len(np.unique(described, axis=0)) == 70
print(json.dumps([encoder.batch_size, [str(item.message) for item in caught]]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_tensorflow_that_gets_no_memory_describes_in_smaller_batches():
    done = subprocess.run(
        [sys.executable, "-c", REAL],
        cwd=Path(__file__).parent,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    batch_size, texts = json.loads(done.stdout)
    sizes = [32, 16, 8, 4, 2, 1]
    halved = sizes[: sizes.index(batch_size)]
    # 384 MiB do not fit into 300; 192 do, if little else is needed.
    assert len(halved) in (1, 2)
    for before, text in itertools.zip_longest(halved, texts):
        assert text.startswith(f"wide: no memory for a batch of {before} frames")
