"""Words and phrases that speak for a category, language by language.

How the phrases were chosen and how often they are right: docs/lexicon.md.
"""

import functools
import itertools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from vidcat.taxonomy.iab import DATA_FOLDER, load_iab
from vidcat.taxonomy.tables import InvalidTable, read_cells, read_lines
from vidcat.taxonomy.tree import UnknownCategory

LEXICON_FOLDER = DATA_FOLDER / "lexicon"
"""Where the package keeps its lexicons, one table for each language."""

LEXICON_LANGUAGES = tuple(sorted(path.stem for path in LEXICON_FOLDER.glob("*.tsv")))
"""Languages that `Lexicon.load` knows, as primary subtags."""

_COLUMNS = ("id", "phrase", "strength", "reason")
_STRENGTH = {"strong": True, "weak": False}
_WORD = re.compile(r"[^\W_]+")


class InvalidLexicon(ValueError):
    """The phrases are none, cannot be found in a text, or belong to no category.

    Args:
        message: What is wrong.
        entry: Position of the entry it was seen at; `None` if there is none.
    """

    def __init__(self, message: str, entry: int | None = None) -> None:
        super().__init__(message)
        self.entry = entry


class LexiconEntry(NamedTuple):
    """A phrase as a table gives it."""

    category_id: str
    phrase: str
    """As people write it, in the singular: `"théâtre"`."""
    strong: bool
    """Whether it says enough alone; a weak phrase needs a second one beside it."""
    reason: str = ""
    """Why a doubtful phrase is in, or is only weak."""


class Hit(NamedTuple):
    """A phrase that was found in a text."""

    category_id: str
    phrase: str
    """As the lexicon writes it, whatever the text's accents and case."""
    strong: bool


class _Tail(NamedTuple):
    """What must follow the first two words of a phrase."""

    forms: list[tuple[str, str]]
    """For each further word, what may stand there: itself or its plural."""
    hit: Hit

    def begins(self, words: tuple[str, ...]) -> bool:
        """Whether words begin with it."""
        return len(words) >= len(self.forms) and all(
            word in allowed for word, allowed in zip(words, self.forms, strict=False)
        )


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, without case and accents.

    A word is a run of letters and digits; everything else parts words. Ligatures
    are split (`œ`, `æ`, `ﬁ`), combining marks go (NFKD).

    >>> words_of("L'Œuvre d'un ÉTÉ: Jean-Luc, 4x4")
    ('l', 'oeuvre', 'd', 'un', 'ete', 'jean', 'luc', '4x4')
    """
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(one for one in apart if not unicodedata.combining(one))
    folded = text.casefold().replace("œ", "oe").replace("æ", "ae")
    return tuple(_WORD.findall(folded))


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """The phrases of one language.

    Raises:
        InvalidLexicon: If there is no entry, an entry has no word or comes twice for
            its category, or its category is none of the taxonomy.
        ValueError: If the taxonomy version is not known.

    >>> lexicon = Lexicon.load("en")
    >>> lexicon.hits("Roger Federer's road to WIMBLEDON")
    (Hit(category_id='539', phrase='roger federer', strong=True), \
Hit(category_id='539', phrase='wimbledon', strong=True))
    """

    language: str
    """Primary subtag of the language code: `"fr"`, also for `"fr-CA"`."""
    entries: tuple[LexiconEntry, ...] = field(repr=False)
    """The phrases, in the order of their table."""
    taxonomy_version: str = "3.1"
    """Version of the IAB Content Taxonomy that the ids belong to."""

    def __post_init__(self) -> None:
        if not self.entries:
            raise InvalidLexicon("A lexicon must hold at least one phrase.")
        taxonomy = load_iab(self.taxonomy_version)
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for at, entry in enumerate(self.entries):
            try:
                key = (taxonomy[entry.category_id].id, words_of(entry.phrase))
            except UnknownCategory as error:
                raise InvalidLexicon(str(error), at) from error
            if not key[1]:
                raise InvalidLexicon(
                    "`phrase` must hold a letter or a digit. "
                    f"Received: {entry.phrase!r}",
                    at,
                )
            if key in seen:
                raise InvalidLexicon(
                    f"{entry.phrase!r} comes twice for {entry.category_id!r}.", at
                )
            seen.add(key)

    @classmethod
    def load(cls, language: str) -> "Lexicon":
        """The lexicon of a language that comes with vidcat; always the same object.

        Args:
            language: One of `LEXICON_LANGUAGES`.

        Raises:
            ValueError: If there is no lexicon of the language.
        """
        if language not in LEXICON_LANGUAGES:
            raise ValueError(
                f"`language` must be one of {list(LEXICON_LANGUAGES)}. "
                f"Received: {language!r}"
            )
        return _load(language)

    @classmethod
    def read(
        cls, path: str | Path, *, language: str, taxonomy_version: str = "3.1"
    ) -> "Lexicon":
        """Reads phrases from a table.

        The table is UTF-8 text with cells between tabs and the columns `id`,
        `phrase`, `strength` (`strong` or `weak`) and `reason` (may be empty), in
        any order. Other columns are not read.

        Raises:
            InvalidLexicon: If the file is not such a table; names file and line.
            OSError: If the file cannot be read.
        """
        path = Path(path)
        try:
            table = read_cells(path, read_lines(path), 1, _COLUMNS)
        except InvalidTable as error:
            raise InvalidLexicon(str(error)) from error
        entries = tuple(_entry(cells, f"{path}, line {line}") for line, cells in table)
        try:
            return cls(
                language=language, entries=entries, taxonomy_version=taxonomy_version
            )
        except InvalidLexicon as error:
            place = "" if error.entry is None else f", line {table[error.entry][0]}"
            raise InvalidLexicon(f"{path}{place}: {error}", error.entry) from error

    def __len__(self) -> int:
        return len(self.entries)

    def hits(self, text: str) -> tuple[Hit, ...]:
        """The phrases that stand in a text.

        The words of a phrase follow each other; a word of the text may have a final
        `s` that the phrase has not. Case and accents do not matter.

        Returns:
            Each phrase once for each of its categories, in the order of the text.
        """
        words = words_of(text)
        found = (
            tail.hit
            for at in range(len(words))
            for end in (at + 1, at + 2)
            for tail in self._tails.get(words[at:end], ())
            if tail.begins(words[end : end + len(tail.forms)])
        )
        return tuple(dict.fromkeys(found))

    @functools.cached_property
    def _tails(self) -> Mapping[tuple[str, ...], list[_Tail]]:
        """By the first two words, or by the only one: what else must stand there.

        By two, because dozens of phrases begin with `how` or `music`.
        """
        tails: dict[tuple[str, ...], list[_Tail]] = {}
        for entry in self.entries:
            forms = [_forms(word) for word in words_of(entry.phrase)]
            hit = Hit(entry.category_id, entry.phrase, entry.strong)
            for head in itertools.product(*forms[:2]):
                tails.setdefault(head, []).append(_Tail(forms[2:], hit))
        return tails


def _forms(word: str) -> tuple[str, str]:
    return word, word + "s"


@functools.cache
def _load(language: str) -> Lexicon:
    return Lexicon.read(LEXICON_FOLDER / f"{language}.tsv", language=language)


def _entry(cells: Mapping[str, str], place: str) -> LexiconEntry:
    if cells["strength"] not in _STRENGTH:
        raise InvalidLexicon(
            f"{place}: `strength` must be `strong` or `weak`. "
            f"Received: {cells['strength']!r}"
        )
    strong = _STRENGTH[cells["strength"]]
    return LexiconEntry(cells["id"], cells["phrase"], strong, cells["reason"])
