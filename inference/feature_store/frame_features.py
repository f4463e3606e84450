"""Features of a video's frames, as numbers and in eight bits."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MIN_VALUE: Final = -2.0
MAX_VALUE: Final = 2.0
"""Values are clipped to `[MIN_VALUE, MAX_VALUE]`, as those of YouTube-8M."""

_LEVELS: Final = 255
# YouTube-8M's own inverse: 4/512 above the middle of what was rounded.
_VALUE_OF_BYTE: Final = (
    np.arange(256) * (MAX_VALUE - MIN_VALUE) / _LEVELS
    + (MAX_VALUE - MIN_VALUE) / 512
    + MIN_VALUE
).astype(np.float32)


def quantise(values: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Stores values in one byte each, as YouTube-8M does.

    Args:
        values: Float array; what lies outside `[-2, 2]` is clipped.

    Returns:
        `round((x + 2) * 255 / 4)`, of the same shape.

    Raises:
        ValueError: If a value is not finite.

    >>> quantise(np.array([-3.0, -2.0, 0.0, 2.0])).tolist()
    [0, 0, 128, 255]
    """
    if not np.isfinite(values).all():
        raise ValueError("`values` must be finite. Received: NaN or infinity")
    clipped = np.clip(values, MIN_VALUE, MAX_VALUE).astype(np.float64)
    levels = (clipped - MIN_VALUE) * (_LEVELS / (MAX_VALUE - MIN_VALUE))
    return np.rint(levels).astype(np.uint8)


def dequantise(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The values that bytes of `quantise` stand for, `b * 4/255 + 4/512 - 2`.

    For a value inside `[-2, 2]` they are at most 2/255 + 4/512 off.

    >>> dequantise(np.array([0, 255], np.uint8)).tolist()
    [-1.9921875, 2.0078125]
    """
    return _VALUE_OF_BYTE[stored]


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameFeatures:
    """The described frames of one video.

    Raises:
        ValueError: If there is not one time for each frame.
    """

    id: str
    """The video's id in its catalog."""
    values: NDArray[np.uint8] | NDArray[np.float32]
    """Of shape `(frames, width)`: bytes of `quantise`, or floats as they are."""
    times_seconds: NDArray[np.float32]
    """Of shape `(frames,)`: when each frame appears, in seconds."""
    duration_seconds: float | None = None
    """Duration of the video; `None` if unknown."""
    source_version: str = ""
    """Tells whether the video's file is still the one that was described."""
    labels: tuple[int, ...] = ()
    """Label numbers of YouTube-8M; describing a catalog writes none, because the
    labels of a catalog may change without its videos."""
    audio: NDArray[np.uint8] | NDArray[np.float32] | None = None
    """Of shape `(frames, audio width)`, where a YouTube-8M record has sound."""

    def __post_init__(self) -> None:
        if self.times_seconds.shape != (len(self.values),):
            raise ValueError(
                "`times_seconds` must have one time for each frame. Received: "
                f"{self.times_seconds.shape} for {len(self.values)} frames"
            )

    def __len__(self) -> int:
        return len(self.values)

    def frames(self) -> NDArray[np.float32]:
        """The values as numbers, of shape `(frames, width)`."""
        values: NDArray[Any] = self.values
        if values.dtype == np.uint8:
            return dequantise(values)
        return values.astype(np.float32, copy=False)
