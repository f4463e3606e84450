"""Files of a backfill, on this machine or in a bucket, that appear whole."""

import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io import fileio
from apache_beam.io.filesystems import FileSystems

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.files.whole_files import replacing


class UnreadableLine(ValueError):
    """A file of JSON lines has a line that is none of those it should hold."""


def write_whole(path: str, lines: Iterable[str]) -> None:
    """Writes lines of text, UTF-8, as a file that nobody sees half-written.

    Args:
        path: The file; one that is there is replaced. Its folder is made.
        lines: Without their ends.
    """
    # Half a surrogate pair cannot be UTF-8; written as an escape it is still JSON.
    text = b"".join(line.encode(errors="backslashreplace") + b"\n" for line in lines)
    write_bytes(path, text)


def write_bytes(path: str, content: bytes) -> None:
    """Writes a file that nobody sees half-written.

    Args:
        path: The file; one that is there is replaced. Its folder is made.
        content: All of it.
    """
    if is_url(path):
        # An object in a bucket appears when it is closed.
        with FileSystems.create(path, mime_type="application/octet-stream") as file:
            file.write(content)
        return
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two workers may write the same file at once.
    with replacing(target, alone=False) as file:
        file.write(content)


def read_lines(path: str) -> Iterator[bytes]:
    """The lines of a file, with their ends."""
    with FileSystems.open(path, mime_type="application/octet-stream") as file:
        yield from file


def matching(pattern: str) -> list[str]:
    """The files that match a pattern, sorted by name."""
    (match,) = FileSystems.match([pattern])
    return sorted(found.path for found in match.metadata_list)


class ReadJson(beam.PTransform):
    """Reads the JSON lines of all files that match a pattern; there may be none.

    Args:
        pattern: Absolute, or a URL.
        fields: Which each line must have. Defaults to none.
    """

    def __init__(self, pattern: str, fields: Collection[str] = ()) -> None:
        super().__init__()
        self.pattern = pattern
        self.fields = fields

    def expand(self, start: beam.Pipeline) -> Any:
        """Gives a PCollection of dicts."""
        return (
            start
            | fileio.MatchFiles(
                self.pattern,
                empty_match_treatment=fileio.EmptyMatchTreatment.ALLOW,
            )
            | beam.Reshuffle()
            | beam.FlatMap(_json_lines, self.fields)
        )


def json_lines(path: str, fields: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines.

    Args:
        path: The file.
        fields: Which each must have. Defaults to none.

    Raises:
        UnreadableLine: If a line is something else; names file and line.
    """
    for number, line in enumerate(read_lines(path), start=1):
        try:
            found = json.loads(line)
        # Bytes that are no text among them.
        except ValueError:
            found = None
        if not isinstance(found, dict) or not found.keys() >= set(fields):
            having = f" with {', '.join(fields)}" if fields else ""
            raise UnreadableLine(
                f"{path}, line {number}: must be a JSON object{having}. Received: "
                f"{line[:80].decode(errors='replace').strip()!r}. Move the file away"
            )
        yield found


def _json_lines(found: Any, fields: Collection[str]) -> Iterator[dict[str, Any]]:
    return json_lines(found.path, fields)
