"""What messages of a queue ask for: a file that was stored, or a catalog's row."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Final

from vidcat.inference.catalog import (
    VIDEO_SUFFIXES,
    InvalidCatalog,
    Video,
    video_of,
)
from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.catalogs.json_objects import json_object
from vidcat.inference.catalogs.table import Table
from vidcat.inference.catalogs.table_rows import TableRow

_STORED: Final = "OBJECT_FINALIZE"
_SHOWN_LETTERS: Final = 2000
_MESSAGE: Final = Table(name="message", file=Path("message"))
"""What reasons call it; its paths are whole, so that it lies in no folder."""


class InvalidMessage(ValueError):
    """A message asks for no video; the text says what must hold."""


def video_of_message(
    data: bytes, attributes: Mapping[str, str], *, ignore_unknown: bool
) -> Video:
    """The row that a message asks to categorize.

    Args:
        data: A catalog's row as a JSON object; of a notification it is not looked at.
        attributes: Those of a notification of Google Cloud Storage, or any others.
        ignore_unknown: Whether unknown fields of a row are passed over.

    Returns:
        The row. That of a stored file has its address, `gs://BUCKET/OBJECT`, for id.

    Raises:
        InvalidMessage: If it is neither, or no video.

    Reference: <https://cloud.google.com/storage/docs/pubsub-notifications>
    """
    if "eventType" in attributes:
        return _stored_video(attributes)
    return _video_of_row(data, ignore_unknown)


def generation_of(attributes: Mapping[str, str]) -> str | None:
    """Version of the file that a notification is about; `None` if it has none."""
    return attributes.get("objectGeneration")


def shown_message(data: bytes, attributes: Mapping[str, str]) -> str:
    """A message as text, for the person who is to find out who sent it."""
    about = f"{json.dumps(dict(attributes))} " if attributes else ""
    return about + data.decode(errors="backslashreplace")[:_SHOWN_LETTERS]


def _stored_video(attributes: Mapping[str, str]) -> Video:
    event = attributes["eventType"]
    if event != _STORED:
        raise InvalidMessage(
            f"A notification must be of {_STORED}. Received: eventType={event!r}. "
            f"Create it with --event-types={_STORED}."
        )
    bucket, name = attributes.get("bucketId"), attributes.get("objectId")
    if not bucket or not name:
        raise InvalidMessage(
            "A notification must have `bucketId` and `objectId`. Received: "
            f"bucketId={bucket!r}, objectId={name!r}"
        )
    if PurePath(name).suffix.lower() not in VIDEO_SUFFIXES:
        raise InvalidMessage(
            "The file must be a video by its name. Received: "
            f"objectId={name!r}. Known are {' '.join(sorted(VIDEO_SUFFIXES))}. Give "
            "the notification a prefix that only videos have."
        )
    address = f"gs://{bucket}/{name}"
    return Video(id=address, path=address)


def _video_of_row(data: bytes, ignore_unknown: bool) -> Video:
    try:
        given = json_object(data.decode())
    except UnicodeDecodeError as error:
        raise InvalidMessage(f"A message must be UTF-8 ({error}).") from None
    except ValueError as error:
        raise InvalidMessage(
            f"A message without `eventType`, which is no notification, {error}"
        ) from None
    path = given.get("path")
    if isinstance(path, str) and path and not is_url(path) and path[0] != "/":
        raise InvalidMessage(
            "`path` must be a URL, or begin with /: a message lies in no folder. "
            f"Received: path={path!r}"
        )
    row = TableRow(number=0, place="its row", shown="", read=dict)
    try:
        return video_of(_MESSAGE, row, given, ignore_unknown=ignore_unknown)
    except InvalidCatalog as error:
        raise InvalidMessage(str(error)) from None
