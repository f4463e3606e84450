"""Writes evaluations to a folder: figures as JSON, curves as a picture."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from vidcat.inference.files.whole_files import replace_text, replacing
from vidcat.training.evaluation import Evaluation
from vidcat.training.measuring.comparable import require_comparable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

JSON_NAME: Final = "evaluation.json"
PICTURE_NAME: Final = "precision_coverage.png"

MOST_DRAWN: Final = 6
"""The names of more runs do not fit beside the curves."""

_COLOURS: Final = ("#0b5394", "#b45f06", "#38761d", "#741b47", "#444444", "#6aa84f")
_NAME_STEP: Final = 0.14
"""Between the names of two runs, as a share of the axes' height."""


def write_report(runs: Sequence[Evaluation], folder: Path) -> dict[str, Path]:
    """Writes the figures of runs and overlays their curves.

    Args:
        runs: At least one evaluation, measured against the same kind of truth. The
            first is drawn solid, others dashed, the first `MOST_DRAWN` in all.
        folder: Is made where it is missing; earlier reports in it are replaced.

    Returns:
        The paths of the two files, by `json` and `picture`.

    Raises:
        ValueError: If there are no runs, or they differ in truth or target.
    """
    require_comparable(runs)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"json": folder / JSON_NAME, "picture": folder / PICTURE_NAME}
    document = {"runs": [run.to_json() for run in runs]}
    text = json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False)
    replace_text(paths["json"], text + "\n")
    draw_curves(runs[:MOST_DRAWN], paths["picture"])
    return paths


def draw_curves(runs: Sequence[Evaluation], path: Path) -> None:
    """Draws precision against coverage, each run's operating point marked.

    Args:
        runs: At least one evaluation; the first is drawn solid.
        path: The PNG file to write.
    """
    # Without pyplot there is no global figure, and no display is looked for.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.2), dpi=150, layout="constrained")
    axes = figure.subplots()
    for position, run in enumerate(runs):
        _draw_run(axes, run, position)
    _name_runs(axes, runs)
    _draw_target(axes, runs[0])
    _dress(axes, runs[0])
    with replacing(path) as file:
        figure.savefig(file, format="png")


def _colour(position: int) -> str:
    return _COLOURS[position % len(_COLOURS)]


def _line_style(position: int) -> dict[str, Any]:
    return {
        "color": _colour(position),
        "linestyle": "--" if position else "-",
        "linewidth": 1.8 if position else 2.4,
        "zorder": 3 if position else 4,
    }


def _draw_run(axes: "Axes", run: Evaluation, position: int) -> None:
    curve = run.curve.thinned(400)
    # Once every scored video is covered, looser thresholds only add wrong labels.
    drawn = 1 + int(np.argmax(curve.coverage))
    axes.plot(curve.coverage[:drawn], curve.precision[:drawn], **_line_style(position))
    point = run.operating_point
    if point.covered:
        axes.plot(
            point.coverage,
            point.precision,
            marker="o",
            markersize=9,
            color=_colour(position),
            markeredgecolor="white",
            markeredgewidth=1.5,
            zorder=6,
        )


def _name_runs(axes: "Axes", runs: Sequence[Evaluation]) -> None:
    """Names the runs beside the curves, each with its line, colour and figures."""
    for position, run in enumerate(runs):
        height = 0.96 - position * _NAME_STEP
        axes.plot(
            (1.03, 1.08),
            (height, height),
            transform=axes.transAxes,
            clip_on=False,
            **_line_style(position),
        )
        axes.text(
            1.10,
            height,
            f"{run.name}\n{_figures(run)}",
            transform=axes.transAxes,
            color=_colour(position),
            fontsize=10.5,
            va="center",
        )
    axes.text(
        1.03,
        0.0,
        "Dots: at the threshold that\nthe calibration part gave",
        transform=axes.transAxes,
        color="#555555",
        fontsize=9.5,
    )


def _figures(run: Evaluation) -> str:
    point = run.operating_point
    if not point.covered:
        return "abstains"
    word = run.precision_name
    return (
        f"coverage {point.coverage:.2f}, f1 {point.f1:.2f}\n"
        f"at {word} {point.precision:.2f}"
    )


def _draw_target(axes: "Axes", run: Evaluation) -> None:
    target = run.target_precision
    axes.axhline(target, color="#888888", linewidth=1.2, linestyle=":", zorder=2)
    axes.annotate(
        f"target {target:.2f}",
        xy=(0.0, target),
        xytext=(4, 4),
        textcoords="offset points",
        color="#555555",
        fontsize=10,
    )


def _dress(axes: "Axes", run: Evaluation) -> None:
    word = run.precision_name
    videos = run.operating_point.videos
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("coverage: share of videos with a category", fontsize=12)
    axes.set_ylabel(f"{word} of the chosen categories", fontsize=12)
    truth = "pseudo-labels" if run.truth == "pseudo" else f"{run.truth} truth"
    axes.set_title(
        f"{word.capitalize()} and coverage: {videos:,} videos, against {truth}",
        fontsize=13,
        loc="left",
    )
    axes.tick_params(labelsize=11)
    axes.grid(color="#e5e5e5", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
