"""`settle_store`: one record or failure a video, out of what many processes wrote."""

from pathlib import Path

from vidcat.inference.describing.failures import (
    FailureLog,
    failure_shards,
    read_failures,
)
from vidcat.inference.feature_store.shards import (
    finished_shards,
    read_places,
    shard_number,
)
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FAILURES_NAME, InvalidStore, StoreHeader


def settle_store(folder: Path) -> None:
    """Leaves the newest record of each video, and the failures that still hold.

    Torn records are dropped, and all shards get their index. May be killed, and done
    again, at any time.

    Args:
        folder: The folder of the store.

    Raises:
        InvalidStore: If it is none.
        FolderInUse: If another process is writing to it.
    """
    header = StoreHeader.read(folder)
    if header is None:
        raise InvalidStore(f"{folder}: must be a feature store. Received: no header")
    with FeatureWriter(folder, header) as writer:
        log = FailureLog(folder / FAILURES_NAME)
        # What failed before a video was described is no failure any more.
        log.forget([one for one in log.failures if one in writer])
        numbers = {
            place.id: shard_number(path) or 0
            for path in finished_shards(folder)
            for place in read_places(path)
        }
        shards = failure_shards(folder)
        untrue = []
        for number, path in shards:
            for failure in read_failures(path):
                if failure.id in writer:
                    known = ("", writer.source_version(failure.id))
                    newer = number > numbers[failure.id]
                    # Of a file that is gone the features are as true as before.
                    if failure.source_version in known or not newer:
                        continue
                    untrue.append(failure.id)
                log.add(failure)
        writer.discard(untrue)
        for _, path in shards:
            path.unlink()
