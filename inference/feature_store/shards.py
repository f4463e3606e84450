"""The shards of a feature store: their names, and where each video lies in them.

A shard `features-00000.tfrecord` is written under another name and renamed when it
is whole; after that it is only ever replaced by a smaller one. Beside it lies an
index, which is trusted as long as it knows the shard's size, and else made anew.
Numbers grow with time: of several records of a video the one in the shard of the
largest number counts.
"""

import json
import os
import re
import secrets
import time
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any, Final

from vidcat.inference.feature_store.frame_features import FrameFeatures
from vidcat.inference.feature_store.records import decode_record
from vidcat.inference.feature_store.tfrecords import (
    CorruptRecord,
    frame_record,
    read_record,
    scan_records,
)
from vidcat.inference.files.whole_files import UNFINISHED, replace_text

_NAME: Final = re.compile(r"features-(\d+)\.tfrecord")
_TAKEN_AT_ONCE: Final = 1_000_000
"""Numbers of one microsecond, which processes draw from."""


@dataclass(frozen=True)
class RecordPlace:
    """A video's record in a shard, and what can be said without reading it."""

    id: str
    """The video's id."""
    offset: int
    """First byte of the record in the shard."""
    frames: int
    """Number of its frames."""
    duration_seconds: float | None
    """Duration of the video; `None` if unknown."""
    source_version: str
    """Version of the file that was described."""

    @classmethod
    def of(cls, features: FrameFeatures, offset: int) -> "RecordPlace":
        """The place of a record that holds `features`."""
        return cls(
            features.id,
            offset,
            len(features),
            features.duration_seconds,
            features.source_version,
        )


def shard_name(number: int) -> str:
    """The name of a shard."""
    return f"features-{number:05}.tfrecord"


def shard_path(folder: Path, number: int) -> Path:
    """Where a shard lies."""
    return folder / shard_name(number)


def fresh_number() -> int:
    """A number that no other process takes, and larger than all taken before."""
    microseconds = time.time_ns() // 1000
    return microseconds * _TAKEN_AT_ONCE + secrets.randbelow(_TAKEN_AT_ONCE)


def shard_number(path: Path) -> int | None:
    """The number in the name of a shard, finished or not; `None` for other files."""
    found = _NAME.fullmatch(path.name.removesuffix(UNFINISHED))
    return None if found is None else int(found[1])


def finished_shards(folder: Path) -> list[Path]:
    """The whole shards of a folder, in the order of their numbers."""
    shards = [
        path for path in folder.glob("*.tfrecord") if shard_number(path) is not None
    ]
    return sorted(shards, key=lambda path: (shard_number(path), path.name))


def read_places(path: Path) -> list[RecordPlace]:
    """Where the videos of a shard lie, from its index where that can be trusted.

    Raises:
        CorruptRecord: If it cannot, and not all of the shard is whole.
    """
    indexed = _read_index(path)
    if indexed is not None:
        return indexed
    places, is_whole = verify_shard(path)
    if not is_whole:
        raise CorruptRecord(
            f"{path}: not all of its records are whole; describe the catalog again, "
            "which does only these again"
        )
    return places


def verify_shard(path: Path) -> tuple[list[RecordPlace], bool]:
    """Reads all of a shard and checks it.

    Returns:
        The places of the whole records, and whether nothing else is in the shard.

    Raises:
        ValueError: If a whole record holds something else than frame features.
    """
    indexed = {place.offset: place for place in _read_index(path) or ()}
    places: list[RecordPlace] = []
    end = 0
    whole = True
    for record in scan_records(path):
        if record.payload is None:
            whole = False
        elif record.offset in indexed:
            places.append(indexed[record.offset])
        else:
            features = decode_at(path, record.payload, record.offset)
            places.append(RecordPlace.of(features, record.offset))
        end = record.end
    return places, whole and end == path.stat().st_size


def repair_shard(path: Path) -> list[RecordPlace]:
    """Drops what is torn or changed in a shard, and sees that it has an index.

    Returns:
        The places of its records; none if nothing was whole, and the shard removed.
    """
    places, is_whole = verify_shard(path)
    if not (is_whole and places):
        return rewrite_shard(path, places)
    if _read_index(path) is None:
        write_index(path, places)
    return places


def decode_at(path: Path, payload: bytes, offset: int) -> FrameFeatures:
    """`decode_record`, with the record's place in the text of an error."""
    try:
        return decode_record(payload)
    except ValueError as error:
        raise ValueError(f"{path}: record at byte {offset}: {error}") from error


def write_index(path: Path, places: list[RecordPlace]) -> None:
    """Writes the index of a shard that is whole."""
    written = {
        "bytes": path.stat().st_size,
        "records": [astuple(place) for place in places],
    }
    replace_text(_index_path(path), json.dumps(written) + "\n")


def rewrite_shard(path: Path, keep: list[RecordPlace]) -> list[RecordPlace]:
    """Leaves only some records in a shard, in one step; removes an empty shard.

    Returns:
        Where these records lie now.
    """
    if not keep:
        path.unlink()
        _index_path(path).unlink(missing_ok=True)
        return []
    unfinished = _index_path(path).with_suffix(UNFINISHED)
    moved = []
    with unfinished.open("wb") as file:
        for place in keep:
            moved.append(replace(place, offset=file.tell()))
            file.write(frame_record(read_record(path, place.offset)))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    write_index(path, moved)
    return moved


def sync_folder(folder: Path) -> None:
    """Makes the renames in a folder outlast a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _index_path(path: Path) -> Path:
    return path.with_suffix(".index.json")


def _read_index(path: Path) -> list[RecordPlace] | None:
    try:
        written: dict[str, Any] = json.loads(_index_path(path).read_text("utf-8"))
        if written["bytes"] != path.stat().st_size:
            return None
        return [RecordPlace(*values) for values in written["records"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
