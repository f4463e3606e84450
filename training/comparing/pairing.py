"""Puts two measured runs side by side: the same videos, labels and truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import BoolArray, sayable_ids
from vidcat.inference.video import Truth
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.measuring.measures import Labels
from vidcat.training.measuring.truth import truth_of_sayable

MOST_CONTRADICTIONS: Final = 0.01
"""Share of the true labels that two runs may see differently: a few corrected labels
hide nothing, another truth does."""
LEAST_OWNERS: Final = 10
"""With fewer, drawing owners anew says next to nothing about other owners."""

UNKNOWN: Final = -1

_Scalar = TypeVar("_Scalar", bound=np.generic)


class IncomparableRuns(ValueError):
    """Two runs were not measured on the same thing."""


@dataclass(frozen=True, kw_only=True)
class PairingCounts:
    """What two runs share, and what only one of them has."""

    videos: int
    """Videos that both were measured on, failed ones included."""
    owners: int
    """Owners of these; a video without one counts for itself."""
    labels: int
    """Labels that both can say."""
    only_old_videos: int
    only_new_videos: int
    only_old_labels: tuple[str, ...]
    only_new_labels: tuple[str, ...]
    contradictions: int
    """Pairs of video and label that one run holds true and the other false; they are
    taken as unknown."""
    old_failed: int
    """Common videos that could not be scored in the old run."""
    new_failed: int
    old_target: float
    """The precision that the old decisions were fitted for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """What one run says of the common videos."""

    probabilities: npt.NDArray[np.float32]
    """Shape `(N, L)`; 0 for a failed video."""
    chosen: BoolArray
    """Decisions without implied ancestors, `(N, M)`; none for a failed video."""
    failed: BoolArray
    """Whether the video could not be scored, `(N,)`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PairedRuns:
    """Two runs on N common videos and L common labels."""

    old_name: str
    new_name: str
    truth: Truth
    target_precision: float
    """That of the new run."""
    label_set: LabelSet
    """The L common labels."""
    category_ids: tuple[str, ...]
    """The labels, then those of their ancestors that are no labels; M in all."""
    owners: npt.NDArray[np.intp]
    """A number for each video, the same for those of one owner."""
    y_true: Labels
    """Truth of the M categories: 1 yes, 0 no, -1 unknown, shape `(N, M)`."""
    old: Side
    new: Side
    counts: PairingCounts


def pair_runs(old: MeasuredRun, new: MeasuredRun) -> PairedRuns:
    """Finds what two runs have in common, and refuses what cannot be compared.

    Videos are paired by id, categories by id; what only one run has is counted and
    left out. A video that failed in one run is not covered there, and its truth is
    that of the other run. What only one run knows of the truth counts for both.

    Args:
        old: What is used today.
        new: What may take its place.

    Returns:
        Both on their common videos and labels.

    Raises:
        IncomparableRuns: If the runs have no video or no label in common, are of
            other taxonomies or other kinds of truth, contradict each other in more
            than `MOST_CONTRADICTIONS` of the true labels, or if the common videos are
            of fewer than `LEAST_OWNERS` owners.
    """
    _check_kind(old, new)
    label_set = _common_labels(old, new)
    ids, old_rows, new_rows = _common_videos(old, new)
    old_truth = _taken(old.y_true, old_rows, _columns(old, label_set.ids), UNKNOWN)
    new_truth = _taken(new.y_true, new_rows, _columns(new, label_set.ids), UNKNOWN)
    y_true, contradictions = _joined_truth(old_truth, new_truth)
    # A video that failed has truth, though no run may have kept it.
    told = (y_true >= 0).any(axis=1) | (old_rows < 0) | (new_rows < 0)
    y_true, old_rows, new_rows = y_true[told], old_rows[told], new_rows[told]
    owners = _owners(new, [one for one, kept in zip(ids, told, strict=True) if kept])
    truth = truth_of_sayable(y_true, label_set, new.taxonomy)
    category_ids = sayable_ids(label_set, new.taxonomy)
    return PairedRuns(
        old_name=old.name,
        new_name=new.name,
        truth=new.truth,
        target_precision=new.target_precision,
        label_set=label_set,
        category_ids=category_ids,
        owners=owners,
        y_true=truth,
        old=_side(old, old_rows, category_ids, len(label_set)),
        new=_side(new, new_rows, category_ids, len(label_set)),
        counts=PairingCounts(
            videos=len(y_true),
            owners=int(owners.max()) + 1,
            labels=len(label_set),
            only_old_videos=len(old.videos) + len(old.failed) - len(ids),
            only_new_videos=len(new.videos) + len(new.failed) - len(ids),
            only_old_labels=_others(old.label_set, label_set),
            only_new_labels=_others(new.label_set, label_set),
            contradictions=contradictions,
            old_failed=int((old_rows < 0).sum()),
            new_failed=int((new_rows < 0).sum()),
            old_target=old.target_precision,
        ),
    )


def _check_kind(old: MeasuredRun, new: MeasuredRun) -> None:
    for name, before, after in (
        ("truth", old.truth, new.truth),
        (
            "taxonomy_version",
            old.label_set.taxonomy_version,
            new.label_set.taxonomy_version,
        ),
    ):
        if before != after:
            raise IncomparableRuns(
                f"Both runs must have one `{name}`. Received: {before!r} in the old "
                f"run, {after!r} in the new one. Measure the old model again with the "
                "catalog of the new one."
            )


def _common_labels(old: MeasuredRun, new: MeasuredRun) -> LabelSet:
    common = [one for one in new.label_set.ids if one in old.label_set]
    if not common:
        raise IncomparableRuns(
            "The runs must have labels in common. Received: none of "
            f"{len(old.label_set)} old and {len(new.label_set)} new ones"
        )
    return new.label_set.select(common)


def _common_videos(
    old: MeasuredRun, new: MeasuredRun
) -> tuple[list[str], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The common ids and their rows in either run; -1 where it failed there."""
    old_row, new_row = _row_of(old), _row_of(new)
    ids = [one for one in new_row if one in old_row]
    if not ids:
        raise IncomparableRuns(
            "The runs must have videos in common. Received: none of "
            f"{len(old_row)} old and {len(new_row)} new ones. Measure both models on "
            "one catalog."
        )
    return (
        ids,
        np.array([old_row[one] for one in ids]),
        np.array([new_row[one] for one in ids]),
    )


