"""Makes small feature stores for tests."""

import numpy as np

from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.feature_store.frame_features import FrameFeatures
from vidcat.inference.features import StoreHeader
from vidcat.inference.sampling import Sampling

WIDTH = 6

SPACE = FeatureSpace(
    encoder="inception_v3",
    weights_sha256="ab" * 32,
    untrained=False,
    input_size=299,
    fit="squash",
    resize_filter="bicubic",
    preprocessing="[-1, 1]",
    projection_sha256="cd" * 32,
    width=WIDTH,
)

HEADER = StoreHeader(space=SPACE, sampling=Sampling(max_frames=20))


def make_features(number, frames=None, version="1-1"):
    """Features that differ from number to number; 1 to 5 frames."""
    generator = np.random.default_rng(number)
    count = 1 + number % 5 if frames is None else frames
    return FrameFeatures(
        id=f"video-{number}",
        values=generator.integers(0, 256, (count, WIDTH), np.uint8),
        times_seconds=np.arange(count, dtype=np.float32),
        duration_seconds=float(number),
        source_version=version,
    )


def contents(store):
    """All that a store holds, in a form that can be compared."""
    return {
        video_id: (
            features.values.tobytes(),
            features.times_seconds.tobytes(),
            features.duration_seconds,
            features.source_version,
        )
        for video_id, features in store.items()
    }
