"""`LeaveOutDone`: rows that have no result yet, without reading their videos again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from vidcat.inference.catalog import id_twice
from vidcat.inference.catalogs.rows import CatalogRow
from vidcat.inference.catalogs.source import file_version
from vidcat.inference.pipeline.elements import Attempt, Task, row_sha256
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.refusing import refused
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.results import has_failed
from vidcat.inference.video import Video

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
    run: str
    """The run that made it."""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Done":
        """Reads it from an attempt's object of JSON."""
        return cls(
            row_sha256=line["attempt"].get("row_sha256"),
            source_version=line["key"]["source_version"],
            bundle=line["key"]["bundle"],
            has_failed=has_failed(line["status"], line["parts"]),
            run=line["attempt"]["run"],
        )

    def is_of(self, row_sha256: str, source_version: str | None, bundle: str) -> bool:
        """Whether it was made of the same row, file and bundle."""
        made_of = (self.row_sha256, self.source_version, self.bundle)
        return made_of == (row_sha256, source_version, bundle)


class LeaveOutDone(beam.DoFn):
    """Gives `Task`s for the rows of one id, if they are to be done.

    What is done is known by the row, the version of its file and the bundle. Of rows
    with one id the first counts; the others are wrong, and leave by the tag `BAD` as
    `Attempt`s, as do rows that were wrong before.

    Takes `(id, (CatalogRow values, Done values))`; gives `(rank, Task)`.

    Args:
        serving: Names the bundle.
        run: What to call this run.
        since: Attempts of runs before this one do not count.
        retry_failed: Whether to do again what has failed.
    """

    def __init__(
        self, serving: Serving, run: str, *, since: str, retry_failed: bool
    ) -> None:
        self.serving = serving
        self.run = run
        self.since = since
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
            done = self._done(first.video, version, element[1][1])
            # A runner that starts a pipeline anew finds what it did itself.
            before = any(one.run != self.run for one in done)
            yield _counted("skipped" if before else "to_do")
            if not done:
                yield first.rank, Task(row=first.video, source_version=version)
        for row in bad:
            yield _counted("bad")
            yield beam.pvalue.TaggedOutput(BAD, self._refused(row))

    def _done(
        self, row: Video, version: str | None, before: Iterable[Done]
    ) -> list[Done]:
        """The attempts at a row that make another one needless."""
        sha256, bundle = row_sha256(row), loaded(self.serving).bundle_hash
        return [
            one
            for one in before
            if one.is_of(sha256, version, bundle)
            and one.run >= self.since
            and not (one.has_failed and self.retry_failed)
        ]

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
