"""Runs of text, of the frames, and of both together, on the same videos."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vidcat.inference.decisions import Thresholds
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merging import SOURCES, MergedMatrix, merge
from vidcat.inference.video import Truth
from vidcat.taxonomy.iab import load_iab
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.merges.scoring import BothScores


def merge_runs(
    scores: BothScores,
    policies: Sequence[MergePolicy],
    videos: tuple[VideoFacts, ...],
    *,
    target_precision: float,
    truth: Truth,
    provenance: Mapping[str, Any],
) -> tuple[MeasuredRun, ...]:
    """Keeps what each way of deciding says.

    Args:
        scores: What both say of N rows.
        policies: Merges by the same labels, that which is served first; one of them is
            `separate`, whose thresholds are those of each source alone.
        videos: Facts of the N rows.
        target_precision: What the thresholds were fitted for.
        truth: How the labels came about.
        provenance: What every run notes of itself; `served` is added for the merge.

    Returns:
        `text`, `visual`, then the merges, each by the name of its kind. Where a source
        is silent, its run says nothing.
    """
    (alone,) = (one for one in policies if one.kind == "separate")
    labels = alone.label_set
    taxonomy = load_iab(labels.taxonomy_version)
    silent = np.full(scores.text.shape, np.nan)

    def run(
        name: str, matrix: MergedMatrix, thresholds: Mapping[str, Thresholds]
    ) -> MeasuredRun:
        known = matrix.decisions.score[:, : len(labels)]
        return MeasuredRun(
            name=name,
            truth=truth,
            target_precision=target_precision,
            label_set=labels,
            videos=videos,
            y_true=scores.labels,
            probabilities=known.astype(np.float32),
            chosen=matrix.decisions.chosen,
            thresholds=thresholds,
            provenance={**provenance, "served": name == policies[0].kind},
        )

    said = {"text": (scores.text, silent), "visual": (silent, scores.visual)}
    return (
        *(
            run(
                name,
                merge(*said[name], alone, taxonomy),
                {name: alone.thresholds[name]},
            )
            for name in SOURCES
        ),
        *(
            run(
                policy.kind,
                merge(scores.text, scores.visual, policy, taxonomy),
                policy.thresholds,
            )
            for policy in policies
        ),
    )
