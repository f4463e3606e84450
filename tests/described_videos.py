"""Described, labelled videos for tests, made as they are needed."""

from dataclasses import dataclass

import numpy as np

from vidcat.training.dataset import Examples

WIDTH = 8


@dataclass
class StoredFrames:
    """A video's features that notes how often they are read."""

    values: np.ndarray
    reads: int = 0

    def frames(self):
        self.reads += 1
        return self.values


def labelled_videos(count, seed, *, labels=3, metadata=False, longest=6):
    """Videos whose first features tell their labels; some truths are unknown.

    Video `n` has the id `vn`, `1 + n % longest` frames and features `WIDTH` wide.
    """
    rng = np.random.default_rng(seed)
    truth = (rng.random((count, labels)) < 0.4).astype(np.int8)
    features = {}
    for n in range(count):
        frames = 0.5 * rng.normal(size=(1 + n % longest, WIDTH))
        frames[:, :labels] += 2.0 * truth[n] - 1
        features[f"v{n}"] = StoredFrames(frames.astype(np.float32))
    known = np.where(rng.random(truth.shape) < 0.1, -1, truth).astype(np.int8)
    return Examples(
        ids=list(features),
        features=features,
        labels=known,
        metadata=random_metadata(count, rng) if metadata else None,
    )


def random_metadata(count, rng):
    """Metadata for `MetadataShape(owners=5, upload_categories=3, languages=4)`."""
    return {
        "owner": rng.integers(0, 5, count).astype(np.int32),
        "upload_category": rng.integers(0, 3, count).astype(np.int32),
        "language": rng.integers(0, 4, count).astype(np.int32),
        "numbers": rng.normal(size=(count, 4)).astype(np.float32),
    }
