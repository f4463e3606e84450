"""Gives rows the text that another catalog has of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vidcat.inference.texts.text import joined_text
from vidcat.inference.video import Video


class TextMissing(ValueError):
    """There is no text, or a catalog lacks rows whose text it should have."""


def require_text(videos: Sequence[Video], catalog: str | Path) -> None:
    """Refuses a catalog beside which a text model would be silent.

    Args:
        videos: Its rows.
        catalog: Its path, for the message.

    Raises:
        TextMissing: If no row has text.
    """
    if all(joined_text(video) is None for video in videos):
        raise TextMissing(
            f"{catalog}: no row has text, so that a text model has nothing to read. "
            "Where it comes from `vidcat pseudo-label`, name the catalog that was "
            "given there with --text-catalog."
        )


def with_text_of(videos: Sequence[Video], catalog: Sequence[Video]) -> list[Video]:
    """Rows with title, description and tags of the rows of the same id elsewhere.

    Pseudo-labelled rows have no text, so that nothing that learns from them can read
    what their teacher read. A text model that is put beside the frames reads it from
    the catalog that the rows came from.

    Args:
        videos: Rows.
        catalog: The catalog that they came from; may have more rows.

    Returns:
        The rows, all else as it was.

    Raises:
        TextMissing: If a row is not in the catalog.
    """
    texts = {video.id: video for video in catalog}
    missing = [video.id for video in videos if video.id not in texts]
    if missing:
        raise TextMissing(
            f"{len(missing)} of {len(videos)} rows ({missing[0]!r} among them) are not "
            "in the catalog that should have their text; name the one that was given "
            "to `vidcat pseudo-label`."
        )
    return [
        replace(
            video,
            title=texts[video.id].title,
            description=texts[video.id].description,
            tags=texts[video.id].tags,
        )
        for video in videos
    ]
