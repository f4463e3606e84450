"""How often a teacher is right, where its catalog has better truth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray
from vidcat.inference.scope import Scope
from vidcat.inference.video import Truth, Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.labels import NO, YES, label_matrix
from vidcat.training.measuring.operating_point import Interval, clopper_pearson
from vidcat.training.pseudo_labels import DurationOf, is_in_scope, own_truth
from vidcat.training.teaching.label_states import (
    PseudoLabelConfig,
    check_scores,
    label_states,
)


@dataclass(frozen=True, kw_only=True)
class TeacherFigures:
    """What a teacher said, against what is true.

    Pairs of a video and a category whose truth is not known are passed over.
    """

    said: int
    """Pairs whose own probability reaches the yes bound."""
    right: int
    """Those among them that are true."""
    denied: int
    """Pairs that the pseudo-labels would deny."""
    denied_wrongly: int
    """Those among them that are true."""
    true: int
    """All pairs that are true, said, denied or left open."""

    @property
    def precision(self) -> float:
        """Right ones of the said ones; NaN where nothing is said."""
        return self.right / self.said if self.said else math.nan

    @property
    def precision_interval(self) -> Interval:
        """Two-sided Clopper-Pearson bounds at 95 % confidence."""
        return clopper_pearson(self.right, self.said)

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object; `null` where there is no precision."""
        return {
            "said": self.said,
            "right": self.right,
            "precision": self.precision if self.said else None,
            "precision_interval": list(self.precision_interval),
            "denied": self.denied,
            "denied_wrongly": self.denied_wrongly,
            "true": self.true,
        }


@dataclass(frozen=True, kw_only=True)
class TeacherPrecision:
    """A teacher against one kind of truth."""

    truth: Truth
    videos: int
    """Videos in scope with such truth that the teacher could score."""
    overall: TeacherFigures
    """Over all categories."""
    categories: dict[str, TeacherFigures]
    """By id, those alone of which anything was said or is true."""

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        return {
            "truth": self.truth,
            "videos": self.videos,
            "overall": self.overall.to_json(),
            "categories": {
                category_id: figures.to_json()
                for category_id, figures in self.categories.items()
            },
        }


def teacher_precision(
    videos: Sequence[Video],
    probabilities: FloatArray,
    states: Sequence[str],
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    config: PseudoLabelConfig,
    scope: Scope,
    duration_seconds: DurationOf | None = None,
) -> tuple[TeacherPrecision, ...]:
    """Measures a teacher's visual categories on rows with gold or audited labels.

    Gold and audited rows are measured apart: which rows were audited was not left
    to chance alone where the worst disagreements were among them, so the figure on
    them is a low one. `vidcat.training.audits.precision` has the one without bias.

    Args:
        videos: N rows of a catalog.
        probabilities: The teacher's calibrated probabilities, shape `(N, L)`; of rows
            it was trained on, out of fold.
        states: For each row `ok`, `no_text` or `no_model`.
        label_set: The teacher's L categories.
        taxonomy: The taxonomy they belong to.
        config: Where the teacher is believed.
        scope: The durations to measure on.
        duration_seconds: Asked where the catalog has no duration. Defaults to
            knowing none.

    Returns:
        One measurement for each kind of truth that rows have, gold first.

    Raises:
        ValueError: As for `pseudo_label`.
        UnknownLabel: If a label is no id of the taxonomy.
    """
    check_scores(videos, probabilities, states, label_set, config)
    measured: list[TeacherPrecision] = []
    truths: tuple[Truth, ...] = ("gold", "audited")
    for truth in truths:
        rows = [
            row
            for row, (video, state) in enumerate(zip(videos, states, strict=True))
            if own_truth(video) == truth
            and state == "ok"
            and is_in_scope(video, scope, duration_seconds)
        ]
        if rows:
            y_true = label_matrix([videos[row] for row in rows], label_set, taxonomy)
            scores = probabilities[rows]
            said = config.chosen(scores, label_set)
            denied = label_states(scores, label_set, taxonomy, config) == NO
            measured.append(_measured(truth, label_set, y_true, said, denied))
    return tuple(measured)


def _measured(
    truth: Truth,
    label_set: LabelSet,
    y_true: npt.NDArray[np.int8],
    said: npt.NDArray[np.bool_],
    denied: npt.NDArray[np.bool_],
) -> TeacherPrecision:
    known, true = y_true >= 0, y_true == YES
    visual = np.array(label_set.visual)
    counts = np.stack(
        [said & known, said & true, denied & known, denied & true, true], axis=-1
    ).sum(axis=0)
    matters = visual & ((counts[:, 0] > 0) | (counts[:, 4] > 0))
    return TeacherPrecision(
        truth=truth,
        videos=len(y_true),
        overall=_figures(counts[visual].sum(axis=0)),
        categories={
            label_set.ids[at]: _figures(counts[at]) for at in np.flatnonzero(matters)
        },
    )


def _figures(counts: npt.NDArray[np.intp]) -> TeacherFigures:
    said, right, denied, denied_wrongly, true = counts.tolist()
    return TeacherFigures(
        said=said, right=right, denied=denied, denied_wrongly=denied_wrongly, true=true
    )
