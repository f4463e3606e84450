"""The padded batches that training makes of its examples."""

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from vidcat.inference.sampling import evenly_spread
from vidcat.training.dataset import Examples

_LENGTH_STEP = 32


def padded_length(frames: int, max_frames: int) -> int:
    """The number of frames that a batch is padded to.

    Powers of two up to 32, then multiples of 32, at most `max_frames`: a network
    that is compiled for each shape is compiled at most `5 + max_frames / 32` times,
    15 for 300, and videos described by one frame each are not padded at all.

    Args:
        frames: Frames of the longest video, at least 1 and at most `max_frames`.
        max_frames: The most there can be.

    Example:
        >>> [padded_length(frames, 300) for frames in (1, 3, 20, 33, 290)]
        [1, 4, 32, 64, 300]
    """
    if frames <= _LENGTH_STEP:
        length = 1 << (frames - 1).bit_length()
    else:
        length = math.ceil(frames / _LENGTH_STEP) * _LENGTH_STEP
    return min(length, max_frames)


class VideoBatches(keras.utils.PyDataset):
    """Batches of padded videos, each read when it is asked for.

    Every batch has `batch_size` rows. Where the examples do not fill the last one,
    it is filled with the first again, with all labels unknown: they add nothing to
    the loss, and batch statistics are taken over real videos only.

    Args:
        examples: The videos.
        batch_size: Rows of a batch.
        max_frames: Frames of a video that are looked at; more are thinned evenly.
        seed: Makes another order each epoch, the same for the same seed and epoch;
            `None` keeps the order.

    Each item is `(inputs, labels)`: `inputs` a dict of `frames`, float32
    `(batch_size, frames, feature_dim)`, `mask`, bool `(batch_size, frames)`, and the
    metadata; `labels` int8 `(batch_size, labels)`.
    """

    def __init__(
        self,
        examples: Examples,
        *,
        batch_size: int,
        max_frames: int = 300,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        if min(batch_size, max_frames) < 1:
            raise ValueError(
                "`batch_size` and `max_frames` must be positive. Received: "
                f"batch_size={batch_size}, max_frames={max_frames}"
            )
        self.examples = examples
        self.batch_size = batch_size
        self.max_frames = max_frames
        self.seed = seed
        self.start_epoch(0)

    def __len__(self) -> int:
        return math.ceil(len(self.examples) / self.batch_size)

    def start_epoch(self, epoch: int) -> None:
        """Puts the videos into the order of an epoch, the first being 0."""
        self._order = np.arange(len(self.examples))
        if self.seed is not None:
            generator = np.random.default_rng((self.seed, epoch))
            self._order = generator.permutation(self._order)

    def __getitem__(self, index: int) -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
        if not 0 <= index < len(self):
            raise IndexError(f"There are {len(self)} batches. Received: index={index}")
        places = np.arange(index * self.batch_size, (index + 1) * self.batch_size)
        rows = self._order[places % len(self.examples)]
        labels = self.examples.labels[rows]
        labels[places >= len(self.examples)] = -1
        inputs = self._padded(rows)
        for name, values in (self.examples.metadata or {}).items():
            inputs[name] = values[rows]
        return inputs, labels

    def _padded(self, rows: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        width = self.examples.feature_dim
        videos = [self._thinned(self.examples.frames(row, width)) for row in rows]
        longest = max(len(video) for video in videos)
        length = padded_length(longest, self.max_frames)
        frames = np.zeros((len(rows), length, width), np.float32)
        mask = np.zeros((len(rows), length), bool)
        for place, video in enumerate(videos):
            frames[place, : len(video)] = video
            mask[place, : len(video)] = True
        return {"frames": frames, "mask": mask}

    def _thinned(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        return frames[evenly_spread(len(frames), self.max_frames)]
