"""Fits how the words of text and frames are put together."""

import math
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray, Thresholds
from vidcat.inference.merges.policy import KINDS, MergeKind, MergePolicy, noisy_or
from vidcat.inference.merges.sources import checked_source
from vidcat.inference.merges.stacking import FEATURES, Stacker, stacking_features
from vidcat.inference.video import Truth
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.measures import Labels, checked
from vidcat.training.merges.search import best_pair
from vidcat.training.thresholds import at_one_threshold, fit_thresholds

Rows = npt.NDArray[np.intp]

_POINTS_ALONE: Final = 4096
"""Thresholds tried where there is one to find; a pair is looked for among fewer."""


def fit_merge(
    text_probabilities: npt.ArrayLike,
    visual_probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    label_set: LabelSet,
    *,
    kind: MergeKind = "union",
    target_precision: float = 0.80,
    truth: Truth,
    halves: tuple[Rows, Rows] | None = None,
) -> MergePolicy:
    """Fits a merge on the calibration part.

    But for `separate`, thresholds are those at which *the merged decisions* say most
    categories and are right often enough, as far as these rows show: two sources that
    hold a target each hold less together, since they agree where they are right more
    than where they err. `separate` fits each source's threshold as `fit_thresholds`
    does, on the rows where the source says anything.

    Args:
        text_probabilities: Calibrated, of shape `(N, M)`; not a number where text says
            nothing (`vidcat.inference.merges.sources.spread`).
        visual_probabilities: Those of the frames, likewise.
        labels: 1 yes, 0 no, -1 unknown, of the same shape.
        label_set: The M labels.
        kind: What to fit. Defaults to `"union"`.
        target_precision: What the chosen labels' precision is to reach there, above
            0 and at most 1. Defaults to `0.80`.
        truth: How the labels came about.
        halves: Positions of the rows that calibrators were fitted on, which `stacked`
            fits its regression on, and of those that thresholds are fitted on
            (`calibration_halves`). Defaults to all rows for the thresholds, and for
            `stacked` to every other row for either.

    Returns:
        The policy. It abstains (`abstains`) where nothing reaches the target.

    Raises:
        ValueError: If the shapes differ, a probability is not one, the target is out
            of its range, or `kind` is none of the four.
    """
    if kind not in KINDS:
        raise ValueError(
            f"`kind` must be one of {list(KINDS)}. Received: kind={kind!r}"
        )
    part = _Part.of(text_probabilities, visual_probabilities, labels, label_set)
    first, second = halves or _default_halves(len(part.labels), kind)
    fit = _Fit(part.rows(second), target_precision, truth)
    if kind == "separate":
        text, visual = fit.alone(fit.part.text), fit.alone(fit.part.visual)
        return MergePolicy(kind=kind, label_set=label_set, text=text, visual=visual)
    if kind == "union":
        text, visual = fit.together()
        return MergePolicy(kind=kind, label_set=label_set, text=text, visual=visual)
    stacker = _fit_stacker(part.rows(first)) if kind == "stacked" else None
    combine = noisy_or if stacker is None else stacker.combine
    return MergePolicy(
        kind=kind,
        label_set=label_set,
        merged=fit.one_threshold(combine(fit.part.text, fit.part.visual)),
        stacker=stacker,
    )


class _Part(NamedTuple):
    """Rows of the calibration part."""

    text: npt.NDArray[np.float64]
    visual: npt.NDArray[np.float64]
    labels: Labels

    @classmethod
    def of(
        cls,
        text: npt.ArrayLike,
        visual: npt.ArrayLike,
        labels: npt.ArrayLike,
        label_set: LabelSet,
    ) -> "_Part":
        """Refuses what does not fit."""
        by_text = checked_source("text_probabilities", text, label_set)
        by_frames = checked_source("visual_probabilities", visual, label_set)
        for said in (by_text, by_frames):
            checked(labels, np.nan_to_num(said, nan=0.0))
        return cls(by_text, by_frames, np.asarray(labels, np.int8))

    def rows(self, rows: Rows) -> "_Part":
        return _Part(self.text[rows], self.visual[rows], self.labels[rows])


class _Fit(NamedTuple):
    """Fits thresholds on some rows."""

    part: _Part
    target_precision: float
    truth: Truth

    def alone(self, said: FloatArray) -> Thresholds:
        """The threshold of one source by itself."""
        silent = np.isnan(said)
        return fit_thresholds(
            # What is not said is neither right nor wrong, and covers nothing.
            np.where(silent, -1.0, said),
            np.where(silent, -1, self.part.labels),
            target_precision=self.target_precision,
            truth=self.truth,
        )

    def together(self) -> tuple[Thresholds, Thresholds]:
        """The thresholds of both sources for the union of what they say."""
        text, visual, labels = self.part
        pair = best_pair(text, visual, labels, self.target_precision)
        at_text, at_visual = (math.inf, math.inf) if pair is None else pair
        return self._thresholds(at_text, text), self._thresholds(at_visual, visual)

    def one_threshold(self, said: FloatArray) -> Thresholds:
        """The threshold of what both say as one."""
        pair = best_pair(
            said,
            np.full(said.shape, np.nan),
            self.part.labels,
            self.target_precision,
            points=_POINTS_ALONE,
        )
        return self._thresholds(math.inf if pair is None else pair.text, said)

    def _thresholds(self, threshold: float, said: FloatArray) -> Thresholds:
        return at_one_threshold(
            threshold,
            said,
            self.part.labels,
            target_precision=self.target_precision,
            truth=self.truth,
        )


def _default_halves(rows: int, kind: MergeKind) -> tuple[Rows, Rows]:
    every = np.arange(rows)
    return (every[0::2], every[1::2]) if kind == "stacked" else (every, every)


def _fit_stacker(part: _Part) -> Stacker:
    """A logistic regression over all categories; even odds where none can be."""
    from sklearn.linear_model import LogisticRegression

    speaks = ~(np.isnan(part.text) & np.isnan(part.visual)) & (part.labels >= 0)
    truth = part.labels[speaks]
    if not truth.size or truth.min() == truth.max():
        return Stacker(weights=(0.0,) * len(FEATURES), intercept=0.0)
    features = stacking_features(part.text, part.visual)[speaks]
    # Few features and many rows: exact Newton steps are far faster than L-BFGS.
    fit = LogisticRegression(solver="newton-cholesky").fit(features, truth)
    return Stacker(
        weights=tuple(float(one) for one in fit.coef_[0]),
        intercept=float(fit.intercept_[0]),
    )
