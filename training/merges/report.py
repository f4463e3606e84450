"""Writes an evaluation of a merge to a folder: figures as JSON, bars as a picture."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from vidcat.inference.files.whole_files import replace_text, replacing
from vidcat.training.merges.evaluation import MergeEvaluation, MergeRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes

JSON_NAME: Final = "merge.json"
PICTURE_NAME: Final = "merge.png"

_PIECES: Final = (
    ("text_only", "text alone says it", "#0b5394"),
    ("agreed", "both say it", "#38761d"),
    ("visual_only", "the frames alone say it", "#b45f06"),
)
_BAR_HEIGHT: Final = 0.62


def write_merge_report(evaluation: MergeEvaluation, folder: Path) -> dict[str, Path]:
    """Writes the figures and draws how many categories come from where.

    Args:
        evaluation: What was measured.
        folder: Is made where it is missing; an earlier report in it is replaced.

    Returns:
        The paths of the two files, by `json` and `picture`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"json": folder / JSON_NAME, "picture": folder / PICTURE_NAME}
    text = json.dumps(evaluation.to_json(), indent=1, allow_nan=False)
    replace_text(paths["json"], text + "\n")
    draw_sources(evaluation, paths["picture"])
    return paths


def draw_sources(evaluation: MergeEvaluation, path: Path) -> None:
    """Draws the categories of a video by source, and each run's precision.

    Args:
        evaluation: What was measured.
        path: The PNG file to write.
    """
    # Without pyplot there is no global figure, and no display is looked for.
    from matplotlib.figure import Figure

    runs = evaluation.every.runs
    figure = Figure(figsize=(10, 1.8 + 0.55 * len(runs)), dpi=150, layout="constrained")
    bars, precision = figure.subplots(1, 2, width_ratios=(3, 2), sharey=True)
    for height, run in enumerate(runs):
        _draw_bar(bars, run, height, evaluation.every.videos)
        _draw_precision(precision, run, height)
    _dress(bars, precision, evaluation)
    with replacing(path) as file:
        figure.savefig(file, format="png")


def _pieces(run: MergeRun) -> dict[str, int]:
    """Categories by source; a source alone has but its own."""
    if run.groups is None:
        alone = run.operating_point
        said = round(alone.categories_per_video * alone.covered) if alone.covered else 0
        return {f"{run.name}_only": said}
    return {name: run.groups[name].chosen for name, _, _ in _PIECES}


def _draw_bar(axes: "Axes", run: MergeRun, height: float, videos: int) -> None:
    left = 0.0
    pieces = _pieces(run)
    for name, _, colour in _PIECES:
        width = pieces.get(name, 0) / videos
        axes.barh(height, width, _BAR_HEIGHT, left=left, color=colour)
        left += width
    gain = ""
    if run.gain_over_text is not None and np.isfinite(run.gain_over_text.relative):
        gain = f" ({run.gain_over_text.relative:+.0%} on text)"
    axes.text(left, height, f"  {left:.2f}{gain}", va="center", fontsize=10)


def _draw_precision(axes: "Axes", run: MergeRun, height: float) -> None:
    point = run.operating_point
    if not point.chosen:
        axes.text(0.02, height, "says nothing", va="center", fontsize=10)
        return
    low, high = point.precision_interval
    axes.plot((low, high), (height, height), color="#444444", linewidth=2)
    axes.plot(point.precision, height, marker="o", markersize=8, color="#741b47")
    axes.annotate(
        f"{point.precision:.2f}",
        (low, height),
        xytext=(-6, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=10,
    )


def _dress(bars: "Axes", precision: "Axes", evaluation: MergeEvaluation) -> None:
    from matplotlib.patches import Patch

    every, word = evaluation.every, evaluation.precision_name
    bars.set_yticks(range(len(every.runs)), [run.name for run in every.runs])
    bars.invert_yaxis()
    most = max(run.categories_per_video for run in every.runs)
    bars.set_xlim(0, 1.45 * most if most else 1)
    bars.set_xlabel(f"categories per video (mean of {every.videos:,} videos)")
    pseudo = evaluation.truth == "pseudo"
    truth = "pseudo-labels" if pseudo else f"{evaluation.truth} truth"
    bars.set_title(f"Who says how much, against {truth}", loc="left", fontsize=12)
    bars.figure.legend(
        handles=[Patch(color=colour, label=label) for _, label, colour in _PIECES],
        loc="outside lower left",
        ncols=3,
        frameon=False,
        fontsize=10,
    )
    precision.axvline(
        evaluation.target_precision, color="#888888", linewidth=1.2, linestyle=":"
    )
    precision.set_xlim(0, 1)
    precision.set_xlabel(f"{word}, with 95 % interval; dotted: the target")
    for axes in (bars, precision):
        axes.grid(axis="x", color="#e5e5e5", linewidth=0.8)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
