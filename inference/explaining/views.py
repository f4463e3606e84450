"""Scores a video with some of its frames left out, many choices at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.sampling import evenly_spread
from vidcat.inference.sequences import padded_length
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.models.summed import NoFrameTerms, SummedNetwork

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

VIEWS_AT_ONCE: Final = 64
"""Views in a call: their sums take 8 MB with the largest preset."""
FEW_VIEWS: Final = 8
"""So many or fewer go in a smaller call."""


class ScoresViews(Protocol):
    """One video of n frames, that can be scored without some of them."""

    def logits(self, views: BoolArray) -> FloatArray:
        """Scores views of the video.

        Args:
            views: Shape `(V, n)`, `False` for frames that are left out.

        Returns:
            Logits of shape `(V, labels)`.
        """

    def unseen(self) -> FloatArray:
        """Scores the video as if its frames showed nothing.

        Returns:
            Logits of shape `(2, labels)`: without any frame, and with the mean of all
            frames of the training, which is 0, in the place of each.
        """

    def contributions(self, labels: Sequence[int]) -> FloatArray:
        """What each frame adds to the logits of labels, to first order.

        Args:
            labels: Positions of A labels.

        Returns:
            Shape `(n, A)`.
        """


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoViews:
    """A video and the network that scores it.

    With NeXtVLAD each frame passes the network once, however many views there are:
    a view's sum of residuals is the sum over its frames. Another pooling is run anew
    for each view.
    """

    visual: VisualCategorizer
    """The network."""
    frames: FloatArray
    """Shape `(n, feature_dim)`."""
    metadata: Mapping[str, NDArray[Any]] | None = None
    """Of this video, arrays of length 1; `None` if the network takes none."""

    def logits(self, views: BoolArray) -> FloatArray:
        """See `ScoresViews`."""
        try:
            terms = self._terms
        except NoFrameTerms:
            return self.visual.logits(
                [self.frames] * len(views), self._repeated(len(views)), list(views)
            )
        scored = [
            self._logits_of_sums(
                views[start : start + VIEWS_AT_ONCE, self._kept], terms
            )
            for start in range(0, len(views), VIEWS_AT_ONCE)
        ]
        return np.concatenate(scored)

    def unseen(self) -> FloatArray:
        """See `ScoresViews`."""
        mean = replace(self, frames=np.zeros_like(self.frames[:1]))
        none = np.zeros((1, len(self.frames)), bool)
        return np.concatenate([self.logits(none), mean.logits(np.ones((1, 1), bool))])

    def contributions(self, labels: Sequence[int]) -> FloatArray:
        """See `ScoresViews`.

        A frame's term times the slope of the logit at the sum of all terms. They add
        up to 0, since each cluster's residual is brought to norm 1: a positive one
        speaks for the label more than the frames do on the whole.

        Raises:
            NoFrameTerms: If the network does not pool with NeXtVLAD.
        """
        terms = self._terms
        sums = np.repeat(terms.sum(axis=0, keepdims=True), len(labels), axis=0)
        slopes = self._network.slopes(sums, labels, self._repeated(len(labels)))
        given = np.zeros((len(self.frames), len(labels)), np.float32)
        given[self._kept] = terms @ slopes.T
        return given

    def _logits_of_sums(self, views: BoolArray, terms: FloatArray) -> FloatArray:
        # Two shapes for all calls, for a network that is compiled by shape.
        size = FEW_VIEWS if len(views) <= FEW_VIEWS else VIEWS_AT_ONCE
        padded = np.zeros((size, views.shape[1]), np.float32)
        padded[: len(views)] = views
        repeated = self._repeated(size)
        return self._network.logits(padded @ terms, repeated)[: len(views)]

    def _repeated(self, times: int) -> dict[str, NDArray[Any]] | None:
        if self.metadata is None:
            return None
        return {
            name: np.repeat(values, times, axis=0)
            for name, values in self.metadata.items()
        }

    @cached_property
    def _network(self) -> SummedNetwork:
        return self.visual.summed

    @cached_property
    def _kept(self) -> NDArray[np.intp]:
        """The frames that the network sees: no more than it was trained on."""
        count, most = len(self.frames), self.visual.max_frames
        return np.asarray(evenly_spread(count, min(count, most)), np.intp)

    @cached_property
    def _terms(self) -> FloatArray:
        kept = self.frames[self._kept]
        length = padded_length(len(kept), self.visual.max_frames)
        padded = np.zeros((length, kept.shape[1]), np.float32)
        padded[: len(kept)] = kept
        return self._network.terms(padded)[: len(kept)]
