"""The page that shows a comparison to people."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vidcat.inference.files.own_folder import check_out_folder
from vidcat.inference.files.whole_files import replace_text
from vidcat.training.monitoring.drift import Drift
from vidcat.training.monitoring.settings import LOOK_AT
from vidcat.training.monitoring.shares import ShareChange
from vidcat.training.monitoring.stability import ScoreShift
from vidcat.training.monitoring.words import percent, scores_name, subject_of
from vidcat.training.pages import render_page

JSON_NAME: Final = "drift.json"
PAGE_NAME: Final = "drift.html"

_TEMPLATE: Final = Path(__file__).with_name("templates") / "drift.html"
_DRAWN: Final = 12
"""Spreads of scores that are drawn; all are in the table."""
_FIRST_ALARMS: Final = 10
"""Alarms that are shown at once; the others unfold."""
_LEAST_SCALE: Final = 1e-9
"""Where both rates are 0 there is no bar."""


@dataclass(frozen=True, kw_only=True)
class _ShareRow:
    """A share as the page shows it; positions in per cent of the width of a bar."""

    name: str
    id: str
    baseline: str
    today: str
    difference: str
    interval: str
    chance: str
    state: str
    baseline_width: float
    today_width: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class _Bar:
    """A bin of scores; heights in per cent of the highest."""

    label: str
    baseline: float
    today: float


@dataclass(frozen=True, kw_only=True)
class _ShiftRow:
    """A spread of scores as the page shows it."""

    name: str
    baseline: int
    today: int
    index: str
    expected: str
    chance: str
    state: str
    bars: tuple[_Bar, ...]


def check_drift_folder(folder: Path) -> None:
    """Refuses a folder that `write_drift` cannot or must not write to.

    Raises:
        UnfitFolder: As `check_out_folder`.
    """
    check_out_folder(folder, marker=JSON_NAME, replaces=(PAGE_NAME,))


def write_drift(drift: Drift, folder: Path) -> dict[str, Path]:
    """Writes a comparison as JSON and as a page for people.

    The page is one file, runs no script and loads nothing.

    Args:
        drift: The comparison.
        folder: Is made where it is missing; an earlier comparison in it is replaced.

    Returns:
        The paths of the two files, by `json` and `page`.

    Raises:
        UnfitFolder: If the folder holds something else.
        OSError: If a file cannot be written.
    """
    check_drift_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"json": folder / JSON_NAME, "page": folder / PAGE_NAME}
    figures = json.dumps(drift.to_json(), indent=1, allow_nan=False)
    replace_text(paths["json"], figures + "\n")
    replace_text(paths["page"], drift_page(drift))
    return paths


def drift_page(drift: Drift) -> str:
    """The page, as HTML."""
    rows = [_shift_row(one, drift) for one in drift.scores]
    drawn = [row for row in rows if row.bars][:_DRAWN]
    return render_page(
        _TEMPLATE,
        drift=drift,
        categories=[_share_row(one, drift) for one in drift.categories],
        others=[_share_row(one, drift) for one in drift.others],
        shifts=rows,
        drawn=drawn,
        first_alarms=_FIRST_ALARMS,
        percent=percent,
    )


def _share_row(change: ShareChange, drift: Drift) -> _ShareRow:
    low, high = change.interval
    known = not math.isnan(change.difference)
    today_low, today_high = change.today.interval if known else (0.0, 0.0)
    rates = (change.baseline.rate, change.today.rate) if known else (0.0, 0.0)
    # Each row to its own scale: half of a rare category is as much as of a common one.
    scale = 100 / max(*rates, today_high, _LEAST_SCALE)
    return _ShareRow(
        name=subject_of(change, drift),
        id=change.fact.id,
        baseline=percent(change.baseline.rate),
        today=percent(change.today.rate),
        difference=f"{100 * change.difference:+.2f}" if known else "-",
        interval=f"{100 * low:+.2f} to {100 * high:+.2f}" if known else "",
        chance=chance_text(change.adjusted_p),
        state=_state(change, drift),
        baseline_width=scale * rates[0],
        today_width=scale * rates[1],
        low=scale * today_low,
        high=scale * today_high,
    )


def _state(change: ShareChange, drift: Drift) -> str:
    if change.alarming:
        return "alarm"
    is_sure = change.adjusted_p <= drift.settings.false_discovery_rate
    return "small" if is_sure else "quiet"


def _shift_row(shift: ScoreShift, drift: Drift) -> _ShiftRow:
    known = bool(shift.bins)
    state = "alarm" if shift.alarming else "quiet"
    is_sure = shift.adjusted_p <= drift.settings.false_discovery_rate
    if state == "quiet" and is_sure and shift.excess >= LOOK_AT:
        state = "look"
    shares = [share for one in shift.bins for share in (one.baseline, one.today)]
    highest = max(shares, default=1.0)
    return _ShiftRow(
        name=scores_name(shift, drift),
        baseline=shift.baseline,
        today=shift.today,
        index=f"{shift.index:.3f}" if known else "too few",
        expected=f"{shift.expected:.3f}" if known else "",
        chance=chance_text(shift.adjusted_p) if known else "",
        state=state,
        bars=tuple(
            _Bar(
                label=f"{one.low:.2f} to {one.high:.2f}",
                baseline=100 * one.baseline / highest,
                today=100 * one.today / highest,
            )
            for one in shift.bins
        ),
    )


def chance_text(p_value: float) -> str:
    """A chance for people.

    >>> chance_text(0.5), chance_text(0.012), chance_text(1e-9)
    ('0.50', '0.012', '< 0.001')
    """
    if p_value < 0.001:
        return "< 0.001"
    return f"{p_value:.2f}" if p_value >= 0.1 else f"{p_value:.3f}"
