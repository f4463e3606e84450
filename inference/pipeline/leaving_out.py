"""`LeaveOutDone`: rows that have no result yet, without reading their videos again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from vidcat.inference.catalog import id_twice
from vidcat.inference.catalogs.rows import CatalogRow
from vidcat.inference.describing.waiting import file_version
from vidcat.inference.pipeline.deciding import FAILED_STATES
from vidcat.inference.pipeline.elements import Attempt, Task, row_sha256
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.refusing import refused
from vidcat.inference.pipeline.serving import Serving

BAD = "bad"
"""The tag of the attempts of wrong rows."""
COUNTED = "counted"
"""The tag of one word for each row: `bad`, `skipped` or `to_do`."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What is known of an earlier attempt without its categories."""

    row_sha256: str | None
    """As in `Attempt`."""
    source_version: str | None
    """Of the file that it was made of."""
    bundle: str
    """Content hash of the bundle that made it."""
    has_failed: bool
    """Whether something in it went wrong."""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Done":
        """Reads it from an attempt's object of JSON."""
        states = {line["status"], *line["parts"].values()}
        return cls(
            row_sha256=line["attempt"].get("row_sha256"),
            source_version=line["key"]["source_version"],
            bundle=line["key"]["bundle"],
            has_failed=not FAILED_STATES.isdisjoint(states),
        )


class LeaveOutDone(beam.DoFn):
    """Gives `Task`s for the rows of one id, if they are to be done.

    What is done is known by the row, the version of its file and the bundle. Of rows
    with one id the first counts; the others are wrong, and leave by the tag `BAD` as
    `Attempt`s, as do rows that were wrong before.

    Takes `(id, (CatalogRow values, Done values))`; gives `(rank, Task)`.

    Args:
        serving: Names the bundle.
        run: What to call this run.
        force: Whether to do again what is done.
        retry_failed: Whether to do again what has failed.
    """

    def __init__(
        self, serving: Serving, run: str, *, force: bool, retry_failed: bool
    ) -> None:
        self.serving = serving
        self.run = run
        self.force = force
        self.retry_failed = retry_failed

    def process(
        self, element: tuple[str, tuple[Iterable[CatalogRow], Iterable[Done]]]
    ) -> Iterator[Any]:
        """Looks at the rows of one id."""
        rows = sorted(element[1][0], key=lambda row: (row.catalog, row.number))
        if not rows:
            return
        first, *others = rows
        bad = [row.refused(id_twice(element[0], first.place)) for row in others]
        if first.video is None:
            bad.append(first)
        else:
            version = file_version(first.video)
            is_done = self._is_done(first, version, element[1][1])
            yield _counted("skipped" if is_done else "to_do")
            if not is_done:
                yield first.rank, Task(row=first.video, source_version=version)
        for row in bad:
            yield _counted("bad")
            yield beam.pvalue.TaggedOutput(BAD, self._refused(row))

    def _is_done(
        self, row: CatalogRow, version: str | None, before: Iterable[Done]
    ) -> bool:
        if self.force or row.video is None:
            return False
        wanted = Done(
            row_sha256=row_sha256(row.video),
            source_version=version,
            bundle=loaded(self.serving).bundle_hash,
            has_failed=False,
        )
        failed = Done(**{**vars(wanted), "has_failed": True})
        found = set(before)
        return wanted in found or (failed in found and not self.retry_failed)

    def _refused(self, row: CatalogRow) -> Attempt:
        return refused(
            row.place,
            str(row.reason),
            loaded(self.serving),
            run=self.run,
            catalog=row.catalog,
            shown=row.shown,
        )


def _counted(word: str) -> Any:
    return beam.pvalue.TaggedOutput(COUNTED, word)
