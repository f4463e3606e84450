"""Average precision and ranking measures over many videos and labels at once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray

Labels = npt.NDArray[np.int8]


class Ranked(NamedTuple):
    """The known labels of each video, best first."""

    order: npt.NDArray[np.intp]
    """Label positions of each video by falling score, shape `(videos, labels)`."""
    score: FloatArray
    """Scores in that order; `-inf` where the truth is unknown."""
    positive: npt.NDArray[np.bool_]
    """Whether the label is true, in that order."""


def ranked(y_true: Labels, y_score: FloatArray) -> Ranked:
    """Sorts each video's labels by score; unknown ones go last, ties by position."""
    score = np.where(y_true < 0, -np.inf, y_score)
    order = np.argsort(-score, axis=1, kind="stable")
    return Ranked(
        order,
        np.take_along_axis(score, order, axis=1),
        np.take_along_axis(y_true == 1, order, axis=1),
    )


def average_precision(
    score: FloatArray, positive: npt.NDArray[np.bool_], positives: int
) -> float:
    """Area under the precision-recall steps of one ranked list.

    Equal scores enter together, so the order of rows does not matter.

    Args:
        score: Scores, shape `(n,)`.
        positive: Whether each is true, shape `(n,)`.
        positives: Number of true ones, those missing from the list included.

    Returns:
        The average precision in `[0, 1]`; NaN where `positives` is 0.
    """
    if positives == 0:
        return float("nan")
    order = np.argsort(-score)
    found = np.cumsum(positive[order])
    ends = last_of_ties(score[order])
    found = found[ends]
    gained = np.diff(found, prepend=0)
    return float(np.sum(gained * found / (ends + 1)) / positives)


def last_of_ties(falling: FloatArray) -> npt.NDArray[np.intp]:
    """Positions at which a falling sequence is about to change, the last included."""
    if falling.size == 0:
        return np.zeros(0, np.intp)
    return np.append(np.flatnonzero(np.diff(falling)), falling.size - 1)


def average_precision_per_label(
    y_true: Labels, y_score: FloatArray
) -> npt.NDArray[np.float64]:
    """Average precision of each label over its known videos.

    Args:
        y_true: 1 yes, 0 no, -1 unknown, shape `(videos, labels)`.
        y_score: Scores of the same shape; `-inf` leaves a pair out of the list
            while its positive still counts as missed.

    Returns:
        Shape `(labels,)`; NaN for a label without a positive.
    """
    figures = np.full(y_true.shape[1], np.nan)
    # Contiguous columns are read several times faster than strided ones.
    columns = zip(
        np.ascontiguousarray(y_true.T), np.ascontiguousarray(y_score.T), strict=True
    )
    for label, (truth, score) in enumerate(columns):
        listed = (truth >= 0) & (score > -np.inf)
        figures[label] = average_precision(
            score[listed], truth[listed] == 1, int(np.count_nonzero(truth == 1))
        )
    return figures


class CheckedPair(NamedTuple):
    """Truth and scores that fit each other."""

    y_true: Labels
    y_score: FloatArray


def checked(y_true: npt.ArrayLike, y_score: npt.ArrayLike) -> CheckedPair:
    """Refuses truth and scores that cannot be compared.

    Args:
        y_true: 1 yes, 0 no, -1 unknown, shape `(videos, labels)`.
        y_score: Finite scores of the same shape.

    Returns:
        Both as arrays.

    Raises:
        ValueError: If shapes differ or are not two-dimensional, `y_true` holds
            other values, or a score is not finite; the text names row and column.
    """
    truth = np.asarray(y_true)
    score = np.asarray(y_score)
    if truth.ndim != 2 or truth.shape != score.shape or truth.shape[1] == 0:
        raise ValueError(
            "`y_true` and `y_score` must have one shape `(videos, labels)`. Received: "
            f"y_true of shape {truth.shape}, y_score of shape {score.shape}"
        )
    if not np.issubdtype(score.dtype, np.floating):
        score = score.astype(np.float64)
    bad = np.argwhere(~np.isfinite(score))
    if bad.size:
        row, column = bad[0]
        raise ValueError(
            "`y_score` must be finite. Received: "
            f"y_score[{row}, {column}]={score[row, column]}"
            + (f" and {len(bad) - 1} more" if len(bad) > 1 else "")
        )
    bad = np.argwhere(~np.isin(truth, (-1, 0, 1)))
    if bad.size:
        row, column = bad[0]
        raise ValueError(
            "`y_true` must hold 1 (yes), 0 (no) or -1 (unknown). Received: "
            f"y_true[{row}, {column}]={truth[row, column]}"
        )
    return CheckedPair(truth.astype(np.int8), score)
