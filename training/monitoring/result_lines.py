"""Reads result lines as `vidcat classify --json` prints them, one at a time."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from vidcat.inference.results import STATUSES
from vidcat.taxonomy.iab import load_iab


class InvalidResults(ValueError):
    """A file of results cannot be read; the text names file and line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultLine:
    """What is read of one `Categorization`."""

    id: str
    """The video's."""
    status: str
    """One of `STATUSES`."""
    parts: Mapping[str, str]
    """State of `text` and of `visual`."""
    scores: Mapping[str, float]
    """Calibrated score of each category that is said, by id."""
    taxonomy: str
    """Version that the ids belong to."""
    bundle: str
    """Content hash of what made the result."""
    content_sha256: str | None
    """Of the video's file; `None` if it was not read."""


def read_results(path: Path) -> Iterator[ResultLine]:
    """Reads a file of results, without holding it.

    Args:
        path: JSON lines, UTF-8. Blank lines are passed over.

    Yields:
        The results in their order.

    Raises:
        InvalidResults: If a line is no result; names file and line.
        OSError: If the file cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield _result(json.loads(line, parse_constant=_refuse))
            # Lists in lists without end exhaust the parser's stack.
            except (ValueError, RecursionError) as error:
                shown = line.strip()[:60].decode(errors="replace")
                raise InvalidResults(
                    f"{path}, line {number}: each line must be a result as `vidcat "
                    f"classify --json` prints it: {error}. Received: {shown!r}. "
                    "Categorize that video again, or remove the line."
                ) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _result(line: object) -> ResultLine:
    values = _mapping("the line", line)
    key = _mapping("`key`", values.get("key"))
    status = _text("status", values)
    if status not in STATUSES:
        raise ValueError(f"`status` is {status!r}, which is none of {list(STATUSES)}")
    taxonomy = _text("taxonomy", values)
    # Reading a taxonomy is remembered; an unknown version is a ValueError.
    load_iab(taxonomy)
    parts = _mapping("`parts`", values.get("parts"))
    sha256 = key.get("content_sha256")
    return ResultLine(
        id=_text("id", values),
        status=status,
        parts={name: _text(name, parts) for name in parts},
        scores=_scores(values.get("categories")),
        taxonomy=taxonomy,
        bundle=_text("bundle", key),
        content_sha256=None if sha256 is None else _text("content_sha256", key),
    )


def _scores(categories: object) -> dict[str, float]:
    if not isinstance(categories, list):
        raise ValueError(f"`categories` is no list but {categories!r:.40}")
    scores: dict[str, float] = {}
    for one in categories:
        values = _mapping("a category", one)
        score = values.get("score")
        # A boolean is an integer to Python.
        if isinstance(score, bool) or not isinstance(score, int | float):
            raise ValueError(f"`score` is no number but {score!r:.40}")
        if not 0 <= score <= 1:
            raise ValueError(f"`score` is {score!r:.40} and must be from 0 to 1")
        name = _text("id", values)
        if name in scores:
            raise ValueError(f"category {name!r} comes twice")
        scores[name] = float(score)
    return scores


def _mapping(what: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no JSON object but {value!r:.40}")
    return value


def _text(name: str, values: Mapping[str, Any]) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise ValueError(f"`{name}` is no text but {value!r:.40}")
    return value
