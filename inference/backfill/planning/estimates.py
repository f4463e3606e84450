"""`Estimate`: a figure for a whole catalog, and how far a sample of it may be off."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

CONFIDENCE: Final = 0.95
"""How often such intervals hold the figure, as far as chance in drawing goes."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure that is not negative, with half the width of its interval.

    Sums and products are as far off as their parts are together: parts of one sample
    err in the same direction (a long video is long in everything).
    """

    value: float
    """The figure itself."""
    margin: float = 0.0
    """Half the width of its 95 % interval; infinite where the sample does not tell,
    0 where it is known."""

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return max(0.0, self.value - self.margin)

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.value + self.margin

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(
            value=self.value + other.value, margin=self.margin + other.margin
        )

    def __mul__(self, factor: "Estimate | float") -> "Estimate":
        if not isinstance(factor, Estimate):
            return Estimate(
                value=self.value * factor,
                margin=self.margin * factor if factor else 0.0,
            )
        # Margins in hand with a zero would be `0 * inf`, which is no number.
        margin = sum(
            one * other
            for one, other in (
                (self.value, factor.margin),
                (factor.value, self.margin),
                (self.margin, factor.margin),
            )
            if one and other
        )
        return Estimate(value=self.value * factor.value, margin=margin)

    def to_json(self) -> dict[str, float | None]:
        """Value and interval as a JSON object; `high` is null where it is unbounded."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high if math.isfinite(self.high) else None,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Estimate":
        """The inverse of `to_json`."""
        value, high = values["value"], values["high"]
        return cls(value=value, margin=math.inf if high is None else high - value)


def greater(first: Estimate, second: Estimate) -> Estimate:
    """The one of larger value, as for two things that go on at the same time."""
    return first if first.value >= second.value else second


def mean_of(values: Sequence[float]) -> Estimate:
    """The mean of a catalog, from that of a random sample (Student's t).

    Args:
        values: One for each sampled video.

    Raises:
        ValueError: If there are none.
    """
    return ratio_of(values, [1.0] * len(values))


def ratio_of(values: Sequence[float], sizes: Sequence[float]) -> Estimate:
    """What a catalog has of something for each unit of size, from a random sample.

    The sum of the values by the sum of the sizes. It is surer than a mean where the
    values grow with the sizes, as the seconds of decoding do with those of the video.

    Args:
        values: One for each sampled video.
        sizes: The size of each, in the same order; not all 0.

    Raises:
        ValueError: If nothing has a size, or the lengths differ.

    Reference: W. G. Cochran, Sampling Techniques, chapter 6.
    """
    total = sum(sizes)
    if total <= 0:
        raise ValueError(f"`sizes` must not all be 0. Received: sizes={list(sizes)}")
    ratio = sum(values) / total
    squares = sum(
        (value - ratio * size) ** 2 for value, size in zip(values, sizes, strict=True)
    )
    count = len(values)
    if count < 2:
        return Estimate(value=ratio, margin=math.inf)
    error = math.sqrt(squares / (count - 1) / count) / (total / count)
    return Estimate(value=ratio, margin=_t_quantile(count - 1) * error)


def share_of(count: int, of: int) -> Estimate:
    """The share of a catalog, from a count in a random sample (Wilson's interval).

    Args:
        count: Videos of the sample that are so.
        of: Videos of the sample, at least 1.

    Reference: E. B. Wilson, Probable Inference, JASA 22 (1927).
    """
    squared = _NORMAL_QUANTILE**2
    share = count / of
    centre = (share + squared / (2 * of)) / (1 + squared / of)
    half = (
        _NORMAL_QUANTILE
        / (1 + squared / of)
        * math.sqrt(share * (1 - share) / of + squared / (4 * of * of))
    )
    # The interval does not lie around the share; what is above it is what may hurt.
    return Estimate(value=share, margin=centre + half - share)


_NORMAL_QUANTILE: Final = 1.959963984540054


def _t_quantile(degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + CONFIDENCE / 2))
