"""Tables of the studies, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vidcat.training.evaluation import Evaluation
from vidcat.training.measuring.operating_point import OperatingPoint


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]


def cells_of_run(run: Evaluation) -> list[str]:
    """Figures of a run: videos, precision with interval, coverage, ranking."""
    return cells_of(run.operating_point, run.metrics)


def cells_of(point: OperatingPoint, metrics: Mapping[str, float]) -> list[str]:
    """The same of what was measured by hand."""
    low, high = point.precision_interval
    precision = f"{point.precision:.2f} ({low:.2f}-{high:.2f})" if point.chosen else "-"
    names = ("gap", "mean_average_precision", "hit_at_1")
    ranking = [f"{metrics[name]:.3f}" for name in names]
    return [
        f"{point.videos}",
        precision,
        f"{point.coverage:.2f}",
        f"{point.correct_coverage:.2f}",
        *ranking,
    ]


FIGURES = ("videos", "precision", "coverage", "correct coverage", "GAP", "mAP", "Top-1")


class Spread(NamedTuple):
    """A figure over many splits."""

    values: list[float]

    def __str__(self) -> str:
        known = [value for value in self.values if np.isfinite(value)]
        if not known:
            return "-"
        low, high = np.percentile(known, (2.5, 97.5))
        return f"{np.mean(known):.2f} ({low:.2f}-{high:.2f})"
