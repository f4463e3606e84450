"""Fits the calibrator that turns logits into probabilities."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.rising_curve import RisingCurve
from vidcat.inference.decisions import Calibrator
from vidcat.training.measuring.measures import checked

FloatVector = npt.NDArray[np.float64]

LEAST_EXAMPLES = 10
"""Positives, and negatives, that a label needs for a fit of its own."""

LEAST_ISOTONIC = 100
"""Positives, and negatives, from which on a label gets a curve in place of a line.

Simulated with 100 positives among 800 to 1,700 videos, the curve's log loss on new
videos was 0.009 to 0.012 less than the line's where the truth follows no line (a chance
that ends at 76 %, heavy tails, a skewed score), 0.0007 more where the positives have
two bumps, and 0.0014 more where the truth does follow a line. With 20 it lost 0.0023
there and still won 0.007 to 0.009, but videos of one owner depend on one another, and a
hundred of them count as fewer."""

_POOLED_PAIRS: Final = 500_000
"""Most pairs of video and label that the line of all labels is fitted to."""

_LINE_EXAMPLES: Final = 5.0
"""Examples in agreement with the line that are added to each step: one of few videos
says little. Of 0.5 to 20, five did well in all of the simulations."""

_END_EXAMPLES: Final = 0.5
"""A true example added to the lowest step, and one that is not to the highest: only
there can none, or all, be true. It halves the log loss that the curve has in excess."""

_LINE_SHARE: Final = 0.02
"""Share of the line in the curve: where two steps are nearly level, videos between
them would else be told apart in the last digits only, or not at all in float32."""


class _Line(NamedTuple):
    slope: float
    intercept: float

    def probability(self, logits: FloatVector) -> FloatVector:
        from scipy.special import expit

        # Never 0 or 1, so that a step of nothing but true videos still has log-odds.
        return expit(np.clip(self.slope * logits + self.intercept, -15, 15))


def fit_calibrator(
    logits: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    least_examples: int = LEAST_EXAMPLES,
    least_isotonic: int = LEAST_ISOTONIC,
) -> Calibrator:
    """Fits isotonic regression or Platt scaling for each label, by its support.

    A label with too few positives or negatives for either, and one whose logits fall
    where its truth rises, takes the line fitted to all labels together. If even that
    cannot be fitted, it keeps the sigmoid of its logits.

    Args:
        logits: Logits of shape `(N, L)`.
        labels: 1 yes, 0 no, -1 unknown (passed over), of the same shape.
        least_examples: Positives, and negatives, that a label needs for a fit of
            its own. Defaults to `10`.
        least_isotonic: Those it needs for a curve; with fewer, or where isotonic
            regression finds no rise, it is a line. Defaults to `100`.

    Returns:
        The calibrator.

    Raises:
        ValueError: If the shapes differ, or a logit is not finite.

    Reference:
        Platt, 1999, "Probabilistic outputs for support vector machines"; Zadrozny and
        Elkan, 2002, "Transforming classifier scores into accurate multiclass
        probability estimates"; for the curve `RisingCurve`.
    """
    truth, values = checked(labels, logits)
    known = truth >= 0
    pooled = _line(*_thinned(values[known], truth[known])) or _Line(1.0, 0.0)
    lines: list[_Line] = []
    own: list[bool] = []
    curves: list[RisingCurve | None] = []
    for label in range(truth.shape[1]):
        rows = known[:, label]
        column, scores = truth[rows, label], values[rows, label].astype(np.float64)
        positives = int(np.count_nonzero(column))
        support = min(positives, column.size - positives)
        line = _line(scores, column) if support >= least_examples else None
        much = line is not None and support >= least_isotonic
        lines.append(pooled if line is None else line)
        own.append(line is not None)
        curves.append(_curve(scores, column, lines[-1]) if much else None)
    return Calibrator(
        slope=tuple(line.slope for line in lines),
        intercept=tuple(line.intercept for line in lines),
        own=tuple(own),
        curves=tuple(curves) if any(curves) else None,
    )


def _thinned(
    logits: npt.NDArray[np.floating], truth: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.int8]]:
    """As many pairs as two numbers can be fitted on; always the same ones."""
    if len(logits) <= _POOLED_PAIRS:
        return logits, truth
    kept = np.random.default_rng(0).choice(len(logits), _POOLED_PAIRS, replace=False)
    return logits[kept], truth[kept]


def _line(
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


def _curve(
    logits: FloatVector, truth: npt.NDArray[np.int8], line: _Line
) -> RisingCurve | None:
    """Centred isotonic regression, or `None` where it does not rise."""
    from scipy.special import logit

    steps = _steps(logits, truth.astype(np.float64), np.ones(len(logits)))
    examples = steps.weight + _LINE_EXAMPLES
    true = steps.weight * steps.share + _LINE_EXAMPLES * line.probability(steps.centre)
    true[0] += _END_EXAMPLES
    examples[[0, -1]] += _END_EXAMPLES
    # A small step moves further than a large one, and may come to lie above the next.
    steps = _steps(steps.centre, true / examples, examples)
    if len(steps.centre) < 2:
        return None
    straight = line.slope * steps.centre + line.intercept
    log_odds = (1 - _LINE_SHARE) * logit(steps.share) + _LINE_SHARE * straight
    return RisingCurve(
        logits=tuple(steps.centre.tolist()), log_odds=tuple(log_odds.tolist())
    )


class _Steps(NamedTuple):
    """The steps of an isotonic regression, rising."""

    centre: FloatVector
    """Mean logit of those on the step."""
    share: FloatVector
    """Its height."""
    weight: FloatVector
    """How many are on it."""


def _steps(logits: FloatVector, truth: FloatVector, weight: FloatVector) -> _Steps:
    from sklearn.isotonic import isotonic_regression

    places, place = np.unique(logits, return_inverse=True)
    there = np.bincount(place, weight)
    mean = np.bincount(place, weight * truth) / there
    height = isotonic_regression(mean, sample_weight=there)
    rises = np.r_[True, np.diff(height) > 0]
    step = np.cumsum(rises) - 1
    on_step = np.bincount(step, there).astype(np.float64)
    return _Steps(np.bincount(step, there * places) / on_step, height[rises], on_step)
