"""`FeatureStore`: the described videos of a catalog, in a folder."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from vidcat.inference.describing.failures import (
    Failure,
    failure_shards,
    read_failures,
)
from vidcat.inference.feature_space import FeatureSpace
from vidcat.inference.feature_store.frame_features import (
    FrameFeatures,
    dequantise,
    quantise,
)
from vidcat.inference.feature_store.shards import (
    RecordPlace,
    decode_at,
    finished_shards,
    read_places,
)
from vidcat.inference.feature_store.tfrecords import read_record
from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.projection import Projection
from vidcat.inference.sampling import Sampling

__all__ = [
    "FeatureStore",
    "FrameFeatures",
    "InvalidStore",
    "StoreHeader",
    "dequantise",
    "quantise",
]

HEADER_NAME: Final = "space.json"
PROJECTION_NAME: Final = "projection.npz"
FAILURES_NAME: Final = "failures.jsonl"
_FORMAT: Final = 1


class InvalidStore(ValueError):
    """A folder is no feature store, or one of a newer format."""


@dataclass(frozen=True, kw_only=True)
class StoreHeader:
    """What all records of a store have in common."""

    space: FeatureSpace
    """The space that the features are in."""
    sampling: Sampling
    """How the frames were chosen."""

    def write(self, folder: Path) -> None:
        """Writes the header into the folder of a store."""
        written = {
            "format": _FORMAT,
            "space": self.space.to_json(),
            "sampling": self.sampling.to_json(),
        }
        replace_text(folder / HEADER_NAME, json.dumps(written, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "StoreHeader | None":
        """Reads the header of a store; `None` where there is none yet.

        Raises:
            InvalidStore: If it cannot be understood.
        """
        path = folder / HEADER_NAME
        if not path.exists():
            return None
        try:
            written = json.loads(path.read_text("utf-8"))
            if written["format"] != _FORMAT:
                raise InvalidStore(
                    f"{path}: format {written['format']} is not the one that this "
                    f"vidcat reads ({_FORMAT}); install a newer vidcat."
                )
            return cls(
                space=FeatureSpace.from_json(written["space"]),
                sampling=Sampling.from_json(written["sampling"]),
            )
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise InvalidStore(f"{path}: no header of a store ({error})") from error


class FeatureStore(Mapping[str, FrameFeatures]):
    """Features by video id, each read when it is asked for.

    A folder of TFRecord shards with `space.json`, `projection.npz` and
    `failures.jsonl`, as `vidcat.training.describing.describe.describe_catalog` or
    several processes of a backfill write it. May be read by several threads and while
    it is being written; it shows what was there when it was opened. Of several records
    of a video it shows the newest.

    Args:
        folder: The folder.

    Raises:
        InvalidStore: If the folder is no store.
        CorruptRecord: If a shard is not whole. A record that was changed later is
            found when it is read.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        header = StoreHeader.read(self.folder)
        if header is None:
            raise InvalidStore(
                f"{self.folder}: no feature store, for it has no {HEADER_NAME}; "
                "`vidcat describe` makes one"
            )
        self._header = header
        self._places: dict[str, tuple[Path, RecordPlace]] = {
            place.id: (path, place)
            for path in finished_shards(self.folder)
            for place in read_places(path)
        }

    @property
    def space(self) -> FeatureSpace:
        """The space that the features are in."""
        return self._header.space

    @property
    def sampling(self) -> Sampling:
        """How the frames were chosen."""
        return self._header.sampling

    @cached_property
    def projection(self) -> Projection:
        """The projection that the features went through."""
        return Projection.load(self.folder / PROJECTION_NAME)

    @cached_property
    def failures(self) -> Mapping[str, Failure]:
        """Videos that could not be described, by id."""
        shards = [path for _, path in failure_shards(self.folder)]
        return {
            failure.id: failure
            for path in (self.folder / FAILURES_NAME, *shards)
            for failure in read_failures(path)
            # One that a runner tried twice may have succeeded.
            if failure.id not in self
        }

    def __getitem__(self, video_id: str) -> FrameFeatures:
        path, place = self._places[video_id]
        return decode_at(path, read_record(path, place.offset), place.offset)

    def __contains__(self, video_id: object) -> bool:
        return video_id in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def frame_count(self, video_id: str) -> int:
        """Number of described frames of a video, without reading them."""
        return self._places[video_id][1].frames

    def duration_seconds(self, video_id: str) -> float | None:
        """Duration of a video as its file says; `None` if unknown."""
        return self._places[video_id][1].duration_seconds

    def source_version(self, video_id: str) -> str:
        """Version of the file that was described."""
        return self._places[video_id][1].source_version
