"""Which seconds of a video speak for a category."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.explaining.reasons import (
    NOTHING_STANDS_OUT,
    STANDS_WITHOUT_FRAMES,
    TOO_FEW_FRAMES,
)
from vidcat.inference.explaining.relevance import METHODS, Method, frame_relevance
from vidcat.inference.explaining.spans import spans_of
from vidcat.inference.explaining.timeline import cut, timeline
from vidcat.inference.explaining.views import ScoresViews
from vidcat.inference.results import EvidenceSpan

__all__ = ["METHODS", "Evidence", "Method", "find_evidence"]


class Evidence(NamedTuple):
    """The seconds that speak for a category, or why there are none."""

    spans: tuple[EvidenceSpan, ...] = ()
    """The weightiest first; weights add up to 1."""
    reason: str | None = None
    """Why there are none; `None` where there are."""


def find_evidence(
    network: ScoresViews,
    times_seconds: npt.NDArray[np.floating],
    duration_seconds: float | None,
    labels: Sequence[int],
    *,
    method: Method = "windows",
    stands: Callable[[npt.NDArray[np.float64]], Sequence[bool]] | None = None,
    max_spans: int = 3,
) -> list[Evidence]:
    """Finds the spans that raise the logits of labels.

    By `windows` of 1, 3 and 10 seconds, overlapping by half, the video is scored
    whole, without each window, with each window alone and without any frame, all in
    one batch; drops and rises together make the relevance of each frame. By
    `attribution` that is the frame's own term of NeXtVLAD's sum times the slope of
    the logit. Frames that speak for the label become spans, weighted by their share.

    Args:
        network: Scores the video's n frames and choices of them.
        times_seconds: Rising presentation times of the frames, shape `(n,)`.
        duration_seconds: Length of the video; the last span ends there at the latest.
            `None`, or a length below the last frame's time, is not heeded.
        labels: Positions of the labels asked for.
        method: How the frames' relevance is found. Defaults to `"windows"`.
        stands: Answers, given logits `(labels,)`, for each label asked whether its
            category would be said. It is asked about the video without any frame, and
            with the mean frame in the place of all; what would be said both times has
            no seconds that speak for it. Defaults to nothing being said.
        max_spans: Most spans of a label; the weightiest are kept. Defaults to `3`.

    Returns:
        For each label asked its spans, or the reason why there are none.

    Raises:
        ValueError: If there are no frames, times fall, `max_spans` is not positive,
            the method is not known, or a logit is not finite.
        NoFrameTerms: If attribution is asked of a network without NeXtVLAD.
    """
    if max_spans <= 0:
        raise ValueError(
            f"`max_spans` must be positive. Received: max_spans={max_spans}"
        )
    seen = timeline(times_seconds, duration_seconds)
    if not labels:
        return []
    comparable = len(cut(seen).first) > 0
    relevance = frame_relevance(network, seen, labels, method)
    standing = [False] * len(labels)
    if stands is not None:
        # The network was trained on neither: only what both leave standing stands.
        standing = [
            all(both) for both in zip(*map(stands, relevance.unseen), strict=True)
        ]
    found = []
    for stands_alone, of_frames in zip(standing, relevance.of_frames, strict=True):
        if stands_alone:
            found.append(Evidence(reason=STANDS_WITHOUT_FRAMES))
        elif not comparable:
            found.append(Evidence(reason=TOO_FEW_FRAMES))
        elif spans := spans_of(of_frames, seen, max_spans):
            found.append(Evidence(spans=spans))
        else:
            found.append(Evidence(reason=NOTHING_STANDS_OUT))
    return found
