"""From logits to the categories that are said of a video."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.results import SCORE_DECIMALS
from vidcat.inference.video import Truth
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

FloatArray = npt.NDArray[np.floating]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Calibrator:
    """Platt scaling: a slope and an intercept for the logit of each label.

    Raises:
        ValueError: If the three do not have the same length.
    """

    slope: tuple[float, ...]
    """Factor of each label's logit."""
    intercept: tuple[float, ...]
    """What is added to it."""
    own: tuple[bool, ...]
    """Whether the label had support enough for a fit of its own."""

    def __post_init__(self) -> None:
        _same_length(slope=self.slope, intercept=self.intercept, own=self.own)

    @classmethod
    def identity(cls, labels: int) -> "Calibrator":
        """Leaves the sigmoid of the logits as it is; nothing was fitted."""
        return cls(
            slope=(1.0,) * labels, intercept=(0.0,) * labels, own=(False,) * labels
        )

    def calibrate(self, logits: FloatArray) -> npt.NDArray[np.float64]:
        """Turns logits into probabilities.

        Args:
            logits: Shape `(N, L)`.

        Returns:
            Probabilities of the same shape.

        Raises:
            ValueError: If `logits` has another number of labels.
        """
        _check_width("logits", logits, len(self.slope))
        scaled = logits * np.array(self.slope) + np.array(self.intercept)
        # Half the tangent of half the value: the sigmoid, without overflow.
        return 0.5 * (1.0 + np.tanh(0.5 * scaled))

    def to_json(self) -> dict[str, Any]:
        """The fitted values as a JSON object."""
        return {
            "kind": "platt",
            "slope": list(self.slope),
            "intercept": list(self.intercept),
            "own": list(self.own),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Calibrator":
        """Reads what `to_json` gave.

        Raises:
            ValueError: If it is a calibrator of another kind.
        """
        if values["kind"] != "platt":
            raise ValueError(
                f"`kind` must be 'platt'. Received: kind={values['kind']!r}"
            )
        return cls(
            slope=tuple(values["slope"]),
            intercept=tuple(values["intercept"]),
            own=tuple(values["own"]),
        )


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What a label's own probability must reach for the label to be chosen.

    Raises:
        ValueError: If `values` and `confident` differ in length, a value is not a
            number, or the target is not within `(0, 1]`.
    """

    values: tuple[float, ...]
    """A threshold for each label; infinity where the label is never chosen."""
    confident: tuple[bool, ...]
    """Whether a label's threshold was found to hold with enough examples of it."""
    target_precision: float
    """The precision they were fitted for."""
    truth: Truth
    """What that precision was measured against."""

    def __post_init__(self) -> None:
        _same_length(values=self.values, confident=self.confident)
        if any(math.isnan(value) for value in self.values):
            raise ValueError(f"`values` must be numbers. Received: {self.values}")
        if not 0 < self.target_precision <= 1:
            raise ValueError(
                "`target_precision` must be above 0 and at most 1. "
                f"Received: target_precision={self.target_precision}"
            )

    @property
    def abstains(self) -> bool:
        """Whether no label can ever be chosen: the target was out of reach."""
        return all(math.isinf(value) for value in self.values)

    def reached(self, probabilities: FloatArray) -> BoolArray:
        """Whether probabilities of shape `(N, L)` reach their label's threshold."""
        _check_width("probabilities", probabilities, len(self.values))
        return probabilities >= np.array(self.values)

    def to_json(self) -> dict[str, Any]:
        """The fitted values as a JSON object; `null` where a label abstains."""
        return {
            "values": [None if math.isinf(one) else one for one in self.values],
            "confident": list(self.confident),
            "target_precision": self.target_precision,
            "truth": self.truth,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Thresholds":
        """Reads what `to_json` gave."""
        return cls(
            values=tuple(math.inf if one is None else one for one in values["values"]),
            confident=tuple(values["confident"]),
            target_precision=values["target_precision"],
            truth=values["truth"],
        )


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
    """Whether the label's own probability reached its threshold, `(N, M)`."""
    given: BoolArray
    """Whether the category is said, chosen or implied, `(N, M)`."""
    confident: BoolArray
    """Whether a threshold behind it is a confident one, `(N, M)`."""


def decision_matrix(
    probabilities: FloatArray,
    thresholds: Thresholds,
    label_set: LabelSet,
    taxonomy: Taxonomy,
) -> DecisionMatrix:
    """Decides which categories are said of videos.

    A parent's probability is raised to that of its likeliest child; then thresholds
    are applied; then the ancestors of what is said are said too.

    Args:
        probabilities: Calibrated probabilities of shape `(N, L)`.
        thresholds: One for each label.
        label_set: The L labels.
        taxonomy: The taxonomy they belong to.

    Returns:
        The decisions.

    Raises:
        ValueError: If a probability is not a number, or `probabilities`,
            `thresholds` and `label_set` differ in the number of labels.
    """
    own = np.asarray(probabilities)
    _check_width("probabilities", own, len(label_set.ids))
    if np.isnan(own).any():
        row, label = np.argwhere(np.isnan(own))[0]
        raise ValueError(
            "`probabilities` must be numbers. Received: "
            f"probabilities[{row}, {label}]=nan"
        )
    reached = thresholds.reached(own)
    ids = _sayable_ids(label_set, taxonomy)
    column = {category_id: at for at, category_id in enumerate(ids)}
    outside = ((0, 0), (0, len(ids) - len(label_set.ids)))
    score = np.pad(own, outside)
    pairs = [
        (column[above], below)
        for below, category_id in enumerate(label_set.ids)
        for above in taxonomy.ancestors(category_id)
    ]
    for above, below in pairs:
        np.maximum(score[:, above], own[:, below], out=score[:, above])
    values = np.pad(np.array(thresholds.values), outside[1], constant_values=np.inf)
    chosen = np.pad(reached, outside)
    said = score >= values
    given = said.copy()
    # A chosen label answers for itself; an implied one is as sure as what implies it.
    sure = chosen & np.pad(np.array(thresholds.confident), outside[1])
    confident = sure.copy()
    for above, below in pairs:
        given[:, above] |= said[:, below]
        confident[:, above] |= sure[:, below] & ~chosen[:, above]
    return DecisionMatrix(ids, score, chosen, given, confident)


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
        those chosen come before those implied.
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
    for decisions in decided:
        decisions.sort(key=lambda decision: (-decision.score, decision.implied))
    return decided


def _sayable_ids(label_set: LabelSet, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The labels, then those of their ancestors that are no labels, in table order."""
    every = taxonomy.with_ancestors(label_set.ids)
    outside = every - set(label_set.ids)
    return (
        *label_set.ids,
        *(category.id for category in taxonomy if category.id in outside),
    )


def _same_length(**fields: Sequence[object]) -> None:
    lengths = {name: len(values) for name, values in fields.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"{', '.join(f'`{name}`' for name in fields)} must have one value for "
            f"each label. Received: lengths {lengths}"
        )


def _check_width(name: str, values: FloatArray, labels: int) -> None:
    if values.ndim != 2 or values.shape[1] != labels:
        raise ValueError(
            f"`{name}` must have the shape (videos, {labels}). "
            f"Received: {name} of shape {values.shape}"
        )
