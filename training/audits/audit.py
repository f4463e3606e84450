"""Draws what a person is to review of a teacher's decisions."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray
from vidcat.inference.scope import Scope
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.audits.rows import AuditRow
from vidcat.training.pseudo_labels import DurationOf, is_in_scope, own_truth
from vidcat.training.teaching.label_states import (
    PseudoLabelConfig,
    check_scores,
)

LEAST_DRAWN: Final = 2
"""Decisions drawn of each category, where there are as many: one alone would not
tell how much they differ."""


class NothingToReview(ValueError):
    """There is no decision to review; the text counts what there is."""


class TooFewDraws(ValueError):
    """Fewer decisions are to be drawn than every category needs."""


def draw_audit(
    videos: Sequence[Video],
    probabilities: FloatArray,
    states: Sequence[str],
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    config: PseudoLabelConfig,
    scope: Scope,
    random: int,
    disagreements: int,
    seed: int = 0,
    student: FloatArray | None = None,
    duration_seconds: DurationOf | None = None,
) -> tuple[AuditRow, ...]:
    """Draws decisions about videos in scope that have no better labels.

    Two strata. *Random*: pairs of a video and a visual category that the teacher
    says, its own probability at the yes bound or above. Of each category some are
    drawn without replacement, all with the same chance, and each stands for
    `weight` = said / drawn of them, so that weighted figures hold for all that the
    teacher says (Horvitz and Thompson, 1952). Their numbers go with the square root
    of what is said of a category: rare ones are seen, common ones still count.
    *Disagreement*: of the videos where the two models are furthest apart, the one
    category where they are; nothing drawn at random comes again. Such rows repair
    labels best, and say nothing about how good labels are.

    Args:
        videos: N rows of a catalog.
        probabilities: The teacher's calibrated probabilities, shape `(N, L)`; of rows
            it was trained on, out of fold.
        states: For each row `ok`, `no_text` or `no_model`.
        label_set: The teacher's L categories.
        taxonomy: The taxonomy they belong to.
        config: Where the teacher is believed.
        scope: The durations to take.
        random: How many decisions to draw; all, if there are no more.
        disagreements: How many disagreements to choose, at most.
        seed: Makes a draw repeatable. Defaults to `0`.
        student: Calibrated probabilities of the visual model, of the same shape; NaN
            where it has none. Required for disagreements.
        duration_seconds: Asked where the catalog has no duration. Defaults to
            knowing none.

    Returns:
        The rows to review. Videos come in random order, so that who stops half way
        has reviewed a fair half; the rows of a video stand together.

    Raises:
        NothingToReview: If there is no such decision.
        TooFewDraws: If `random` is above 0 and less than two for each category.
        ValueError: As for `pseudo_label`; or if a number is negative, or `student`
            is missing or of another shape.
    """
    check_scores(videos, probabilities, states, label_set, config)
    _check_request(random, disagreements, student, probabilities)
    rng = np.random.default_rng(seed)
    eligible = [
        state == "ok"
        and own_truth(video) is None
        and is_in_scope(video, scope, duration_seconds)
        for video, state in zip(videos, states, strict=True)
    ]
    asked = np.outer(np.array(eligible, bool), label_set.visual)
    weights = _drawn_at_random(
        asked & config.chosen(probabilities, label_set), random, rng
    )
    chosen = np.isfinite(weights)
    if student is not None:
        chosen |= _furthest_apart(
            np.where(asked & ~chosen, np.abs(probabilities - student), np.nan),
            disagreements,
        )
    if not chosen.any():
        raise NothingToReview(
            f"There is nothing to review: {sum(eligible)} of {len(videos)} videos have "
            "text that the teacher reads, are in scope and have no better labels, and "
            f"{random} decisions and {disagreements} disagreements about visual "
            "categories were asked for. Give the catalog with its text, or lower "
            "--yes-bound."
        )
    place = rng.permutation(len(videos))
    pairs = sorted(np.argwhere(chosen).tolist(), key=lambda pair: place[pair[0]])
    rows: list[AuditRow] = []
    for row, label in pairs:
        weight = float(weights[row, label])
        student_score = math.nan if student is None else float(student[row, label])
        category = taxonomy[label_set.ids[label]]
        rows.append(
            AuditRow(
                id=videos[row].id,
                path=videos[row].path,
                category_id=category.id,
                category_path=category.path_text,
                teacher_score=float(probabilities[row, label]),
                student_score=None if math.isnan(student_score) else student_score,
                stratum="disagreement" if math.isnan(weight) else "random",
                weight=None if math.isnan(weight) else weight,
            )
        )
    return tuple(rows)


def allocate(sizes: Sequence[int], total: int) -> list[int]:
    """Shares draws out among strata, by the square roots of their sizes.

    Args:
        sizes: How many each stratum holds.
        total: How many to draw; at least two of each stratum, or all it has.

    Returns:
        How many to draw of each, at most all of it.

    >>> allocate([400, 100, 1], 31)
    [20, 10, 1]
    """
    drawn = [min(LEAST_DRAWN, size) for size in sizes]
    for _ in range(min(total, sum(sizes)) - sum(drawn)):
        open_strata = [at for at, size in enumerate(sizes) if drawn[at] < size]
        # D'Hondt's method: the next one goes where a draw stands for most.
        most = max(open_strata, key=lambda at: math.sqrt(sizes[at]) / (drawn[at] + 1))
        drawn[most] += 1
    return drawn


def _drawn_at_random(
    said: npt.NDArray[np.bool_], count: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """The weight of each drawn pair, NaN for all others."""
    weights = np.full(said.shape, np.nan)
    labels = np.flatnonzero(said.any(axis=0))
    if count == 0 or not labels.size:
        return weights
    sizes = said[:, labels].sum(axis=0).tolist()
    needed = sum(min(LEAST_DRAWN, size) for size in sizes)
    if count < needed:
        raise TooFewDraws(
            f"`random` must be at least {needed}, to see two decisions of each of the "
            f"{len(sizes)} categories that the teacher says. Received: random={count}"
        )
    for label, size, drawn in zip(labels, sizes, allocate(sizes, count), strict=True):
        rows = rng.choice(np.flatnonzero(said[:, label]), drawn, replace=False)
        weights[rows, label] = size / drawn
    return weights


def _furthest_apart(
    distance: npt.NDArray[np.float64], count: int
) -> npt.NDArray[np.bool_]:
    """The largest distance of each of `count` videos; NaN is none."""
    known = np.where(np.isnan(distance), -1.0, distance)
    label = known.argmax(axis=1)
    largest = known[np.arange(len(known)), label]
    rows = np.argsort(-largest, kind="stable")[:count]
    rows = rows[largest[rows] > 0]
    chosen = np.zeros(distance.shape, bool)
    chosen[rows, label[rows]] = True
    return chosen


def _check_request(
    random: int,
    disagreements: int,
    student: FloatArray | None,
    probabilities: FloatArray,
) -> None:
    if min(random, disagreements) < 0:
        raise ValueError(
            "`random` and `disagreements` must not be negative. Received: "
            f"random={random}, disagreements={disagreements}"
        )
    if disagreements and student is None:
        raise ValueError(
            "`student` must be given to find disagreements. "
            f"Received: disagreements={disagreements}, student=None"
        )
    if student is not None and student.shape != probabilities.shape:
        raise ValueError(
            f"`student` must have the shape {probabilities.shape} of `probabilities`. "
            f"Received: {student.shape}"
        )
