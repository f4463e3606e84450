"""The text categorizer: from a row's text to the probabilities of its categories."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.decisions import Thresholds
from vidcat.inference.language import language_of
from vidcat.inference.merges.decider import Decider
from vidcat.inference.texts.bag_of_words import BagOfWords
from vidcat.inference.texts.head import TextPart
from vidcat.inference.texts.multilingual import Embeds, Multilingual
from vidcat.inference.texts.text import joined_text
from vidcat.inference.video import Truth, Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

LEAST_MEASURED: Final = 10
"""Rows of known truth that a language needs to count as measured."""
UNDETERMINED: Final = "und"
"""What ISO 639 calls a language that is not known."""

TextState = Literal["ok", "no_text", "no_model"]

_AT_ONCE: Final = 256
"""Texts whose numbers are held in memory together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TextScores:
    """What the text categorizer says of N rows.

    A row that is not `ok` has the probability 0 everywhere.
    """

    probabilities: NDArray[np.float64]
    """Calibrated probabilities, shape `(N, L)`."""
    states: tuple[TextState, ...]
    """`ok`, `no_text`, or `no_model` where no part reads the language."""
    languages: tuple[str | None, ...]
    """Primary subtag of each row's language; `None` where it is not known."""
    unmeasured: tuple[bool, ...]
    """Whether a row was scored although its language was never measured."""

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Whether each row was scored, shape `(N,)`."""
        return np.array([state == "ok" for state in self.states], bool)


@dataclass(frozen=True, kw_only=True, eq=False)
class TextCategorizer:
    """Scores rows by their text; says what it was measured on.

    A row goes to every part that reads its language: the bag of words for the
    languages it was trained on and where none is known, the multilingual part for
    all. Where both read it, the mean of their calibrated probabilities counts.

    Raises:
        ValueError: If there is no part.
    """

    label_set: LabelSet
    """The L categories, in the order of the scores."""
    multilingual: Multilingual | None
    """Reads every language."""
    bag_of_words: BagOfWords | None
    """Reads the languages it was trained on."""
    thresholds: Thresholds
    """What a routed probability must reach for its category to be chosen."""
    measured: Mapping[str, int]
    """Rows of known truth that can be scored and that training did not learn from, by
    language; `und` where it is not known."""
    parts: Mapping[str, str] = field(repr=False)
    """The part of the split of each row of the training catalog, by id."""
    provenance: Mapping[str, Any] = field(repr=False)
    """Versions, settings and counts of the training, for the reader."""
    calibration: CalibrationScores | None = field(default=None, repr=False)
    """What its thresholds were fitted on; decides nothing."""

    def __post_init__(self) -> None:
        if not self.text_parts:
            raise ValueError(
                "`multilingual` or `bag_of_words` must be given. Received: neither"
            )

    @property
    def text_parts(self) -> tuple[TextPart, ...]:
        """The parts that are there."""
        both = (self.multilingual, self.bag_of_words)
        return tuple(part for part in both if part is not None)

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy that the labels belong to."""
        return load_iab(self.label_set.taxonomy_version)

    @property
    def decider(self) -> Decider:
        """What decides, once probabilities are known."""
        return Decider(
            text=self.label_set,
            visual=None,
            labels=self.label_set,
            policy=self.thresholds,
        )

    @property
    def truth(self) -> Truth:
        """What its thresholds were fitted against."""
        return self.thresholds.truth

    @cached_property
    def measured_languages(self) -> frozenset[str]:
        """The languages with at least `LEAST_MEASURED` measured rows."""
        counts = self.measured.items()
        return frozenset(name for name, rows in counts if rows >= LEAST_MEASURED)

    def score(self, videos: Sequence[Video]) -> TextScores:
        """Scores rows by their text.

        Memory beyond that of the result does not grow with the number of rows.

        Args:
            videos: N rows of a catalog.

        Returns:
            The scores, in the order of the rows; a row has the same alone and among
            others.
        """
        scores = []
        for start in range(0, len(videos), _AT_ONCE):
            rows = videos[start : start + _AT_ONCE]
            texts = [joined_text(row) for row in rows]
            languages = map(language_of, rows, texts)
            scores.append(self._score_together(texts, list(languages)))
        return self._joined(scores)

    def score_texts(
        self, texts: Sequence[str | None], languages: Sequence[str | None]
    ) -> TextScores:
        """As `score`, for texts of `joined_text` in languages of `language_of`."""
        return self._joined(
            [
                self._score_together(
                    texts[start : start + _AT_ONCE], languages[start : start + _AT_ONCE]
                )
                for start in range(0, len(texts), _AT_ONCE)
            ]
        )

    def _joined(self, scores: Sequence[TextScores]) -> TextScores:
        none = np.empty((0, len(self.label_set)))
        return TextScores(
            probabilities=np.concatenate(
                [none, *(one.probabilities for one in scores)]
            ),
            states=tuple(state for one in scores for state in one.states),
            languages=tuple(language for one in scores for language in one.languages),
            unmeasured=tuple(mark for one in scores for mark in one.unmeasured),
        )

    def _score_together(
        self, texts: Sequence[str | None], languages: Sequence[str | None]
    ) -> TextScores:
        total = np.zeros((len(texts), len(self.label_set)))
        readers = np.zeros(len(texts), int)
        for part in self.text_parts:
            read = {
                row: text
                for row, text in enumerate(texts)
                if text is not None and part.reads(languages[row])
            }
            if read:
                rows = list(read)
                inputs = part.inputs(list(read.values()))
                total[rows] += part.head.probabilities(inputs)
                readers[rows] += 1
        states = tuple(map(_state, texts, readers > 0))
        return TextScores(
            probabilities=total / np.maximum(readers, 1)[:, None],
            states=states,
            languages=tuple(languages),
            unmeasured=tuple(
                state == "ok"
                and (language or UNDETERMINED) not in self.measured_languages
                for state, language in zip(states, languages, strict=True)
            ),
        )

    @cached_property
    def content_hash(self) -> str:
        """Hash of all that decides a result; the same for equal trainings."""
        values = {
            "labels": self.label_set.content_hash,
            "multilingual": self.multilingual and self.multilingual.content_hash,
            "bag_of_words": self.bag_of_words and self.bag_of_words.content_hash,
            "thresholds": self.thresholds.to_json(),
            "measured": sorted(self.measured_languages),
        }
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def save(self, folder: Path) -> None:
        """Writes the categorizer; an unfinished one is not taken for one.

        Args:
            folder: Is made where it is missing; a text categorizer in it is
                replaced, with its reports.
        """
        from vidcat.inference.texts.storage import save_text_categorizer

        save_text_categorizer(self, folder)

    @classmethod
    def load(
        cls, folder: Path | str, sentence_encoder: Embeds | None = None
    ) -> "TextCategorizer":
        """Reads a text categorizer and checks that none of its files has changed.

        Args:
            folder: What `save` wrote.
            sentence_encoder: The encoder of its multilingual part. Defaults to
                the one it was trained with, from where training had it.

        Raises:
            InvalidTextCategorizer: If the folder holds none, a damaged one, or one
                of a newer format, or the encoder is another than training's; the
                text names the file.
        """
        from vidcat.inference.texts.storage import load_text_categorizer

        return load_text_categorizer(Path(folder), sentence_encoder)


def _state(text: str | None, is_read: np.bool_) -> TextState:
    if text is None:
        return "no_text"
    return "ok" if is_read else "no_model"
