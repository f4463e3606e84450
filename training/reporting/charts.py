"""Where the lines of a report's charts run, as SVG draws them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vidcat.training.evaluation import Evaluation
from vidcat.training.measuring.operating_point import Interval
from vidcat.training.measuring.reliability import BeforeAndAfter, Reliability

_DASHES: Final = ("", "9 5", "2.5 4", "14 4 2.5 4", "5 3", "16 6", "1.5 6")
"""The first line is solid. Seven and six have no common divisor: a pair of dash and
colour comes again after 42 lines."""
COLOURS: Final = 6
_MARKS: Final = (
    "M-6,0a6,6 0 1,0 12,0a6,6 0 1,0 -12,0z",
    "M-5.5,-5.5h11v11h-11z",
    "M0,-7l6.5,12h-13z",
    "M0,-7l7,7l-7,7l-7,-7z",
    "M0,7l6.5,-12h-13z",
    "M-6,-2h4v-4h4v4h4v4h-4v4h-4v-4h-4z",
)
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A line of the grid."""

    at: float
    """Where it is."""
    text: str
    """What it stands for."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A point of a chart."""

    x: float
    y: float
    low: float | None = None
    """Lower end of its interval, as a `y`."""
    high: float | None = None
    """Upper end, likewise."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve of a chart."""

    name: str
    """Of the run."""
    letter: str
    """Stands beside its mark and in the legend."""
    path: str
    """`d` of an SVG path."""
    dashes: str
    """`stroke-dasharray`; empty for a solid line."""
    colour: int
    """Number of its colour."""
    mark: str
    """`d` of the path of its marks, around the origin."""
    marks: tuple[Mark, ...]
    """Where they are."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart in units of its view box."""

    width: float = 640
    height: float = 400
    left: float = 62
    right: float = 22
    top: float = 14
    bottom: float = 56
    lowest: float = 0.0
    """Value at the bottom of the vertical axis; at its top is 1."""

    def x(self, value: float) -> float:
        """Place of a share on the horizontal axis."""
        return round(self.left + value * (self.width - self.left - self.right), 2)

    def y(self, value: float) -> float:
        """Place of a share on the vertical axis."""
        above = (value - self.lowest) / (1 - self.lowest)
        return round(
            self.height - self.bottom - above * (self.height - self.top - self.bottom),
            2,
        )

    @property
    def columns(self) -> tuple[Tick, ...]:
        """Vertical lines of the grid."""
        return tuple(Tick(at=self.x(one / 5), text=f"{one * 20}") for one in range(6))

    @property
    def rows(self) -> tuple[Tick, ...]:
        """Horizontal lines of the grid."""
        step = 20 if self.lowest < 0.4 else 10
        return tuple(
            Tick(at=self.y(one / 100), text=f"{one}")
            for one in range(math.ceil(self.lowest * 100 / step) * step, 101, step)
        )

    def path(self, xs: Sequence[float], ys: Sequence[float]) -> str:
        """A line through points; those that are not numbers or too low are left out."""
        return "".join(
            f"{'L' if at else 'M'}{self.x(x):g},{self.y(y):g}"
            for at, (x, y) in enumerate(
                (x, y) for x, y in zip(xs, ys, strict=True) if y >= self.lowest
            )
        )


@dataclass(frozen=True, kw_only=True)
class DrawnChart:
    """A chart and what is in it."""

    chart: Chart
    lines: tuple[Line, ...]


def curves_chart(runs: Sequence[Evaluation]) -> DrawnChart:
    """Precision against coverage, each run's operating point marked.

    Args:
        runs: At least one evaluation; the first is solid, the others are dashed.
    """
    drawn = []
    for run in runs:
        curve = run.curve.thinned(200)
        # Once every scored video is covered, looser thresholds only add wrong labels.
        end = 1 + int(np.argmax(curve.coverage)) if len(curve) else 0
        drawn.append((curve.coverage[:end], curve.precision[:end]))
    target = runs[0].target_precision
    reached = [float(np.nanmin(ys)) for _, ys in drawn if np.isfinite(ys).any()]
    lowest = min([target - 0.15, *reached, *_points_low(runs)])
    chart = Chart(lowest=max(0.0, math.floor(lowest * 10) / 10))
    lines = []
    for at, (run, (xs, ys)) in enumerate(zip(runs, drawn, strict=True)):
        point = run.operating_point
        marks: tuple[Mark, ...] = ()
        if point.chosen:
            interval = point.precision_interval
            if run.intervals is not None:
                interval = run.intervals.precision
            marks = (_mark(chart, point.coverage, point.precision, interval),)
        lines.append(_line(at, run.name, chart.path(xs.tolist(), ys.tolist()), marks))
    return DrawnChart(chart=chart, lines=tuple(lines))


def reliability_chart(calibration: BeforeAndAfter) -> DrawnChart:
    """Probability against the share that is true, before calibration and after."""
    chart = Chart(width=420, height=420)
    named = {"calibrated": calibration.after, "before": calibration.before}
    return DrawnChart(
        chart=chart,
        lines=tuple(
            _reliability_line(chart, at, name, one)
            for at, (name, one) in enumerate(named.items())
            if one is not None
        ),
    )


def _points_low(runs: Sequence[Evaluation]) -> list[float]:
    points = [run.operating_point for run in runs]
    return [one.precision for one in points if one.chosen]


def _mark(chart: Chart, x: float, y: float, interval: Interval) -> Mark:
    return Mark(
        x=chart.x(x),
        y=chart.y(y),
        low=chart.y(max(interval.low, chart.lowest)),
        high=chart.y(interval.high),
    )


def _line(at: int, name: str, path: str, marks: tuple[Mark, ...]) -> Line:
    return Line(
        name=name,
        letter=_LETTERS[at % len(_LETTERS)],
        path=path,
        dashes=_DASHES[at % len(_DASHES)] if at else "",
        colour=at % COLOURS,
        mark=_MARKS[at % len(_MARKS)],
        marks=marks,
    )


def _reliability_line(chart: Chart, at: int, name: str, found: Reliability) -> Line:
    xs = [one.predicted for one in found.bins]
    ys = [one.observed for one in found.bins]
    marks = tuple(
        _mark(chart, one.predicted, one.observed, one.interval) for one in found.bins
    )
    return _line(at, name, chart.path(xs, ys), marks)
