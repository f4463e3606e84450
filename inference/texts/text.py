"""A catalog row's text, cleaned and joined."""

import html
import re
import unicodedata
from typing import Final

from vidcat.inference.video import Video

MAX_CHARACTERS: Final = 4_000
"""Longest text, in characters; YouTube's own descriptions end at 5,000."""

_LONGEST_WORD: Final = 100
"""The cut goes back at most so far, in characters, to the end of a word."""

# None of these patterns can look at the same stretch of text twice, nor can the
# search for closing tags: the time they take grows as the text does.
_ENDLESS_REFERENCE: Final = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")
_HIDDEN: Final = re.compile(r"<(?:(!--)|(script|style)\b[^<>]*>)", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<[!?][^<>]*>")
_URL: Final = re.compile(
    # ASCII only: scripts without blanks go on right behind an address.
    r"(?:https?|ftp)://[!-~]+|\bwww\.[!-~]+"
    # An address without a scheme is known by its path.
    r"|(?<![\w.-])(?:[a-zA-Z0-9-]{1,63}\.){1,5}[a-zA-Z]{2,24}/[!-~]*",
    re.IGNORECASE,
)
# The last five look like blanks, and platforms' users take them for such.
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\ufffd\u115f\u1160\u2800\u3164\uffa0]"
)
_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffc\ud800-\udfff\U000e0000-\U000e007f]"
    # Joiners stay behind a character that is not ASCII: emoji and Persian need them.
    "|(?<![^\x00-\x7f])[\u200c\u200d]"
)


def joined_text(video: Video) -> str | None:
    r"""The text of a row: its title, its tags, its description.

    Each is cleaned (see `cleaned_text`), tags are joined by `", "`, and what is left
    of the three is joined by line breaks. The whole is cut at the end of a word to
    `MAX_CHARACTERS`, so that the title always counts and a long description does not
    drown it.

    Args:
        video: A row of a catalog.

    Returns:
        The text; `None` where nothing is left, which is "no text" and not an empty
        text.

    >>> joined_text(Video(id="a", title="Caf&eacute; <b>tour</b>", tags=("Paris",)))
    'Café tour\nParis'
    >>> joined_text(Video(id="b", description="https://example.com/x")) is None
    True
    """
    tags = filter(None, map(cleaned_text, video.tags))
    fields = (
        cleaned_text(video.title or ""),
        ", ".join(tags),
        cleaned_text(video.description or ""),
    )
    return _cut("\n".join(filter(None, fields))) or None


def cleaned_text(text: str) -> str:
    """Text as people see it.

    HTML entities become characters; tags, comments, scripts, addresses of pages,
    control and zero-width characters go; what is left is in Unicode's composed form
    (NFC), its runs of whitespace one blank each. Emoji and text from right to left
    stay. The time this takes grows in proportion to the text.

    Args:
        text: Any text, with lone surrogates even.

    Returns:
        The cleaned text; empty where no letter, digit or emoji is left.
    """
    plain = html.unescape(_ENDLESS_REFERENCE.sub(" ", text))
    if "<" in plain:
        plain = _TAG.sub(" ", _without_hidden(plain))
    plain = _INVISIBLE.sub("", _CONTROL.sub(" ", _URL.sub(" ", plain)))
    cleaned = " ".join(unicodedata.normalize("NFC", plain).split())
    return cleaned if any(map(_says_something, cleaned)) else ""


def _says_something(character: str) -> bool:
    kind = unicodedata.category(character)
    # Letters, digits, and symbols such as emoji; marks and dots alone are no text.
    return kind[0] in "LN" or kind == "So"


def _without_hidden(text: str) -> str:
    """Without comments, scripts and style sheets; what is not closed stays."""
    kept: list[str] = []
    done = 0
    unclosed: set[str] = set()
    # Lower case may be longer than the text it is of, outside ASCII.
    folded = text.translate(_ASCII_LOWER)
    for opening in _HIDDEN.finditer(text):
        closing = "-->" if opening[1] else f"</{opening[2].lower()}"
        if opening.start() < done or closing in unclosed:
            continue
        end = folded.find(closing, opening.end())
        if end < 0:
            unclosed.add(closing)
            continue
        kept += (text[done : opening.start()], " ")
        # The rest of a closing tag is a tag's own matter.
        done = end + len("-->") if opening[1] else end
    return "".join(kept) + text[done:]


_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _cut(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    # One character more shows whether the last word is whole.
    kept = text[: MAX_CHARACTERS + 1]
    blank = max(kept.rfind(" "), kept.rfind("\n"))
    if blank < MAX_CHARACTERS - _LONGEST_WORD:
        blank = MAX_CHARACTERS
    return kept[:blank].rstrip()
