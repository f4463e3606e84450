"""Frame encoders in TensorFlow Lite files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.encoders.threads import network_threads
from vidcat.inference.encoders.weights import file_sha256
from vidcat.inference.frame_encoder import FrameEncoder

_INPUT_RANK = 4


class TFLiteEncoder(FrameEncoder):
    """A `.tflite` network from frames to features; see `FrameEncoder.load`.

    Its one input has the shape `(batch, size, size, 3)`. Integer inputs take the
    pixels as they are (int8: less 128), float inputs scaled ones. Its one output is
    flattened per frame; a quantised one is dequantised.

    Args:
        path: The file.
        batch_size: Frames in a call, where the file leaves the batch open; one
            with a fixed batch keeps it, which is mostly a single frame.
        pixel_range: What 0 and 255 become for a float input.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If ai-edge-litert is not installed.
        ValueError: If the file holds no network of that form.
    """

    def __init__(
        self, path: Path, batch_size: int, pixel_range: tuple[float, float]
    ) -> None:
        if not path.is_file():
            raise FileNotFoundError(
                f"`name` must be an existing .tflite file. Received: name={str(path)!r}"
            )
        self._interpreter = _open_interpreter(path)
        source = _only(path, "input", self._interpreter.get_input_details())
        _only(path, "output", self._interpreter.get_output_details())
        size = _input_size(path, source)
        if source["shape_signature"][0] == -1:
            shape = (batch_size, size, size, 3)
            self._interpreter.resize_tensor_input(source["index"], shape)
        else:
            batch_size = int(source["shape"][0])
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        self.pixel_range = pixel_range
        kind = np.dtype(self._input["dtype"])
        scaled = f"[{pixel_range[0]:g}, {pixel_range[1]:g}]"
        super().__init__(
            name=path.name,
            input_size=size,
            width=int(np.prod(self._output["shape"])) // batch_size,
            weights_sha256=file_sha256(path),
            preprocessing=scaled if kind.kind == "f" else kind.name,
            untrained=False,
            batch_size=batch_size,
        )

    def _describe_batch(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        kind = np.dtype(self._input["dtype"])
        if kind.kind == "f":
            values = scale_pixels(frames, self.pixel_range).astype(kind)
        elif kind == np.int8:
            values = (frames ^ 0x80).view(np.int8)
        else:
            values = frames
        self._interpreter.set_tensor(self._input["index"], values)
        self._interpreter.invoke()
        described = self._interpreter.get_tensor(self._output["index"])
        scale, zero_point = self._output["quantization"]
        if described.dtype.kind != "f":
            described = (described.astype(np.float32) - zero_point) * np.float32(scale)
        return described.reshape(self.batch_size, self.width).astype(np.float32)


def scale_pixels(
    frames: NDArray[np.uint8], pixel_range: tuple[float, float]
) -> NDArray[np.float32]:
    """Maps 0 to 255 onto a range, in float32.

    >>> scale_pixels(np.array([0, 255], np.uint8), (-1.0, 1.0)).tolist()
    [-1.0, 1.0]
    """
    low, high = pixel_range
    return frames * np.float32((high - low) / 255) + np.float32(low)


def _open_interpreter(path: Path) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ImportError(
            "TensorFlow Lite files need ai-edge-litert: pip install 'vidcat[tflite]'"
        ) from error
    try:
        return Interpreter(model_path=str(path), num_threads=network_threads())
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"{path}: not a TensorFlow Lite network ({error})") from error


def _only(path: Path, role: str, tensors: list[dict[str, Any]]) -> dict[str, Any]:
    if len(tensors) != 1:
        names = [tensor["name"] for tensor in tensors]
        raise ValueError(f"{path}: must have one {role}. Received: {names}")
    return tensors[0]


def _input_size(path: Path, source: dict[str, Any]) -> int:
    shape = tuple(int(side) for side in source["shape_signature"])
    takes = np.dtype(source["dtype"])
    square = len(shape) == _INPUT_RANK and shape[1] == shape[2] > 0 and shape[3] == 3
    if not square or takes not in (np.uint8, np.int8, np.float32, np.float16):
        raise ValueError(
            f"{path}: its input must be pixels of shape (batch, size, size, 3). "
            f"Received: shape={shape}, dtype={takes}"
        )
    return shape[1]
