"""What Klio messages ask for."""

import os
import re
from dataclasses import dataclass
from typing import Any, Final

from vidcat.inference.catalogs.fields import FIELDS, field_values
from vidcat.inference.catalogs.json_objects import json_object
from vidcat.inference.video import Video

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NO_NAMES: Final = {"", ".", ".."}


class InvalidMessage(ValueError):
    """A message asks for no video; the text says what must hold, and what it holds."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the file of each video is, as Klio's checks look for it."""

    location: str
    """A folder, on this machine or in a bucket."""
    suffix: str
    """Ends the name of each file, such as `.mp4`."""

    def path(self, video_id: str) -> str:
        """The file of a video."""
        return os.path.join(self.location, video_id + self.suffix)  # noqa: PTH118


def require_message(raw: bytes, *, take_others: bool) -> bytes:
    """A message that Klio can work with.

    Klio loses those it cannot work with, or stops at them.

    Args:
        raw: A `KlioMessage` as bytes, or what came in its place.
        take_others: Whether a message that is none of Klio's is the id of a video.

    Returns:
        The `KlioMessage` as bytes.

    Raises:
        InvalidMessage: If it is none of Klio's and may not be, or its id cannot name a
            file.
    """
    message = _parsed(raw)
    if message is None:
        if not take_others:
            raise InvalidMessage(
                f"It must be a KlioMessage. Received: {raw[:60]!r}. With "
                "`job_config.allow_non_klio_messages: true` any other message is the "
                "id of a video."
            )
        message = _message_with(raw)
    # The first version of the messages had the id in another field.
    _require_name(message.data.element or message.data.entity_id.encode())
    return bytes(message.SerializeToString())


def video_of_message(raw: bytes, videos: Place) -> Video:
    """The row that a message asks to categorize.

    Args:
        raw: A `KlioMessage` as bytes. Its element is the id of the video; its payload
            may hold the other fields of the catalog's row as a JSON object.
        videos: Where the videos are.

    Raises:
        InvalidMessage: If the payload holds something else.
    """
    message = _parsed(raw)
    video_id = _require_name(message.data.element)
    try:
        given = _fields(message.data.payload)
        if given.setdefault("id", video_id) != video_id:
            raise ValueError(
                "`id` must be that of the message. Received: "
                f"id={given['id']!r} for {video_id!r}"
            )
        return Video(**{**given, "path": videos.path(video_id)})
    except (ValueError, TypeError) as error:
        raise InvalidMessage(f"In the payload: {error}") from None


def shown_id(raw: bytes) -> str:
    """The id of a video in a message, or what came in its place, for people."""
    message = _parsed(raw)
    return _shown(raw if message is None else message.data.element)


def _parsed(raw: bytes) -> Any:
    """The `KlioMessage`; `None` if it is none."""
    from klio_core.proto import klio_pb2

    try:
        message = klio_pb2.KlioMessage.FromString(raw)
    except klio_pb2._message.DecodeError:
        return None
    # Some text can be read as a message of which no field is known: `123456789` can.
    return message if message.ListFields() else None


def _message_with(element: bytes) -> Any:
    from klio_core.proto import klio_pb2

    message = klio_pb2.KlioMessage(version=klio_pb2.Version.V2)
    message.metadata.intended_recipients.anyone.SetInParent()
    message.data.element = element
    return message


def _shown(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")


def _require_name(element: bytes) -> str:
    """The id, which becomes part of names of files and must not lead elsewhere."""
    try:
        video_id = element.decode()
    except UnicodeDecodeError:
        raise InvalidMessage(
            f"The id of a video must be UTF-8. Received: {element[:60]!r}"
        ) from None
    if _CONTROL.search(video_id) or _NO_NAMES & set(video_id.split("/")):
        raise InvalidMessage(
            "The id of a video must be the name of a file below the folder of the "
            f"videos, without its suffix. Received: {video_id!r}"
        )
    return video_id


def _fields(payload: bytes) -> dict[str, Any]:
    """The fields of a row that a payload holds."""
    if not payload:
        return {}
    try:
        given = json_object(payload.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"it must be UTF-8 ({error}).") from None
    except ValueError as error:
        raise ValueError(f"it {error}") from None
    known = sorted(FIELDS.keys() - {"path"})
    if unknown := sorted(given.keys() - known):
        raise ValueError(
            f"fields must be known. Received: {unknown}. Known are {known}; where the "
            "video lies is told by the job's data input."
        )
    return field_values(given)
