"""How right a measured run is about each category, as it is said of videos."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import Basis, Thresholds, with_implied
from vidcat.inference.video import Truth
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.measuring.operating_point import Interval, clopper_pearson
from vidcat.training.measuring.resampling import (
    DRAWS,
    no_narrower,
    percentile_interval,
    ratio,
    resampled_sums,
    sums_by_group,
)
from vidcat.training.measuring.selection import WEAKEST_FIRST


@dataclass(frozen=True, kw_only=True)
class MeasuredCategory:
    """One category on the test part of a run."""

    said: int
    """Videos of known truth of which it is said, implied by a category below it or
    not: a buyer gets both."""
    right: int
    """Those of which it is true."""
    interval: Interval
    """95 % bounds of the precision: by drawing owners anew, and never narrower than
    those of as many independent videos; `(0, 1)` where it was never said."""
    basis: Basis
    """What its threshold rests on; of several sources the weakest."""
    shown_against: Truth
    """The truth that the threshold was fitted against; of several the weakest."""

    @property
    def precision(self) -> float | None:
        """Share of right ones; `None` where it was never said."""
        return self.right / self.said if self.said else None


def measure_categories(
    run: MeasuredRun, *, draws: int = DRAWS, seed: int = 0
) -> dict[str, MeasuredCategory]:
    """Measures every category that can be said.

    Args:
        run: The run; its decisions are closed over ancestors first, as results are.
        draws: How many times to draw owners. Defaults to `DRAWS`.
        seed: Of the draws.

    Returns:
        The M categories, by id.

    Raises:
        ValueError: If no video of the run could be scored.
    """
    if not run.videos:
        raise ValueError(
            f"The run must have a video that was scored. Received: run {run.name!r} of "
            f"{len(run.failed)} failed ones. Measure again with `vidcat evaluate`."
        )
    given = with_implied(run.chosen, run.category_ids, run.taxonomy)
    truth = run.sayable_truth
    said = sums_by_group(given & (truth >= 0), run.groups)
    right = sums_by_group(given & (truth == 1), run.groups)
    intervals = _intervals(said, right, draws, seed)
    found = {}
    for at, category_id in enumerate(run.category_ids):
        basis, shown_against = _standing(run, at)
        found[category_id] = MeasuredCategory(
            said=int(said[:, at].sum()),
            right=int(right[:, at].sum()),
            interval=intervals[at],
            basis=basis,
            shown_against=shown_against,
        )
    return found


def _intervals(
    said: npt.NDArray[np.float64], right: npt.NDArray[np.float64], draws: int, seed: int
) -> list[Interval]:
    parts = zip(
        resampled_sums(right, draws=draws, seed=seed),
        resampled_sums(said, draws=draws, seed=seed),
        strict=True,
    )
    blank = np.full((0, said.shape[1]), np.nan)
    drawn = np.concatenate([blank, *(ratio(*part) for part in parts)])
    found = []
    for at in range(said.shape[1]):
        exact = clopper_pearson(right[:, at].sum(), said[:, at].sum())
        found.append(no_narrower(percentile_interval(drawn[:, at]), exact))
    return found


def _standing(run: MeasuredRun, at: int) -> tuple[Basis, Truth]:
    """What the weakest of the thresholds rests on by which a category is said."""
    # Where a union was fitted, the thresholds of its sources decide nothing alone.
    merged = run.thresholds.get("merged")
    fitted = list(run.thresholds.values()) if merged is None else [merged]
    saying = [one for one in fitted if at < len(one.values) and one.values[at] < np.inf]
    kinds = [_basis(one, at) for one in saying]
    others = [kind for kind in kinds if kind != "own"]
    basis: Basis = "abstains"
    if kinds:
        basis = others[0] if others else "own"
    truths = {one.truth for one in saying}
    return basis, next((kind for kind in WEAKEST_FIRST if kind in truths), "gold")


def _basis(thresholds: Thresholds, at: int) -> Basis:
    if thresholds.basis is not None:
        return thresholds.basis[at]
    # An earlier vidcat kept only whether it held by itself.
    return "own" if thresholds.confident[at] else "pooled"
