"""Categorizes what is uploaded to a folder; the function of `vidcat watch`."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from vidcat.inference.backfill.folder import BackfillFolder
from vidcat.inference.backfill.run_names import run_name
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.backfill.settle import Settled, settle_folder
from vidcat.inference.backfill.uploads.arrivals import Arrival, Arrivals
from vidcat.inference.backfill.uploads.done_index import DoneIndex
from vidcat.inference.backfill.uploads.rounds import do_round
from vidcat.inference.pipeline.current_bundle import CurrentBundle
from vidcat.inference.pipeline.elements import Attempt, Task
from vidcat.inference.pipeline.loaded import Loaded
from vidcat.inference.pipeline.refusing import refused
from vidcat.inference.pipeline.serving import Serving
from vidcat.inference.results import Categorization

_ROUND_FILES: Final = 32
"""Files of a round at most: a new bundle, or who ends the watch, waits no longer."""


@dataclass(frozen=True, kw_only=True)
class Watching:
    """How a folder is watched.

    Raises:
        ValueError: If a time is negative, or there is none between two looks.
    """

    every_seconds: float = 10.0
    """Between two looks at the folder while there is nothing to do."""
    settled_seconds: float = 10.0
    """How long a file must look the same before it is taken."""
    settle_every_seconds: float = 3600.0
    """Between two times that results are settled while the watch goes on."""
    once: bool = False
    """Whether to end when all is done that has settled."""
    keep_old: bool = False
    """Whether what an older bundle has done stays as it is."""
    ignore_unknown: bool = False
    """Whether unknown fields of sidecars are passed over."""

    def __post_init__(self) -> None:
        if self.every_seconds <= 0:
            raise ValueError(
                "`every_seconds` must be positive. "
                f"Received: every_seconds={self.every_seconds}"
            )
        for name in ("settled_seconds", "settle_every_seconds"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"`{name}` must be zero or more. "
                    f"Received: {name}={getattr(self, name)}"
                )


@dataclass(frozen=True, kw_only=True)
class WatchReport:
    """What came of watching a folder."""

    run: str
    """Its name, which those of its rounds begin with."""
    done: Mapping[str, int]
    """Results that were made, by status."""
    unsettled: int
    """Files that were still changing at the end."""
    bundles: tuple[str, ...]
    """Folders of the bundles that were used, one after the other."""
    settled: Settled
    """All results in the folder, those of earlier runs among them."""
    seconds: float
    """Time that it took."""

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)


def watch_folder(
    uploads: str,
    out: str,
    serving: Serving,
    watching: Watching,
    *,
    listener: Callable[[Categorization], None],
    tell: Callable[[str], None],
    stop: threading.Event,
) -> WatchReport:
    """Categorizes each video that is in a folder or comes into it.

    May be killed at any moment: called again it does what has no result yet.

    Args:
        uploads: The folder.
        out: Folder of the results, as of a backfill; is made where it is missing.
        serving: Names the models; its `bundle` may be a folder of bundles, see
            `CurrentBundle`.
        watching: How to watch.
        listener: Is given each result once it is stored.
        tell: Is told what people should know, in one line.
        stop: Is set to end the watch after the round in work.

    Returns:
        The counts.

    Raises:
        NotADirectoryError: If there is no such folder.
        NoBundle: If there is no bundle to begin with.
        UnfitResultsFolder: If results in `out` were made in another way.
        FolderInUse: If another process fills `out`.
    """
    folder = Path(uploads).absolute()
    if not folder.is_dir():
        raise NotADirectoryError(f"{uploads}: must be a folder, to be watched.")
    results = BackfillFolder.at(out)
    with results.sole_writer():
        serving = results.settle_serving(serving)
        watch = _Watch(folder, results, serving, watching, listener, tell)
        watch.until(stop)
        return watch.report()


@dataclass(eq=False)
class _Watch:
    """One watch, from its start to its end."""

    folder: Path
    results: BackfillFolder
    serving: Serving
    watching: Watching
    listener: Callable[[Categorization], None]
    tell: Callable[[str], None]
    started: float = field(default_factory=time.monotonic)
    run: str = field(default_factory=lambda: run_name(datetime.now(UTC)))
    rounds: int = 0
    done: Counter[str] = field(default_factory=Counter)
    bundles: list[str] = field(default_factory=list)
    index: DoneIndex = field(default_factory=DoneIndex)

    def __post_init__(self) -> None:
        self.index.read(self.results.attempt_files())
        self.current = CurrentBundle(
            self.serving, poll_seconds=self.watching.every_seconds, tell=self.tell
        )
        self.arrivals = Arrivals(
            self.folder,
            self.index,
            settled_seconds=self.watching.settled_seconds,
            ignore_unknown=self.watching.ignore_unknown,
            keep_old=self.watching.keep_old,
        )

    def until(self, stop: threading.Event) -> None:
        """Does round after round."""
        self._note()
        looks, settle_at = 0, self._next_settling()
        while not stop.is_set():
            models = self._models()
            self.arrivals.look(time.monotonic(), models.bundle_hash)
            looks += 1
            if arrivals := self.arrivals.take(_ROUND_FILES):
                self._round(arrivals, models)
            elif not self.watching.once:
                stop.wait(self.watching.every_seconds)
            elif looks == 1:
                stop.wait(self.watching.settled_seconds)
            else:
                return
            if self.rounds and time.monotonic() >= settle_at:
                settle_folder(self.results, self.run, Runner())
                settle_at = self._next_settling()

    def report(self) -> WatchReport:
        """Settles the results, and counts."""
        report = WatchReport(
            run=self.run,
            done=dict(self.done),
            unsettled=self.arrivals.unsettled,
            bundles=tuple(self.bundles),
            settled=settle_folder(self.results, self.run, Runner()),
            seconds=time.monotonic() - self.started,
        )
        self._note(report=report.to_json())
        return report

    def _models(self) -> Loaded:
        models = self.current.loaded()
        bundle = models.serving.bundle
        if bundle not in self.bundles[-1:]:
            if self.bundles:
                self.tell(f"{bundle}: this bundle is used from now on.")
            self.bundles.append(bundle)
        return models

    def _round(self, arrivals: list[Arrival], models: Loaded) -> None:
        self.rounds += 1
        run = f"{self.run}-{self.rounds:06d}"
        tasks, wrong = [], []
        for one in arrivals:
            if one.row.video is not None:
                tasks.append(Task(row=one.row.video, source_version=one.source_version))
                continue
            wrong.append(
                refused(
                    one.name,
                    str(one.row.reason),
                    models,
                    run=run,
                    shown=one.row.shown,
                    source_version=one.source_version,
                    row_sha256=one.row_sha256,
                )
            )
        do_round(
            tasks,
            wrong,
            models.serving,
            run=run,
            out=self.results.path,
            listener=self._is_done,
        )

    def _is_done(self, attempt: Attempt) -> None:
        self.index.add(attempt)
        self.done[attempt.categorization.status] += 1
        self.listener(attempt.categorization)

    def _next_settling(self) -> float:
        return time.monotonic() + self.watching.settle_every_seconds

    def _note(self, **more: Any) -> None:
        facts = {
            "catalog": str(self.folder),
            "catalogs": [],
            "choice": vars(self.watching),
        }
        self.results.write_run(self.run, {**facts, **more})
