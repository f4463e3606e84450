"""TFRecord files, read and written with their checksums.

A record is its length (8 bytes), the checksum of those, the payload, and the
checksum of the payload; all little-endian. The checksum is CRC-32C, rotated and
shifted so that the checksum of data that holds checksums is no trivial one.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import google_crc32c

_LENGTH: Final = struct.Struct("<Q")
_CHECKSUM: Final = struct.Struct("<I")
_HEADER_BYTES: Final = _LENGTH.size + _CHECKSUM.size
# Longer records are no records: 4,096 frames of 2,048 floats take 32 MiB.
_MAX_PAYLOAD_BYTES: Final = 1 << 30


class CorruptRecord(ValueError):
    """A record is torn or its checksum is wrong; the text names file and place."""


@dataclass(frozen=True, kw_only=True)
class ScannedRecord:
    """A record that was met while reading a file from its start."""

    offset: int
    """First byte of the record in the file."""
    end: int
    """First byte after it."""
    payload: bytes | None
    """What it holds; `None` if that does not fit its checksum."""


def frame_record(payload: bytes) -> bytes:
    """The bytes of a record that holds `payload`."""
    length = _LENGTH.pack(len(payload))
    return b"".join((length, _checksum(length), payload, _checksum(payload)))


def read_record(path: Path, offset: int) -> bytes:
    """Reads the payload of the record at a place that is known.

    Raises:
        CorruptRecord: If there is no whole record, or its checksum is wrong.
    """
    with path.open("rb") as file:
        file.seek(offset)
        record = _read_next(file)
    if record is None or record.payload is None:
        raise CorruptRecord(f"{path}: no whole record at byte {offset}")
    return record.payload


def scan_records(path: Path) -> Iterator[ScannedRecord]:
    """Reads a file from its start to its end, or to the first torn record.

    Yields:
        Each record; a file is whole if the last one ends where the file ends and
        every payload is there.
    """
    with path.open("rb") as file:
        while (record := _read_next(file)) is not None:
            yield record


def _read_next(file: BinaryIO) -> ScannedRecord | None:
    offset = file.tell()
    header = file.read(_HEADER_BYTES)
    length_bytes, checksum = header[: _LENGTH.size], header[_LENGTH.size :]
    if len(header) < _HEADER_BYTES or checksum != _checksum(length_bytes):
        return None
    (length,) = _LENGTH.unpack(length_bytes)
    if length > _MAX_PAYLOAD_BYTES:
        return None
    payload = file.read(length)
    checksum = file.read(_CHECKSUM.size)
    if len(checksum) < _CHECKSUM.size:
        return None
    whole = checksum == _checksum(payload)
    return ScannedRecord(
        offset=offset, end=file.tell(), payload=payload if whole else None
    )


def _checksum(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return _CHECKSUM.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
