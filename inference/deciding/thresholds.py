"""`Thresholds`: what a probability must reach for its category to be said."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from vidcat.inference.deciding.arrays import (
    BoolArray,
    FloatArray,
    check_width,
    same_length,
)
from vidcat.inference.deciding.sayable import sayable_ids
from vidcat.inference.video import Truth
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

Basis = Literal["own", "parent", "pooled", "abstains"]
"""Why a category has the threshold it has. `own`: it was shown to hold the target by
itself. `parent`: it is not said; an ancestor, which was shown to hold, is in its place.
`pooled`: it shares one threshold with other categories, with which it holds the target
together. `abstains`: it is not said."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """What a threshold was shown to hold by, on the calibration part."""

    predictions: int
    """Videos of known truth that it lets through."""
    correct: int
    """Those that are right."""
    effective: float
    """As how many independent predictions they count: those for videos of one owner
    depend on one another."""
    lower_bound: float
    """The precision is no less, at the assurance of the thresholds."""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What the score of a category must reach for the category to be chosen.

    A value each for the L labels, or for the M categories that can be said of a video:
    the labels, then those of their ancestors that are no labels. Without values of
    their own, these are said only where something below them is.

    Raises:
        ValueError: If fields differ in length, a value is not a number, or the target
            or the assurance is out of its range.
    """

    values: tuple[float, ...]
    """A threshold for each category; infinity where it is never chosen."""
    confident: tuple[bool, ...]
    """Whether a category was shown to hold by itself, with enough examples of it."""
    target_precision: float
    """The precision they were fitted for, above 0 and at most 1."""
    truth: Truth
    """What that precision was measured against."""
    assurance: float | None = None
    """How often such thresholds hold the target, in `(0, 1)`; `None` where nothing is
    promised."""
    basis: tuple[Basis, ...] | None = None
    """For each category why its threshold is what it is; `None` if it was not kept."""
    support: tuple[Support | None, ...] | None = None
    """For each category what its threshold was shown by: its own predictions, or those
    of all that share it; `None` for one that is not chosen."""

    def __post_init__(self) -> None:
        fields: dict[str, Sequence[object]] = {
            "values": self.values,
            "confident": self.confident,
        }
        if self.basis is not None:
            fields["basis"] = self.basis
        if self.support is not None:
            fields["support"] = self.support
        same_length(**fields)
        if any(math.isnan(value) for value in self.values):
            raise ValueError(f"`values` must be numbers. Received: {self.values}")
        if not 0 < self.target_precision <= 1:
            raise ValueError(
                "`target_precision` must be above 0 and at most 1. "
                f"Received: target_precision={self.target_precision}"
            )
        if self.assurance is not None and not 0 < self.assurance < 1:
            raise ValueError(
                "`assurance` must be above 0 and below 1. "
                f"Received: assurance={self.assurance}"
            )
        if unknown := sorted(set(self.basis or ()) - set(get_args(Basis))):
            raise ValueError(
                f"`basis` must be of {list(get_args(Basis))}. Received: {unknown}"
            )

    @property
    def abstains(self) -> bool:
        """Whether no category can ever be chosen: the target was out of reach."""
        return all(math.isinf(value) for value in self.values)

    def reached(self, scores: FloatArray) -> BoolArray:
        """Whether scores reach the thresholds of their categories.

        Args:
            scores: Shape `(N, columns)`, as many as there are values or more; the
                values of the columns beyond are infinite.
        """
        values = np.full(max(scores.shape[1], len(self.values)), np.inf)
        values[: len(self.values)] = self.values
        check_width("scores", scores, len(values))
        return scores >= values

    def check_for(
        self, label_set: LabelSet, taxonomy: Taxonomy, *, name: str = "thresholds"
    ) -> None:
        """Refuses labels that these are not the thresholds of.

        Args:
            label_set: The L labels.
            taxonomy: The taxonomy they belong to.
            name: What the caller calls the thresholds.

        Raises:
            ValueError: If there is a value neither for each label nor for each
                category that can be said.
        """
        fitting = (len(label_set), len(sayable_ids(label_set, taxonomy)))
        if len(self.values) not in fitting:
            raise ValueError(
                f"`{name}` must have one value for each of the {fitting[0]} labels, or "
                f"of the {fitting[1]} categories that can be said. "
                f"Received: {len(self.values)}"
            )

    def to_json(self) -> dict[str, Any]:
        """The fitted values as a JSON object; `null` where a category abstains."""
        kept: dict[str, Any] = {
            "values": [None if math.isinf(one) else one for one in self.values],
            "confident": list(self.confident),
            "target_precision": self.target_precision,
            "truth": self.truth,
        }
        if self.assurance is not None:
            kept["assurance"] = self.assurance
        if self.basis is not None:
            kept["basis"] = list(self.basis)
        if self.support is not None:
            kept["support"] = [one and asdict(one) for one in self.support]
        return kept

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Thresholds":
        """Reads what `to_json` gave; an earlier vidcat left some of it out."""
        basis, support = values.get("basis"), values.get("support")
        return cls(
            values=tuple(math.inf if one is None else one for one in values["values"]),
            confident=tuple(values["confident"]),
            target_precision=values["target_precision"],
            truth=values["truth"],
            assurance=values.get("assurance"),
            basis=None if basis is None else tuple(basis),
            support=None
            if support is None
            else tuple(one and Support(**one) for one in support),
        )
