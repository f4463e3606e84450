"""`FrameEncoder`: from the pixels of frames to their features."""

import threading
import warnings
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.encoders.out_of_memory import is_out_of_memory


class SmallerBatch(RuntimeWarning):
    """An encoder's batch did not fit the memory of its device, and was halved."""


class FrameEncoder(ABC):
    """Describes frames with a frozen network; `FrameEncoder.load` makes one.

    Threads that share an encoder take turns.

    The network always runs on one batch shape, the last batch padded, and fills only
    the places of a batch that compute the same bytes: a frame gets the same bytes
    alone and among others, as long as machine and batch size are the same.

    Where the device has no memory for a batch, the batch is halved for as long as the
    encoder lives, and a warning says so. Frames described before and after may then
    differ in the last bits of their features, since the batch shape has changed: where
    results must repeat to the byte, give a batch size that fits.

    Args:
        name: Name of the network, or of the file that holds it.
        input_size: Height and width of a frame, in pixels.
        width: Number of values that describe a frame, D.
        weights_sha256: SHA-256 of the network's weights, in hexadecimal.
        preprocessing: What becomes of a pixel's 0 to 255 before the network.
        untrained: Whether the weights are random.
        batch_size: Number of frames in a call of the network; the attribute is halved
            where memory is exhausted.

    Raises:
        ValueError: If `batch_size` is not positive.
    """

    def __init__(
        self,
        *,
        name: str,
        input_size: int,
        width: int,
        weights_sha256: str,
        preprocessing: str,
        untrained: bool,
        batch_size: int,
    ) -> None:
        require_positive(batch_size)
        self.name = name
        self.input_size = input_size
        self.width = width
        self.weights_sha256 = weights_sha256
        self.preprocessing = preprocessing
        self.untrained = untrained
        self.batch_size = batch_size
        self._turn = threading.RLock()

    @staticmethod
    def load(
        name: str | Path = "inception_v3",
        weights: str | Path | None = None,
        batch_size: int = 24,
        *,
        seed: int = 0,
        pixel_range: tuple[float, float] | None = None,
    ) -> "FrameEncoder":
        """Loads an encoder.

        Args:
            name: A network of keras.applications (`keras_networks.NETWORKS`), a
                `.tflite` file, or the folder of a SavedModel. Load only files that
                you trust: a SavedModel runs what its graph says.
            weights: For a network of keras.applications `imagenet`, `random`
                (seeded and untrained, for trials) or a weights file. Defaults to
                `imagenet`; a `.tflite` file or a SavedModel brings its own.
            batch_size: Frames in a call of the network. Defaults to `24`,
                at which all places of a batch agree on the usual processors.
            seed: Seed of `random` weights. Defaults to `0`.
            pixel_range: What 0 and 255 become for a `.tflite` file or SavedModel
                that takes floats. Defaults to `(-1, 1)` for the first and `(0, 1)`
                for the second, as such files are usually published.

        Returns:
            The encoder.

        Raises:
            ValueError: If no such network is known, or an argument does not fit it.
            FileNotFoundError: If the file or folder is missing.
            WeightsUnavailable: If the ImageNet weights cannot be had.
            ImportError: If the library for this kind of file is not installed.
        """
        path = Path(name)
        if path.suffix.lower() == ".tflite":
            from vidcat.inference.encoders.tflite_encoder import TFLiteEncoder

            _refuse(name, weights=weights)
            return TFLiteEncoder(path, batch_size, pixel_range or (-1.0, 1.0))
        if (path / "saved_model.pb").is_file():
            from vidcat.inference.encoders.saved_model_encoder import SavedModelEncoder

            _refuse(name, weights=weights)
            return SavedModelEncoder(path, batch_size, pixel_range or (0.0, 1.0))
        from vidcat.inference.encoders.keras_encoder import KerasEncoder

        _refuse(name, pixel_range=pixel_range)
        chosen = "imagenet" if weights is None else weights
        return KerasEncoder(str(name), chosen, batch_size, seed)

    def describe(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describes frames.

        Args:
            frames: RGB pixels of shape `(N, input_size, input_size, 3)`; N may be 0.

        Returns:
            Float array of shape `(N, width)`.

        Raises:
            ValueError: If `frames` has another shape or type.
            Exception: The runtime's own error if its memory does not do for a single
                frame, or whatever else it raises.
        """
        shape = (self.input_size, self.input_size, 3)
        if frames.dtype != np.uint8 or frames.shape[1:] != shape:
            raise ValueError(
                f"`frames` must be uint8 of shape (N, {', '.join(map(str, shape))}). "
                f"Received: dtype={frames.dtype}, shape={frames.shape}"
            )
        described = np.empty((len(frames), self.width), np.float32)
        start = 0
        with self._turn:
            while start < len(frames):
                some = frames[start : start + self.frames_per_call]
                try:
                    described[start : start + len(some)] = self._describe_padded(some)
                except Exception as error:
                    self._halve_batch(error)
                else:
                    start += len(some)
        return described

    def _describe_padded(self, some: NDArray[np.uint8]) -> NDArray[np.float32]:
        places = self._places[: len(some)]
        batch = some
        if len(some) < self.batch_size:
            batch = np.zeros((self.batch_size, *some.shape[1:]), np.uint8)
            batch[places] = some
        return self._describe_batch(batch)[places]

    @property
    def frames_per_call(self) -> int:
        """Frames that one call of the network describes; at most `batch_size`.

        Becomes less where memory is exhausted.
        """
        with self._turn:
            return len(self._places)

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        # Matrix kernels work on blocks of rows; what is left over after the last
        # whole block is added up in another order, which changes the last bits.
        shape = (self.input_size, self.input_size, 3)
        frame = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        described = None
        while described is None:
            try:
                described = self._describe_batch(np.stack([frame] * self.batch_size))
            except Exception as error:
                self._halve_batch(error)
        if not np.isfinite(described).all():
            raise ValueError(f"{self.name}: describes a frame with infinite values")
        return np.flatnonzero((described == described[0]).all(axis=1))

    def _halve_batch(self, error: Exception) -> None:
        """Raises the error unless a smaller batch may be a remedy."""
        if self.batch_size == 1 or not is_out_of_memory(error):
            raise error
        before = self.batch_size
        self.batch_size = before // 2
        # Other places may agree in a batch of another shape.
        self.__dict__.pop("_places", None)
        warnings.warn(
            f"{self.name}: no memory for a batch of {before} frames; goes on with "
            f"{self.batch_size}. Features may differ from those of the larger batch in "
            "their last bits: where they must repeat, give this batch size from the "
            "start.",
            SmallerBatch,
            stacklevel=2,
        )

    @abstractmethod
    def _describe_batch(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describes exactly `batch_size` frames."""


def require_positive(batch_size: int) -> None:
    """Raises ValueError if `batch_size` is below one."""
    if batch_size < 1:
        raise ValueError(
            f"`batch_size` must be positive. Received: batch_size={batch_size}"
        )


def _refuse(name: str | Path, **given: object) -> None:
    for argument, value in given.items():
        if value is not None:
            raise ValueError(
                f"`{argument}` must not be given for {str(name)!r}, which brings its "
                f"own. Received: {argument}={value!r}"
            )
