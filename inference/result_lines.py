"""Reads results as `vidcat classify --json` prints them, one line at a time."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from vidcat.inference.results import STATUSES, EvidenceSpan
from vidcat.taxonomy.iab import load_iab


class InvalidResults(ValueError):
    """A file of results cannot be used; the text names file and line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SaidCategory:
    """What is read of a category of a video."""

    id: str
    score: float
    """Calibrated probability."""
    evidence: tuple[EvidenceSpan, ...]
    """The seconds that speak for it."""
    evidence_reason: str | None
    """Why there are none, where the result says it."""

    @property
    def best_span(self) -> EvidenceSpan | None:
        """Its weightiest span; `None` where no seconds are given."""
        return max(self.evidence, key=lambda one: one.weight, default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultLine:
    """What is read of one `Categorization`."""

    place: str
    """File and line, for messages."""
    id: str
    """The video's."""
    status: str
    """One of `STATUSES`."""
    parts: Mapping[str, str]
    """State of `text` and of `visual`."""
    categories: tuple[SaidCategory, ...]
    """Each once."""
    taxonomy: str
    """Version that the ids of the categories belong to."""
    bundle: str
    """Content hash of what made the result."""
    source_version: str | None
    """Of the video's file; `None` without a file."""
    content_sha256: str | None
    """Of the video's file; `None` if it was not read."""

    @property
    def scores(self) -> dict[str, float]:
        """The score of each category that is said, by id."""
        return {one.id: one.score for one in self.categories}


def read_result_lines(path: Path) -> Iterator[ResultLine]:
    """Reads a file of results, which may be larger than memory.

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
            if line.strip():
                yield parse_result_line(line, f"{path}, line {number}")


def parse_result_line(line: bytes, place: str) -> ResultLine:
    """Reads one result.

    Args:
        line: JSON, UTF-8.
        place: File and line, for messages.

    Raises:
        InvalidResults: If it is no result; names the place.
    """
    try:
        return _result(place, json.loads(line, parse_constant=_refuse))
    # Lists in lists without end exhaust the parser's stack.
    except (ValueError, RecursionError) as error:
        shown = line.strip()[:60].decode(errors="replace")
        raise InvalidResults(
            f"{place}: each line must be a result as `vidcat classify --json` prints "
            f"it: {error}. Received: {shown!r}. Categorize that video again, or "
            "remove the line."
        ) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _result(place: str, line: object) -> ResultLine:
    values = _mapping("the line", line)
    status = _text("status", values)
    if status not in STATUSES:
        raise ValueError(f"`status` is {status!r}, which is none of {list(STATUSES)}")
    taxonomy = _text("taxonomy", values)
    # Reading a taxonomy is remembered; an unknown version is a ValueError.
    load_iab(taxonomy)
    categories = tuple(map(_category, _list("categories", values)))
    seen: set[str] = set()
    for one in categories:
        if one.id in seen:
            raise ValueError(f"category {one.id!r} comes twice")
        seen.add(one.id)
    parts = _mapping("`parts`", values.get("parts"))
    key = _mapping("`key`", values.get("key"))
    return ResultLine(
        place=place,
        id=_text("id", values),
        status=status,
        parts={name: _text(name, parts) for name in parts},
        categories=categories,
        taxonomy=taxonomy,
        bundle=_text("bundle", key),
        source_version=_optional_text("source_version", key),
        content_sha256=_optional_text("content_sha256", key),
    )


def _category(value: object) -> SaidCategory:
    values = _mapping("a category", value)
    score = _number("score", values)
    if not 0.0 <= score <= 1.0:
        raise ValueError(f"`score` is {score} and must be 0 to 1")
    spans = [_mapping("a span", one) for one in _list("evidence", values)]
    return SaidCategory(
        id=_text("id", values),
        score=score,
        evidence=tuple(map(_span, spans)),
        evidence_reason=_optional_text("evidence_reason", values),
    )


def _span(values: Mapping[str, Any]) -> EvidenceSpan:
    start, end = _number("start_seconds", values), _number("end_seconds", values)
    has_best = "best_seconds" in values
    return EvidenceSpan(
        start_seconds=start,
        end_seconds=end,
        weight=_number("weight", values),
        # The middle where the result does not say it.
        best_seconds=_number("best_seconds", values) if has_best else (start + end) / 2,
    )


def _mapping(what: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no JSON object but {value!r:.40}")
    return value


def _list(name: str, values: Mapping[str, Any]) -> list[object]:
    value = values.get(name)
    if not isinstance(value, list):
        raise ValueError(f"`{name}` is no list but {value!r:.40}")
    return value


def _text(name: str, values: Mapping[str, Any]) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise ValueError(f"`{name}` is no text but {value!r:.40}")
    return value


def _optional_text(name: str, values: Mapping[str, Any]) -> str | None:
    return None if values.get(name) is None else _text(name, values)


def _number(name: str, values: Mapping[str, Any]) -> float:
    value = values.get(name)
    # A boolean is an integer to Python.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"`{name}` is no number but {value!r:.40}")
    # Beyond what a double can hold, an integer cannot be made one.
    if not -sys.float_info.max <= value <= sys.float_info.max:
        raise ValueError(f"`{name}` must be finite and is {value!r:.40}")
    return float(value)
