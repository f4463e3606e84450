"""Videos whose scores come from known distributions: precision is known exactly."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, roots_hermitenorm
from scipy.stats import norm

NODES, WEIGHTS = roots_hermitenorm(61)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True)
class SimulatedCategory:
    """Logits are normal, at 0 without the category and at `distance` with it."""

    share: float
    """Share of the videos that have it."""
    distance: float
    """How far apart the two are, in standard deviations."""

    def precision(self, logit):
        """Share of the videos above a logit that have it, among all there are."""
        found = self.share * norm.sf(logit - self.distance)
        # Nothing lies above infinity; of what is not said nothing is wrong.
        return found / self.said(logit) if np.ndim(logit) or found else 1.0

    def said(self, logit):
        """Share of all videos above a logit."""
        missed = (1 - self.share) * norm.sf(logit)
        return self.share * norm.sf(logit - self.distance) + missed

    def loosest(self, target):
        """The loosest logit at which a precision holds: what an oracle would take."""
        tried = np.linspace(-3, self.distance + 6, 20_000)
        return tried[self.precision(tried) >= target].min()


def draw(categories, videos, rng):
    """Logits and labels, each of shape `(videos, categories)`; videos independent."""
    share = np.array([one.share for one in categories])
    distance = np.array([one.distance for one in categories])
    labels = rng.random((videos, len(share))) < share
    logits = rng.normal(size=labels.shape) + distance * labels
    return logits, labels.astype(np.int8)


@dataclass(frozen=True)
class ClusteredCategory:
    """A score is right by a chance that the owner shifts: channels err together."""

    shift: float
    """Standard deviation of an owner's shift of the logit."""
    offset: float = 0.0
    """Mean of the logit, before shifts."""

    def draw(self, owners, videos_each, rng):
        """Logits as scored, labels, and owners, for one category."""
        groups = np.repeat(np.arange(owners), videos_each)
        logits = rng.normal(self.offset, 2.0, groups.size)
        shifts = rng.normal(0, self.shift, owners)[groups]
        labels = rng.random(groups.size) < expit(logits + shifts)
        return logits, labels.astype(np.int8), groups

    def precision(self, logit):
        """Share of videos above a logit that have it, over all owners there are."""
        grid = np.linspace(logit, self.offset + 14, 4000)
        density = norm.pdf(grid, self.offset, 2.0)
        chance = expit(grid[:, None] + self.shift * NODES) @ WEIGHTS
        return (density * chance).sum() / density.sum()
