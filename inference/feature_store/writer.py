"""`FeatureWriter`: fills a feature store so that it can be killed at any moment."""

import os
from collections.abc import Callable, Iterable
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Final

from vidcat.inference.feature_space import require_same_sampling
from vidcat.inference.feature_store.frame_features import FrameFeatures
from vidcat.inference.feature_store.records import encode_record
from vidcat.inference.feature_store.shards import (
    RecordPlace,
    finished_shards,
    repair_shard,
    rewrite_shard,
    shard_number,
    shard_path,
    sync_folder,
    write_index,
)
from vidcat.inference.feature_store.tfrecords import frame_record
from vidcat.inference.features import StoreHeader
from vidcat.inference.files.own_folder import lock_folder
from vidcat.inference.files.whole_files import UNFINISHED

_SHARD_BYTES: Final = 64 << 20


class FeatureWriter:
    """Adds videos to a feature store; a context manager.

    Opening checks every record that is there: torn or changed ones are dropped,
    a shard that a killed writer left unfinished is kept up to its last whole
    record, and of several records of a video the newest. Leaving it finishes the
    current shard, also after an error or Ctrl-C.

    Args:
        folder: The folder of the store; is made where it is missing.
        header: Space and sampling of the features that will be added.
        shard_bytes: A shard that reaches this size is finished. Defaults to 64 MiB.

    Raises:
        FeatureSpaceMismatch: If the folder holds features of another space or
            sampling; the text names the field.
        FolderInUse: If another process is writing to it.
    """

    def __init__(
        self, folder: Path, header: StoreHeader, *, shard_bytes: int = _SHARD_BYTES
    ) -> None:
        self.folder = folder
        self.header = header
        self.shard_bytes = shard_bytes
        self._file: FileIO | None = None
        self._places: list[RecordPlace] = []
        self._shards: dict[Path, list[RecordPlace]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = lock_folder(folder)
        try:
            self._check_header()
            _take_over_left_overs(folder)
            for path in finished_shards(folder):
                if places := repair_shard(path):
                    self._shards[path] = places
            shards = list(self._shards.values())
            self._versions = {place.id: place for places in shards for place in places}
            self._keep(lambda place: self._versions[place.id] is place)
        except BaseException:
            os.close(self._lock)
            raise

    def _check_header(self) -> None:
        existing = StoreHeader.read(self.folder)
        if existing is None:
            self.header.write(self.folder)
            return
        existing.space.require_same(self.header.space)
        require_same_sampling(existing.sampling, self.header.sampling)

    def __enter__(self) -> "FeatureWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __contains__(self, video_id: object) -> bool:
        return video_id in self._versions

    def source_version(self, video_id: str) -> str:
        """Version of the file that was described for this video."""
        return self._versions[video_id].source_version

    def frame_count(self, video_id: str) -> int:
        """Number of described frames of a video."""
        return self._versions[video_id].frames

    def add(self, features: FrameFeatures) -> None:
        """Writes the features of a video; a killed process leaves them whole.

        Raises:
            ValueError: If the video is in the store already.
        """
        if features.id in self._versions:
            raise ValueError(
                "`features` must be of a video that is not in the store. "
                f"Received: id={features.id!r}"
            )
        if self._file is None:
            self._file = self._open_shard()
        offset = self._file.tell()
        place = RecordPlace.of(features, offset)
        record = frame_record(encode_record(features))
        try:
            _write_all(self._file, record)
            self._places.append(place)
            self._versions[features.id] = place
        except BaseException:
            # A full disk or Ctrl-C must leave nothing torn or unknown behind.
            self._file.truncate(offset)
            self._file.seek(offset)
            self._places = [kept for kept in self._places if kept != place]
            self._versions.pop(features.id, None)
            raise
        if self._file.tell() >= self.shard_bytes:
            self._finish_shard()

    def discard(self, ids: Iterable[str]) -> None:
        """Removes videos, such as those whose files have changed."""
        gone = set(ids) & self._versions.keys()
        if not gone:
            return
        self._finish_shard()
        self._keep(lambda place: place.id not in gone)
        for video_id in gone:
            del self._versions[video_id]

    def close(self) -> None:
        """Finishes the current shard and lets other writers in."""
        try:
            self._finish_shard()
        finally:
            os.close(self._lock)

    def _keep(self, wanted: Callable[[RecordPlace], bool]) -> None:
        """Leaves only some records in the finished shards."""
        for path, places in list(self._shards.items()):
            keep = list(filter(wanted, places))
            if len(keep) < len(places):
                self._shards[path] = rewrite_shard(path, keep)
                if not keep:
                    del self._shards[path]

    def _open_shard(self) -> FileIO:
        last = max((shard_number(path) or 0 for path in self._shards), default=-1)
        path = shard_path(self.folder, last + 1)
        # Unbuffered: what was added is with the system, and outlives our process.
        return path.with_name(path.name + UNFINISHED).open("xb", buffering=0)

    def _finish_shard(self) -> None:
        if self._file is None:
            return
        os.fsync(self._file.fileno())
        self._file.close()
        unfinished = Path(self._file.name)
        self._file = None
        places, self._places = self._places, []
        if not places:
            unfinished.unlink()
            return
        path = unfinished.with_name(unfinished.name.removesuffix(UNFINISHED))
        unfinished.replace(path)
        write_index(path, places)
        sync_folder(self.folder)
        self._shards[path] = places


def _take_over_left_overs(folder: Path) -> None:
    """Makes shards of what a killed writer left; the next check repairs them."""
    for path in folder.glob("*" + UNFINISHED):
        if shard_number(path) is None:
            path.unlink()
        else:
            path.replace(path.with_name(path.name.removesuffix(UNFINISHED)))


def _write_all(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
