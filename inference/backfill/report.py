"""`BackfillReport`: what became of the rows of a catalog in one run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vidcat.inference.backfill.folder import BackfillFolder


@dataclass(frozen=True, kw_only=True)
class BackfillReport:
    """What became of the rows of a catalog in one run."""

    run: str
    """Its name."""
    rows: int
    """Rows of the catalog: those below, added up."""
    bad_rows: int
    """Rows that are no video."""
    skipped: int
    """Rows that were done before."""
    done: Mapping[str, int]
    """Rows done now, by status."""
    left: int
    """Rows left for another run."""
    statuses: Mapping[str, int]
    """Of all results in the folder, those of earlier runs among them."""
    dead_letter: int
    """Rows of the dead letter, of all runs."""
    seconds: float
    """Time that the run took."""
    cpu_seconds: float | None
    """Processor time of all processes, ffmpeg's among them; `None` where the work was
    done on other machines."""

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)


def report_of(
    folder: BackfillFolder, run: str, *, seconds: float, cpu_seconds: float | None
) -> BackfillReport:
    """The counts of a run that is settled.

    Args:
        folder: The folder of the results.
        run: The run.
        seconds: Time that it took.
        cpu_seconds: Processor time that it took; `None` where that is not known.
    """
    rows = folder.rows_of(run) or {}
    counts = folder.counts_of(run)
    done = {word: n for word, n in counts["now"].items() if word != "bad_row"}
    to_do = rows.get("to_do", 0)
    statuses = {word: n for word, n in counts["all"].items() if word != "dead_letter"}
    return BackfillReport(
        run=run,
        rows=sum(rows.values()),
        bad_rows=rows.get("bad", 0),
        skipped=rows.get("skipped", 0),
        done=done,
        left=to_do - sum(done.values()),
        statuses=statuses,
        dead_letter=counts["all"].get("dead_letter", 0),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
    )
