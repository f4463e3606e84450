"""`ScoredBy`: whose probabilities score vectors hold, and in which order."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vidcat.inference.merges.decider import Decides
from vidcat.taxonomy.labels import LabelSet

FORMAT: Final = 1
_NAMES: Final = ("format", "bundle", "taxonomy", "text", "visual")


@dataclass(frozen=True, kw_only=True)
class ScoredBy:
    """What made score vectors: a bundle, or a text categorizer alone.

    Raises:
        ValueError: If there are labels of neither source, or of two taxonomies.
    """

    bundle: str
    """Content hash of the bundle or text categorizer."""
    text: LabelSet | None
    """Labels of the text probabilities, in their order; `None` without any."""
    visual: LabelSet | None
    """Labels of the visual probabilities, likewise."""

    def __post_init__(self) -> None:
        versions = {labels.taxonomy_version for labels in self._label_sets}
        if len(versions) != 1:
            raise ValueError(
                "`text` and `visual` must be labels of one taxonomy, and one of them "
                f"at least given. Received: taxonomies {sorted(versions)}"
            )

    @classmethod
    def of(cls, model: Decides) -> "ScoredBy":
        """What scores with a bundle, or a text categorizer, are made by."""
        decider = model.decider
        return cls(bundle=model.content_hash, text=decider.text, visual=decider.visual)

    @property
    def taxonomy_version(self) -> str:
        """Version of the taxonomy of the labels."""
        return self._label_sets[0].taxonomy_version

    @property
    def _label_sets(self) -> list[LabelSet]:
        return [one for one in (self.text, self.visual) if one is not None]

    def to_json(self) -> str:
        """The text that a file keeps: label orders with their hashes."""
        values = {
            "format": FORMAT,
            "bundle": self.bundle,
            "taxonomy": self.taxonomy_version,
            "text": _with_hash(self.text),
            "visual": _with_hash(self.visual),
        }
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> "ScoredBy":
        """Reads what `to_json` gave.

        Raises:
            ValueError: If it is something else, of a newer format, or the order of
                the labels is not the one that was hashed.
        """
        values = json.loads(text)
        if not isinstance(values, dict) or set(values) != set(_NAMES):
            raise ValueError(f"the values must be {list(_NAMES)}")
        if values["format"] != FORMAT:
            raise ValueError(
                f"format {values['format']} is not what this vidcat reads ({FORMAT}); "
                "install a newer vidcat"
            )
        return cls(
            bundle=values["bundle"],
            text=_checked(values["text"], "text"),
            visual=_checked(values["visual"], "visual"),
        )


def _with_hash(labels: LabelSet | None) -> dict[str, Any] | None:
    if labels is None:
        return None
    return {"labels": labels.to_json(), "hash": labels.content_hash}


def _checked(values: Mapping[str, Any] | None, source: str) -> LabelSet | None:
    if values is None:
        return None
    labels = LabelSet.from_json(values["labels"])
    if labels.content_hash != values["hash"]:
        raise ValueError(
            f"the order of the {source} labels must have the hash {values['hash']}. "
            f"Received: {labels.content_hash}"
        )
    return labels
