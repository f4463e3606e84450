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
from vidcat.training.monitoring.shares import Share, ShareChange
from vidcat.training.monitoring.stability import ScoreShift
from vidcat.training.monitoring.words import percent, scores_name, subject_of

JSON_NAME: Final = "drift.json"
PAGE_NAME: Final = "drift.html"

_TEMPLATES: Final = Path(__file__).with_name("templates")
_DRAWN: Final = 12
"""Spreads of scores that are drawn; all are in the table."""
_LEAST_SCALE: Final = 0.01
"""Bars of rates end at one per cent at least."""


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
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = [_shift_row(one, drift) for one in drift.scores]
    drawn = [row for row in rows if row.bars][:_DRAWN]
    page = environment.get_template("drift.html").render(
        drift=drift,
        categories=_share_rows(drift.categories, drift),
        others=_share_rows(drift.others, drift),
        shifts=rows,
        drawn=drawn,
        look_at=LOOK_AT,
        percent=percent,
    )
    # An id may hold half a surrogate pair, which no encoding has.
    return page.encode("utf-8", "replace").decode("utf-8")


def _share_rows(changes: tuple[ShareChange, ...], drift: Drift) -> list[_ShareRow]:
    ends = [one.interval[1] for change in changes for one in _sides(change)]
    scale = 100 / max([*ends, _LEAST_SCALE])
    return [_share_row(change, drift, scale) for change in changes]


def _sides(change: ShareChange) -> tuple[Share, ...]:
    return tuple(one for one in (change.baseline, change.today) if one.videos)


def _share_row(change: ShareChange, drift: Drift, scale: float) -> _ShareRow:
    low, high = change.interval
    today_low, today_high = change.today.interval
    known = not math.isnan(change.difference)
    return _ShareRow(
        name=subject_of(change, drift),
        id=change.fact.id,
        baseline=percent(change.baseline.rate),
        today=percent(change.today.rate),
        difference=f"{100 * change.difference:+.2f}" if known else "-",
        interval=f"{100 * low:+.2f} to {100 * high:+.2f}" if known else "",
        chance=chance_text(change.adjusted_p),
        state=_state(change, drift),
        baseline_width=scale * change.baseline.rate if change.baseline.videos else 0.0,
        today_width=scale * change.today.rate if change.today.videos else 0.0,
        low=scale * today_low if change.today.videos else 0.0,
        high=scale * today_high if change.today.videos else 0.0,
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
