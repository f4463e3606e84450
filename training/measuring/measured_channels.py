"""`MeasuredChannels`: runs on channels that are new to a model and on known ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from vidcat.training.evaluation import Evaluation, evaluate_run
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.measuring.stored_runs import save_runs
from vidcat.training.report import write_report

KNOWN_CHANNELS: Final = "known_channels"
"""Folder of what was measured on known channels, below that of the report."""


@dataclass(frozen=True, kw_only=True)
class MeasuredChannels:
    """What a model is worth on either kind of channels."""

    runs: tuple[MeasuredRun, ...]
    """On the test part: channels that training never saw, where rows have owners."""
    known_runs: tuple[MeasuredRun, ...]
    """On later videos of the channels of the training part; empty without such."""
    whole_catalog: bool
    """Whether `runs` are on all rows of a catalog that training never saw."""
    left_out: Mapping[str, int]
    """Rows that were not measured on, by reason."""

    @cached_property
    def new_channels(self) -> tuple[Evaluation, ...]:
        """The figures of `runs`."""
        return tuple(evaluate_run(run) for run in self.runs)

    @cached_property
    def known_channels(self) -> tuple[Evaluation, ...]:
        """The figures of `known_runs`."""
        return tuple(evaluate_run(run) for run in self.known_runs)

    @property
    def kept_runs(self) -> tuple[MeasuredRun, ...]:
        """Those of `runs` that are written."""
        return self.runs

    def write(self, folder: Path) -> None:
        """Writes reports and runs; those of known channels into a folder of its own."""
        write_report(self.new_channels, folder)
        save_runs(self.kept_runs, folder)
        if self.known_runs:
            write_report(self.known_channels, folder / KNOWN_CHANNELS)
            save_runs(self.known_runs, folder / KNOWN_CHANNELS)