def _row_of(run: MeasuredRun) -> dict[str, int]:
    rows = {facts.id: row for row, facts in enumerate(run.videos)}
    return rows | {facts.id: -1 for facts in run.failed}


def _columns(run: MeasuredRun, ids: Sequence[str]) -> list[int]:
    position = {one: at for at, one in enumerate(run.category_ids)}
    return [position[one] for one in ids]


def _taken(
    values: npt.NDArray[_Scalar],
    rows: npt.NDArray[np.intp],
    columns: list[int],
    missing: float,
) -> npt.NDArray[_Scalar]:
    """Some rows and columns of an array; rows below 0 get the missing value."""
    found = np.full((len(rows), len(columns)), missing, values.dtype)
    there = rows >= 0
    found[there] = values[np.ix_(rows[there], np.array(columns))]
    return found


def _joined_truth(before: Labels, after: Labels) -> tuple[Labels, int]:
    """What either run knows, and the number of pairs in which they differ."""
    differ = (before >= 0) & (after >= 0) & (before != after)
    count, true = int(differ.sum()), int(((before == 1) | (after == 1)).sum())
    if count > MOST_CONTRADICTIONS * true:
        raise IncomparableRuns(
            "The runs must agree on the truth of their common videos but for "
            f"{MOST_CONTRADICTIONS:.0%} of the true labels. Received: {count} pairs of "
            f"video and label differ, {true} are true in either. Measure the old model "
            "again with the catalog of the new one."
        )
    joined = np.maximum(before, after)
    joined[differ] = UNKNOWN
    return joined, count


def _owners(run: MeasuredRun, ids: Sequence[str]) -> npt.NDArray[np.intp]:
    group = {facts.id: facts.group for facts in (*run.videos, *run.failed)}
    found, number = np.unique([group[one] for one in ids], return_inverse=True)
    if len(found) < LEAST_OWNERS:
        raise IncomparableRuns(
            f"The common videos with truth must be of {LEAST_OWNERS} owners or more, "
            f"to tell a difference from chance. Received: {len(ids)} videos of "
            f"{len(found)} owners"
        )
    return number


def _side(
    run: MeasuredRun,
    rows: npt.NDArray[np.intp],
    category_ids: tuple[str, ...],
    labels: int,
) -> Side:
    columns = _columns(run, category_ids)
    return Side(
        probabilities=_taken(run.probabilities, rows, columns[:labels], 0.0),
        chosen=_taken(run.chosen, rows, columns, False),
        failed=rows < 0,
    )


def _others(own: LabelSet, common: LabelSet) -> tuple[str, ...]:
    return tuple(one for one in own.ids if one not in common)
