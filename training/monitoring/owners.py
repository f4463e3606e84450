"""How many independent videos a share rests on where owners upload several."""

from array import array
from collections.abc import Hashable, Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LEAST_OWNERS: Final = 30
"""Owners from which on a variance between them can be told."""


class OwnerCounts:
    """Counts what is true of videos, by owner: one owner's videos are alike.

    Args:
        owner_of: The owner of each video, by id; a video that is not in it, or has
            no owner, stands for itself.
    """

    def __init__(self, owner_of: Mapping[str, str | None]) -> None:
        self._owner_of = owner_of
        self._owners: dict[tuple[bool, str], int] = {}
        self._facts: dict[Hashable, int] = {}
        self._fact_seen = array("q")
        self._owner_seen = array("q")

    def add(self, video_id: str, facts: Iterable[Hashable]) -> None:
        """Counts what is true of a video; a fact that comes twice counts twice."""
        owner = self._owner_of.get(video_id)
        key = (owner is not None, video_id if owner is None else owner)
        code = self._owners.setdefault(key, len(self._owners))
        for fact in facts:
            self._fact_seen.append(self._facts.setdefault(fact, len(self._facts)))
            self._owner_seen.append(code)

    def sums(self) -> "OwnerSums":
        """Adds up what was counted so far."""
        pairs = np.array(self._fact_seen, np.int64) * max(len(self._owners), 1)
        pairs += np.array(self._owner_seen, np.int64)
        found, counts = np.unique(pairs, return_counts=True)
        return OwnerSums(self._facts, len(self._owners), found, counts)


class OwnerSums:
    """In how many videos of each owner a fact is true.

    Args:
        facts: A number for each fact.
        owners: How many owners there are.
        pairs: `fact * owners + owner`, ascending, of those that occur.
        counts: How often each occurs.
    """

    def __init__(
        self,
        facts: Mapping[Hashable, int],
        owners: int,
        pairs: npt.NDArray[np.int64],
        counts: npt.NDArray[np.intp],
    ) -> None:
        self._facts = facts
        self._owners = owners
        self._pairs = pairs
        self._counts = counts.astype(np.float64)

    def by_owner(self, fact: Hashable) -> FloatArray:
        """The videos of each owner in which a fact is true."""
        sums = np.zeros(self._owners)
        if (number := self._facts.get(fact)) is not None:
            ends = (number * self._owners, (number + 1) * self._owners)
            first, last = np.searchsorted(self._pairs, ends)
            sums[self._pairs[first:last] - ends[0]] = self._counts[first:last]
        return sums

    def equal_owners(self, fact: Hashable) -> float:
        """Of how many owners of equal size its videos are worth; 0 if there is none.

        So many independent videos they are worth at least, however alike those of
        one owner may be.

        Reference:
            Kish, 1965, "Survey Sampling", section 11.7.
        """
        sums = self.by_owner(fact)
        squares = float((sums**2).sum())
        return float(sums.sum()) ** 2 / squares if squares else 0.0


def design_effect(sums: FloatArray, videos: FloatArray) -> float:
    """How many times fewer independent videos would tell a share as well.

    A share of 0 or 1 has no variance to judge by, and fewer than `LEAST_OWNERS`
    owners tell none; then those of one owner are taken for one and the same.

    Args:
        sums: Videos of each owner in which a fact is true.
        videos: All videos of each owner; at least one in all.

    Returns:
        One where owners do not matter, or more.

    Reference:
        Kish, 1965, "Survey Sampling", section 8.2, and 11.7 for the worst case.
    """
    total = float(videos.sum())
    share = float(sums.sum()) / total
    variance = variance_of_ratio(sums, videos)
    if share in {0.0, 1.0} or not np.isfinite(variance):
        return float((videos**2).sum()) / total
    return max(1.0, variance * total / (share * (1 - share)))


def variance_of_ratio(sums: FloatArray, videos: FloatArray) -> float:
    """The variance of `sums.sum() / videos.sum()` when other owners had been drawn.

    Args:
        sums: One value an owner.
        videos: The videos of each owner; owners without any do not count.

    Returns:
        The variance, infinite where there are fewer than `LEAST_OWNERS` owners.

    Reference:
        Cochran, 1977, "Sampling Techniques", section 6.3.
    """
    owners = int((videos > 0).sum())
    if owners < LEAST_OWNERS:
        return float("inf")
    total = float(videos.sum())
    residuals = sums - sums.sum() / total * videos
    return owners / (owners - 1) * float((residuals**2).sum()) / total**2
