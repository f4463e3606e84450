"""What text and frames are worth alone and together."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import BoolArray
from vidcat.inference.language import UNKNOWN_LANGUAGE
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merging import SOURCES, MergedMatrix, merge
from vidcat.inference.video import Truth
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.measuring.json_figures import json_ready, precision_word
from vidcat.training.measuring.measures import Labels, checked
from vidcat.training.measuring.operating_point import (
    CONFIDENCE,
    Interval,
    OperatingPoint,
    clopper_pearson,
    operating_point,
)
from vidcat.training.measuring.truth import truth_of_sayable


@dataclass(frozen=True, kw_only=True)
class CategoryGroup:
    """Some of the chosen categories, and how many of them are right."""

    chosen: int
    """All of them."""
    known: int
    """Those whose truth is known."""
    correct: int
    """Those that are right."""
    precision: float
    """`correct / known`; NaN without any."""
    precision_interval: Interval
    """Two-sided Clopper-Pearson bounds, the categories taken as independent."""


@dataclass(frozen=True, kw_only=True)
class Gain:
    """How many more categories a video has than by something else."""

    relative: float
    """0.44 for 44 % more; NaN where the other says nothing."""
    interval: Interval
    """Where it lies with 95 % confidence, the videos taken as independent."""


@dataclass(frozen=True, kw_only=True)
class MergeRun:
    """What one way of deciding is worth on some videos."""

    name: str
    """`text` or `visual` for a source alone, else the kind of the merge."""
    categories_per_video: float
    """Mean number of chosen categories of all videos, those without any included."""
    operating_point: OperatingPoint
    """Its `categories_per_video` is that of the videos with any."""
    gain_over_text: Gain | None = None
    """In `categories_per_video`, over text alone; `None` for a source alone."""
    gain_over_better: Gain | None = None
    """The same over the source that alone says more on these videos."""
    groups: Mapping[str, CategoryGroup] | None = None
    """For a merge:

    * `text_only`, `visual_only`, `agreed`: all that it chooses, by the sources that
      are named for it;
    * `added_to_text`, `added_to_visual`: what it chooses and that source alone, at
      its own thresholds, does not;
    * `lost`: what a source alone chooses and the merge does not.
    """


@dataclass(frozen=True, kw_only=True)
class MergeSlice:
    """All ways of deciding, on some of the videos."""

    videos: int
    """Number of videos that have truth."""
    runs: tuple[MergeRun, ...]
    """Text alone, the frames alone, then the merges in the order given."""

    def run(self, name: str) -> MergeRun:
        """The run of that name.

        Raises:
            KeyError: If there is none.
        """
        return {run.name: run for run in self.runs}[name]


@dataclass(frozen=True, kw_only=True)
class MergeEvaluation:
    """Text and frames, alone and together, on one test split."""

    truth: Truth
    """What all figures are measured against."""
    target_precision: float
    """What the merges' thresholds were fitted for."""
    every: MergeSlice
    """All videos that have truth."""
    with_text: MergeSlice | None
    """Those of which text says anything; `None` without any."""
    without_text: MergeSlice | None
    """The others."""
    by_language: Mapping[str, MergeSlice]
    """By language of the text, the commonest first."""

    @property
    def precision_name(self) -> str:
        """`precision`, or `agreement` against pseudo-labels."""
        return precision_word(self.truth)

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object; NaN becomes `null`."""
        figures = asdict(self)
        truth = figures.pop("truth")
        return {"truth": truth, **json_ready(figures, self.precision_name)}


def evaluate_merge(
    text_probabilities: npt.ArrayLike,
    visual_probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    policies: Sequence[MergePolicy],
    taxonomy: Taxonomy,
    *,
    languages: Sequence[str | None],
    target_precision: float,
    truth: Truth,
) -> MergeEvaluation:
    """Measures merges, and each source alone, on videos that nothing was fitted on.

    Args:
        text_probabilities: Calibrated, of shape `(N, M)`; not a number where text says
            nothing (`vidcat.inference.merges.sources.spread`).
        visual_probabilities: Those of the frames, likewise.
        labels: 1 yes, 0 no, -1 unknown, of the same shape. A video that is unknown
            throughout has no truth and is passed over.
        policies: Merges of different kinds, all by the same M labels. One of them is
            `separate`: its thresholds are those of each source alone.
        taxonomy: The taxonomy of the labels.
        languages: The language of each video, if it is known.
        target_precision: What the merges' thresholds were fitted for.
        truth: How the labels came about.

    Returns:
        The evaluation.

    Raises:
        ValueError: If shapes or labels differ, no policy is `separate`, or no video
            has truth.
    """
    alone = _separate(policies)
    text = np.asarray(text_probabilities, np.float64)
    visual = np.asarray(visual_probabilities, np.float64)
    silent = np.full(text.shape, np.nan)
    decided: dict[str, MergedMatrix] = {
        "text": merge(text, silent, alone, taxonomy),
        "visual": merge(silent, visual, alone, taxonomy),
        **{one.kind: merge(text, visual, one, taxonomy) for one in policies},
    }
    known_truth = truth_of_sayable(
        checked(labels, np.nan_to_num(text, nan=0.0)).y_true,
        alone.label_set,
        taxonomy,
    )
    measure = _Measure(known_truth, decided)
    has_truth = np.any(known_truth >= 0, axis=1)
    if not has_truth.any():
        raise ValueError(
            "At least one video must have truth. Received: "
            f"{len(known_truth)} videos, all unknown"
        )
    has_text = np.any(~np.isnan(text), axis=1)
    spoken = np.array([one or UNKNOWN_LANGUAGE for one in languages], object)
    counts = Counter(spoken[has_truth & has_text].tolist())
    return MergeEvaluation(
        truth=truth,
        target_precision=target_precision,
        every=measure.slice(has_truth),
        with_text=measure.slice_if_any(has_truth & has_text),
        without_text=measure.slice_if_any(has_truth & ~has_text),
        by_language={
            language: measure.slice(has_truth & has_text & (spoken == language))
            for language, _ in counts.most_common()
        },
    )


def _separate(policies: Sequence[MergePolicy]) -> MergePolicy:
    """The policy that holds the sources' own thresholds."""
    kinds = [one.kind for one in policies]
    if "separate" not in kinds or len(set(kinds)) < len(kinds):
        raise ValueError(
            "`policies` must be of different kinds, one of them 'separate'. "
            f"Received: {kinds}"
        )
    if (found := len({one.label_set.content_hash for one in policies})) > 1:
        raise ValueError(
            f"`policies` must all have the same labels. Received: {found} label sets"
        )
    return policies[kinds.index("separate")]


