"""Frame encoders in SavedModel folders."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.encoders.tflite_encoder import scale_pixels
from vidcat.inference.encoders.weights import folder_sha256
from vidcat.inference.frame_encoder import FrameEncoder, require_positive

_SIGNATURE = "serving_default"
_INPUT_RANK = 4


class SavedModelEncoder(FrameEncoder):
    """A SavedModel from frames to features; see `FrameEncoder.load`.

    Its signature `serving_default` has one input of the shape
    `(batch, size, size, 3)`, uint8 or float32, and one output, which is flattened
    per frame. Needs TensorFlow, whatever the Keras backend.

    Args:
        folder: The folder that holds `saved_model.pb`.
        batch_size: Frames in a call.
        pixel_range: What 0 and 255 become for a float input.

    Raises:
        ValueError: If the signature is missing or has another form.
    """

    def __init__(
        self, folder: Path, batch_size: int, pixel_range: tuple[float, float]
    ) -> None:
        import tensorflow as tf

        require_positive(batch_size)
        # The variables live as long as the loaded object; the signature alone
        # does not keep them.
        self._loaded = tf.saved_model.load(str(folder))
        signatures = self._loaded.signatures
        if _SIGNATURE not in signatures:
            raise ValueError(
                f"{folder}: must have the signature {_SIGNATURE!r}. "
                f"Received: {sorted(signatures)}"
            )
        self._describe = signatures[_SIGNATURE]
        inputs = self._describe.structured_input_signature[1]
        self._input = _only(folder, "input", inputs)
        self._output = _only(folder, "output", self._describe.structured_outputs)
        source = inputs[self._input]
        size = _input_size(folder, source)
        self.pixel_range = pixel_range
        self._takes_bytes = source.dtype == tf.uint8
        scaled = f"[{pixel_range[0]:g}, {pixel_range[1]:g}]"
        pixels = np.zeros((1, size, size, 3), np.uint8)
        super().__init__(
            name=folder.name,
            input_size=size,
            width=self._run(pixels).shape[1],
            weights_sha256=folder_sha256(folder),
            preprocessing="uint8" if self._takes_bytes else scaled,
            untrained=False,
            batch_size=batch_size,
        )

    def _describe_batch(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._run(frames)

    def _run(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        import tensorflow as tf

        values = frames if self._takes_bytes else scale_pixels(frames, self.pixel_range)
        outputs = self._describe(**{self._input: tf.constant(values)})
        described = outputs[self._output].numpy().astype(np.float32)
        return described.reshape(len(frames), -1)


def _only(folder: Path, role: str, tensors: dict[str, Any]) -> str:
    if len(tensors) != 1:
        raise ValueError(f"{folder}: must have one {role}. Received: {sorted(tensors)}")
    return next(iter(tensors))


def _input_size(folder: Path, source: Any) -> int:
    shape = tuple(source.shape)
    known = len(shape) == _INPUT_RANK and shape[1] is not None and shape[3] == 3
    pixels = source.dtype.name in ("uint8", "float32")
    if not (known and pixels and shape[0] is None and shape[1] == shape[2]):
        raise ValueError(
            f"{folder}: its input must be pixels of shape (batch, size, size, 3) "
            f"with an open batch. Received: shape={shape}, dtype={source.dtype.name}"
        )
    return int(shape[1])
