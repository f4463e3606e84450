"""The language of a video's text: the catalog's, or else a detected one."""

import functools
import heapq
import re
import textwrap
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from vidcat.inference.texts.language_codes import language_code
from vidcat.inference.video import Video

if TYPE_CHECKING:
    from lingua import LanguageDetector

UNKNOWN_LANGUAGE: Final = "unknown"
"""Stands where figures by language have videos of none that is known."""
MUSE_LANGUAGES: Final = frozenset(
    {"ar", "de", "en", "es", "fr", "it", "ja", "ko"}
    | {"nl", "pl", "pt", "ru", "th", "tr", "zh"}
)
"""What MUSE was trained on: 16 languages, Chinese in both scripts counted twice.

Source: Yang et al., 2020, https://arxiv.org/abs/1907.04307, table 1.
"""
# Common on video platforms: text in one of them must not pass for one of MUSE's.
# Languages that only long text tells apart are represented by one (Indonesian for
# Malay, Czech for Slovak): each further one makes short text of all less sure.
_OTHER_LANGUAGES: Final = (
    *("bn", "cs", "da", "el", "fa", "fi", "gu", "he", "hi", "hu", "id"),
    *("mr", "nb", "pa", "ro", "sv", "ta", "te", "uk", "ur", "vi"),
)
_LEAST_LETTERS: Final = 12
_DENSE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LETTERS_IN_A_DENSE_ONE: Final = 3
# The detector looks at 120 characters and more by groups of three letters only, at
# less by groups of one to five: of text not much longer, pieces err half as often.
# Groups of three do for what is longer, and that four times as fast.
_PIECE_CHARACTERS: Final = 110
_LEAST_WHOLE_CHARACTERS: Final = 330
_MOST_CHARACTERS: Final = 1000
# Of real titles of 30 to 70 letters, four fifths lead by as much, and 96 of 100 such
# are right; of longer text, 19 of 20, and 97 of 100.
_LEAST_LEAD: Final = 0.2
# Addresses, e-mails, hashtags and names of accounts are of no language. The ASCII
# around a dot only: Chinese or Thai may stand beside an address without a blank.
_NO_WORDS: Final = re.compile(
    r"(?<![!-~])[!-~]*[A-Za-z0-9](?:\.[A-Za-z]|://|@[A-Za-z])[!-~]*|[@#]\w+"
)


def language_of(video: Video, text: str | None) -> str | None:
    """The language of a video: the catalog's where it names one, else the text's.

    Args:
        video: Its `language` goes before what its text looks like.
        text: Its text, or `None` where it has none.

    Returns:
        The primary subtag, as `language_code` gives it; `None` where it is not known.
    """
    named = None if video.language is None else language_code(video.language)
    if named is not None or text is None:
        return named
    return detect_language(text)


def detect_language(text: str) -> str | None:
    """Detects the language that a text is written in, without network.

    Looks at the first thousand characters, without addresses, e-mails, hashtags and
    names of accounts. The first text of less than 330 loads the detector's groups of
    letters: some seconds, and half a gigabyte, once a process; longer text needs a
    tenth of it.

    Args:
        text: Any text; of mixed text, the language of most of it.

    Returns:
        A code as `language_code` gives it, of one of the fifteen `MUSE_LANGUAGES` or
        of twenty-one others. `None` where the text has fewer than 12 letters (4 in
        Chinese, Japanese or Korean writing), or the likeliest language is not by 0.2
        likelier than the next, as shares of 1.
    """
    # Four times as much, so that addresses at the start do not use it up.
    start = text[: 4 * _MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
    # Titles are decorated with letters that only look like those of the alphabet.
    plain = unicodedata.normalize("NFKC", start)
    words = _NO_WORDS.sub(" ", plain)[:_MOST_CHARACTERS]
    if _letters(words) < _LEAST_LETTERS:
        return None
    whole = len(words) >= _LEAST_WHOLE_CHARACTERS
    letters_of: dict[str, float] = defaultdict(float)
    for piece in [words] if whole else textwrap.wrap(words, _PIECE_CHARACTERS):
        for found in _detector().compute_language_confidence_values(piece):
            code = found.language.iso_code_639_1.name
            letters_of[code] += found.value * _letters(piece)
    most, next_most = heapq.nlargest(2, letters_of.values())
    if most - next_most <= _LEAST_LEAD * sum(letters_of.values()):
        return None
    return language_code(max(letters_of, key=letters_of.__getitem__))


def _letters(words: str) -> int:
    """Letters in it; an ideograph, kana or syllable of Korean counts as three."""
    dense = len(_DENSE.findall(words))
    return sum(map(str.isalpha, words)) + (_LETTERS_IN_A_DENSE_ONE - 1) * dense


@functools.cache
def _detector() -> "LanguageDetector":
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = sorted(MUSE_LANGUAGES.union(_OTHER_LANGUAGES))
    return LanguageDetectorBuilder.from_iso_codes_639_1(
        *(IsoCode639_1.from_str(code) for code in codes)
    ).build()