class _Measure(NamedTuple):
    """Decisions of all runs, to be measured on some videos at a time."""

    labels: Labels
    """Of all categories that can be said."""
    decided: Mapping[str, MergedMatrix]

    def slice_if_any(self, rows: BoolArray) -> MergeSlice | None:
        return self.slice(rows) if rows.any() else None

    def slice(self, rows: BoolArray) -> MergeSlice:
        labels = self.labels[rows]
        counts = {
            name: self._chosen(name, rows).sum(axis=1, dtype=np.int64)
            for name in self.decided
        }
        better = max(SOURCES, key=lambda name: int(counts[name].sum()))
        runs = []
        for name, matrix in self.decided.items():
            run = MergeRun(
                name=name,
                categories_per_video=float(counts[name].mean()),
                operating_point=operating_point(
                    labels,
                    self._chosen(name, rows),
                    matrix.decisions.given[rows],
                ),
            )
            if name not in SOURCES:
                run = replace(
                    run,
                    gain_over_text=_gain(counts[name], counts["text"]),
                    gain_over_better=_gain(counts[name], counts[better]),
                    groups=self._groups(name, rows),
                )
            runs.append(run)
        return MergeSlice(videos=len(labels), runs=tuple(runs))

    def _chosen(self, name: str, rows: BoolArray) -> BoolArray:
        return self.decided[name].decisions.chosen[rows]

    def _groups(self, name: str, rows: BoolArray) -> dict[str, CategoryGroup]:
        labels = self.labels[rows]
        chosen = self._chosen(name, rows)
        text = self.decided[name].text[rows]
        visual = self.decided[name].visual[rows]
        text_alone = self._chosen("text", rows)
        visual_alone = self._chosen("visual", rows)
        members = {
            "text_only": chosen & text & ~visual,
            "visual_only": chosen & visual & ~text,
            "agreed": chosen & text & visual,
            "added_to_text": chosen & ~text_alone,
            "added_to_visual": chosen & ~visual_alone,
            "lost": (text_alone | visual_alone) & ~chosen,
        }
        return {key: _group(labels, member) for key, member in members.items()}


def _group(labels: Labels, member: BoolArray) -> CategoryGroup:
    known = int((member & (labels >= 0)).sum())
    correct = int((member & (labels == 1)).sum())
    return CategoryGroup(
        chosen=int(member.sum()),
        known=known,
        correct=correct,
        precision=correct / known if known else math.nan,
        precision_interval=clopper_pearson(correct, known),
    )


def _gain(counts: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> Gain:
    """Compares the number of categories of each video with another's.

    The interval is that of a ratio of two means over the same videos (delta method).
    """
    videos, below = len(other), int(other.sum())
    if not below:
        return Gain(relative=math.nan, interval=Interval(math.nan, math.nan))
    ratio = int(counts.sum()) / below
    margin = math.nan
    if videos > 1:
        spread = float(np.std(counts - ratio * other, ddof=1))
        sides = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
        margin = sides * spread * math.sqrt(videos) / below
    return Gain(
        relative=ratio - 1, interval=Interval(ratio - 1 - margin, ratio - 1 + margin)
    )
