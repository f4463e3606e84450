"""What a pseudo-labelled catalog holds, in counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.labels import NO, UNKNOWN, YES, label_matrix
from vidcat.training.measuring.selection import truth_of

PAIRS_SHOWN: Final = 20
"""Pairs of categories that a report names."""

_DURATION_STEPS: Final = (0.0, 60.0, 120.0, 180.0, 300.0, 600.0, 1200.0)
_NOT_KNOWN: Final = "unknown"


@dataclass(frozen=True, kw_only=True)
class CategoryCounts:
    """How many rows say what of a category."""

    id: str
    path: str
    yes: int
    no: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class DroppedCategory:
    """A visual category with too few examples."""

    id: str
    path: str
    yes: int
    """Rows that would have been examples."""


@dataclass(frozen=True, kw_only=True)
class CategoryPair:
    """Two categories that rows have together; neither is above the other."""

    first: str
    """Path of the one that has more rows."""
    second: str
    rows: int
    """Rows that have both."""
    lift: float
    """How many times more rows that is than if the two had nothing to do with each
    other, among the rows where both are known."""


@dataclass(frozen=True, kw_only=True)
class PseudoLabelReport:
    """A labelled catalog in counts."""

    rows: int
    """Rows of the catalog that was to be labelled."""
    truth: Mapping[str, int]
    """Labelled rows by truth: `pseudo`, and `gold` and `audited` ones kept."""
    left_out: Mapping[str, int]
    """Rows that were left out, by reason."""
    categories: tuple[CategoryCounts, ...]
    """The categories with enough examples."""
    dropped: tuple[DroppedCategory, ...]
    """The visual categories without; nothing is said about them."""
    languages: Mapping[str, int]
    """Labelled rows by language, most first."""
    durations: Mapping[str, int]
    """Labelled rows by duration, shortest first."""
    together: tuple[CategoryPair, ...]
    """The pairs of categories that most rows have together."""

    def to_json(self) -> dict[str, Any]:
        """The counts as a JSON object."""
        return asdict(self)


def describe_labels(
    videos: Sequence[Video],
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    languages: Sequence[str | None],
    left_out: Mapping[str, int],
    dropped: Sequence[DroppedCategory],
) -> PseudoLabelReport:
    """Counts what labelled rows hold.

    Args:
        videos: N labelled rows.
        label_set: The categories to count.
        taxonomy: The taxonomy they belong to.
        languages: The language of each row.
        left_out: Rows that are not among `videos`, by reason.
        dropped: Categories that are not in `label_set`.

    Returns:
        The report.
    """
    labels = label_matrix(videos, label_set, taxonomy)
    paths = [category.path_text for category in label_set.categories]
    counts = [(labels == state).sum(axis=0).tolist() for state in (YES, NO, UNKNOWN)]
    return PseudoLabelReport(
        rows=len(videos) + sum(left_out.values()),
        truth=_falling(Counter(map(truth_of, videos))),
        left_out=_falling(Counter(left_out)),
        categories=tuple(
            CategoryCounts(id=one, path=path, yes=yes, no=no, unknown=unknown)
            for one, path, yes, no, unknown in zip(
                label_set.ids, paths, *counts, strict=True
            )
        ),
        dropped=tuple(dropped),
        languages=_falling(
            Counter(_NOT_KNOWN if one is None else one for one in languages)
        ),
        durations=_durations(videos),
        together=_pairs(labels, label_set, taxonomy),
    )


def _falling(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _durations(videos: Sequence[Video]) -> dict[str, int]:
    names = [f"{low:g} to {high:g} s" for low, high in pairwise(_DURATION_STEPS)]
    names.append(f"{_DURATION_STEPS[-1]:g} s and more")
    counts = dict.fromkeys([*names, _NOT_KNOWN], 0)
    for video in videos:
        if video.duration_seconds is None:
            counts[_NOT_KNOWN] += 1
        else:
            step = np.searchsorted(_DURATION_STEPS, video.duration_seconds, "right")
            counts[names[int(step) - 1]] += 1
    return {name: count for name, count in counts.items() if count}


def _pairs(
    labels: npt.NDArray[np.int8], label_set: LabelSet, taxonomy: Taxonomy
) -> tuple[CategoryPair, ...]:
    # Counts stay exact in float32 up to 16 million rows, and are products of
    # matrices, for which integers have no fast ones.
    yes, known = (labels == YES).astype(np.float32), (labels >= 0).astype(np.float32)
    both, both_known, first_known = yes.T @ yes, known.T @ known, yes.T @ known
    for at, category_id in enumerate(label_set.ids):
        for above in taxonomy.ancestors(category_id):
            if above in label_set:
                both[at, label_set.index(above)] = both[label_set.index(above), at] = 0
    first, second = np.triu_indices(len(label_set), k=1)
    order = np.argsort(-both[first, second], kind="stable")[:PAIRS_SHOWN]
    counts = yes.sum(axis=0)
    paths = [category.path_text for category in label_set.categories]
    pairs: list[CategoryPair] = []
    for one, other in zip(first[order].tolist(), second[order].tolist(), strict=True):
        if not both[one, other]:
            break
        more, less = sorted((one, other), key=lambda at: -counts[at])
        alone = float(first_known[one, other]) * float(first_known[other, one])
        pairs.append(
            CategoryPair(
                first=paths[more],
                second=paths[less],
                rows=int(both[one, other]),
                lift=float(both[one, other]) * float(both_known[one, other]) / alone,
            )
        )
    return tuple(pairs)
