"""What is said in place of what: wrong categories, and the true ones beside them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import implied_pairs
from vidcat.training.measuring.measured_run import MeasuredRun

MOST_SHOWN: Final = 30
_AT_ONCE: Final = 20_000
"""Videos whose pairs are counted together."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """A category that was chosen, and a true one of the same videos."""

    chosen_id: str
    chosen_name: str
    """Path of what was chosen, wrongly."""
    true_id: str
    true_name: str
    """Path of what is true instead."""
    videos: int
    """Videos where both is so."""
    rate: float
    """Their share of the videos for which the first was chosen and its truth is
    known."""


def confusions(run: MeasuredRun, most: int = MOST_SHOWN) -> tuple[Confusion, ...]:
    """Pairs of a wrong choice and a true category that is no relative of it.

    Of a video's true categories, and of its wrong choices, only the most specific
    count: a child stands for those above it.

    Args:
        run: The run.
        most: How many pairs to give. Defaults to `MOST_SHOWN`.

    Returns:
        The commonest pairs first, at equal counts in the order of the labels.
    """
    ids, taxonomy = run.category_ids, run.taxonomy
    related = np.eye(len(ids), dtype=bool)
    pairs = implied_pairs(ids, taxonomy)
    for above, below in pairs:
        related[above, below] = related[below, above] = True
    counts = np.zeros((len(ids), len(ids)), np.int64)
    for start in range(0, len(run.videos), _AT_ONCE):
        truth = run.sayable_truth[start : start + _AT_ONCE]
        chosen = run.chosen[start : start + _AT_ONCE]
        wrong = _most_specific(chosen & (truth == 0), pairs)
        true = _most_specific(truth == 1, pairs)
        # Counts below 2^24 are exact as 32-bit numbers, whose product is fast.
        product = wrong.T.astype(np.float32) @ true.astype(np.float32)
        counts += product.astype(np.int64)
    counts[related] = 0
    known = np.count_nonzero(run.chosen & (run.sayable_truth >= 0), axis=0)
    found = np.argsort(-counts, axis=None, kind="stable")[:most]
    return tuple(
        Confusion(
            chosen_id=ids[wrongly],
            chosen_name=taxonomy[ids[wrongly]].path_text,
            true_id=ids[truly],
            true_name=taxonomy[ids[truly]].path_text,
            videos=int(counts[wrongly, truly]),
            rate=int(counts[wrongly, truly]) / int(known[wrongly]),
        )
        for wrongly, truly in zip(
            *(one.tolist() for one in np.unravel_index(found, counts.shape)),
            strict=True,
        )
        if counts[wrongly, truly]
    )


def _most_specific(said: BoolArray, pairs: list[tuple[int, int]]) -> BoolArray:
    kept = said.copy()
    for above, below in pairs:
        kept[:, above] &= ~said[:, below]
    return kept
