"""`BackfillFolder`: the folder of results, on this machine or in a bucket."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from vidcat.inference.catalogs.fields import is_url, whole_path
from vidcat.inference.files.own_folder import UnfitFolder, check_out_folder, sole_writer
from vidcat.inference.pipeline.files import matching, read_lines, write_whole
from vidcat.inference.pipeline.serving import Serving

_SETTINGS: Final = "backfill.json"
_FORMAT: Final = 1
_FREE: Final = frozenset({"bundle", "decoders", "decoder_threads", "as_of"})
"""What may change from run to run: results know their bundle, the rest decides none."""


class UnfitResultsFolder(ValueError):
    """A folder holds results that were made in another way."""


def require_no_pattern(path: str) -> None:
    """Refuses a folder whose files could not be found by patterns.

    Raises:
        UnfitFolder: If its path has `*`, `?` or `[`.
    """
    whole = whole_path(path)
    if not set("*?[").isdisjoint(whole):
        raise UnfitFolder(
            f"{whole}: the path of a folder to write to must be without *, ? and [, "
            "which stand for several names. Give another folder."
        )


@dataclass(frozen=True, kw_only=True)
class BackfillFolder:
    """Where a backfill keeps its attempts and puts its results."""

    path: str
    """Absolute, or a URL."""

    @classmethod
    def at(cls, path: str) -> "BackfillFolder":
        """The folder of that name.

        Raises:
            UnfitFolder: If something else is in it, it cannot be written to, or its
                name would name several.
        """
        require_no_pattern(path)
        if is_url(path):
            return cls(path=path.rstrip("/"))
        check_out_folder(
            Path(path), marker=_SETTINGS, replaces=("attempts", "runs", "dead_letter")
        )
        return cls(path=whole_path(path))

    def below(self, *names: str) -> str:
        """Path of a file in it."""
        return "/".join((self.path, *names))

    @contextmanager
    def sole_writer(self) -> Iterator[None]:
        """Keeps other processes of this machine from running a backfill into it.

        Raises:
            FolderInUse: If another one does.
        """
        if is_url(self.path):
            yield
            return
        with sole_writer(Path(self.path)):
            yield

    def settle_serving(
        self, serving: Serving, *, forced_by: str | None = None
    ) -> Serving:
        """Fixes how results are made: what the first run said holds for all.

        Args:
            serving: As this run was asked.
            forced_by: The run that is to do all again, so that it may change; `None`
                for a run that goes on.

        Returns:
            The same, with the time at which the first run took the age of videos.

        Raises:
            UnfitResultsFolder: If earlier results were made in another way.
        """
        before = self._settings()
        if before is None or forced_by is not None:
            written = {
                "format": _FORMAT,
                "serving": serving.to_json(),
                "since": forced_by or "",
            }
            write_whole(self.below(_SETTINGS), [json.dumps(written, indent=1)])
            return serving
        asked = serving.to_json()
        for name, value in before["serving"].items():
            if name not in _FREE and asked[name] != value:
                raise UnfitResultsFolder(
                    f"{self.path}: its results were made with {name}={value!r}. "
                    f"Received: {name}={asked[name]!r}. Give the same, another folder, "
                    "or --force to make all results anew."
                )
        return replace(
            serving, as_of=datetime.fromisoformat(before["serving"]["as_of"])
        )

    @property
    def since(self) -> str:
        """The run that was to do all again: attempts before it do not count."""
        settings = self._settings()
        return "" if settings is None else settings.get("since", "")

    def write_run(self, run: str, facts: Mapping[str, Any]) -> None:
        """Notes what a run was asked, and what came of it."""
        write_whole(self.below("runs", f"{run}.json"), [json.dumps(facts, indent=1)])

    def latest_runs(self) -> dict[str, str]:
        """The last run of each catalog, by the name of its file."""
        runs: dict[str, str] = {}
        for name in self.runs():
            for catalog in self._read("runs", f"{name}.json").get("catalogs", []):
                runs[catalog] = max(name, runs.get(catalog, ""))
        return runs

    def runs(self) -> list[str]:
        """The names of all runs, the first one first."""
        paths = self._matching("runs", "*.json")
        names = [Path(path).name.removesuffix(".json") for path in paths]
        return [name for name in names if "." not in name]

    def rows_of(self, run: str) -> dict[str, int] | None:
        """Rows of a run by what is to become of them; `None` until it is known."""
        return self._read("runs", f"{run}.rows.json")

    def counts_of(self, run: str) -> dict[str, dict[str, int]]:
        """Rows by status once a run is settled: of all runs, and of this one."""
        return self._read("runs", f"{run}.counts.json") or {"all": {}, "now": {}}

    def ledger(self) -> Iterator[dict[str, Any]]:
        """What became of each input, once a run is settled."""
        for path in self._matching("ledger-*.jsonl"):
            yield from map(json.loads, read_lines(path))

    def attempt_files(self) -> list[str]:
        """The shards of attempts that are there."""
        return self._matching("attempts", "*.jsonl")

    def _settings(self) -> dict[str, Any] | None:
        """What the first run said of how results are made; `None` before it."""
        try:
            kept = self._read(_SETTINGS)
        except ValueError:
            kept = {}
        if kept is None:
            return None
        if not isinstance(kept, dict) or kept.get("format") != _FORMAT:
            raise UnfitResultsFolder(
                f"{self.below(_SETTINGS)}: must say how the results beside it are "
                f"made, in format {_FORMAT}. It is damaged, or of another version: "
                "give another folder."
            )
        return kept

    def _matching(self, *names: str) -> list[str]:
        return matching(self.below(*names))

    def _read(self, *names: str) -> Any:
        path = self.below(*names)
        if not matching(path):
            return None
        return json.loads(b"".join(read_lines(path)))
