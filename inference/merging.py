"""What is said of videos by text and frames together, and by which of them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import (
    BoolArray,
    Decision,
    DecisionMatrix,
    FloatArray,
    Thresholds,
    decision_matrix,
    listed,
)
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merges.sources import checked_source
from vidcat.inference.results import CategoryResult, EvidenceSpan
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

SOURCES = ("text", "visual")
"""Where a category can come from, in the order in which results name them."""
_NAMED = ((), SOURCES[:1], SOURCES[1:], SOURCES)
"""The names by their number: 1 for text and 2 for frames, added up."""


class MergedMatrix(NamedTuple):
    """Merged decisions about N videos, for the categories that can be said of them.

    A source is named for a category that it alone would have had said. Where neither
    would, and both together do, both are named. So a category that is said always has
    a source; one that is not said has none.
    """

    decisions: DecisionMatrix
    """Scores and decisions of both together, as one source's would be."""
    text: BoolArray
    """Where text is named, of the shape of the decisions."""
    visual: BoolArray
    """Where the frames are named."""


@dataclass(frozen=True, kw_only=True)
class MergedDecision(Decision):
    """One category said of a video, and who says it."""

    sources: tuple[str, ...]
    """Those of `SOURCES` that are named for it; at least one."""

    def result(
        self,
        taxonomy: Taxonomy,
        evidence: tuple[EvidenceSpan, ...] = (),
        evidence_reason: str | None = None,
    ) -> CategoryResult:
        """What a result says of it.

        Args:
            taxonomy: The taxonomy that it belongs to.
            evidence: The seconds that speak for it. Defaults to none.
            evidence_reason: Why there are none.
        """
        category = taxonomy[self.category_id]
        return CategoryResult(
            id=category.id,
            name=category.name,
            path=category.path,
            score=self.score,
            confident=self.confident,
            sources=self.sources,
            evidence=evidence,
            evidence_reason=evidence_reason,
        )


def merge(
    text_probabilities: npt.ArrayLike,
    visual_probabilities: npt.ArrayLike,
    policy: MergePolicy,
    taxonomy: Taxonomy,
) -> MergedMatrix:
    """Decides which categories are said of videos by text and frames together.

    Each probability of a parent is raised to that of its likeliest child before
    thresholds are applied, and the ancestors of what is said are said too. The merged
    score is the greater of the two sources' scores, or their common probability where
    the policy has one.

    Args:
        text_probabilities: Calibrated, of shape `(N, M)`, by the labels of the
            policy; not a number where text says nothing (`sources.spread`).
        visual_probabilities: Those of the frames, likewise.
        policy: What was fitted.
        taxonomy: The taxonomy of the labels.

    Returns:
        The decisions and their sources.

    Raises:
        ValueError: If a shape does not fit, or a probability is out of `[0, 1]`.
    """
    text = checked_source("text_probabilities", text_probabilities, policy.label_set)
    visual = checked_source(
        "visual_probabilities", visual_probabilities, policy.label_set
    )
    if text.shape != visual.shape:
        raise ValueError(
            "`text_probabilities` and `visual_probabilities` must have one shape. "
            f"Received: {text.shape}, {visual.shape}"
        )
    if policy.merged is None:
        by_text, by_frames = (
            _decide(said, policy.thresholds[name], policy.label_set, taxonomy)
            for name, said in zip(SOURCES, (text, visual), strict=True)
        )
        together = _either(by_text, by_frames)
    else:
        silent = np.full(text.shape, np.nan)
        by_text, by_frames, together = (
            _decide(policy.combine(*said), policy.merged, policy.label_set, taxonomy)
            for said in ((text, silent), (silent, visual), (text, visual))
        )
    return MergedMatrix(
        together,
        text=together.given & (by_text.given | ~by_frames.given),
        visual=together.given & (by_frames.given | ~by_text.given),
    )


def one_source(
    probabilities: npt.ArrayLike,
    source: str,
    thresholds: Thresholds,
    label_set: LabelSet,
    taxonomy: Taxonomy,
) -> MergedMatrix:
    """Decides which categories are said of videos by one source alone.

    Args:
        probabilities: Calibrated, of shape `(N, L)`; not a number where the source
            says nothing.
        source: Which of `SOURCES` it is.
        thresholds: As `decision_matrix` takes them.
        label_set: The L labels.
        taxonomy: The taxonomy of the labels.

    Returns:
        The decisions; the source is named for all of them.

    Raises:
        ValueError: As `merge`.
    """
    said = checked_source("probabilities", probabilities, label_set)
    decisions = _decide(said, thresholds, label_set, taxonomy)
    none = np.zeros_like(decisions.given)
    return MergedMatrix(
        decisions,
        text=decisions.given if source == "text" else none,
        visual=decisions.given if source == "visual" else none,
    )


def merged_decisions(matrix: MergedMatrix) -> list[list[MergedDecision]]:
    """The categories that are said of each video, best score first.

    At equal scores those chosen come before those implied.
    """
    ids = matrix.decisions.category_ids
    column = {category_id: at for at, category_id in enumerate(ids)}
    # Python lists are walked several times faster than arrays.
    named = (matrix.text + 2 * matrix.visual).tolist()
    return [
        [
            MergedDecision(
                **vars(decision), sources=_NAMED[names[column[decision.category_id]]]
            )
            for decision in decisions
        ]
        for names, decisions in zip(named, listed(matrix.decisions), strict=True)
    ]


def _decide(
    probabilities: FloatArray,
    thresholds: Thresholds,
    label_set: LabelSet,
    taxonomy: Taxonomy,
) -> DecisionMatrix:
    """Decides by thresholds; what is silent is not said."""
    # Less than any threshold, 0 included.
    own = np.where(np.isnan(probabilities), -np.inf, probabilities)
    matrix = decision_matrix(own, thresholds, label_set, taxonomy)
    return matrix._replace(score=np.maximum(matrix.score, 0.0))


def _either(one: DecisionMatrix, other: DecisionMatrix) -> DecisionMatrix:
    """What either says; `given` stays closed, for both are."""
    return DecisionMatrix(
        category_ids=one.category_ids,
        score=np.maximum(one.score, other.score),
        chosen=one.chosen | other.chosen,
        given=one.given | other.given,
        confident=one.confident | other.confident,
        depths=one.depths,
    )
