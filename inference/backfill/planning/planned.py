"""Plans a backfill before it runs, and looks at the plan again when it has run."""

import json
import time
from collections.abc import Iterator
from typing import Any, Final

from vidcat.inference.backfill.folder import BackfillFolder
from vidcat.inference.backfill.planning.comparison import Compared, compare_with_run
from vidcat.inference.backfill.planning.plan import (
    SAMPLE_SECONDS,
    SAMPLE_VIDEOS,
    Plan,
    Progress,
    plan_backfill,
)
from vidcat.inference.backfill.planning.rates import Rates
from vidcat.inference.backfill.report import BackfillReport
from vidcat.inference.catalogs.fields import whole_path
from vidcat.inference.catalogs.rows import catalog_rows, require_readable
from vidcat.inference.pipeline.files import matching, read_lines, write_whole
from vidcat.inference.pipeline.loaded import Loaded
from vidcat.inference.pipeline.reading import catalog_files
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.video import Video

_PLAN: Final = "plan.json"
_FORMAT: Final = 1
"""A plan of another format is not looked at: a run must not fail by it."""


def plan_catalog(
    catalog: str,
    out: str,
    serving: Serving,
    *,
    ignore_unknown: bool = False,
    order_by: str | None = None,
    rates: Rates | None = None,
    within_hours: float | None = None,
    describe_rate: float | None = None,
    sample_videos: int = SAMPLE_VIDEOS,
    sample_seconds: float = SAMPLE_SECONDS,
    progress: Progress = lambda done, note: None,
) -> Plan:
    """Plans a backfill of a whole catalog and keeps the plan in the results' folder.

    What is done already is planned as well. Wrong rows are left out.

    Args:
        catalog: As for `run_backfill`.
        out: Folder of the results; gets `plan.json`.
        serving: Names the models.
        ignore_unknown: Whether unknown columns are passed over. Defaults to `False`.
        order_by: Column by which the backfill will take the rows, which need not be a
            field of a video.
        rates: As for `plan_backfill`, and so are the others.
        within_hours: How long it may take.
        describe_rate: Frames that one accelerator describes in a second.
        sample_videos: Videos to measure. Defaults to `20`.
        sample_seconds: After how many seconds no more is begun. Defaults to `120`.
        progress: Is told of each measured video.

    Raises:
        InvalidCatalog: If the catalog as a whole cannot be read.
        ValueError: If there is nothing to measure; see `plan_backfill`.
    """
    folder = BackfillFolder.at(out)
    catalog = whole_path(catalog)
    paths = catalog_files(catalog)
    for path in paths:
        require_readable(path, ignore_unknown=ignore_unknown, order_by=order_by)

    def videos() -> Iterator[Video]:
        for path in paths:
            for row in catalog_rows(
                path, ignore_unknown=ignore_unknown, order_by=order_by
            ):
                if row.video is not None:
                    yield row.video

    began, worked = time.perf_counter(), time.process_time()
    categorizer = Loaded(serving).categorizer
    plan = plan_backfill(
        videos(),
        categorizer,
        rates=rates,
        within_hours=within_hours,
        describe_rate=describe_rate,
        sample_videos=sample_videos,
        sample_seconds=sample_seconds,
        load_seconds=time.perf_counter() - began,
        load_cpu_seconds=time.process_time() - worked,
        progress=progress,
    )
    kept = {"format": _FORMAT, "of": catalog, "plan": plan.to_json()}
    write_whole(folder.below(_PLAN), [json.dumps(kept, allow_nan=False)])
    return plan


def planned_and_measured(
    catalog: str, out: str, report: BackfillReport
) -> list[Compared]:
    """What a run took, beside the plan that is kept in its folder.

    Args:
        catalog: The catalog of the run.
        out: Its folder.
        report: What came of it.

    Returns:
        What can be compared; nothing where this catalog was not planned.
    """
    path = BackfillFolder.at(out).below(_PLAN)
    if not matching(path):
        return []
    kept: dict[str, Any] = json.loads(b"".join(read_lines(path)))
    if (kept["format"], kept["of"]) != (_FORMAT, whole_path(catalog)):
        return []
    return compare_with_run(kept["plan"], report.to_json())
