"""`EarlierResults`: the evidence that results had before they were decided anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from vidcat.inference.evidence import Evidence
from vidcat.inference.result_lines import InvalidResults, parse_result_line
from vidcat.inference.results import ResultHead

Found = dict[str, Evidence]
"""The seconds that speak for each category, or why none do, by its id."""


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
        """
        place = self._places.get(head.id)
        if place is None or self._file is None:
            self.missing += 1
            return {}
        self._file.seek(place)
        result = parse_result_line(self._file.readline(), str(self.path))
        if (result.source_version, result.content_sha256) != (
            head.key.source_version,
            head.key.content_sha256,
        ):
            self.missing += 1
            return {}
        return {
            one.id: Evidence(one.evidence, one.evidence_reason)
            for one in result.categories
        }

    def _checked(self, number: int, line: bytes, bundle: str) -> str:
        """The id of a line's video."""
        result = parse_result_line(line, f"{self.path}, line {number}")
        if result.bundle != bundle:
            raise InvalidResults(
                f"{result.place}: results must be of the bundle that made the scores, "
                f"{bundle}. Received: {result.bundle}"
            )
        return result.id


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Number, place and text of each line that is not blank."""
    place = 0
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield number, place, line
        place += len(line)
