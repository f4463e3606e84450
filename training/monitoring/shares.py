"""Shares of videos on two sides, and how sure it is that they differ."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from vidcat.training.monitoring.owners import design_effect
from vidcat.training.monitoring.tally import Fact, Tally

NORMAL_95: Final = 1.959964
"""Standard errors to either side of the middle 95 % of a normal distribution."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share of the videos of one side."""

    count: int
    """Videos of which it is true."""
    videos: int
    """Videos that could be asked; 0 where none got an answer."""
    effective_videos: float
    """How many independent videos it rests on; fewer where owners upload several."""

    @property
    def rate(self) -> float:
        """`count / videos`; NaN without videos."""
        return self.count / self.videos if self.videos else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the rate."""
        return wilson_interval(self.rate, self.effective_videos)


@dataclass(frozen=True, kw_only=True)
class ShareChange:
    """One share on both sides."""

    fact: Fact
    baseline: Share
    today: Share
    difference: float
    """Rate of today minus that of the baseline; NaN where a side has no videos."""
    interval: tuple[float, float]
    """The 95 % interval of the difference, of this share by itself."""
    p_value: float
    """Chance of such counts, or rarer ones, if both sides were drawn from one pool."""
    adjusted_p: float = 1.0
    """The same, after Benjamini and Hochberg, among all that is compared."""
    alarming: bool = False
    """Whether it is sure and large enough for an alarm."""

    @property
    def relative_change(self) -> float:
        """The difference as a part of the baseline's rate, or of the rest if smaller.

        Infinite for what never was, or always was.
        """
        rarer = min(self.baseline.rate, 1 - self.baseline.rate)
        if rarer == 0:
            return math.copysign(math.inf, self.difference) if self.difference else 0.0
        return self.difference / rarer


def wilson_interval(
    rate: float, videos: float, quantile: float = NORMAL_95
) -> tuple[float, float]:
    """Where the rate of a whole population lies, after a sample of it.

    Args:
        rate: Of the sample, 0 to 1.
        videos: Size of the sample; need not be whole.
        quantile: Of the normal distribution. Defaults to that of 95 %, two-sided.

    Returns:
        Lower and upper end; `(0, 1)` without videos.

    Reference:
        Wilson, 1927, "Probable inference, the law of succession, and statistical
        inference", Journal of the American Statistical Association 22.
    """
    if videos <= 0:
        return 0.0, 1.0
    square = quantile**2 / videos
    centre = (rate + square / 2) / (1 + square)
    spread = math.sqrt(square * (rate * (1 - rate) + square / 4)) / (1 + square)
    # Rounding must not push an end past the rate itself at 0 and 1.
    return max(0.0, min(rate, centre - spread)), min(1.0, max(rate, centre + spread))


def newcombe_interval(
    first: tuple[float, float], second: tuple[float, float]
) -> tuple[float, float]:
    """The 95 % hybrid score interval of a difference of two independent rates.

    Args:
        first: Rate and number of videos of one sample.
        second: Those of the other.

    Returns:
        Lower and upper end of the second rate minus the first.

    Reference:
        Newcombe, 1998, "Interval estimation for the difference between independent
        proportions: comparison of eleven methods", Statistics in Medicine 17,
        method 10.

    >>> low, high = newcombe_interval((48 / 80, 80), (56 / 70, 70))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    (rate1, _), (rate2, _) = first, second
    low1, high1 = wilson_interval(*first)
    low2, high2 = wilson_interval(*second)
    difference = rate2 - rate1
    below = math.hypot(rate2 - low2, high1 - rate1)
    above = math.hypot(high2 - rate2, rate1 - low1)
    return difference - below, difference + above


def compare_shares(baseline: Tally, today: Tally) -> list[ShareChange]:
    """Compares every share that is known of either side.

    Args:
        baseline: One side.
        today: The other.

    Returns:
        The changes, in no order that means anything.
    """
    facts = dict.fromkeys([*baseline.facts, *today.facts])
    return [_compare(fact, baseline, today) for fact in facts]


def _compare(fact: Fact, baseline: Tally, today: Tally) -> ShareChange:
    effect = 1.0
    owned = [one.by_owner(fact) for one in (baseline, today)]
    if all(one is not None for one in owned):
        # Of both sides: one owner's many videos may all be on one of them.
        sums, videos = map(np.concatenate, zip(*owned, strict=True))
        effect = design_effect(sums, videos)
    before, now = (
        Share(
            count=tally.facts.get(fact, 0),
            videos=tally.whole(fact),
            effective_videos=tally.whole(fact) / effect,
        )
        for tally in (baseline, today)
    )
    return _change(fact, before, now)


def _change(fact: Fact, baseline: Share, today: Share) -> ShareChange:
    known = baseline.videos > 0 and today.videos > 0
    interval = (-1.0, 1.0)
    if known:
        interval = newcombe_interval(
            (baseline.rate, baseline.effective_videos),
            (today.rate, today.effective_videos),
        )
    return ShareChange(
        fact=fact,
        baseline=baseline,
        today=today,
        difference=today.rate - baseline.rate,
        interval=interval,
        p_value=_fisher(baseline, today) if known else 1.0,
    )


def _fisher(baseline: Share, today: Share) -> float:
    """Fisher's exact test, which does not cry wolf over few videos."""
    from scipy.stats import fisher_exact

    table = []
    for share in (baseline, today):
        videos = max(1, round(share.effective_videos))
        count = round(share.rate * videos)
        table.append([count, videos - count])
    return float(fisher_exact(table).pvalue)
