"""The figures of two runs at the thresholds that each of them was given."""

import numpy as np
import numpy.typing as npt

from vidcat.training.comparing.differences import (
    FloatVector,
    PairedFigure,
    paired_figure,
)
from vidcat.training.comparing.pairing import PairedRuns, Side
from vidcat.training.measuring.measures import Labels
from vidcat.training.measuring.resampling import ratio, resampled_sums, sums_by_group


def operating_figures(
    runs: PairedRuns, *, draws: int, seed: int
) -> dict[str, PairedFigure]:
    """Compares the decisions of two runs.

    Args:
        runs: The runs.
        draws: How many times to draw owners.
        seed: Of the draws.

    Returns:
        By name, in the words of an evaluation: `coverage`, `correct_coverage`,
        `precision`, `recall`, `f1` (of precision and coverage) and `categories`, the
        mean number of chosen categories of all videos. Recall is of the true labels
        of all common videos: what is true of a failed one is not found.
    """
    sums = sums_by_group(_counts(runs), runs.owners)
    measured = _figures(sums.sum(axis=0, keepdims=True))
    drawn = _figures(np.concatenate([*resampled_sums(sums, draws=draws, seed=seed)]))
    return {
        name: paired_figure(float(old[0]), float(new[0]), *drawn[name])
        for name, (old, new) in measured.items()
    }


def _counts(runs: PairedRuns) -> FloatVector:
    """Of each video: 1, its true labels, and the counts of either run."""
    true = (runs.y_true == 1)[:, : len(runs.label_set)].sum(axis=1)
    columns = [np.ones(len(true)), true]
    for side in (runs.old, runs.new):
        columns += _counts_of(side, runs.y_true, len(runs.label_set))
    return np.stack(columns, axis=1).astype(np.float64)


def _counts_of(
    side: Side, y_true: Labels, labels: int
) -> list[npt.NDArray[np.bool_] | npt.NDArray[np.intp]]:
    chosen = side.chosen
    right = chosen & (y_true == 1)
    return [
        chosen.any(axis=1),
        right.any(axis=1),
        chosen.sum(axis=1),
        (chosen & (y_true >= 0)).sum(axis=1),
        right.sum(axis=1),
        right[:, :labels].sum(axis=1),
    ]


def _figures(totals: FloatVector) -> dict[str, tuple[FloatVector, FloatVector]]:
    """The figures of both runs from totals of shape `(n, columns)`."""
    shared, sides = totals[:, :2], totals[:, 2:]
    half = sides.shape[1] // 2
    old, new = (
        _figures_of(shared, sides[:, :half]),
        _figures_of(shared, sides[:, half:]),
    )
    return {name: (old[name], new[name]) for name in old}


def _figures_of(shared: FloatVector, side: FloatVector) -> dict[str, FloatVector]:
    videos, true = shared.T
    covered, correctly, chosen, known, right, found = side.T
    precision, coverage = ratio(right, known), ratio(covered, videos)
    f1 = ratio(2 * precision * coverage, precision + coverage)
    return {
        "coverage": coverage,
        "correct_coverage": ratio(correctly, videos),
        "precision": precision,
        "recall": ratio(found, true),
        # Where nothing is chosen there is no precision, and f1 is 0.
        "f1": np.nan_to_num(f1),
        "categories": ratio(chosen, videos),
    }
