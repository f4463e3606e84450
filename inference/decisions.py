"""From logits to the categories that are said of a video."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.arrays import BoolArray, FloatArray, check_width
from vidcat.inference.deciding.calibrator import Calibrator
from vidcat.inference.deciding.sayable import sayable_ids
from vidcat.inference.deciding.thresholds import Basis, Support, Thresholds
from vidcat.inference.results import SCORE_DECIMALS
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

__all__ = [
    "Basis",
    "BoolArray",
    "Calibrator",
    "Decision",
    "DecisionMatrix",
    "FloatArray",
    "Support",
    "Thresholds",
    "decide",
    "decision_matrix",
    "implied_pairs",
    "listed",
    "raised",
    "sayable_ids",
]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One category said of a video."""

    category_id: str
    """Id in the label set's taxonomy."""
    score: float
    """Calibrated probability, at least that of each category below; rounded."""
    confident: bool
    """Whether the threshold behind it was found to hold with enough examples."""
    implied: bool
    """Whether it is said only because a category below it is."""


class DecisionMatrix(NamedTuple):
    """Decisions about N videos, for the M categories that can be said of them."""

    category_ids: tuple[str, ...]
    """The L labels, then their ancestors outside the label set."""
    score: FloatArray
    """Probability of each, at least that of the categories below, `(N, M)`."""
    chosen: BoolArray
    """Whether its score reached a threshold of its own, `(N, M)`."""
    given: BoolArray
    """Whether the category is said, chosen or implied, `(N, M)`."""
    confident: BoolArray
    """Whether a threshold behind it is a confident one, `(N, M)`."""
    depths: tuple[int, ...]
    """Number of ancestors of each category."""


def decision_matrix(
    probabilities: FloatArray,
    thresholds: Thresholds,
    label_set: LabelSet,
    taxonomy: Taxonomy,
) -> DecisionMatrix:
    """Decides which categories are said of videos.

    A parent's probability is raised to that of its likeliest child; then thresholds
    are applied; then the ancestors of what is chosen are said too.

    Args:
        probabilities: Calibrated probabilities of shape `(N, L)`.
        thresholds: One for each label, or for each of `sayable_ids`.
        label_set: The L labels.
        taxonomy: The taxonomy they belong to.

    Returns:
        The decisions.

    Raises:
        ValueError: If a probability is not a number, or `probabilities`,
            `thresholds` and `label_set` differ in the number of labels.
    """
    own = np.asarray(probabilities)
    check_width("probabilities", own, len(label_set))
    if np.isnan(own).any():
        row, label = np.argwhere(np.isnan(own))[0]
        raise ValueError(
            "`probabilities` must be numbers. Received: "
            f"probabilities[{row}, {label}]=nan"
        )
    thresholds.check_for(label_set, taxonomy)
    ids = sayable_ids(label_set, taxonomy)
    score = raised(own, label_set, taxonomy)
    chosen = thresholds.reached(score)
    # A chosen category answers for itself; an implied one is as sure as what implies
    # it.
    sure = np.zeros(len(ids), bool)
    sure[: len(thresholds.confident)] = thresholds.confident
    surely_chosen = chosen & sure
    confident = surely_chosen.copy()
    for above, below in implied_pairs(ids, taxonomy):
        confident[:, above] |= surely_chosen[:, below] & ~chosen[:, above]
    depths = tuple(len(list(taxonomy.ancestors(one))) for one in ids)
    given = with_implied(chosen, ids, taxonomy)
    return DecisionMatrix(ids, score, chosen, given, confident, depths)


def raised(
    probabilities: FloatArray, label_set: LabelSet, taxonomy: Taxonomy
) -> npt.NDArray[np.floating]:
    """Raises the probability of each parent to that of its likeliest child.

    Args:
        probabilities: Shape `(N, L)`.
        label_set: The L labels.
        taxonomy: The taxonomy they belong to.

    Returns:
        Shape `(N, M)`, by `sayable_ids`.
    """
    ids = sayable_ids(label_set, taxonomy)
    score = np.full((len(probabilities), len(ids)), -np.inf, probabilities.dtype)
    labels = len(label_set)
    score[:, :labels] = probabilities
    for above, below in implied_pairs(ids, taxonomy):
        if below < labels:
            np.maximum(score[:, above], probabilities[:, below], out=score[:, above])
    return score


def decide(
    probabilities: FloatArray,
    thresholds: Thresholds,
    label_set: LabelSet,
    taxonomy: Taxonomy,
) -> list[list[Decision]]:
    """Decides which categories are said of each video.

    See `decision_matrix` for the arguments, the order of steps and the errors.

    Returns:
        For each of the N videos its categories, best score first; at equal scores
        those chosen come before those implied, and these before what is above them.
    """
    return listed(decision_matrix(probabilities, thresholds, label_set, taxonomy))


def listed(matrix: DecisionMatrix) -> list[list[Decision]]:
    """The categories that are said of each video, as `decide` gives them."""
    decided: list[list[Decision]] = [[] for _ in range(len(matrix.given))]
    places = np.nonzero(matrix.given)
    # Python lists are walked several times faster than arrays.
    for row, column, score, confident, chosen in zip(
        *(place.tolist() for place in places),
        matrix.score[places].tolist(),
        matrix.confident[places].tolist(),
        matrix.chosen[places].tolist(),
        strict=True,
    ):
        decided[row].append(
            Decision(
                category_id=matrix.category_ids[column],
                score=round(score, SCORE_DECIMALS),
                confident=confident,
                implied=not chosen,
            )
        )
    depth = dict(zip(matrix.category_ids, matrix.depths, strict=True))
    for decisions in decided:
        decisions.sort(
            key=lambda one: (-one.score, one.implied, -depth[one.category_id])
        )
    return decided


def with_implied(
    chosen: BoolArray, category_ids: Sequence[str], taxonomy: Taxonomy
) -> BoolArray:
    """What is chosen, and what is above it.

    Args:
        chosen: Shape `(N, M)`.
        category_ids: The M categories, with all their ancestors.
        taxonomy: The taxonomy they belong to.
    """
    given = chosen.copy()
    for above, below in implied_pairs(category_ids, taxonomy):
        given[:, above] |= chosen[:, below]
    return given


def implied_pairs(
    category_ids: Sequence[str], taxonomy: Taxonomy
) -> list[tuple[int, int]]:
    """Which category implies which.

    Args:
        category_ids: Categories, with all their ancestors.
        taxonomy: The taxonomy they belong to.

    Returns:
        Pairs of positions: an ancestor, and a category below it.
    """
    column = {category_id: at for at, category_id in enumerate(category_ids)}
    return [
        (column[above], below)
        for below, category_id in enumerate(category_ids)
        for above in taxonomy.ancestors(category_id)
    ]
