"""How sequences of frames are padded to few shapes."""

_LENGTH_STEP = 32


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
