"""Files of a backfill, on this machine or in a bucket, that appear whole."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io import fileio
from apache_beam.io.filesystems import FileSystems

from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.files.whole_files import replacing


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
    """

    def __init__(self, pattern: str) -> None:
        super().__init__()
        self.pattern = pattern

    def expand(self, start: beam.Pipeline) -> Any:
        """Gives a PCollection of dicts."""
        return (
            start
            | fileio.MatchFiles(
                self.pattern,
                empty_match_treatment=fileio.EmptyMatchTreatment.ALLOW,
            )
            | beam.Reshuffle()
            | beam.FlatMap(_json_lines)
        )


def _json_lines(found: Any) -> Iterator[dict[str, Any]]:
    for line in read_lines(found.path):
        yield json.loads(line)
