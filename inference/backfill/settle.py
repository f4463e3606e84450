"""Settles a folder of results: one for each input out of all attempts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from vidcat.inference.backfill.folder import BackfillFolder
from vidcat.inference.backfill.run_names import run_name
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.backfill.running import run_transform
from vidcat.inference.catalogs.fields import is_url
from vidcat.inference.pipeline.settling import Settle

_SHARDS: Final = 64
"""Files of each list of the results that are written to a bucket."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What lies in a folder of results once it is settled."""

    statuses: Mapping[str, int]
    """Its results by status."""
    dead_letter: int
    """Rows of its dead letter."""

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)


def settle(out: str, *, runner: Runner) -> Settled:
    """Writes results, ledger and dead letter anew from all attempts.

    Args:
        out: Folder of the results, such as a stream fills.
        runner: What runs the pipeline.

    Raises:
        FolderInUse: If another process of this machine writes to it.
        FileNotFoundError: If there are no attempts in it.
    """
    folder = BackfillFolder.at(out)
    if not folder.attempt_files():
        raise FileNotFoundError(f"{out}: there are no attempts to settle here.")
    with folder.sole_writer():
        return settle_folder(folder, run_name(datetime.now(UTC)), runner)


def settle_folder(folder: BackfillFolder, run: str, runner: Runner) -> Settled:
    """As `settle`, for whoever is the folder's sole writer.

    Args:
        folder: The folder.
        run: The run whose counts to write.
        runner: What runs the pipeline.
    """
    shards = _SHARDS if is_url(folder.path) else 1
    transform = Settle(folder.path, run, folder.latest_runs(), shards=shards)
    run_transform(transform, runner.light)
    counts = dict(folder.counts_of(run)["all"])
    dead_letter = counts.pop("dead_letter", 0)
    return Settled(statuses=counts, dead_letter=dead_letter)
