"""The same visual model under different promises, and its report as a page."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from frame_models import FrameModel, kept_run
from study_tables import table
from vidcat.inference.decisions import Thresholds
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.halves import calibration_halves
from vidcat.training.deciding.promise import Promise
from vidcat.training.evaluation import evaluate_run
from vidcat.training.measuring.curves import precision_coverage_curve
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.reporting.compose import compose_report
from vidcat.training.reporting.page import write_page
from youtube8m_data import StudyData

TARGET = 0.80
LEAST_SAID = 20
"""Test videos of which a category is said, from which on its precision is looked at."""
FIGURES = (
    "precision",
    "coverage",
    "categories a video",
    "categories said (by themselves)",
    f"below the target, of those said {LEAST_SAID} times",
    "clearly below",
)


def promise_table(
    model: FrameModel, rows: Sequence[Video], labels: LabelSet, data: StudyData
) -> Iterator[str]:
    """What each promise says, and how many categories it then holds."""
    ways = {
        "naive, one threshold": naive(model),
        "naive, a threshold each": naive(model, each=True),
        "all together, 95 %": model.with_promise(Promise(per="all")),
        "each category, 95 %": model,
        "each category, 50 %": model.with_promise(Promise(assurance=0.5)),
    }
    lines = [
        [name, *_cells(kept_run(name, rows, labels, way, data))]
        for name, way in ways.items()
    ]
    yield from table(["", *FIGURES], lines)


def write_report_page(
    model: FrameModel,
    rows: Sequence[Video],
    labels: LabelSet,
    data: StudyData,
    path: Path,
) -> None:
    """Writes the report of the model, that of another promise beside it."""
    together = model.with_promise(Promise(per="all"))
    runs = [
        kept_run("each category", rows, labels, model, data),
        kept_run("all together", rows, labels, together, data),
    ]
    write_page(compose_report(runs, examples=0), path)


def naive(model: FrameModel, *, each: bool = False) -> FrameModel:
    """The loosest thresholds at which the calibration part itself has the target."""
    part = model.calibration
    second = calibration_halves(part.videos, "id").second
    scores = model.calibrator.calibrate(part.logits)[second]
    columns = np.arange(scores.shape[1])
    groups = columns[:, None] if each else [columns]
    values = np.full(scores.shape[1], math.inf)
    for group in groups:
        curve = precision_coverage_curve(part.truth[second][:, group], scores[:, group])
        best = curve.best(TARGET)
        values[group] = math.inf if best is None else best.threshold
    thresholds = Thresholds(
        values=tuple(values.tolist()),
        confident=(False,) * len(values),
        target_precision=TARGET,
        truth="gold",
    )
    return replace(model, thresholds=thresholds)


def _cells(run: MeasuredRun) -> list[str]:
    found = evaluate_run(run)
    point = found.operating_point
    (thresholds,) = run.thresholds.values()
    said = sum(map(math.isfinite, thresholds.values))
    own = Counter(thresholds.basis or ())["own"]
    looked_at = [one for one in found.labels if one.chosen >= LEAST_SAID]
    below = [one for one in looked_at if one.precision < TARGET]
    clearly = [one for one in below if one.precision_interval.high < TARGET]
    low, high = point.precision_interval
    return [
        f"{point.precision:.2f} ({low:.2f}-{high:.2f})",
        f"{point.coverage:.2f}",
        f"{point.chosen / point.videos:.2f}",
        f"{said} ({own})" if thresholds.basis else f"{said}",
        f"{len(below)} of {len(looked_at)}",
        f"{len(clearly)}",
    ]
