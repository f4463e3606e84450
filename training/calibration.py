"""Fits the calibrator that turns logits into probabilities."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import Calibrator
from vidcat.training.measuring.measures import checked

LEAST_EXAMPLES = 10
"""Positives, and negatives, that a label needs for a fit of its own."""


class _Line(NamedTuple):
    slope: float
    intercept: float


def fit_calibrator(
    logits: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    least_examples: int = LEAST_EXAMPLES,
) -> Calibrator:
    """Fits Platt scaling for each label.

    A label with too few positives or negatives, and one whose logits fall where its
    truth rises, takes the line fitted to all labels together. If even that cannot be
    fitted, it keeps the sigmoid of its logits.

    Args:
        logits: Logits of shape `(N, L)`.
        labels: 1 yes, 0 no, -1 unknown (passed over), of the same shape.
        least_examples: Positives, and negatives, that a label needs for a fit of
            its own. Defaults to `10`.

    Returns:
        The calibrator.

    Raises:
        ValueError: If the shapes differ, or a logit is not finite.

    Reference:
        Platt, 1999, "Probabilistic outputs for support vector machines".
    """
    truth, values = checked(labels, logits)
    known = truth >= 0
    pooled = _fitted(values[known], truth[known]) or _Line(1.0, 0.0)
    lines: list[_Line] = []
    own: list[bool] = []
    for label in range(truth.shape[1]):
        rows = known[:, label]
        column = truth[rows, label]
        positives = int(np.count_nonzero(column))
        enough = min(positives, column.size - positives) >= least_examples
        line = _fitted(values[rows, label], column) if enough else None
        lines.append(pooled if line is None else line)
        own.append(line is not None)
    return Calibrator(
        slope=tuple(line.slope for line in lines),
        intercept=tuple(line.intercept for line in lines),
        own=tuple(own),
    )


def _fitted(
    logits: npt.NDArray[np.floating], truth: npt.NDArray[np.int8]
) -> _Line | None:
    """The line of a logistic regression, or `None` where none rises."""
    from sklearn.linear_model import LogisticRegression

    if not truth.size or truth.min() == truth.max():
        return None
    # One feature and many rows: exact Newton steps are far faster than L-BFGS.
    regression = LogisticRegression(solver="newton-cholesky")
    fit = regression.fit(logits[:, None].astype(np.float64), truth)
    slope = float(fit.coef_[0, 0])
    return _Line(slope, float(fit.intercept_[0])) if slope > 0 else None
