"""The published comparison of visual models, as far as real videos allow it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops

from frame_models import LARGE, SMALL, FrameModel, measured, train_frames
from study_tables import FIGURES, cells_of, cells_of_run, table
from vidcat.inference.decisions import decision_matrix
from vidcat.inference.scope import Scope
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.youtube8m import youtube8m_labels
from vidcat.training.deciding.promise import Promise
from vidcat.training.evaluation import Evaluation, video_metrics
from vidcat.training.labels import label_matrix
from vidcat.training.measuring.operating_point import operating_point
from vidcat.training.pseudo_labels import (
    NoPseudoLabels,
    PseudoLabelConfig,
    pseudo_label,
)
from vidcat.training.splits import assign_parts, fold_of
from youtube8m_data import StudyData

FOLDS = 5
TOGETHER = Promise(per="all")
"""The published figures are those of all categories together."""
TAXONOMY = load_iab("3.1")


def mapped_not_retrained(data: StudyData, labels: LabelSet) -> Evaluation:
    """A model of YouTube-8M's own labels; each category has its best label's score."""
    known = sorted(youtube8m_labels())
    rows = [row for row in data.frame_rows if row.labels is not None]
    parts = assign_parts(rows, key="id")
    trained = [row.id for row in rows if parts[row.id] == "train"]
    counts = np.bincount(
        [one for name in trained for one in data.own_labels[name]], minlength=4000
    )
    column = {
        one: at for at, one in enumerate(one for one in known if counts[one] >= 10)
    }
    own = np.zeros((len(rows), len(column)), np.int8)
    for at, row in enumerate(rows):
        own[at, [column[one] for one in data.own_labels[row.id] if one in column]] = 1
    members = [
        [
            at
            for one, at in column.items()
            if label in TAXONOMY.with_ancestors(youtube8m_labels()[one].category_ids)
        ]
        for label in labels.ids
    ]
    stated = labels.select(
        [label for label, found in zip(labels.ids, members, strict=True) if found]
    )
    columns = [found for found in members if found]

    def best(logits: Any) -> Any:
        picked = [ops.max(ops.take(logits, found, axis=1), axis=1) for found in columns]
        return ops.stack(picked, axis=1)

    model = train_frames(
        rows,
        own,
        lambda row: parts[row.id],
        data.features,
        stated,
        settings=LARGE,
        promise=TOGETHER,
        probabilities_of=best,
        calibration_labels=label_matrix(rows, stated, TAXONOMY),
    )
    return measured("mapped, not retrained", data.joint, stated, model, data)


def left_out_students(data: StudyData, text: TextCategorizer) -> str:
    """How many joint videos the text model is sure enough of to teach."""
    unlabelled = [replace(row, labels=None, unknown_labels=()) for row in data.joint]
    scores = text.score(unlabelled)
    bounds = PseudoLabelConfig(min_examples=1)
    try:
        found = pseudo_label(
            unlabelled,
            scores.probabilities,
            scores.states,
            text.label_set,
            TAXONOMY,
            config=bounds,
            scope=Scope(),
        )
    except NoPseudoLabels as error:
        return str(error)
    reasons = ", ".join(
        f"{count} {reason}" for reason, count in found.report.left_out.items()
    )
    return (
        f"The text model is sure of a visual category for {len(found.videos)} of the "
        f"{len(data.joint)} videos that have both (left out: {reasons})."
    )


def in_folds(data: StudyData, labels: LabelSet, *, metadata: bool) -> list[str]:
    """The joint videos alone: each fold is scored by a model of the other folds."""
    rows = [row for row in data.joint if row.labels is not None]
    fold = np.array([fold_of(row, FOLDS, key="id") for row in rows])
    truth = label_matrix(rows, labels, TAXONOMY)
    enough = [
        one
        for one, count in zip(labels.ids, (truth == 1).sum(axis=0), strict=True)
        if count >= 20
    ]
    labels = labels.select(enough)
    truth = label_matrix(rows, labels, TAXONOMY)
    probabilities = np.zeros(truth.shape)
    chosen = np.zeros(truth.shape, bool)
    for number in range(FOLDS):
        others = np.flatnonzero(fold != number)
        parts = {
            rows[row].id: ("train", "train", "calibration", "validation")[at % 4]
            for at, row in enumerate(others)
        }
        model = train_frames(
            [rows[row] for row in others],
            truth[others],
            lambda row, parts=parts: parts[row.id],
            data.features,
            labels,
            settings=SMALL,
            promise=Promise(per="all", assurance=0.5),
            metadata=metadata,
        )
        held = np.flatnonzero(fold == number)
        found = model.probabilities([rows[row] for row in held], data.features)
        probabilities[held] = found
        decided = decision_matrix(found, model.thresholds, labels, TAXONOMY)
        chosen[held] = decided.chosen[:, : len(labels)]
    return cells_of(
        operating_point(truth, chosen, chosen), video_metrics(truth, probabilities)
    )


def published_rows(
    data: StudyData, text: TextCategorizer, labels: LabelSet, model: FrameModel
) -> Iterator[str]:
    """The published comparison, as far as these videos allow it."""
    mapped = mapped_not_retrained(data, labels)
    ours = measured("retrained", data.joint, labels, model.with_promise(TOGETHER), data)
    lines = [
        ["mapped, not retrained", *cells_of_run(mapped)],
        ["retrained on mapped labels", *cells_of_run(ours)],
        ["joint videos alone, five folds", *in_folds(data, labels, metadata=False)],
        ["the same, with metadata", *in_folds(data, labels, metadata=True)],
    ]
    yield from table(["visual model", *FIGURES], lines)
    yield left_out_students(data, text)
    yield ""
