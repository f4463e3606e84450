"""Reads results as `vidcat classify --json` prints them, one line at a time."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from vidcat.inference.results import STATUSES


class InvalidResults(ValueError):
    """A file of results cannot be read; the text names file and line."""


class BestSpan(NamedTuple):
    """The seconds that speak most for a category."""

    start_seconds: float
    end_seconds: float
    """Not part of the span."""
    best_seconds: float
    """The frame that speaks most; the middle where the result does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SaidCategory:
    """A category of a video, as far as results are counted."""

    id: str
    score: float
    """Calibrated probability."""
    evidence: BestSpan | None
    """Its weightiest span; `None` where no seconds are given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultLine:
    """What is read of one `Categorization`."""

    place: str
    """File and line, for messages."""
    id: str
    """The video's."""
    status: str
    """One of `STATUSES`."""
    categories: tuple[SaidCategory, ...]
    """Each once."""
    taxonomy: str
    """Version that the ids of the categories belong to."""
    bundle: str
    """Content hash of what made the result."""


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
            if not line.strip():
                continue
            place = f"{path}, line {number}"
            try:
                yield _result(place, json.loads(line, parse_constant=_refuse))
            # Lists in lists without end exhaust the parser's stack.
            except (ValueError, RecursionError) as error:
                shown = line.strip()[:60].decode(errors="replace")
                raise InvalidResults(
                    f"{place}: each line must be a result as `vidcat classify --json` "
                    f"prints it: {error}. Received: {shown!r}. Categorize that video "
                    "again, or remove the line."
                ) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _result(place: str, line: object) -> ResultLine:
    values = _mapping("the line", line)
    status = _text("status", values)
    if status not in STATUSES:
        raise ValueError(f"`status` is {status!r}, which is none of {list(STATUSES)}")
    categories = tuple(map(_category, _list("categories", values)))
    if len({one.id for one in categories}) < len(categories):
        raise ValueError("a category comes twice")
    return ResultLine(
        place=place,
        id=_text("id", values),
        status=status,
        categories=categories,
        taxonomy=_text("taxonomy", values),
        bundle=_text("bundle", _mapping("`key`", values.get("key"))),
    )


def _category(value: object) -> SaidCategory:
    values = _mapping("a category", value)
    score = _number("score", values)
    if not 0.0 <= score <= 1.0:
        raise ValueError(f"`score` is {score} and must be 0 to 1")
    spans = [_mapping("a span", one) for one in _list("evidence", values)]
    best = max(spans, key=lambda one: _number("weight", one), default=None)
    return SaidCategory(
        id=_text("id", values),
        score=score,
        evidence=None if best is None else _span(best),
    )


def _span(values: Mapping[str, Any]) -> BestSpan:
    start, end = _number("start_seconds", values), _number("end_seconds", values)
    if "best_seconds" in values:
        return BestSpan(start, end, _number("best_seconds", values))
    return BestSpan(start, end, (start + end) / 2)


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


def _number(name: str, values: Mapping[str, Any]) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"`{name}` is no number but {value!r:.40}")
    # Beyond what a double can hold, an integer cannot be made one.
    if not -sys.float_info.max <= value <= sys.float_info.max:
        raise ValueError(f"`{name}` must be finite and is {value!r:.40}")
    return float(value)
