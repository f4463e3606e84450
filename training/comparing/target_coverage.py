"""Coverage at the target precision, each run at the best threshold of its own curve."""

from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.training.comparing.differences import (
    FloatVector,
    PairedFigure,
    paired_figure,
)
from vidcat.training.comparing.pairing import PairedRuns, Side
from vidcat.training.measuring.curves import precision_coverage_curve
from vidcat.training.measuring.measures import Labels
from vidcat.training.measuring.resampling import ratio, resampled_sums

GRID: Final = 200
"""Thresholds among which a draw chooses: its coverage is up to 1 / 200 too low."""


def target_coverage(runs: PairedRuns, *, draws: int, seed: int) -> PairedFigure:
    """Compares how many videos two runs can cover at the target precision.

    One threshold over all labels is moved to where coverage is highest with the
    target reached, in all videos and anew in every draw: what choosing it gains by
    chance is part of the interval. Where the target is out of reach, nothing is
    covered.

    Args:
        runs: The runs; the target is that of the new one.
        draws: How many times to draw owners.
        seed: Of the draws.

    Returns:
        The coverages. In all videos they are those of the curves' best points; in a
        draw the choice is among `GRID` thresholds, evenly spread over coverage.
    """
    labels = runs.y_true[:, : len(runs.label_set)]
    (old, old_draws), (new, new_draws) = (
        _coverages(labels, side, runs, draws, seed) for side in (runs.old, runs.new)
    )
    return paired_figure(old, new, old_draws, new_draws)


def _coverages(
    y_true: Labels, side: Side, runs: PairedRuns, draws: int, seed: int
) -> tuple[float, FloatVector]:
    scored = ~side.failed
    curve = precision_coverage_curve(
        y_true[scored], side.probabilities[scored], failed=int(side.failed.sum())
    )
    best = curve.best(runs.target_precision)
    if best is None:
        grid = curve.thinned(GRID).threshold
    else:
        # With the best one among them, the choice in all videos is exact.
        grid = np.r_[curve.thinned(GRID).threshold, best.threshold]
    rising = np.unique(grid)
    owners = runs.owners[scored]
    size = int(runs.owners.max()) + 1
    scores, truth = side.probabilities[scored], y_true[scored]

    def drawn(kept: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.float64]:
        """In each draw, how much of what is kept reaches each threshold."""
        if kept is None:
            sums = _reaching(scores.max(axis=1, initial=0.0), owners, rising, size)
        else:
            rows = np.broadcast_to(owners[:, None], kept.shape)[kept]
            sums = _reaching(scores[kept], rows, rising, size)
        return np.concatenate([*resampled_sums(sums, draws=draws, seed=seed)])

    videos = np.bincount(runs.owners).astype(np.float64)[:, None]
    every = np.concatenate([*resampled_sums(videos, draws=draws, seed=seed)])
    coverage = ratio(drawn(None), every)
    precision = ratio(drawn(truth == 1), drawn(truth >= 0))
    reached = np.where(precision >= runs.target_precision, coverage, 0.0)
    measured = 0.0 if best is None else best.coverage
    return measured, reached.max(axis=1, initial=0.0)


def _reaching(
    scores: npt.NDArray[np.floating],
    owners: npt.NDArray[np.intp],
    rising: FloatVector,
    size: int,
) -> npt.NDArray[np.float64]:
    """How many scores of each owner reach each threshold.

    Args:
        scores: Shape `(n,)`.
        owners: Whose they are, 0 to `size` - 1.
        rising: T thresholds.
        size: Number of owners.

    Returns:
        Shape `(size, T)`.
    """
    width = len(rising) + 1
    # The number of thresholds that a score reaches.
    steps = np.searchsorted(rising, scores, side="right")
    counts = np.bincount(owners * width + steps, minlength=size * width)
    passed = counts.reshape(size, width)[:, :0:-1].astype(np.float64)
    # Contiguous: other matrices are multiplied a hundred times more slowly.
    return np.ascontiguousarray(np.cumsum(passed, axis=1, out=passed)[:, ::-1])
