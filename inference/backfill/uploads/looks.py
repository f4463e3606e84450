"""Which files of a folder have arrived whole, told from how they look."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vidcat.inference.catalog import VIDEO_SUFFIXES

SIDECAR: Final = ".json"
"""Ends the name of the file beside a video that holds its row."""

_UNFINISHED: Final = frozenset({".part", ".partial", ".temp", ".tmp"})
"""What programs put before a video's own suffix while they write it."""

Look = tuple[tuple[int, int], ...]
"""Size in bytes and modification time in nanoseconds: of the video, of its sidecar."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A file as it was found, and for how long it has been so."""

    look: Look
    """How it looked each time since."""
    since: float
    """When it looked so first, in seconds of a clock that does not jump."""


def is_upload(name: str) -> bool:
    """Whether a file is a video by its name, and not one that is being written.

    >>> [is_upload(name) for name in ("a.mp4", "a.MOV", "a.part.mp4", "a.mp4.part")]
    [True, True, False, False]
    >>> is_upload(".a.mp4")
    False

    Args:
        name: Its name without folders.
    """
    stem, suffix = _split(name.lower())
    return (
        suffix in VIDEO_SUFFIXES
        and not name.startswith(".")
        and _split(stem)[1] not in _UNFINISHED
    )


def look_at(folder: Path) -> dict[str, Look]:
    """How the videos below a folder look, by their paths relative to it.

    A file that goes meanwhile is left out; so are hidden files and folders.

    Args:
        folder: The folder; where it is gone, nothing is in it.
    """
    looks: dict[str, Look] = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = Path(parent).relative_to(folder)
        there = frozenset(names)
        for name in filter(is_upload, names):
            files = [os.path.join(parent, name)]  # noqa: PTH118
            if not there.isdisjoint(_sidecar_names(name)):
                sidecar = sidecar_of(Path(parent, name))
                files += [] if sidecar is None else [str(sidecar)]
            if (look := _look(files)) is not None:
                looks[(below / name).as_posix()] = look
    return looks


def sidecar_of(path: Path) -> Path | None:
    """The file that holds the row of a video: `a.mp4.json`, or else `a.json`."""
    for name in _sidecar_names(path.name):
        if (found := path.with_name(name)).is_file():
            return found
    return None


def seen_again(
    before: Mapping[str, Sighting], looks: Mapping[str, Look], now: float
) -> dict[str, Sighting]:
    """What is there now, and since when each file looks as it does.

    Args:
        before: What the last look has found.
        looks: What this one has.
        now: When it was taken, in seconds.
    """
    return {
        name: found
        if (found := before.get(name)) is not None and found.look == look
        else Sighting(look, now)
        for name, look in looks.items()
    }


def settled(
    sightings: Mapping[str, Sighting], now: float, settled_seconds: float
) -> list[str]:
    """The files that look the same for long enough, the oldest first.

    Args:
        sightings: As the last look has found them.
        now: When that was, in seconds.
        settled_seconds: How long they must look the same; two looks are needed in any
            case.
    """
    names = [
        name
        for name, seen in sightings.items()
        if seen.since < now and now - seen.since >= settled_seconds
    ]
    return sorted(names, key=lambda name: (sightings[name].look[0][1], name))


def _split(name: str) -> tuple[str, str]:
    # Not by `Path`, here and below: it takes longer than the file system.
    return os.path.splitext(name)  # noqa: PTH122


def _sidecar_names(name: str) -> tuple[str, str]:
    return name + SIDECAR, _split(name)[0] + SIDECAR


def _look(files: list[str]) -> Look | None:
    try:
        statuses = [os.stat(file) for file in files]  # noqa: PTH116
    except OSError:
        return None
    return tuple((status.st_size, status.st_mtime_ns) for status in statuses)
