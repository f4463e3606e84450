"""What each category gains or loses from one run to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.taxonomy.iab import load_iab
from vidcat.training.comparing.differences import PairedFigure, paired_figure
from vidcat.training.comparing.pairing import PairedRuns, Side
from vidcat.training.measuring.operating_point import CONFIDENCE, Interval
from vidcat.training.measuring.resampling import ratio, resampled_sums, sums_by_group

LEAST_SUPPORT: Final = 20
"""Owners with a video of the category; with fewer, a draw may well have none."""

Draws = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CategoryComparison:
    """One category in both runs, at the thresholds that each run gave it."""

    id: str
    name: str
    path: tuple[str, ...]
    positives: int
    """Common videos of which it is true."""
    support: int
    """Owners of these."""
    old_chosen: int
    """Videos of known truth for which the old run chose it."""
    new_chosen: int
    precision: PairedFigure
    """Share of the chosen ones that is right; NaN where nothing is chosen."""
    recall: PairedFigure
    """Share of the true ones that is chosen; NaN without true ones."""
    f1: PairedFigure
    """Of precision and recall, 0 where nothing is chosen; its drop is the category's
    loss."""
    together: Interval | None
    """For the difference of f1: with 95 % confidence the differences of all categories
    with enough support lie in their intervals at once. `None` for the others."""

    @property
    def loss(self) -> float:
        """How much f1 has dropped; below 0 where it has risen."""
        return -self.f1.difference


def compare_categories(
    runs: PairedRuns, *, draws: int, seed: int
) -> tuple[CategoryComparison, ...]:
    """Compares every category by itself.

    The loss of a category is the drop of its f1. Precision or recall alone would take
    a move along the curve, where one buys the other, for a loss; f1 falls when either
    falls for nothing, and to 0 where a category is not said any more.

    Among two hundred categories some lose by chance alone. Intervals that hold for all
    of them together (`together`) come from the largest deviation, in standard errors,
    of any category in each draw.

    Args:
        runs: The runs.
        draws: How many times to draw owners.
        seed: Of the draws.

    Returns:
        The M categories, in their order.

    Reference:
        Westfall and Young, 1993, "Resampling-Based Multiple Testing".
    """
    true = sums_by_group(runs.y_true == 1, runs.owners)
    support = (true > 0).sum(axis=0)

    def drawn(sums: Draws) -> Draws:
        return np.concatenate([*resampled_sums(sums, draws=draws, seed=seed)])

    old, new = (_Measured(side, runs, true, drawn) for side in (runs.old, runs.new))
    together = _together(
        np.nan_to_num(new.figures["f1"] - old.figures["f1"]),
        np.nan_to_num(new.drawn["f1"] - old.drawn["f1"]),
        support >= LEAST_SUPPORT,
    )
    taxonomy = load_iab(runs.label_set.taxonomy_version)
    return tuple(
        CategoryComparison(
            id=category_id,
            name=taxonomy[category_id].name,
            path=taxonomy[category_id].path,
            positives=int(true[:, at].sum()),
            support=int(support[at]),
            old_chosen=int(old.chosen[at]),
            new_chosen=int(new.chosen[at]),
            precision=_figure("precision", old, new, at),
            recall=_figure("recall", old, new, at),
            f1=_figure("f1", old, new, at),
            together=together[at],
        )
        for at, category_id in enumerate(runs.category_ids)
    )


class _Measured:
    """The figures of one run's categories, in all videos and in each draw."""

    def __init__(
        self,
        side: Side,
        runs: PairedRuns,
        true: Draws,
        drawn: Callable[[Draws], Draws],
    ) -> None:
        known = sums_by_group(side.chosen & (runs.y_true >= 0), runs.owners)
        right = sums_by_group(side.chosen & (runs.y_true == 1), runs.owners)
        self.chosen = known.sum(axis=0)
        """Videos of known truth, `(M,)`."""
        self.figures = _figures(self.chosen, right.sum(axis=0), true.sum(axis=0))
        """By name, `(M,)`."""
        self.drawn = _figures(drawn(known), drawn(right), drawn(true))
        """By name, `(draws, M)`."""


def _figures(chosen: Draws, right: Draws, true: Draws) -> dict[str, Draws]:
    return {
        "precision": ratio(right, chosen),
        "recall": ratio(right, true),
        # 2PR / (P + R), written so that it is 0 where nothing is chosen.
        "f1": ratio(2 * right, chosen + true),
    }


def _figure(name: str, old: _Measured, new: _Measured, at: int) -> PairedFigure:
    return paired_figure(
        float(old.figures[name][at]),
        float(new.figures[name][at]),
        old.drawn[name][:, at],
        new.drawn[name][:, at],
    )


def _together(
    differences: Draws, drawn: Draws, judged: npt.NDArray[np.bool_]
) -> list[Interval | None]:
    """Intervals that hold for all judged columns at once.

    Args:
        differences: Measured, shape `(M,)`.
        drawn: In each draw, shape `(draws, M)`.
        judged: Which of the M have an interval.

    Returns:
        M intervals: so many standard errors to either side as the column that strays
        furthest stays within in 95 % of the draws.
    """
    if not judged.any():
        return [None] * len(judged)
    errors = drawn.std(axis=0, ddof=1)
    deviations = np.abs(drawn - differences)[:, judged]
    # A column that never moves has no error, and strays from nothing.
    strays = np.nan_to_num(ratio(deviations, errors[judged])).max(axis=1)
    reach = float(np.quantile(strays, CONFIDENCE)) * errors
    return [
        Interval(float(middle - half), float(middle + half)) if has else None
        for middle, half, has in zip(differences, reach, judged, strict=True)
    ]
