"""Runs a backfill; the function of `vidcat backfill`."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vidcat.inference.backfill.beside import NOTHING_BESIDE, Beside
from vidcat.inference.backfill.folder import BackfillFolder
from vidcat.inference.backfill.processes import processor_seconds, share_cores
from vidcat.inference.backfill.progress import BackfillProgress, watched
from vidcat.inference.backfill.report import BackfillReport, report_of
from vidcat.inference.backfill.run_names import run_name
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.backfill.running import run_transform
from vidcat.inference.backfill.settle import settle_folder
from vidcat.inference.bundle import verify_bundle
from vidcat.inference.catalogs.fields import is_url, whole_path
from vidcat.inference.catalogs.rows import require_readable
from vidcat.inference.pipeline.backfilling import Backfill, Choice
from vidcat.inference.pipeline.holding import ShardLimits
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.reading import catalog_files, catalog_names
from vidcat.inference.pipeline.serving import Serving

_LOCAL_LIMITS: Final = ShardLimits(rows=64, seconds=5.0)
_LIMITS: Final = ShardLimits(rows=500, seconds=60.0)
"""Elsewhere: a catalog of millions must not end in millions of files."""


def run_backfill(
    catalog: str,
    out: str,
    serving: Serving,
    *,
    runner: Runner,
    choice: Choice,
    features: str | None = None,
    scores: str | None = None,
    progress: Callable[[BackfillProgress], None] | None = None,
) -> BackfillReport:
    """Categorizes the rows of a catalog that have no result yet, and settles results.

    May be killed at any moment: called again it does what is missing, and ends with
    the results of an undisturbed run.

    Args:
        catalog: A table `.jsonl`, `.csv` or `.parquet`, a pattern of such, or a folder
            of videos.
        out: Folder of the results; is made where it is missing.
        serving: Names the models. Its `as_of` counts for the first run into a folder.
        runner: What runs the pipelines.
        choice: Which rows to do.
        features: Folder of a feature store that all videos described now are added to.
            Defaults to none.
        scores: Folder for the score vectors behind the results; those of one folder of
            results. Defaults to none.
        progress: Is told how far it is, where `out` is on this machine.

    Returns:
        The counts; they add up to the rows of the catalog.

    Raises:
        InvalidCatalog: If the catalog as a whole cannot be read.
        UnfitResultsFolder: If results in `out` were made in another way, or `scores`
            holds those of others.
        FeatureSpaceMismatch: If `features` holds features of another space.
        FolderInUse: If another process runs a backfill into it, or writes features.
        InvalidBundle: If there is no whole bundle.
        BackfillFailed: If the pipeline broke off.
    """
    started, worked = time.monotonic(), processor_seconds()
    catalog = whole_path(catalog)
    _require_catalog(catalog, choice)
    folder = BackfillFolder.at(out)
    beside = Beside.at(features, scores)
    if runner.is_local:
        _require_models(serving, here=runner.processes == 1)
    with folder.sole_writer():
        run = run_name(datetime.now(UTC))
        forced_by = run if choice.force else None
        serving = folder.settle_serving(serving, forced_by=forced_by)
        choice = replace(choice, since=folder.since)
        facts = {
            "catalog": catalog,
            "catalogs": list(catalog_names(catalog).values()),
            "choice": vars(choice),
        }
        folder.write_run(run, facts)
        with ExitStack() as stack:
            if progress is not None:
                stack.enter_context(watched(folder, run, progress))
            _categorize(
                catalog,
                folder,
                serving,
                run,
                runner=runner,
                choice=choice,
                beside=beside,
            )
        settle_folder(folder, run, runner)
        beside.settle(folder)
        report = report_of(
            folder,
            run,
            seconds=time.monotonic() - started,
            cpu_seconds=processor_seconds() - worked if runner.is_local else None,
        )
        folder.write_run(run, {**facts, "report": report.to_json()})
    return report


def _categorize(
    catalog: str,
    folder: BackfillFolder,
    serving: Serving,
    run: str,
    *,
    runner: Runner,
    choice: Choice,
    beside: Beside,
) -> None:
    share = share_cores(runner.processes)
    if serving.decoder_threads is None and runner.processes > 1:
        serving = replace(serving, decoder_threads=share.threads)
    with share.given_to_children(), beside.prepared(serving, folder):
        transform = backfill_transform(
            catalog,
            folder.path,
            serving,
            run,
            runner=runner,
            choice=choice,
            beside=beside,
        )
        run_transform(transform, runner)


def backfill_transform(
    catalog: str,
    out: str,
    serving: Serving,
    run: str,
    *,
    runner: Runner,
    choice: Choice,
    beside: Beside = NOTHING_BESIDE,
) -> Backfill:
    """The first pipeline of a run; it does all but settling.

    Args:
        catalog: As for `run_backfill`, absolute or a URL.
        out: Folder of the results, absolute or a URL.
        serving: Names the models.
        run: What to call the run.
        runner: What is to run it.
        choice: Which rows to do.
        beside: Where features and scores go. Defaults to nowhere.
    """
    return Backfill(
        catalog,
        out,
        serving,
        run,
        choice,
        limits=_LIMITS if is_url(out) else _LOCAL_LIMITS,
        features=beside.features,
        scores=beside.scores,
        hints=runner.hints,
    )


def _require_catalog(catalog: str, choice: Choice) -> None:
    """Finds out whether a catalog of this machine can be read at all."""
    if is_url(catalog):
        return
    for path in catalog_files(catalog):
        require_readable(
            path, ignore_unknown=choice.ignore_unknown, order_by=choice.order_by
        )


def _require_models(serving: Serving, *, here: bool) -> None:
    """Finds out what is wrong with the models before there is work.

    Args:
        serving: Names them.
        here: Whether this process is going to use them.
    """
    if here:
        loaded(serving).categorizer  # noqa: B018
    elif not is_url(serving.bundle):
        verify_bundle(Path(serving.bundle))
