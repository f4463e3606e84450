"""Writes a report as one HTML file that needs nothing else."""

import json
import math
from pathlib import Path
from typing import Any, Final

from vidcat.inference.files.whole_files import check_out_file, replace_text
from vidcat.training.measuring.operating_point import Interval
from vidcat.training.measuring.slices import LEAST_VIDEOS
from vidcat.training.pages import render_page
from vidcat.training.reporting.charts import curves_chart, reliability_chart
from vidcat.training.reporting.document import ReportDocument

_TEMPLATE: Final = Path(__file__).with_name("templates") / "report.html"
_NOTHING: Final = "\N{EN DASH}"
"""Stands where a figure has no value, and between the ends of an interval."""
_UNIT: Final = "\N{NO-BREAK SPACE}%"


def write_page(document: ReportDocument, path: Path) -> tuple[Path, Path]:
    """Writes a report as HTML, and the same as JSON beside it.

    The page loads nothing and sends nothing: its content security policy allows the
    styles and the script of this very file, and pictures that are within it.

    Args:
        document: What to show.
        path: The HTML file; the JSON file has its name and the ending `.json`. Files
            that are there are replaced, folders made.

    Returns:
        Both paths.

    Raises:
        ValueError: As `json_beside`.
        OSError: If a file cannot be written.
    """
    beside = json_beside(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = json.dumps(document.to_json(), indent=1, allow_nan=False)
    replace_text(beside, shown + "\n")
    replace_text(path, page_of(document))
    return path, beside


def json_beside(path: Path) -> Path:
    """Where the JSON of a report goes.

    Raises:
        ValueError: If `path` itself ends in `.json`.
        UnfitFile: If something else than a report would be lost, or a folder is there.
    """
    beside = path.with_suffix(".json")
    if beside == path:
        raise ValueError(
            "A report must be an HTML file; the same as JSON goes beside it. "
            f"Received: {path}"
        )
    check_out_file(path, "<!DOCTYPE html>")
    check_out_file(beside, '{\n "made": {')
    return beside


def page_of(document: ReportDocument) -> str:
    """The text of the HTML file."""
    return render_page(
        _TEMPLATE,
        filters={
            "percent": percent,
            "round_percent": round_percent,
            "between": between,
            "decimal": decimal,
            "whole": whole,
            "moment": moment,
            "setting": setting,
            "known": _known,
        },
        document=document,
        ours=document.ours,
        word=document.precision_name,
        curves=curves_chart([run.evaluation for run in document.runs]),
        reliability=reliability_chart(document.calibration),
        verdict=verdict(document),
        least_videos=LEAST_VIDEOS,
    )


def verdict(document: ReportDocument) -> tuple[str, str]:
    """Whether the target is held on these videos, in one word and in a sentence.

    Returns:
        `held`, `open`, `missed` or `silent`, and what to say.
    """
    point, word = document.ours.operating_point, document.precision_name
    target = round_percent(document.target_precision)
    if not point.chosen:
        return "silent", (
            "Nothing is said: no category has a threshold that was shown to hold "
            f"{target}, or no score here reaches one."
        )
    intervals = document.ours.intervals
    low, high = intervals.precision if intervals else point.precision_interval
    if low >= document.target_precision:
        return "held", f"Held: the whole interval of the {word} lies above {target}."
    if point.precision >= document.target_precision:
        return "open", (
            f"Reached on these videos, yet not shown: the interval of the {word} goes "
            f"down to {percent(low)}."
        )
    missed = f"Missed on these videos: the {word} is below {target}"
    if high >= document.target_precision:
        return "missed", f"{missed}, as chance alone could have it."
    return "missed", f"{missed}, by more than chance."


def percent(value: float | None) -> str:
    """A share for people.

    >>> percent(0.8349).split(), percent(1.0).split(), percent(float("nan")) == "\u2013"
    (['83.5', '%'], ['100', '%'], True)
    """
    if value is None or not math.isfinite(value):
        return _NOTHING
    return f"{_one_decimal(value)}{_UNIT}"


def round_percent(value: float) -> str:
    """A share that somebody chose, without decimals that say nothing.

    >>> round_percent(0.8) == "80\N{NO-BREAK SPACE}%"
    True
    """
    return f"{100 * value:.4g}{_UNIT}"


def between(interval: Interval | None) -> str:
    """An interval of shares for people, in percent.

    >>> between(Interval(0.79, 0.8712)) == "79.0\u201387.1"
    True
    """
    if interval is None or not all(map(math.isfinite, interval)):
        return _NOTHING
    return _NOTHING.join(map(_one_decimal, interval))


def decimal(value: float | None, digits: int = 2) -> str:
    """A number for people.

    >>> decimal(0.456), decimal(float("inf")) == "\u2013"
    ('0.46', True)
    """
    if value is None or not math.isfinite(value):
        return _NOTHING
    return f"{value:.{digits}f}"


def whole(value: int | None) -> str:
    """A count for people, its thousands apart.

    >>> whole(12345)
    '12,345'
    """
    return _NOTHING if value is None else f"{value:,}"


def moment(text: str) -> str:
    """A time as it is noted, for people.

    >>> moment("2026-11-25T00:38:05+00:00")
    '2026-11-25 00:38:05 UTC'
    """
    return text.replace("T", " ").replace("+00:00", " UTC")


def setting(value: Any) -> str:
    """A setting as it is noted, for people.

    >>> setting(True), setting(0.5)
    ('yes', '0.5')
    """
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _one_decimal(share: float) -> str:
    # A hundred is said of all alone, never of what rounding makes of nearly all.
    if share in {0, 1}:
        return f"{100 * share:.0f}"
    return f"{min(100 * share, 99.9):.1f}"


def _known(value: Any) -> Any:
    """A value to sort by; empty where there is none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return value
