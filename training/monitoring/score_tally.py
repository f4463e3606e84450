"""`ScoreTally`: how scores are spread, counted without holding them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.results import SCORE_DECIMALS

CELLS: Final = 10**SCORE_DECIMALS + 1
"""Scores have four decimals: so many different ones there are, 0 and 1 included."""

_HELD: Final = 1_000_000
"""Single scores that are held until they are counted together."""

IntArray = npt.NDArray[np.int64]


class ScoresOf(NamedTuple):
    """Which scores are meant."""

    source: Literal["results", "text", "visual"]
    """Those of the categories that results say, or all that text or frames gave."""
    category: str | None
    """Id of the category; `None` for the best score of each video."""


@dataclass(frozen=True, kw_only=True)
class ScoreTally:
    """The scores of one side."""

    counts: Mapping[ScoresOf, IntArray]
    """Scores by their value in ten thousandths, each of shape `(CELLS,)`."""
    effective: Mapping[ScoresOf, float]
    """How many independent scores they are worth at least."""


class ScoreCounter:
    """Counts scores by their value."""

    def __init__(self) -> None:
        self._counts: dict[ScoresOf, IntArray] = {}
        self._waiting: dict[ScoresOf, list[float]] = {}
        self._held = 0

    def add(self, of: ScoresOf, scores: npt.ArrayLike) -> None:
        """Counts scores of 0 to 1, rounded to four decimals."""
        cells = np.rint(np.asarray(scores, np.float64) * (CELLS - 1)).astype(np.int64)
        if of not in self._counts:
            self._counts[of] = np.zeros(CELLS, np.int64)
        self._counts[of] += np.bincount(cells, minlength=CELLS)

    def add_one(self, of: ScoresOf, score: float) -> None:
        """Counts one score."""
        self._waiting.setdefault(of, []).append(score)
        self._held += 1
        if self._held == _HELD:
            self._count_held()

    def counts(self) -> dict[ScoresOf, IntArray]:
        """What was counted so far."""
        self._count_held()
        return self._counts

    def _count_held(self) -> None:
        for of, scores in self._waiting.items():
            self.add(of, scores)
        self._waiting, self._held = {}, 0
