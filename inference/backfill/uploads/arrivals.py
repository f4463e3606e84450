"""`Arrivals`: the uploads of a folder that are to be done next."""

import hashlib
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from vidcat.inference.backfill.uploads.done_index import DoneIndex
from vidcat.inference.backfill.uploads.looks import (
    Look,
    Sighting,
    look_at,
    seen_again,
    settled,
)
from vidcat.inference.backfill.uploads.sidecars import upload_row
from vidcat.inference.catalog import id_twice
from vidcat.inference.catalogs.rows import CatalogRow
from vidcat.inference.catalogs.source import file_version
from vidcat.inference.pipeline.elements import row_sha256
from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A file that has settled, and what it is known by when it is done."""

    row: CatalogRow
    """Its row, which may be wrong."""
    name: str
    """Its id; of a wrong row the path relative to the folder."""
    row_sha256: str
    """Checksum of the row, or of what is wrong with it."""
    source_version: str | None
    """Version of the file; `None` if it has just gone."""


class Arrivals:
    """Looks at a folder again and again, and knows what in it is still to be done.

    Args:
        folder: Where files are uploaded to.
        done: What has a result.
        settled_seconds: How long a file must look the same before it is taken.
        ignore_unknown: Whether unknown fields of sidecars are passed over.
        keep_old: Whether the result of another bundle is good enough.
    """

    def __init__(
        self,
        folder: Path,
        done: DoneIndex,
        *,
        settled_seconds: float,
        ignore_unknown: bool = False,
        keep_old: bool = False,
    ) -> None:
        self.folder = folder
        self.done = done
        self.settled_seconds = settled_seconds
        self.ignore_unknown = ignore_unknown
        self.keep_old = keep_old
        self._seen: dict[str, Sighting] = {}
        self._judged: dict[str, Look] = {}
        self._new: deque[str] = deque()
        self._again: deque[str] = deque()
        self._file_of: dict[str, str] = {}
        self._id_of: dict[str, str] = {}
        self._bundle = ""

    @property
    def unsettled(self) -> int:
        """Files that have not looked the same for long enough."""
        return len(self._seen.keys() - self._judged.keys())

    def look(self, now: float, bundle: str) -> None:
        """Looks at the folder.

        Args:
            now: When, in seconds of a clock that does not jump.
            bundle: Content hash of the bundle that is to be used.
        """
        self._seen = seen_again(self._seen, look_at(self.folder), now)
        if bundle != self._bundle:
            self._bundle = bundle
            self._judged.clear()
            self._new.clear()
            self._again.clear()
        for name in self._judged.keys() - self._seen.keys():
            del self._judged[name]
        for name in self._id_of.keys() - self._seen.keys():
            self._release(name)
        for name in settled(self._seen, now, self.settled_seconds):
            look = self._seen[name].look
            if self._judged.get(name) != look:
                self._judged[name] = look
                self._judge(name)

    def take(self, most: int) -> list[Arrival]:
        """Takes what is to be done next: what has no result, then what has an old one.

        Args:
            most: So many at most.
        """
        taken: dict[str, Arrival] = {}
        for waiting in (self._new, self._again):
            while waiting and len(taken) < most:
                name = waiting.popleft()
                # It may have gone, or changed; then it comes again once it settles.
                if name in self._seen and self._is_judged(name):
                    arrival = self._arrival(name)
                    if not self._is_done(arrival):
                        taken[arrival.name] = arrival
        return list(taken.values())

    def _judge(self, name: str) -> None:
        arrival = self._arrival(name)
        if not self._is_done(arrival):
            old = self.done.bundles_of(*_known_by(arrival))
            (self._again if old else self._new).append(name)

    def _is_judged(self, name: str) -> bool:
        return self._judged.get(name) == self._seen[name].look

    def _is_done(self, arrival: Arrival) -> bool:
        bundles = self.done.bundles_of(*_known_by(arrival))
        return self._bundle in bundles or (self.keep_old and bool(bundles))

    def _arrival(self, name: str) -> Arrival:
        row = upload_row(self.folder, name, ignore_unknown=self.ignore_unknown)
        version = file_version(row.video or Video(id="?", path=str(self.folder / name)))
        if row.video is not None:
            other = self._file_of.get(row.video.id, name)
            # An id that is another file's name is that one's, whoever comes first.
            if row.video.id != name and row.video.id in self._seen:
                other = row.video.id
            if other != name:
                row = row.refused(id_twice(row.video.id, other))
        if row.video is None:
            reason = hashlib.sha256(str(row.reason).encode()).hexdigest()
            return Arrival(
                row=row, name=row.place, row_sha256=reason, source_version=version
            )
        self._release(name)
        self._file_of[row.video.id] = name
        self._id_of[name] = row.video.id
        return Arrival(
            row=row,
            name=row.video.id,
            row_sha256=row_sha256(row.video),
            source_version=version,
        )

    def _release(self, name: str) -> None:
        """Lets the id of a file go, which another may then have."""
        if (video_id := self._id_of.pop(name, None)) is not None:
            del self._file_of[video_id]


def _known_by(arrival: Arrival) -> tuple[str, str, str | None]:
    return arrival.name, arrival.row_sha256, arrival.source_version
