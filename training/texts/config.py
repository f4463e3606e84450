"""Settings of a training on text."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from vidcat.inference.texts.language_codes import language_code
from vidcat.training.deciding.promise import Per, Promise
from vidcat.training.splits import SplitKey

TextKind = Literal["bag-of-words", "multilingual", "both"]


@dataclass(frozen=True, kw_only=True)
class TextConfig:
    """How text categorizers are built and trained.

    Raises:
        ValueError: If a field is outside its range.
    """

    kind: TextKind = "both"
    """Which parts to train."""
    languages: tuple[str, ...] = ("en", "fr")
    """Primary subtags of the languages to learn from; the bag of words reads these, and
    text whose language is not known."""
    target_precision: float = 0.80
    """What the thresholds are to hold."""
    assurance: float = 0.95
    """How often thresholds like these hold it."""
    per: Per = "category"
    """Whether each category is to hold it, or all together."""
    min_examples: int = 10
    """Training rows that a category needs."""
    min_count: int = 2
    """Training rows that a word or a bigram needs."""
    max_ngrams: int = 50_000
    """At most so many words and bigrams, those of most rows."""
    split_by: SplitKey = "auto"
    """`owner`, `id`, or `auto`: by owner where rows have one."""
    similarity: bool = False
    """Whether rows without labels are also labelled by the likeness of their text's
    embedding to the categories' descriptions (`similarity_labels`), which was never
    measured; needs the multilingual part."""
    seed: int = 0
    """Makes a training repeatable."""

    def __post_init__(self) -> None:
        for name, allowed in (("kind", TextKind), ("split_by", SplitKey)):
            if getattr(self, name) not in get_args(allowed):
                self._refuse(name, f"be one of {list(get_args(allowed))}")
        for name in ("min_examples", "min_count", "max_ngrams"):
            if getattr(self, name) < 1:
                self._refuse(name, "be at least 1")
        if not self.languages or isinstance(self.languages, str):
            self._refuse("languages", "hold one language at least")
        if any(language_code(one) != one for one in self.languages):
            self._refuse("languages", "hold primary subtags, such as 'en'")
        # Refuses what is out of range.
        _ = self.promise
        if self.similarity and not self.has_multilingual:
            raise ValueError(
                "`similarity` needs the embeddings of the multilingual part. Received: "
                f"similarity=True, kind={self.kind!r}"
            )
        if self.seed < 0:
            self._refuse("seed", "not be negative")

    @property
    def promise(self) -> Promise:
        """What the thresholds are to hold, and how surely."""
        return Promise(
            target_precision=self.target_precision,
            assurance=self.assurance,
            per=self.per,
        )

    @property
    def has_bag_of_words(self) -> bool:
        """Whether to train the bag of words."""
        return self.kind in ("bag-of-words", "both")

    @property
    def has_multilingual(self) -> bool:
        """Whether to train the multilingual part."""
        return self.kind in ("multilingual", "both")

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self) | {"languages": list(self.languages)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TextConfig":
        """The inverse of `to_json`.

        Raises:
            ValueError: If a name is unknown, or a value outside its range.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(values.keys() - known):
            raise ValueError(
                f"Unknown text options {unknown}; known are {sorted(known)}."
            )
        return cls(**{**values, "languages": tuple(values["languages"])})

    def _refuse(self, name: str, rule: str) -> None:
        raise ValueError(
            f"`{name}` must {rule}. Received: {name}={getattr(self, name)!r}"
        )
