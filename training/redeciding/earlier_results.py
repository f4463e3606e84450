"""`EarlierResults`: the evidence that results had before they were decided anew."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Self

from vidcat.inference.evidence import Evidence
from vidcat.inference.results import EvidenceSpan, ResultHead

Found = dict[str, Evidence]
"""The seconds that speak for each category, or why none do, by its id."""


class InvalidResults(ValueError):
    """A file holds no results, or those of another bundle; the text names the line."""


class EarlierResults:
    """Finds the evidence of videos in a file of results, wherever in it they are.

    Only the place of each result is held in memory.

    Args:
        path: JSON lines, as `vidcat classify --json` prints them.
        bundle: Content hash of the bundle that made them.

    Raises:
        InvalidResults: If a line is no result, or another bundle's.
        OSError: If the file cannot be read.
    """

    def __init__(self, path: Path, bundle: str) -> None:
        self.path = path
        self.missing = 0
        """Videos that were asked for and are not in the file, or have changed since."""
        self._places: dict[str, int] = {}
        with path.open("rb") as file:
            for number, place, line in _lines(file):
                self._places[self._checked(number, line, bundle)] = place
        self._file: BinaryIO | None = None

    @contextmanager
    def opened(self) -> Iterator[Self]:
        """Keeps the file open, as `evidence` needs it."""
        with self.path.open("rb") as self._file:
            yield self

    def evidence(self, head: ResultHead) -> Found:
        """The evidence of a video.

        Args:
            head: Its id and key; a result for another version of the video has none.

        Returns:
            The seconds that speak for each of its categories.

        Raises:
            InvalidResults: If its result has none as `vidcat classify` writes it.
        """
        place = self._places.get(head.id)
        if place is None or self._file is None:
            self.missing += 1
            return {}
        self._file.seek(place)
        try:
            result = json.loads(self._file.readline(), parse_constant=_refuse)
            key = result["key"]
            if (key["source_version"], key["content_sha256"]) != (
                head.key.source_version,
                head.key.content_sha256,
            ):
                self.missing += 1
                return {}
            return {one["id"]: _evidence(one) for one in result["categories"]}
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidResults(
                f"{self.path}: the result of {head.id!r} must be as `vidcat classify "
                f"--json` prints it, with evidence. Received: {error!r}. Categorize "
                "that video again, or remove its line."
            ) from None

    def _checked(self, number: int, line: bytes, bundle: str) -> str:
        """The id of a line's video."""
        place = f"{self.path}, line {number}"
        try:
            result: dict[str, Any] = json.loads(line)
            video_id, found = result["id"], result["key"]["bundle"]
        # Lists in lists without end exhaust the parser's stack.
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InvalidResults(
                f"{place}: each line must be a result, as `vidcat classify --json` "
                f"prints it. Received: {line[:60]!r}"
            ) from None
        if found != bundle:
            raise InvalidResults(
                f"{place}: results must be of the bundle that made the scores, "
                f"{bundle}. Received: {found}"
            )
        return str(video_id)


def _evidence(category: Mapping[str, Any]) -> Evidence:
    spans = tuple(EvidenceSpan(**span) for span in category["evidence"])
    for span in spans:
        if not all(isinstance(value, int | float) for value in vars(span).values()):
            raise ValueError(f"a span must be of numbers, and is {span}")
    return Evidence(spans, category["evidence_reason"])


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Number, place and text of each line that is not blank."""
    place = 0
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield number, place, line
        place += len(line)
