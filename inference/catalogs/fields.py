"""What each field of a catalog row may hold, whatever file it came from."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final, get_args

from vidcat.inference.video import Truth

LIST_FIELDS: Final = ("tags", "labels", "unknown_labels")
LIST_SEPARATOR: Final = ";"

_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


def is_url(path: str) -> bool:
    """Whether a path is a URL, such as `gs://bucket/a.mp4`, and no file's name."""
    return _URL.match(path) is not None


def whole_path(path: str) -> str:
    """A path that means the same in any folder: absolute, or the URL that it is."""
    return path if is_url(path) else str(Path(path).absolute())


def field_values(row: Mapping[str, object]) -> dict[str, object]:
    """Turns the raw values of one row into the arguments of `Video`.

    Missing fields and `None` stay out; blank text counts as missing.

    Args:
        row: Field names, all of them known, and their raw values.

    Returns:
        Arguments of `Video`.

    Raises:
        ValueError: If a value is not what its field holds; the message names the
            field, the value and what to do.
    """
    values = {}
    for name, raw in row.items():
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            continue
        values[name] = FIELDS[name](name, raw)
    return values


def from_spreadsheet(row: Mapping[str, str]) -> dict[str, object]:
    """Reads the text cells of one CSV row.

    An empty cell is missing. A list is separated by `;`; a cell that holds nothing
    but `;` is the empty list, so that "none of the labels" can be said.

    Args:
        row: Field names and the text of their cells.

    Returns:
        Raw values for `field_values`.

    Raises:
        ValueError: If a number cannot be read.
    """
    values: dict[str, object] = {}
    for name, text in row.items():
        if not text.strip():
            continue
        if name in LIST_FIELDS:
            values[name] = [part for part in text.split(LIST_SEPARATOR) if part.strip()]
        elif name == "duration_seconds":
            values[name] = _number_from_text(name, text)
        else:
            values[name] = text
    return values


def _refusal(name: str, must: str, raw: object, remedy: str = "") -> ValueError:
    message = f"`{name}` must {must}. Received: {name}={raw!r}"
    return ValueError(f"{message}. {remedy}" if remedy else message)


def _number_from_text(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _refusal(
            name, "be a number", text, "Write 12.5, without a unit or a comma."
        ) from None


def _text(name: str, raw: object) -> str:
    if not isinstance(raw, str):
        raise _refusal(name, "be text", raw)
    return raw


def _writable(name: str, raw: str) -> str:
    # What people wrote is cleaned before it is used; a name must stay what it is, and
    # half a surrogate pair can neither be hashed nor written as UTF-8.
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise _refusal(
            name,
            "be text that UTF-8 can carry",
            raw,
            "Remove the lone surrogates (\\ud800 to \\udfff), or rename it.",
        ) from None
    return raw


def _path(name: str, raw: object) -> str:
    return _writable(name, _text(name, raw))


def _identifier(name: str, raw: object) -> str:
    # Databases and spreadsheets hand over numeric keys; their digits are the id.
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    if not isinstance(raw, str):
        raise _refusal(name, "be text or a whole number", raw)
    return _writable(name, raw.strip())


def _list(name: str, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple):
        raise _refusal(
            name, "be a list of text", raw, 'Write ["first", "second"], also for one.'
        )
    for item in raw:
        if isinstance(item, bool) or not isinstance(item, str | int):
            raise _refusal(name, "be a list of text", raw)
    stripped = (str(item).strip() for item in raw)
    return tuple(dict.fromkeys(item for item in stripped if item))


def _duration(name: str, raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _refusal(name, "be a number", raw, "Write seconds, such as 62.5.")
    try:
        seconds = float(raw)
    except OverflowError:
        seconds = math.inf
    if not (math.isfinite(seconds) and seconds >= 0):
        raise _refusal(
            name,
            "be a finite number of seconds, zero or more",
            raw,
            "Leave it out where it is not known.",
        )
    return seconds


def _moment(name: str, raw: object) -> datetime:
    if isinstance(raw, str):
        try:
            moment = datetime.fromisoformat(raw.strip())
        except ValueError:
            raise _refusal(
                name,
                "be a date and time in ISO 8601",
                raw,
                "Write 2024-05-31 or 2024-05-31T17:04:00+02:00.",
            ) from None
    elif isinstance(raw, datetime):
        moment = raw
    elif isinstance(raw, date):
        moment = datetime.combine(raw, time())
    else:
        raise _refusal(
            name,
            "be a date and time in ISO 8601",
            raw,
            "Write 2024-05-31 or 2024-05-31T17:04:00+02:00.",
        )
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise _refusal(name, "lie within the years 1 to 9999", raw) from None


def _truth(name: str, raw: object) -> str:
    if raw not in get_args(Truth):
        raise _refusal(name, f"be one of {list(get_args(Truth))}", raw)
    return str(raw)


FIELDS: Final[Mapping[str, Callable[[str, object], object]]] = {
    "id": _identifier,
    "path": _path,
    "title": _text,
    "description": _text,
    "tags": _list,
    "language": _identifier,
    "owner": _identifier,
    "upload_category": _identifier,
    "uploaded_at": _moment,
    "duration_seconds": _duration,
    "labels": _list,
    "unknown_labels": _list,
    "truth": _truth,
}
"""The fields a catalog may have, and how each is read."""
