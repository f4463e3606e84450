"""What every policy of putting text and frames together is worth."""

from collections.abc import Iterator

import numpy as np

from frame_models import FrameModel
from study_tables import Spread, table
from vidcat.inference.merges.policy import KINDS
from vidcat.inference.merges.sources import merged_label_set, spread
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.promise import Promise
from vidcat.training.labels import label_matrix
from vidcat.training.merges.evaluation import MergeEvaluation, evaluate_merge
from vidcat.training.merging import fit_merge
from youtube8m_data import StudyData

TARGET = 0.80
SPLITS = 100
TAXONOMY = load_iab("3.1")


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
    rng = np.random.default_rng(0)
    measured: list[MergeEvaluation] = []
    for _ in range(SPLITS):
        first, second = np.array_split(rng.permutation(len(rows)), 2)
        policies = [
            fit_merge(
                by_text[first],
                by_frames[first],
                truth[first],
                merged,
                kind=kind,
                promise=Promise(target_precision=TARGET, per="all"),
                truth="gold",
            )
            for kind in KINDS
        ]
        measured.append(
            evaluate_merge(
                by_text[second],
                by_frames[second],
                truth[second],
                policies,
                TAXONOMY,
                languages=[scores.languages[row] for row in second],
                target_precision=TARGET,
                truth="gold",
            )
        )
    slices = {
        "all": [one.every for one in measured],
        "read by the text model": [one.with_text for one in measured],
        "not read by it": [one.without_text for one in measured],
    }
    for title, found in slices.items():
        kept = [one for one in found if one is not None]
        yield from [
            "",
            f"Videos: {title}, {np.mean([one.videos for one in kept]):.0f} a half.",
            "",
        ]
        head = ["", "categories a video", "gain over text", "precision", "coverage"]
        lines = []
        for name in ("text", "visual", *KINDS):
            runs = [one.run(name) for one in kept]
            gains = [run.gain_over_text.relative for run in runs if run.gain_over_text]
            lines.append(
                [
                    name,
                    str(Spread([run.categories_per_video for run in runs])),
                    str(Spread(gains)),
                    str(Spread([run.operating_point.precision for run in runs])),
                    str(Spread([run.operating_point.coverage for run in runs])),
                ]
            )
        yield from table(head, lines)
    groups = ("text_only", "visual_only", "agreed", "added_to_text")
    lines = []
    for kind in KINDS:
        runs = [one.every.run(kind) for one in measured]
        lines.append(
            [
                kind,
                *(
                    str(Spread([(run.groups or {})[group].precision for run in runs]))
                    for group in groups
                ),
            ]
        )
    yield "Measured precision of what each policy says, by where it comes from:"
    yield ""
    yield from table(["", *(group.replace("_", " ") for group in groups)], lines)
