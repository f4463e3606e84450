"""Text, frames, and both: trained and measured on real videos.

Usage: python docs/studies/text_and_frames.py FOLDER

FOLDER holds `yt8m_text/videos.jsonl` (title, description, tags, metadata and
YouTube-8M labels of a few thousand videos) and `yt8m_video_features/*.tfrecord`
(video-level features and labels). The videos with text and features both are the test
set; the others train. Labels are mapped to IAB 3.1 by `vidcat.taxonomy.youtube8m`.
The figures replace those in `text_and_frames.md`. Takes about twenty minutes on two
cores.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from keras import ops
from numpy.typing import NDArray

from frame_models import FrameModel, train_frames
from merge_tables import evaluated_on_halves, group_table, slice_tables
from page import replace_figures, table
from vidcat.inference.scope import Scope
from vidcat.inference.sources import merged_label_set, spread
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.youtube8m import youtube8m_labels
from vidcat.training.evaluation import Evaluation, evaluate, video_metrics
from vidcat.training.label_states import PseudoLabelConfig
from vidcat.training.labels import label_matrix
from vidcat.training.operating_point import OperatingPoint, operating_point
from vidcat.training.pseudo_labels import NoPseudoLabels, pseudo_label
from vidcat.training.report import draw_curves
from vidcat.training.splits import assign_parts, fold_of
from vidcat.training.text import train_text
from vidcat.training.text_config import TextConfig
from vidcat.training.weak_labels import weak_labels
from youtube8m_data import StudyData, reachable_labels, read_data

HERE = Path(__file__)
FOLDS = 5
LARGE: dict[str, Any] = {
    "preset": "small",
    "batch_size": 128,
    "dropout": 0.3,
    "l2_penalty": 100,
}
SMALL: dict[str, Any] = {"preset": "small", "batch_size": 32, "epochs": 30}
TAXONOMY = load_iab("3.1")


def cells_of_run(run: Evaluation) -> list[str]:
    """Figures of a run: videos, precision with interval, coverage, ranking."""
    return cells_of(run.operating_point, run.metrics)


def cells_of(point: OperatingPoint, metrics: Mapping[str, float]) -> list[str]:
    """The same of what was measured by hand."""
    low, high = point.precision_interval
    precision = f"{point.precision:.2f} ({low:.2f}-{high:.2f})" if point.chosen else "-"
    names = ("gap", "mean_average_precision", "hit_at_1")
    ranking = [f"{metrics[name]:.3f}" for name in names]
    return [
        f"{point.videos}",
        precision,
        f"{point.coverage:.2f}",
        f"{point.correct_coverage:.2f}",
        *ranking,
    ]


FIGURES = ("videos", "precision", "coverage", "correct coverage", "GAP", "mAP", "Top-1")


def text_tables(data: StudyData, text: TextCategorizer) -> Iterator[str]:
    """The bag of words by language, and the lexicon beside it."""
    unseen = [row for row in data.text_rows if text.parts.get(row.id) == "test"]
    rows = [row for row in (*unseen, *data.joint) if row.labels is not None]
    scores = text.score(rows)
    truth = label_matrix(rows, text.label_set, TAXONOMY)
    languages = np.array([one or "unknown" for one in scores.languages], object)
    groups = {
        "all": np.full(len(rows), True),
        "English": languages == "en",
        "French": languages == "fr",
        "other languages": ~np.isin(languages, ("en", "fr")),
    }
    found = []
    for name, group in groups.items():
        run = text_run(
            [row for row, is_in in zip(rows, group, strict=True) if is_in], text
        )
        found.append([f"bag of words, {name}", *cells_of_run(run)])
    for confidence, rule in ((0.85, "a phrase in the title"), (0.5, "any standing")):
        weak = weak_labels(
            rows, scores.languages, text.label_set, TAXONOMY, min_confidence=confidence
        )
        said = weak.labels == 1
        told = deepest(said, text.label_set)
        for name in ("English", "French"):
            group = groups[name]
            point = operating_point(truth[group], told[group], said[group])
            low, high = point.precision_interval
            found.append(
                [
                    f"lexicon ({rule}), {name}",
                    f"{point.videos}",
                    f"{point.precision:.2f} ({low:.2f}-{high:.2f})",
                    f"{point.coverage:.2f}",
                    f"{point.correct_coverage:.2f}",
                    *("", "", ""),
                ]
            )
    yield from table(["", *FIGURES], found)


def text_run(rows: Sequence[Video], text: TextCategorizer) -> Evaluation:
    """Measures the text model on rows; those it cannot read are not covered."""
    rows = [row for row in rows if row.labels is not None]
    return evaluate(
        label_matrix(rows, text.label_set, TAXONOMY),
        text.score(rows).probabilities,
        text.thresholds,
        text.label_set,
        TAXONOMY,
        name="text",
        truth="gold",
    )


def deepest(said: NDArray[np.bool_], label_set: LabelSet) -> NDArray[np.bool_]:
    """What is said, without what a category below it implies."""
    told = said.copy()
    for below, name in enumerate(label_set.ids):
        for above in TAXONOMY.ancestors(name):
            if above in label_set:
                told[:, label_set.index(above)] &= ~said[:, below]
    return told


def train_visual(
    data: StudyData, labels: LabelSet
) -> tuple[LabelSet, FrameModel, dict[str, str]]:
    """The visual model, on mapped labels."""
    rows = [row for row in data.frame_rows if row.labels is not None]
    parts = assign_parts(rows, key="id")
    wanted = with_examples(labels.visual_only(), rows, parts)
    truth = label_matrix(rows, wanted, TAXONOMY)
    model = train_frames(
        rows, truth, lambda row: parts[row.id], data.features, settings=LARGE
    )
    return wanted, model, parts


def with_examples(
    labels: LabelSet, rows: Sequence[Video], parts: Mapping[str, str]
) -> LabelSet:
    """The labels with ten training examples or more."""
    trained = [row for row in rows if parts[row.id] == "train"]
    counts = (label_matrix(trained, labels, TAXONOMY) == 1).sum(axis=0)
    return labels.select(
        [one for one, count in zip(labels.ids, counts, strict=True) if count >= 10]
    )


def run_of(
    name: str,
    rows: Sequence[Video],
    labels: LabelSet,
    model: FrameModel,
    data: StudyData,
) -> Evaluation:
    """Measures a visual model on rows."""
    rows = [row for row in rows if row.labels is not None]
    return evaluate(
        label_matrix(rows, labels, TAXONOMY),
        model.probabilities(rows, data.features),
        model.thresholds,
        labels,
        TAXONOMY,
        name=name,
        truth="gold",
    )


def union_tables(
    data: StudyData, text: TextCategorizer, labels: LabelSet, model: FrameModel
) -> Iterator[str]:
    """Every policy, fitted on half of the joint videos and measured on the others."""
    rows = [row for row in data.joint if row.labels is not None]
    scores = text.score(rows)
    merged = merged_label_set(text.label_set, labels)
    by_text = spread(scores.probabilities, scores.ok, text.label_set, merged)
    by_frames = spread(
        model.probabilities(rows, data.features), [True] * len(rows), labels, merged
    )
    truth = label_matrix(rows, merged, TAXONOMY)
    measured = evaluated_on_halves(
        by_text, by_frames, truth, merged, languages=scores.languages
    )
    yield from slice_tables(measured)
    yield from group_table(measured)


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
        settings=LARGE,
        probabilities_of=best,
        calibration_labels=label_matrix(rows, stated, TAXONOMY),
    )
    return run_of("mapped, not retrained", data.joint, stated, model, data)


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
            settings=SMALL,
            metadata=metadata,
        )
        held = np.flatnonzero(fold == number)
        found = model.probabilities([rows[row] for row in held], data.features)
        probabilities[held] = found
        chosen[held] = model.thresholds.reached(found)
    return cells_of(
        operating_point(truth, chosen, chosen), video_metrics(truth, probabilities)
    )


def published_rows(
    data: StudyData, text: TextCategorizer, labels: LabelSet, model: FrameModel
) -> Iterator[str]:
    """The published comparison, as far as these videos allow it."""
    mapped = mapped_not_retrained(data, labels)
    ours = run_of("retrained", data.joint, labels, model, data)
    lines = [
        ["mapped, not retrained", *cells_of_run(mapped)],
        ["retrained on mapped labels", *cells_of_run(ours)],
        ["joint videos alone, five folds", *in_folds(data, labels, metadata=False)],
        ["the same, with metadata", *in_folds(data, labels, metadata=True)],
    ]
    yield from table(["visual model", *FIGURES], lines)
    yield left_out_students(data, text)
    yield ""


def study(data: StudyData, folder: Path) -> Iterator[str]:
    """All tables; the curves are drawn on the way."""
    labels = reachable_labels()
    config = TextConfig(kind="bag-of-words")
    text = train_text(data.text_rows, labels, folder / "text", config=config)
    yield "### Text"
    yield ""
    yield from text_tables(data, text)
    visual, model, parts = train_visual(data, labels)
    unseen = [row for row in data.frame_rows if parts.get(row.id) == "test"]
    yield "### Frames"
    yield ""
    runs = {
        "test part": run_of("frames", unseen, visual, model, data),
        "joint videos": run_of("frames", data.joint, visual, model, data),
    }
    lines = [[name, *cells_of_run(run)] for name, run in runs.items()]
    yield from table(["visual model on", *FIGURES], lines)
    yield "### Both, on the joint videos"
    yield from union_tables(data, text, visual, model)
    yield "### The published rows"
    yield ""
    yield from published_rows(data, text, visual, model)
    by_text = text_run(data.joint, text)
    draw_curves([by_text, runs["joint videos"]], HERE.with_suffix(".png"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    data = read_data(parser.parse_args().folder)
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for line in study(data, Path(folder)):
            print(line, flush=True)
            lines.append(line)
    replace_figures(HERE.with_suffix(".md"), lines)


if __name__ == "__main__":
    main()
