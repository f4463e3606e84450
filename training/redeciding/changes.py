"""`Changes`: what deciding anew changed, counted over videos."""

from dataclasses import dataclass

import numpy as np

from vidcat.inference.decisions import DecisionMatrix


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Counts of videos before and after; the four ways add up to all.

    What was said before is what the bundle itself decides of the same scores. Implied
    ancestors count as said.
    """

    videos: int = 0
    """All of them, those without any score included."""
    only_gained: int = 0
    """Videos that gained categories and lost none."""
    only_lost: int = 0
    """Videos that lost categories and gained none."""
    gained_and_lost: int = 0
    """Videos that did both."""
    unchanged: int = 0
    """Videos with the same categories as before."""
    covered_before: int = 0
    """Videos with a category before."""
    covered_after: int = 0
    """Videos with a category now."""

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            **{name: value + getattr(other, name) for name, value in vars(self).items()}
        )

    @classmethod
    def between(cls, before: DecisionMatrix, after: DecisionMatrix) -> "Changes":
        """Counts what changed for N videos.

        Args:
            before: Decisions about them.
            after: Others, whose categories are among those of `before`.
        """
        column = {name: at for at, name in enumerate(before.category_ids)}
        given = np.zeros_like(before.given)
        given[:, [column[name] for name in after.category_ids]] = after.given
        gained = (given & ~before.given).any(axis=1)
        lost = (before.given & ~given).any(axis=1)
        return cls(
            videos=len(given),
            only_gained=int((gained & ~lost).sum()),
            only_lost=int((lost & ~gained).sum()),
            gained_and_lost=int((gained & lost).sum()),
            unchanged=int((~gained & ~lost).sum()),
            covered_before=int(before.given.any(axis=1).sum()),
            covered_after=int(given.any(axis=1).sum()),
        )
