"""Text, frames, and both: trained and measured on real videos.

Usage: python docs/studies/text_and_frames.py FOLDER [--report FILE.html]

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
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from numpy.typing import NDArray
from promises import promise_table, write_report_page

from frame_models import LARGE, FrameModel, measured, train_frames
from page import replace_figures
from published_rows import published_rows
from study_tables import FIGURES, cells_of_run, table
from union_tables import union_tables
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.evaluation import Evaluation, evaluate
from vidcat.training.labels import label_matrix
from vidcat.training.measuring.operating_point import operating_point
from vidcat.training.report import draw_curves
from vidcat.training.splits import assign_parts
from vidcat.training.text import train_text
from vidcat.training.texts.config import TextConfig
from vidcat.training.weak_labels import weak_labels
from youtube8m_data import StudyData, reachable_labels, read_data

HERE = Path(__file__)
TAXONOMY = load_iab("3.1")


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
        rows,
        truth,
        lambda row: parts[row.id],
        data.features,
        wanted,
        settings=LARGE,
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


def study(data: StudyData, folder: Path, report: Path | None) -> Iterator[str]:
    """All tables; the curves are drawn, and the report is written, on the way."""
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
        "test part": measured("frames", unseen, visual, model, data),
        "joint videos": measured("frames", data.joint, visual, model, data),
    }
    lines = [[name, *cells_of_run(run)] for name, run in runs.items()]
    yield from table(["visual model on", *FIGURES], lines)
    yield "### What is promised"
    yield ""
    yield from promise_table(model, unseen, visual, data)
    if report is not None:
        write_report_page(model, unseen, visual, data, report)
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
    parser.add_argument("--report", type=Path, help="HTML file of the frames' report")
    given = parser.parse_args()
    data = read_data(given.folder)
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for line in study(data, Path(folder), given.report):
            print(line, flush=True)
            lines.append(line)
    replace_figures(HERE.with_suffix(".md"), lines)


if __name__ == "__main__":
    main()
