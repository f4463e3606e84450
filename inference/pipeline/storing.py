"""`StoreFeatures`: features on their way, so that a catalog is decoded once."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from apache_beam.io.filesystems import FileSystems

from vidcat.inference.bundle import Bundle
from vidcat.inference.describing.failures import Failure, failures_name
from vidcat.inference.encoders.source import SOURCE_NAME
from vidcat.inference.feature_space import require_same_sampling
from vidcat.inference.feature_store.records import encode_record
from vidcat.inference.feature_store.shards import fresh_number, shard_name
from vidcat.inference.feature_store.tfrecords import frame_record
from vidcat.inference.features import HEADER_NAME, PROJECTION_NAME, StoreHeader
from vidcat.inference.pipeline.elements import SeenTask
from vidcat.inference.pipeline.files import (
    matching,
    read_lines,
    write_bytes,
    write_whole,
)
from vidcat.inference.pipeline.holding import HoldUntilWritten, ShardLimits
from vidcat.inference.pipeline.loaded import loaded_for, sampling_of
from vidcat.inference.pipeline.serving import Serving


class StoreFeatures(HoldUntilWritten):
    """Adds the features of `SeenTask`s to a feature store, and why there are none.

    Each shard has a name of its own and is whole; that a runner did a video twice is
    settled afterwards by `settle_store`.

    Args:
        serving: Names the models.
        folder: Folder of the store, absolute or a URL; needs not be there.
        limits: When a shard is written.

    Raises:
        FeatureSpaceMismatch: While it runs, if the folder holds another space.
    """

    def __init__(self, serving: Serving, folder: str, limits: ShardLimits) -> None:
        super().__init__(limits)
        self.serving = serving
        self.folder = folder
        self._prepared: set[str | None] = set()

    def bytes_of(self, element: SeenTask) -> int:
        """Those of its features."""
        features = element.seen.features
        return 0 if features is None else features.values.nbytes

    def write(self, elements: Sequence[SeenTask]) -> None:
        """Writes a shard of features, and one of failures."""
        for bundle in {element.task.bundle for element in elements} - self._prepared:
            models = loaded_for(self.serving, bundle)
            prepare_store(self.folder, models.serving, models.bundle)
            self._prepared.add(bundle)
        described = [one.seen.features for one in elements]
        records = [
            frame_record(encode_record(features))
            for features in described
            if features is not None
        ]
        failures = [failure for one in elements for failure in _failures(one)]
        number = fresh_number()
        if records:
            write_bytes(self._path(shard_name(number)), b"".join(records))
        if failures:
            lines = [failure.to_line() for failure in failures]
            write_whole(self._path(failures_name(number)), lines)

    def _path(self, name: str) -> str:
        return FileSystems.join(self.folder, name)


def prepare_store(folder: str, serving: Serving, bundle: Bundle) -> None:
    """Writes what all records of a store have in common, if it is not there.

    Args:
        folder: Folder of the store, absolute or a URL.
        serving: How frames are sampled.
        bundle: What describes them.

    Raises:
        FeatureSpaceMismatch: If the store holds features of another space or
            sampling; the text names the field.
        InvalidStore: If its header cannot be understood.
    """
    header = StoreHeader(space=bundle.space, sampling=sampling_of(serving, bundle))
    place = FileSystems.join(folder, HEADER_NAME)
    with tempfile.TemporaryDirectory() as made:
        own = Path(made)
        if matching(place):
            (own / HEADER_NAME).write_bytes(b"".join(read_lines(place)))
            existing = StoreHeader.read(own)
            if existing is not None:
                existing.space.require_same(header.space)
                require_same_sampling(existing.sampling, header.sampling)
            return
        bundle.projection.save(own / PROJECTION_NAME)
        bundle.encoder.write(own)
        header.write(own)
        for name in _IN_ORDER:
            write_bytes(FileSystems.join(folder, name), (own / name).read_bytes())


_IN_ORDER: Final = (PROJECTION_NAME, SOURCE_NAME, HEADER_NAME)
"""A store that has a header has the rest."""


def _failures(element: SeenTask) -> list[Failure]:
    error, task = element.seen.broken_by, element.task
    if error is None:
        return []
    return [
        Failure(
            id=task.row.id,
            path=task.row.path or "",
            reason=error.reason,
            detail=error.detail,
            source_version=task.source_version or "",
        )
    ]
