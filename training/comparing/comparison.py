"""`compare_runs`: an old and a new run on the same videos, figure by figure."""

from dataclasses import asdict, dataclass
from typing import Any

from vidcat.inference.video import Truth
from vidcat.training.comparing.categories import CategoryComparison, compare_categories
from vidcat.training.comparing.differences import PairedFigure
from vidcat.training.comparing.operating import operating_figures
from vidcat.training.comparing.pairing import PairedRuns, PairingCounts, pair_runs
from vidcat.training.comparing.target_coverage import target_coverage
from vidcat.training.evaluation import video_metrics
from vidcat.training.measuring.json_figures import json_ready, precision_word
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.measuring.resampling import DRAWS

RANKING = ("gap", "mean_average_precision")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What changes where a new run takes the place of an old one."""

    old_name: str
    new_name: str
    truth: Truth
    """What both are measured against."""
    target_precision: float
    """That of the new run."""
    counts: PairingCounts
    """What the runs share, and what was left out."""
    figures: dict[str, PairedFigure]
    """Of the decisions (see `operating_figures`), and `coverage_at_target`: that of
    the best threshold over all labels (see `target_coverage`)."""
    ranking: dict[str, tuple[float, float]]
    """`gap` and `mean_average_precision` of the old and the new run on the videos that
    both scored; without intervals."""
    categories: tuple[CategoryComparison, ...]
    draws: int
    """How many times owners were drawn."""

    @property
    def precision_name(self) -> str:
        """`precision`, or `agreement` against pseudo-labels."""
        return precision_word(self.truth)

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object; NaN becomes `null`.

        Against pseudo-labels, `agreement` stands in keys in place of `precision`.
        """
        figures = {
            "target_precision": self.target_precision,
            "figures": {name: asdict(one) for name, one in self.figures.items()},
            "categories": [
                {**asdict(one), "loss": one.loss} for one in self.categories
            ],
        }
        ranking = {
            name: dict(zip(("old", "new"), values, strict=True))
            for name, values in self.ranking.items()
        }
        return {
            "old": self.old_name,
            "new": self.new_name,
            "truth": self.truth,
            "counts": asdict(self.counts),
            # The names of the metrics are fixed.
            "ranking": json_ready(ranking),
            "draws": self.draws,
            **json_ready(figures, self.precision_name),
        }


def compare_runs(
    old: MeasuredRun, new: MeasuredRun, *, draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """Compares two runs by a paired bootstrap over owners.

    In each draw both runs are measured on the same owners, drawn with replacement: a
    hard video is hard for both, and does not blur what differs.

    Args:
        old: What is used today.
        new: What may take its place.
        draws: How many times to draw. Defaults to `DRAWS`.
        seed: Of the draws.

    Returns:
        The comparison.

    Raises:
        IncomparableRuns: If they were not measured on the same thing; see
            `pair_runs`.
    """
    runs = pair_runs(old, new)
    return Comparison(
        old_name=runs.old_name,
        new_name=runs.new_name,
        truth=runs.truth,
        target_precision=runs.target_precision,
        counts=runs.counts,
        figures={
            "coverage_at_target": target_coverage(runs, draws=draws, seed=seed),
            **operating_figures(runs, draws=draws, seed=seed),
        },
        ranking=_ranking(runs),
        categories=compare_categories(runs, draws=draws, seed=seed),
        draws=draws,
    )


def _ranking(runs: PairedRuns) -> dict[str, tuple[float, float]]:
    both = ~(runs.old.failed | runs.new.failed)
    if not both.any():
        return {name: (float("nan"), float("nan")) for name in RANKING}
    truth = runs.y_true[both, : len(runs.label_set)]
    old, new = (
        video_metrics(truth, side.probabilities[both]) for side in (runs.old, runs.new)
    )
    return {name: (old[name], new[name]) for name in RANKING}
