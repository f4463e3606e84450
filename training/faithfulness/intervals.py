"""Means and shares with the interval that drawing owners anew gives them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidcat.training.measuring.resampling import (
    percentile_interval,
    resampled_sums,
    sums_by_group,
)


@dataclass(frozen=True, kw_only=True)
class MeanInterval:
    """A mean and how far it could be off."""

    mean: float
    """Over all rows."""
    low: float
    """Lower end of the 95 % interval."""
    high: float
    """Upper end."""

    def to_json(self) -> dict[str, float]:
        """The fields, rounded, as a JSON object."""
        return {name: round(value, 4) for name, value in vars(self).items()}


def mean_interval(values: npt.ArrayLike, groups: npt.NDArray[np.intp]) -> MeanInterval:
    """The mean of rows, with a 95 % bootstrap interval over their groups.

    Args:
        values: Of N rows, N above 0.
        groups: Group of each row, 0 to G - 1, every one of them there.
    """
    rows = np.asarray(values, np.float64)
    sums = sums_by_group(np.stack([rows, np.ones(len(rows))], axis=1), groups)
    drawn = np.concatenate(list(resampled_sums(sums)))
    low, high = percentile_interval(drawn[:, 0] / drawn[:, 1])
    return MeanInterval(mean=float(rows.mean()), low=low, high=high)
