"""Looks for the two thresholds at which a union says most and holds its target."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray
from vidcat.training.measuring.measures import Labels

POINTS: Final = 32
"""Thresholds of each source that are tried with each of the other's. Twice as many say
1 % more categories and hold a target of 0.80 a little less: the best of many pairs is
best by luck, too."""

IntArray = npt.NDArray[np.intp]


class ThresholdPair(NamedTuple):
    """Thresholds of text and of frames; infinity where a source is not listened to."""

    text: float
    visual: float


def best_pair(
    text: FloatArray,
    visual: FloatArray,
    labels: Labels,
    target_precision: float,
    *,
    points: int = POINTS,
) -> ThresholdPair | None:
    """Finds the thresholds at which the union says most categories.

    All pairs are tried of at most `points` thresholds a source: scores of true
    labels, evenly spread over their ranks, for just below one only wrong labels are
    added; and infinity. Of those whose union is right often enough, the one with most
    chosen labels is taken; among equals that which covers most videos, then the more
    precise, then the stricter.

    Args:
        text: Probabilities of shape `(N, M)`; not a number where text says nothing.
        visual: Those of the frames, likewise.
        labels: 1 yes, 0 no, -1 unknown, of the same shape. A video that is unknown
            throughout is passed over.
        target_precision: What the union's precision is to reach.
        points: Thresholds of each source to try. Defaults to `POINTS`.

    Returns:
        The thresholds, or `None` where no pair reaches the target.
    """
    has_truth = (labels >= 0).any(axis=1)
    truth = labels[has_truth]
    grids = [
        _Grid.of(scores[has_truth], truth == 1, points) for scores in (text, visual)
    ]
    one, other = grids
    chosen = _reaching_either(one.steps, other.steps, *_sizes(grids))
    known = truth >= 0
    known_chosen = _reaching_either(
        one.steps[known], other.steps[known], *_sizes(grids)
    )
    right = truth == 1
    correct = _reaching_either(one.steps[right], other.steps[right], *_sizes(grids))
    covered = _reaching_either(
        one.steps.max(axis=1), other.steps.max(axis=1), *_sizes(grids)
    )
    precision = correct / np.maximum(known_chosen, 1)
    holds = (known_chosen > 0) & (precision >= target_precision)
    if not holds.any():
        return None
    places = np.argwhere(holds)
    # Places rise with the thresholds and equals keep their order: the last is strict.
    rank = np.lexsort((precision[holds], covered[holds], chosen[holds]))
    at_text, at_visual = places[rank[-1]]
    return ThresholdPair(
        float(one.thresholds[at_text]), float(other.thresholds[at_visual])
    )


class _Grid(NamedTuple):
    """The thresholds of one source, and how many of them each score reaches."""

    thresholds: npt.NDArray[np.float64]
    """Rising, the last one infinite."""
    steps: IntArray
    """Of the shape of the scores; 0 where nothing is said."""

    @classmethod
    def of(
        cls, scores: FloatArray, positive: npt.NDArray[np.bool_], points: int
    ) -> "_Grid":
        tried = np.unique(scores[positive & ~np.isnan(scores)])
        if len(tried) > points:
            places = np.linspace(0, len(tried) - 1, points).round().astype(np.intp)
            tried = tried[places]
        silent = np.where(np.isnan(scores), -np.inf, scores)
        return cls(np.append(tried, np.inf), np.searchsorted(tried, silent, "right"))


def _sizes(grids: list[_Grid]) -> tuple[int, int]:
    return len(grids[0].thresholds), len(grids[1].thresholds)


def _reaching_either(
    one: IntArray, other: IntArray, one_size: int, other_size: int
) -> npt.NDArray[np.int64]:
    """How many pairs of scores reach either threshold, for each pair of thresholds.

    A score that reaches `n` of the thresholds fails that at position `n` and all
    after it: those that reach neither are counted by sums over a table.
    """
    places = (one * other_size + other).ravel()
    table = np.bincount(places, minlength=one_size * other_size)
    failing = table.reshape(one_size, other_size).cumsum(axis=0).cumsum(axis=1)
    return places.size - failing
