"""Fits how the words of text and frames are put together."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray, Thresholds
from vidcat.inference.merges.policy import KINDS, MergeKind, MergePolicy, noisy_or
from vidcat.inference.merges.sources import checked_source
from vidcat.inference.merges.stacking import FEATURES, Stacker, stacking_features
from vidcat.inference.video import Truth
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.halves import Halves, Rows
from vidcat.training.deciding.promise import Promise
from vidcat.training.deciding.scored_halves import thresholds_on_halves
from vidcat.training.measuring.measures import Labels, checked
from vidcat.training.merges.balance import Balance, fit_balance


def fit_merge(
    text_probabilities: npt.ArrayLike,
    visual_probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    label_set: LabelSet,
    *,
    kind: MergeKind = "union",
    promise: Promise | None = None,
    truth: Truth,
    halves: Halves | None = None,
) -> MergePolicy:
    """Fits a merge on the calibration part.

    But for `separate`, thresholds are those at which *the merged decisions* are shown
    to hold the promise: two sources that hold a target each hold less together, since
    they agree where they are right more than where they err. The first half says how
    far to trust text beside the frames (`union`: `fit_balance`; `stacked`: a
    regression), the second shows what holds. `separate` fits each source's thresholds
    by itself, on the rows where the source says anything.

    Args:
        text_probabilities: Calibrated, of shape `(N, M)`; not a number where text says
            nothing (`vidcat.inference.merges.sources.spread`).
        visual_probabilities: Those of the frames, likewise.
        labels: 1 yes, 0 no, -1 unknown, of the same shape.
        label_set: The M labels.
        kind: What to fit. Defaults to `"union"`.
        promise: What the merged decisions are to hold. Defaults to `Promise()`.
        truth: How the labels came about.
        halves: Which rows calibrators were fitted on, and which are for thresholds
            (`calibration_halves`). Defaults to every other row.

    Returns:
        The policy. It abstains (`abstains`) where nothing is shown to hold.

    Raises:
        ValueError: If the shapes differ, a probability is not one, or `kind` is none
            of the four.
    """
    if kind not in KINDS:
        raise ValueError(
            f"`kind` must be one of {list(KINDS)}. Received: kind={kind!r}"
        )
    part = _Part.of(text_probabilities, visual_probabilities, labels, label_set)
    fit = _Fit(
        part,
        Halves.every_other(len(part.labels)) if halves is None else halves,
        label_set,
        Promise() if promise is None else promise,
        truth,
    )
    if kind == "separate":
        text, visual = fit.thresholds(part.text), fit.thresholds(part.visual)
        return MergePolicy(kind=kind, label_set=label_set, text=text, visual=visual)
    if kind == "union":
        text, visual = fit.union()
        return MergePolicy(kind=kind, label_set=label_set, text=text, visual=visual)
    stacker = fit.stacker() if kind == "stacked" else None
    combine = noisy_or if stacker is None else stacker.combine
    return MergePolicy(
        kind=kind,
        label_set=label_set,
        merged=fit.thresholds(combine(part.text, part.visual)),
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
    """Fits thresholds on the halves of the calibration part."""

    part: _Part
    halves: Halves
    label_set: LabelSet
    promise: Promise
    truth: Truth

    def thresholds(self, said: FloatArray) -> Thresholds:
        """The thresholds of one source, or of what both say as one."""
        return thresholds_on_halves(
            said,
            self.part.labels,
            self.halves,
            self.label_set,
            promise=self.promise,
            truth=self.truth,
        )

    def union(self) -> tuple[Thresholds, Thresholds]:
        """The thresholds of both sources for the union of what they say."""
        balance = self._balance()
        together = self.thresholds(balance.combine(self.part.text, self.part.visual))
        return balance.for_text(together), balance.for_visual(together)

    def _balance(self) -> Balance:
        first = self.part.rows(self.halves.first)
        return fit_balance(
            first.text, first.visual, first.labels, self.promise.target_precision
        )

    def stacker(self) -> Stacker:
        """A logistic regression over all categories; even odds where none can be."""
        from sklearn.linear_model import LogisticRegression

        part = self.part.rows(self.halves.first)
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
