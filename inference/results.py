"""What is said of a video: its categories, where they come from, what went wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCORE_DECIMALS = 4
"""Scores are rounded so that the same video gives the same bytes everywhere."""

STATUSES = (
    "ok",
    "no_category",
    "decode_error",
    "timeout",
    "model_error",
    "bad_row",
    "skipped",
)
ANSWERED = ("ok", "no_category")
"""The statuses of videos that got an answer, be it that nothing can be said."""

_FAILED = frozenset({"decode_error", "timeout", "model_error", "bad_row", "error"})
"""What a status, or the state of a part, is called where something went wrong."""

_PLAIN = {str, float, bool, int, type(None)}


@dataclass(frozen=True, kw_only=True)
class EvidenceSpan:
    """A stretch of the video that speaks for a category."""

    start_seconds: float
    """Start of `[start, end)`, in seconds from the beginning of the video."""
    end_seconds: float
    """End of the span, in seconds; not part of it."""
    weight: float
    """Share of this span among the evidence shown; the shares add up to 1."""
    best_seconds: float
    """When the frame of the span that speaks most for the category appears."""


@dataclass(frozen=True, kw_only=True)
class CategoryResult:
    """One category of a video."""

    id: str
    """Id in the taxonomy of the result."""
    name: str
    """Name of the category itself."""
    path: tuple[str, ...]
    """Names from the first tier down to the category."""
    score: float
    """Calibrated probability, four decimals; an ancestor has its best child's."""
    confident: bool
    """Whether the threshold behind it was fitted with enough support."""
    sources: tuple[str, ...]
    """Which of `text` and `visual` say so."""
    evidence: tuple[EvidenceSpan, ...] = ()
    """The seconds that speak for it; empty for text and for implied ancestors."""
    evidence_reason: str | None = None
    """Why no seconds are shown; `None` where some are."""


@dataclass(frozen=True, kw_only=True)
class ResultKey:
    """Tells whether a result is still that of this video and this bundle."""

    source_version: str | None
    """Etag or generation, or size and modification time; `None` without a file."""
    content_sha256: str | None
    """SHA-256 of the file's bytes; `None` if they were not read."""
    bundle: str
    """Content hash of the bundle."""


@dataclass(frozen=True, kw_only=True)
class ResultHead:
    """All of a result but its categories: what decisions do not change."""

    id: str
    """The catalog's id, or the path as it was given."""
    key: ResultKey
    """What the result was computed from."""
    status: str
    """The status of a result without categories, one of `STATUSES`."""
    parts: dict[str, str]
    """State of `text` and of `visual`."""
    reason: str | None
    """Why the status or a part is not ok; `None` if nothing is to be said."""

    def with_categories(
        self, categories: tuple[CategoryResult, ...], taxonomy: str
    ) -> "Categorization":
        """The result.

        Args:
            categories: Its categories, best score first.
            taxonomy: Version of the taxonomy that they belong to.
        """
        return Categorization(
            id=self.id,
            key=self.key,
            status="ok" if categories else self.status,
            parts=self.parts,
            reason=self.reason,
            categories=categories,
            taxonomy=taxonomy,
        )


@dataclass(frozen=True, kw_only=True)
class Categorization:
    """The result for one video; `to_line` gives its line."""

    id: str
    """The catalog's id, or the path as it was given."""
    key: ResultKey
    """What the result was computed from."""
    status: str
    """One of `STATUSES`; `ok` where any category is given."""
    parts: dict[str, str]
    """State of `text` and of `visual`."""
    reason: str | None
    """Why the status or a part is not ok; `None` if nothing is to be said."""
    categories: tuple[CategoryResult, ...]
    """Best score first."""
    taxonomy: str
    """Version of the IAB Content Taxonomy that the ids belong to."""

    def to_json(self) -> dict[str, Any]:
        """The fields as a dict for JSON."""
        return {name: _plain(value) for name, value in vars(self).items()}

    def to_line(self) -> str:
        """The fields as a line of JSON, without its end."""
        return json.dumps(self.to_json(), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """As `dataclasses.asdict` does, several times as fast for a hundred thousand."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return dict(value)
    return {name: _plain(one) for name, one in vars(value).items()}


def has_failed(status: str, parts: Mapping[str, str]) -> bool:
    """Whether something in a result went wrong, be it that the rest of it is good.

    >>> has_failed("ok", {"text": "ok", "visual": "timeout"})
    True
    >>> has_failed("no_category", {"text": "no_text", "visual": "out_of_scope"})
    False

    Args:
        status: Its status.
        parts: The states of its parts.
    """
    return not _FAILED.isdisjoint({status, *parts.values()})
