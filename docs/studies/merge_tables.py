"""What text and frames are worth together, over many splits, as tables."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from page import table
from vidcat.inference.merge_policy import KINDS
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.merge_evaluation import (
    MergeEvaluation,
    MergeSlice,
    evaluate_merge,
)
from vidcat.training.merging import fit_merge

TARGET = 0.80
SPLITS = 100
GROUPS = ("text_only", "visual_only", "agreed", "added_to_text")


class Spread(NamedTuple):
    """A figure over many splits."""

    values: list[float]

    def __str__(self) -> str:
        known = [value for value in self.values if np.isfinite(value)]
        if not known:
            return "-"
        low, high = np.percentile(known, (2.5, 97.5))
        return f"{np.mean(known):.2f} ({low:.2f}-{high:.2f})"


def evaluated_on_halves(
    by_text: NDArray[np.float64],
    by_frames: NDArray[np.float64],
    truth: NDArray[np.int8],
    labels: LabelSet,
    *,
    languages: Sequence[str | None],
) -> list[MergeEvaluation]:
    """Every merge, fitted on a random half of the videos, measured on the other."""
    rng = np.random.default_rng(0)
    taxonomy = load_iab(labels.taxonomy_version)
    measured = []
    for _ in range(SPLITS):
        first, second = np.array_split(rng.permutation(len(truth)), 2)
        policies = [
            fit_merge(
                by_text[first],
                by_frames[first],
                truth[first],
                labels,
                kind=kind,
                target_precision=TARGET,
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
                taxonomy,
                languages=[languages[row] for row in second],
                target_precision=TARGET,
                truth="gold",
            )
        )
    return measured


def slice_tables(measured: Sequence[MergeEvaluation]) -> Iterator[str]:
    """What each source alone and each merge says, on all videos and on some."""
    slices = {
        "all": [one.every for one in measured],
        "read by the text model": [one.with_text for one in measured],
        "not read by it": [one.without_text for one in measured],
    }
    head = ["", "categories a video", "gain over text", "precision", "coverage"]
    for title, found in slices.items():
        kept = [one for one in found if one is not None]
        yield from [
            "",
            f"Videos: {title}, {np.mean([one.videos for one in kept]):.0f} a half.",
            "",
        ]
        names = ("text", "visual", *KINDS)
        yield from table(head, [_cells(kept, name) for name in names])


def _cells(slices: Sequence[MergeSlice], name: str) -> list[str]:
    runs = [one.run(name) for one in slices]
    gains = [run.gain_over_text.relative for run in runs if run.gain_over_text]
    return [
        name,
        str(Spread([run.categories_per_video for run in runs])),
        str(Spread(gains)),
        str(Spread([run.operating_point.precision for run in runs])),
        str(Spread([run.operating_point.coverage for run in runs])),
    ]


def group_table(measured: Sequence[MergeEvaluation]) -> Iterator[str]:
    """How precise each merge is, by the sources of what it says."""
    lines = []
    for kind in KINDS:
        groups = [one.every.run(kind).groups or {} for one in measured]
        spreads = [
            Spread([found[name].precision for found in groups]) for name in GROUPS
        ]
        lines.append([kind, *map(str, spreads)])
    yield "Measured precision of what each policy says, by where it comes from:"
    yield ""
    yield from table(["", *(group.replace("_", " ") for group in GROUPS)], lines)
