"""Fits the thresholds at which a category is said."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.arrays import check_width
from vidcat.inference.decisions import (
    Basis,
    Support,
    Thresholds,
    raised,
    sayable_ids,
)
from vidcat.inference.video import Truth
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.deciding.dependence import Dependence, Groups
from vidcat.training.deciding.fixed_sequence import Predictions, Shown, loosest_shown
from vidcat.training.deciding.promise import Promise
from vidcat.training.deciding.support import predictions_needed
from vidcat.training.measuring.measures import Labels, checked
from vidcat.training.measuring.truth import truth_of_sayable


def fit_thresholds(
    probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    promise: Promise | None = None,
    truth: Truth,
    groups: Groups | None = None,
    dependence: Dependence | None = None,
) -> Thresholds:
    """Fits thresholds that are shown to hold a promise, as loose as can be shown.

    Each category has the loosest threshold that `loosest_shown` shows to hold. One
    with too few likely videos to show anything is not said itself: its nearest
    ancestor that holds the promise stands for it (scores of parents are those of their
    likeliest child, so that the whole subtree was tested); without such an ancestor it
    shares one threshold, at which they hold the promise together, with all others of
    its kind, and is not confident; failing that too it abstains. One with enough
    videos that does not hold abstains.

    Args:
        probabilities: Calibrated probabilities of shape `(N, L)`, of videos that the
            calibrator was not fitted on; below 0 where nothing is said.
        labels: 1 yes, 0 no, -1 unknown, of the same shape.
        label_set: The L labels.
        taxonomy: The taxonomy they belong to.
        promise: What is to be shown. Defaults to `Promise()`.
        truth: How the labels came about.
        groups: The owner of each video, as a number. Defaults to one each.
        dependence: How much videos of one owner depend on one another; from videos
            that are not among these. Defaults to what is assumed without any.

    Returns:
        A threshold for each of `sayable_ids`. All abstain (`abstains`) where nothing
        can be shown.

    Raises:
        ValueError: If shapes differ or are not those of the labels, or a probability is
            not finite.
    """
    known_truth, scores = checked(labels, probabilities)
    check_width("probabilities", scores, len(label_set))
    if groups is not None and groups.shape != (len(scores),):
        raise ValueError(
            f"`groups` must have the shape ({len(scores)},), one owner a video. "
            f"Received: shape {groups.shape}"
        )
    wanted = Promise() if promise is None else promise
    columns = len(sayable_ids(label_set, taxonomy))
    fit = _Fit(
        scores=raised(scores, label_set, taxonomy).astype(np.float64),
        truth=truth_of_sayable(known_truth, label_set, taxonomy),
        groups=np.arange(len(scores)) if groups is None else groups,
        dependence=Dependence.assumed(columns) if dependence is None else dependence,
        promise=wanted,
        label_set=label_set,
        taxonomy=taxonomy,
    )
    outcome = fit.one_for_all() if wanted.per == "all" else fit.one_each()
    return Thresholds(
        values=tuple(one.threshold for one in outcome),
        confident=tuple(one.confident for one in outcome),
        target_precision=wanted.target_precision,
        truth=truth,
        assurance=wanted.assurance,
        basis=tuple(one.basis for one in outcome),
        support=tuple(one.support for one in outcome),
    )


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What was found for one category."""

    basis: Basis
    threshold: float = math.inf
    confident: bool = False
    support: Support | None = None

    @classmethod
    def own(cls, shown: Shown) -> "_Outcome":
        return cls(
            basis="own",
            threshold=shown.threshold,
            confident=True,
            support=shown.support,
        )

    @classmethod
    def shared(cls, shown: Shown, *, confident: bool = False) -> "_Outcome":
        return cls(
            basis="pooled",
            threshold=shown.threshold,
            confident=confident,
            support=shown.support,
        )


