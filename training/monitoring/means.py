"""How many categories a video gets, on both sides."""

import math
from dataclasses import dataclass

from vidcat.training.monitoring.shares import NORMAL_95
from vidcat.training.monitoring.tally import Tally


@dataclass(frozen=True, kw_only=True)
class MeanChange:
    """The mean number of categories of a video with an answer, parents included."""

    baseline: float
    """Of the baseline; NaN where no video has an answer."""
    today: float
    """Of today."""
    difference: float
    """That of today minus that of the baseline."""
    interval: tuple[float, float]
    """The 95 % interval of the difference; infinite where it cannot be told."""
    p_value: float
    """Chance of such a difference, or a larger one, between samples of one pool."""
    adjusted_p: float = 1.0
    """The same, after Benjamini and Hochberg, among all that is compared."""
    alarming: bool = False
    """Whether it is sure and large enough for an alarm."""

    @property
    def relative_change(self) -> float:
        """The difference as a part of the baseline's mean; infinite if that is 0."""
        if self.baseline == 0:
            return math.copysign(math.inf, self.difference) if self.difference else 0.0
        return self.difference / self.baseline


def compare_categories_per_video(baseline: Tally, today: Tally) -> MeanChange:
    """Compares the mean number of categories of a video, by normal approximation."""
    difference = today.categories_per_video - baseline.categories_per_video
    error = math.sqrt(baseline.categories_variance + today.categories_variance)
    if error == 0:
        p_value = 1.0 if difference == 0 else 0.0
    else:
        p_value = math.erfc(abs(difference) / error / math.sqrt(2))
    return MeanChange(
        baseline=baseline.categories_per_video,
        today=today.categories_per_video,
        difference=difference,
        interval=(difference - NORMAL_95 * error, difference + NORMAL_95 * error),
        p_value=1.0 if math.isnan(p_value) else p_value,
    )
