"""`MergePolicy`: how the words of text and frames become one decision."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray, Thresholds
from vidcat.inference.merges.sources import merged_label_set, spread_thresholds
from vidcat.inference.merges.stacking import Stacker
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet

MergeKind = Literal["union", "separate", "noisy-or", "stacked"]
"""`union` and `separate`: a category is said where the probability of either source
reaches that source's threshold. The union's thresholds are fitted together, on what
both say; separate ones alone, as each source keeps them without the other.
`noisy-or` and `stacked`: both probabilities become one, which has one threshold."""

KINDS: Final[tuple[MergeKind, ...]] = get_args(MergeKind)

_EITHER: Final = ("union", "separate")


@dataclass(frozen=True, kw_only=True)
class MergePolicy:
    """The fitted values of a merge; its thresholds are by the labels of both sources.

    Raises:
        ValueError: If the values are not those of its kind, or not one a label.
    """

    kind: MergeKind
    """Which of the four."""
    label_set: LabelSet
    """The labels of both sources."""
    text: Thresholds | None = None
    """What a text probability must reach; of `union` and `separate` only."""
    visual: Thresholds | None = None
    """What a visual probability must reach; of `union` and `separate` only."""
    merged: Thresholds | None = None
    """What both together must reach; of `noisy-or` and `stacked` only."""
    stacker: Stacker | None = None
    """Makes one probability of two; of `stacked` only."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(
                f"`kind` must be one of {list(KINDS)}. Received: kind={self.kind!r}"
            )
        wanted = {"text", "visual"} if self.kind in _EITHER else {"merged"}
        if self.kind == "stacked":
            wanted.add("stacker")
        fields = ("text", "visual", "merged", "stacker")
        given = {name for name in fields if getattr(self, name) is not None}
        if given != wanted:
            raise ValueError(
                f"A merge of the kind {self.kind!r} must have {sorted(wanted)}. "
                f"Received: {sorted(given)}"
            )
        taxonomy = load_iab(self.label_set.taxonomy_version)
        for name, thresholds in self.thresholds.items():
            thresholds.check_for(self.label_set, taxonomy, name=name)

    @classmethod
    def separate(
        cls,
        text: Thresholds,
        text_labels: LabelSet,
        visual: Thresholds,
        visual_labels: LabelSet,
    ) -> "MergePolicy":
        """Keeps the thresholds that each source has alone.

        Args:
            text: Thresholds of the text model.
            text_labels: Its labels.
            visual: Thresholds of the visual model.
            visual_labels: Its labels.
        """
        labels = merged_label_set(text_labels, visual_labels)
        return cls(
            kind="separate",
            label_set=labels,
            text=spread_thresholds(text, text_labels, labels),
            visual=spread_thresholds(visual, visual_labels, labels),
        )

    @cached_property
    def thresholds(self) -> Mapping[str, Thresholds]:
        """The thresholds that its kind has, by the name of their field."""
        found = {"text": self.text, "visual": self.visual, "merged": self.merged}
        return {name: one for name, one in found.items() if one is not None}

    @property
    def abstains(self) -> bool:
        """Whether nothing can ever be said: the target was out of reach."""
        return all(one.abstains for one in self.thresholds.values())

    def combine(self, text: FloatArray, visual: FloatArray) -> npt.NDArray[np.float64]:
        """Makes one probability of two, for the kinds that have one threshold.

        Args:
            text: Probabilities of shape `(N, M)`; not a number where text is silent.
            visual: Those of the frames, of the same shape.

        Returns:
            Shape `(N, M)`; not a number where both are silent.

        Raises:
            ValueError: If the kind keeps the two apart.
        """
        if self.kind in _EITHER:
            raise ValueError(
                f"A merge of the kind {self.kind!r} has no common probability."
            )
        if self.stacker is not None:
            return self.stacker.combine(text, visual)
        return noisy_or(text, visual)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256, in hex, of all fitted values."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The policy as a JSON object."""
        return {
            "kind": self.kind,
            "labels": self.label_set.to_json(),
            **{name: one.to_json() for name, one in self.thresholds.items()},
            **({} if self.stacker is None else {"stacker": self.stacker.to_json()}),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "MergePolicy":
        """Reads what `to_json` gave."""
        thresholds = {
            name: Thresholds.from_json(values[name])
            for name in ("text", "visual", "merged")
            if name in values
        }
        stacker = values.get("stacker")
        return cls(
            kind=values["kind"],
            label_set=LabelSet.from_json(values["labels"]),
            stacker=None if stacker is None else Stacker.from_json(stacker),
            **thresholds,
        )


def noisy_or(text: FloatArray, visual: FloatArray) -> npt.NDArray[np.float64]:
    """The chance that at least one of two independent sources is right.

    Args:
        text: Probabilities of shape `(N, M)`; not a number where text is silent.
        visual: Those of the frames, of the same shape.

    Returns:
        `1 - (1 - text)(1 - visual)`, or what the one says where the other is silent;
        not a number where both are.
    """
    doubt = (1 - np.nan_to_num(text, nan=0.0)) * (1 - np.nan_to_num(visual, nan=0.0))
    doubt[np.isnan(text) & np.isnan(visual)] = np.nan
    return 1 - doubt
