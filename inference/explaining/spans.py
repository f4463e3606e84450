"""From how much each frame speaks for a category to the spans that are shown."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.explaining.timeline import Timeline
from vidcat.inference.results import EvidenceSpan

STEADY_SECONDS: Final = 4.0
"""What frames say is averaged over as long: single ones are fickle."""
LEAST_SHARE: Final = 0.3
"""A frame counts if it speaks for the category at least this much of the strongest."""
BRIDGED_SECONDS: Final = 2.0
"""Spans that are no further apart become one."""

_WEIGHT_DECIMALS: Final = 4
_SECONDS_DECIMALS: Final = 3


class _Run(NamedTuple):
    first: int
    last: int
    """Positions of the first frame and behind the last."""
    weight: float


def spans_of(
    relevance: npt.NDArray[np.float64], seen: Timeline, max_spans: int
) -> tuple[EvidenceSpan, ...]:
    """Joins the frames that speak for a category into spans.

    The relevance is averaged over `STEADY_SECONDS`. Frames of `LEAST_SHARE` of the
    greatest count; a run of them is a span, over pauses of `BRIDGED_SECONDS` as well.
    Its weight is its share of the relevance times seconds of all spans that are given.
    The rule was chosen on planted videos, see `docs/evidence.md`.

    Args:
        relevance: Of each frame, shape `(n,)`; positive where it speaks for the
            category.
        seen: When the frames are seen.
        max_spans: Most spans; the weightiest are kept.

    Returns:
        The weightiest first; none where no frame has a positive relevance.
    """
    steady = _steady(relevance, seen)
    strongest = float(steady.max())
    if strongest <= 0 or relevance.max() <= 0:
        return ()
    counted = steady >= LEAST_SHARE * strongest
    # A frame shown for no time at all, by a doubled time, still has its say.
    seconds = np.maximum(seen.ends - seen.starts, 1e-3)
    heard = np.where(counted, steady, 0.0) * seconds
    runs: list[_Run] = []
    for at in np.flatnonzero(counted):
        run = _Run(int(at), int(at) + 1, float(heard[at]))
        if runs and seen.starts[at] - seen.ends[runs[-1].last - 1] <= BRIDGED_SECONDS:
            earlier = runs.pop()
            run = _Run(earlier.first, run.last, earlier.weight + run.weight)
        runs.append(run)
    runs.sort(key=lambda run: -run.weight)
    return _weighted(runs[:max_spans], relevance, seen)


def _steady(
    relevance: npt.NDArray[np.float64], seen: Timeline
) -> npt.NDArray[np.float64]:
    """The mean relevance of the frames around each."""
    first = np.searchsorted(seen.starts, seen.starts - STEADY_SECONDS / 2, side="left")
    last = np.searchsorted(seen.starts, seen.starts + STEADY_SECONDS / 2, side="right")
    sums = np.concatenate([[0.0], np.cumsum(relevance)])
    return np.asarray((sums[last] - sums[first]) / (last - first))


def _weighted(
    runs: list[_Run], relevance: npt.NDArray[np.float64], seen: Timeline
) -> tuple[EvidenceSpan, ...]:
    total = sum(run.weight for run in runs)
    weights = [round(run.weight / total, _WEIGHT_DECIMALS) for run in runs]
    # What rounding took or gave is the strongest span's, so that they add up to 1.
    weights[0] = round(1.0 - sum(weights[1:]), _WEIGHT_DECIMALS)
    spans = []
    for run, weight in zip(runs, weights, strict=True):
        best = run.first + int(np.argmax(relevance[run.first : run.last]))
        spans.append(
            EvidenceSpan(
                start_seconds=_rounded(seen.starts[run.first]),
                end_seconds=_rounded(seen.ends[run.last - 1]),
                weight=weight,
                best_seconds=_rounded(seen.starts[best]),
            )
        )
    return tuple(spans)


def _rounded(seconds: float) -> float:
    return round(float(seconds), _SECONDS_DECIMALS)
