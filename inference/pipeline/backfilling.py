"""`Backfill`: from a catalog to attempts at all that is to be done."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from vidcat.inference.catalogs.rows import CatalogRow
from vidcat.inference.pipeline.attempts import WriteAttempts
from vidcat.inference.pipeline.categorizing import Categorize
from vidcat.inference.pipeline.elements import ATTEMPT_FIELDS
from vidcat.inference.pipeline.files import ReadJson, write_whole
from vidcat.inference.pipeline.hints import Hints
from vidcat.inference.pipeline.holding import ShardLimits
from vidcat.inference.pipeline.leaving_out import BAD, COUNTED, Done, LeaveOutDone
from vidcat.inference.pipeline.reading import ReadCatalog
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.pipeline.taking import Take, UntilDeadline


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which rows of a catalog a run does."""

    ignore_unknown: bool = False
    """Whether unknown columns are passed over."""
    force: bool = False
    """Whether to do again what is done."""
    since: str = ""
    """Attempts of runs before this one do not count: it was to do all again, and may
    have been stopped."""
    retry_failed: bool = False
    """Whether to do again what has failed."""
    order_by: str | None = None
    """Column of numbers that rows are taken by, the largest first."""
    most: int | None = None
    """So many rows at most."""
    deadline: float | None = None
    """Rows are left for another run from then on; seconds since 1970."""


class Backfill(beam.PTransform):
    """Categorizes the rows of a catalog that have no result yet.

    Args:
        catalog: As for `ReadCatalog`.
        out: Folder of the results, absolute or a URL.
        serving: Names the models.
        run: What to call this run.
        choice: Which rows to do.
        limits: When a shard of attempts is written, or of what goes beside them.
        features: Folder of a feature store to add to, absolute or a URL.
        scores: Folder of the score vectors, likewise.
        hints: What the steps need of their machines. Defaults to nothing.
    """

    def __init__(
        self,
        catalog: str,
        out: str,
        serving: Serving,
        run: str,
        choice: Choice,
        *,
        limits: ShardLimits,
        features: str | None = None,
        scores: str | None = None,
        hints: Hints | None = None,
    ) -> None:
        super().__init__()
        self.catalog = catalog
        self.out = out
        self.serving = serving
        self.run = run
        self.choice = choice
        self.limits = limits
        self.features = features
        self.scores = scores
        self.hints = hints

    def expand(self, start: beam.Pipeline) -> None:
        """Writes attempts, and before them `runs/RUN.rows.json`: what is to be done."""
        choice = self.choice
        rows: Any = self._rows(start)
        counted = (
            rows[COUNTED]
            | beam.combiners.Count.PerElement()
            | beam.combiners.ToDict()
            | "Write rows" >> beam.Map(write_json, self._file("runs", "rows.json"))
        )
        tasks = rows.ok | Take(
            # Nothing is begun before it is known how much there is.
            beam.pvalue.AsSingleton(counted),
            most=choice.most,
            ordered=choice.order_by is not None,
        )
        if choice.deadline is not None:
            tasks = tasks | beam.ParDo(UntilDeadline(choice.deadline))
        attempts = tasks | Categorize(
            self.serving,
            self.run,
            features=self.features,
            scores=self.scores,
            limits=self.limits,
            hints=self.hints,
        )
        write = WriteAttempts(self._attempts, self.limits)
        # Each by itself: what is flattened first is collected, and written last.
        attempts | "Write attempts" >> beam.ParDo(write)
        rows[BAD] | "Write wrong rows" >> beam.ParDo(write)

    def _rows(self, start: beam.Pipeline) -> Any:
        rows = (
            start
            | ReadCatalog(
                self.catalog,
                ignore_unknown=self.choice.ignore_unknown,
                order_by=self.choice.order_by,
            )
            | beam.Map(_row_by_id).with_output_types(tuple[str, CatalogRow])
        )
        done = (
            start
            | ReadJson(FileSystems.join(self._attempts, "*.jsonl"), ATTEMPT_FIELDS)
            | beam.Map(_done_by_id).with_output_types(tuple[str, Done])
        )
        leave_out = LeaveOutDone(
            self.serving,
            self.run,
            since=self.run if self.choice.force else self.choice.since,
            retry_failed=self.choice.retry_failed,
        )
        return (
            (rows, done)
            | beam.CoGroupByKey()
            | beam.ParDo(leave_out).with_outputs(BAD, COUNTED, main="ok")
        )

    @property
    def _attempts(self) -> str:
        return FileSystems.join(self.out, "attempts")

    def _file(self, folder: str, ending: str) -> str:
        return FileSystems.join(self.out, folder, f"{self.run}.{ending}")


def write_json(values: Mapping[str, Any], path: str) -> str:
    """Writes a JSON object; gives back where."""
    write_whole(path, [json.dumps(dict(sorted(values.items())))])
    return path


def _row_by_id(row: CatalogRow) -> tuple[str, CatalogRow]:
    return (row.place if row.video is None else row.video.id), row


def _done_by_id(line: Mapping[str, Any]) -> tuple[str, Done]:
    return line["id"], Done.of(line)
