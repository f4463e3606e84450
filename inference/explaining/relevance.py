"""How much each frame of a video speaks for a category."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from vidcat.inference.explaining.timeline import Timeline, Windows, cut
from vidcat.inference.explaining.views import ScoresViews

Method = Literal["windows", "attribution"]
"""`windows`: scores the video without each window and each window alone.
`attribution`: takes each frame's term of NeXtVLAD times the slope of the logit."""

METHODS: Final[tuple[Method, ...]] = get_args(Method)

LEAST_EFFECT: Final = 1e-4
"""Smaller changes of a logit are rounding."""

FloatArray = npt.NDArray[np.float64]


class Relevance(NamedTuple):
    """What the frames of a video say for A labels, and what is left without them."""

    of_frames: FloatArray
    """Shape `(A, n)`; positive where a frame speaks for the label. 0 throughout where
    nothing stands out from rounding."""
    unseen: FloatArray
    """The logits of the video as if its frames showed nothing, in two ways, shape
    `(2, labels)`; see `ScoresViews.unseen`."""


def frame_relevance(
    network: ScoresViews, seen: Timeline, labels: Sequence[int], method: Method
) -> Relevance:
    """Works out how much each frame speaks for labels.

    Args:
        network: Scores the video.
        seen: When its n frames are seen.
        labels: Positions of A labels.
        method: One of `METHODS`.

    Raises:
        ValueError: If the method is not known, or a logit is not finite.
    """
    if method not in METHODS:
        raise ValueError(
            f"`method` must be one of {list(METHODS)}. Received: method={method!r}"
        )
    frames = len(seen.starts)
    unseen = _finite(network.unseen())
    if method == "attribution":
        given = np.asarray(network.contributions(labels), np.float64).T
        return Relevance(_cleared(given), unseen)
    windows = cut(seen)
    inside = windows.contain(frames)
    whole, none = np.ones((1, frames), bool), np.zeros((1, frames), bool)
    logits = _finite(network.logits(np.concatenate([whole, none, ~inside, inside])))
    asked = logits[:, list(labels)]
    left_out, alone = np.split(asked[2:], 2)
    drops, rises = asked[0] - left_out, alone - asked[1]
    return Relevance(_together(drops, rises, windows, inside), unseen)


def _finite(answered: npt.NDArray[np.float32]) -> FloatArray:
    logits = np.asarray(answered, np.float64)
    if not np.isfinite(logits).all():
        raise ValueError(
            "`network` must answer finite logits. "
            f"Received: {logits[~np.isfinite(logits)][0]}"
        )
    return logits


def _together(
    drops: FloatArray,
    rises: FloatArray,
    windows: Windows,
    inside: npt.NDArray[np.bool_],
) -> FloatArray:
    """Puts drops and rises of W windows together into one number a frame.

    Of each length and kind the effects are taken as shares of the strongest, and a
    frame gets the mean of those of the windows that hold it.
    """
    given = np.zeros((drops.shape[1], inside.shape[1]))
    for length in np.unique(windows.length):
        chosen = windows.length == length
        holds = inside[chosen].astype(np.float64)
        holds /= np.maximum(holds.sum(axis=0), 1.0)
        for effect in (drops[chosen], rises[chosen]):
            strongest = effect.max(axis=0)
            known = strongest >= LEAST_EFFECT
            shares = np.clip(effect[:, known] / strongest[known], -1.0, 1.0)
            given[known] += shares.T @ holds
    return given


def _cleared(given: FloatArray) -> FloatArray:
    """The same without what is rounding."""
    return np.where(given.max(axis=1, keepdims=True) < LEAST_EFFECT, 0.0, given)
