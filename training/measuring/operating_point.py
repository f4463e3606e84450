"""What decisions are worth: precision, coverage, and what follows from them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.training.measuring.measures import Labels

BoolArray = npt.NDArray[np.bool_]

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Bounds between which a share lies with 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class OperatingPoint:
    """Figures of decisions about videos in scope that have truth.

    Labels of unknown truth are neither right nor wrong: they are left out of every
    figure but coverage and `categories_per_video`.
    """

    precision: float
    """Correct chosen labels / chosen labels, without implied ones; NaN without any."""
    precision_interval: Interval
    """Two-sided Clopper-Pearson bounds, the chosen labels taken as independent."""
    closed_precision: float
    """Precision with implied ancestors."""
    coverage: float
    """Share of all videos with at least one chosen label."""
    correct_coverage: float
    """Share of all videos with at least one correct chosen label."""
    recall: float
    """Share of the true labels of the scored videos found; NaN without any."""
    f1: float
    """`2PC / (P + C)` of precision and coverage; 0 where nothing is chosen."""
    categories_per_video: float
    """Mean number of chosen labels of a covered video; NaN where none is."""
    videos: int
    """All videos in scope that have truth, failed ones included."""
    covered: int
    """Videos with at least one chosen label."""
    failed: int
    """Videos that could not be scored; they count as not covered."""
    chosen: int
    """Chosen labels of known truth."""
    correct: int
    """Correct ones among them."""


def operating_point(
    y_true: Labels, chosen: BoolArray, given: BoolArray, *, failed: int = 0
) -> OperatingPoint:
    """Measures decisions.

    Args:
        y_true: 1 yes, 0 no, -1 unknown, shape `(N, L)`. A video whose row is unknown
            throughout has no truth and is passed over.
        chosen: Labels whose own score reached the threshold, of the same shape.
        given: Labels that are said, implied ones included, of the same shape.
        failed: Videos in scope with truth that could not be scored. Defaults to `0`.

    Returns:
        The figures.

    Raises:
        ValueError: If shapes differ, `failed` is negative, or no video has truth.
    """
    if not y_true.shape == chosen.shape == given.shape:
        raise ValueError(
            "`y_true`, `chosen` and `given` must have one shape. Received: "
            f"{y_true.shape}, {chosen.shape}, {given.shape}"
        )
    if failed < 0:
        raise ValueError(f"`failed` must not be negative. Received: failed={failed}")
    known = y_true >= 0
    has_truth = known.any(axis=1)
    videos = int(has_truth.sum()) + failed
    if videos == 0:
        raise ValueError(
            "At least one video must have truth. Received: "
            f"{len(y_true)} videos, all unknown, and failed=0"
        )
    right = chosen & (y_true == 1)
    covered = int(chosen[has_truth].any(axis=1).sum())
    precision = _share(right.sum(), (chosen & known).sum())
    coverage = covered / videos
    return OperatingPoint(
        precision=precision,
        precision_interval=clopper_pearson(
            int(right.sum()), int((chosen & known).sum())
        ),
        closed_precision=_share((given & (y_true == 1)).sum(), (given & known).sum()),
        coverage=coverage,
        correct_coverage=int(right.any(axis=1).sum()) / videos,
        recall=_share(right.sum(), (y_true == 1).sum()),
        f1=f1_with_coverage(precision, coverage),
        categories_per_video=_share(chosen[has_truth].sum(), covered),
        videos=videos,
        covered=covered,
        failed=failed,
        chosen=int((chosen & known).sum()),
        correct=int(right.sum()),
    )


def f1_with_coverage(precision: float, coverage: float) -> float:
    """Harmonic mean of precision and coverage, the form of the published results.

    Args:
        precision: Within `[0, 1]`, or NaN where nothing is chosen.
        coverage: Within `[0, 1]`.

    Returns:
        `2PC / (P + C)`; 0 where nothing is chosen or both are 0.

    >>> round(f1_with_coverage(0.80, 0.30), 2)
    0.44
    """
    if np.isnan(precision) or precision + coverage == 0:
        return 0.0
    return 2 * precision * coverage / (precision + coverage)


def clopper_pearson(successes: float, trials: float) -> Interval:
    """Exact two-sided bounds of a share at 95 % confidence.

    Args:
        successes: Between 0 and `trials`.
        trials: Number of independent trials; an effective one need not be whole.

    Returns:
        The bounds; `(0, 1)` without trials.

    Reference:
        Clopper and Pearson, 1934, https://doi.org/10.1093/biomet/26.4.404
    """
    from scipy.special import betaincinv

    tail = (1 - CONFIDENCE) / 2
    failures = trials - successes
    low = 0.0 if not successes else betaincinv(successes, failures + 1, tail)
    high = 1.0 if not failures else betaincinv(successes + 1, failures, 1 - tail)
    return Interval(float(low), float(high))


def _share(part: int | np.integer, whole: int | np.integer) -> float:
    return float(part / whole) if whole else float("nan")