_ABSTAINS: Final = _Outcome(basis="abstains")
_BY_ITS_PARENT: Final = _Outcome(basis="parent")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fit:
    """Scores and truth of all that can be said of N videos."""

    scores: npt.NDArray[np.float64]
    truth: Labels
    groups: Groups
    dependence: Dependence
    promise: Promise
    label_set: LabelSet
    taxonomy: Taxonomy

    def one_each(self) -> list[_Outcome]:
        """A threshold of its own for each category that can show one."""
        labels = range(len(self.label_set))
        shown = {at: self._shown(at) for at in labels}
        small = [at for at in labels if shown[at] is None and self._is_small(at)]
        stand_ins = {at: self._holding_ancestor(at, shown) for at in small}
        left = [at for at in small if stand_ins[at] is None]
        pool = self._shown_together(left)
        outcome = [_ABSTAINS] * self.scores.shape[1]
        for at, found in shown.items():
            if found is not None:
                outcome[at] = _Outcome.own(found)
        for at in small:
            if stand_ins[at] is not None:
                outcome[at] = _BY_ITS_PARENT
            elif pool is not None:
                outcome[at] = _Outcome.shared(pool)
        return outcome

    def one_for_all(self) -> list[_Outcome]:
        """One threshold; a category is confident where it holds the promise there."""
        labels = range(len(self.label_set))
        shown = self._shown_together(list(labels))
        outcome = [_ABSTAINS] * self.scores.shape[1]
        if shown is None:
            return outcome
        for at in labels:
            holds = self._holds_at(shown.threshold, at)
            outcome[at] = _Outcome.shared(shown, confident=holds)
        return outcome

    def _holds_at(self, threshold: float, at: int) -> bool:
        own = self._predictions(at)
        chosen = int(np.count_nonzero(own.scores >= threshold))
        if not chosen:
            return False
        correlation = self.dependence.same_category[at]
        support = own.support(chosen, correlation, self.promise.assurance)
        return support.lower_bound >= self.promise.target_precision

    def _predictions(self, at: int) -> Predictions:
        known = (self.truth[:, at] >= 0) & (self.scores[:, at] >= 0)
        return Predictions.of(
            self.scores[known, at], self.truth[known, at] == 1, self.groups[known]
        )

    def _shown(self, at: int) -> Shown | None:
        correlation = self.dependence.same_category[at]
        return loosest_shown(self._predictions(at), self.promise, correlation)

    def _shown_together(self, columns: list[int]) -> Shown | None:
        scores, truth = self.scores[:, columns], self.truth[:, columns]
        known = (truth >= 0) & (scores >= 0)
        owners = np.broadcast_to(self.groups[:, None], known.shape)
        together = Predictions.of(scores[known], truth[known] == 1, owners[known])
        return loosest_shown(together, self.promise, self.dependence.any_category)

    def _is_small(self, at: int) -> bool:
        """Whether too few of its videos are likely enough to show anything."""
        if self._enough is None:
            return False
        own = self._predictions(at)
        likely = np.flatnonzero(own.expected_precision >= self.promise.target_precision)
        if not likely.size:
            return True
        effective = own.effective(self.dependence.same_category[at])
        return bool(effective[likely[-1]] < self._enough)

    @cached_property
    def _enough(self) -> int | None:
        """Predictions that show a target, of which half of the rest to 1 is right."""
        target = self.promise.target_precision
        return predictions_needed((1 + target) / 2, target, self.promise.assurance)

    def _holding_ancestor(self, at: int, shown: dict[int, Shown | None]) -> int | None:
        """The nearest ancestor that holds the promise; tests those not tested yet."""
        category_id = self.label_set.ids[at]
        for ancestor in self.taxonomy.ancestors(category_id):
            above = self._column[ancestor]
            if above not in shown:
                shown[above] = self._shown(above)
            if shown[above] is not None:
                return above
        return None

    @cached_property
    def _column(self) -> dict[str, int]:
        ids = sayable_ids(self.label_set, self.taxonomy)
        return {category_id: at for at, category_id in enumerate(ids)}
