"""How sequences of frames are cut and padded to few shapes; arithmetic only."""

import numpy as np
from numpy.typing import NDArray

_LENGTH_STEP = 32


def evenly_spread(count: int, limit: int) -> NDArray[np.intp]:
    """Positions of at most `limit` of `count` items, evenly spread.

    Args:
        count: Number of items, 0 or more.
        limit: The most to keep, 1 or more.

    Returns:
        Rising positions, `min(count, limit)` of them: the middles of so many
        equal stretches.

    >>> evenly_spread(3, 5).tolist(), evenly_spread(10, 5).tolist()
    ([0, 1, 2], [1, 3, 5, 7, 9])
    """
    if count <= limit:
        return np.arange(count)
    return (2 * np.arange(limit) + 1) * count // (2 * limit)


def padded_length(frames: int, max_frames: int) -> int:
    """The number of frames that a sequence is padded to.

    Powers of two up to 32, then multiples of 32, at most `max_frames`: a network
    that is compiled for each shape is compiled at most `5 + max_frames / 32` times,
    15 for 300, and videos described by one frame each are not padded at all.

    Args:
        frames: Frames of the sequence, at least 1 and at most `max_frames`.
        max_frames: The most there can be.

    >>> [padded_length(frames, 300) for frames in (1, 3, 20, 33, 290)]
    [1, 4, 32, 64, 300]
    """
    if frames <= _LENGTH_STEP:
        length = 1 << (frames - 1).bit_length()
    else:
        length = -(-frames // _LENGTH_STEP) * _LENGTH_STEP
    return min(length, max_frames)
