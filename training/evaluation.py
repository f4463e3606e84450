"""How good scores and decisions are, measured against the truth."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import (
    BoolArray,
    FloatArray,
    Thresholds,
    decision_matrix,
    raised,
    sayable_ids,
    with_implied,
)
from vidcat.inference.video import Truth
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.measuring.curves import (
    CurvePoint,
    PrecisionCoverageCurve,
    precision_coverage_curve,
)
from vidcat.training.measuring.intervals import (
    PointIntervals,
    Selected,
    point_intervals,
)
from vidcat.training.measuring.json_figures import json_ready, precision_word
from vidcat.training.measuring.label_figures import LabelFigures, label_figures
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.measuring.measures import (
    Labels,
    average_precision,
    average_precision_per_label,
    checked,
    ranked,
)
from vidcat.training.measuring.operating_point import OperatingPoint, operating_point
from vidcat.training.measuring.truth import truth_of_sayable
from vidcat.training.measuring.video_counts import video_counts


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What one run is worth on one part of a catalog.

    Against pseudo-labels, precision is agreement with the model that made them;
    `precision_name` says which word is due, and `to_json` uses it.
    """

    name: str
    """The run's name, for reports."""
    truth: Truth
    """What all figures are measured against."""
    target_precision: float
    """What the thresholds were fitted for."""
    metrics: dict[str, float]
    """Figures of `video_metrics`."""
    operating_point: OperatingPoint
    """At thresholds that were chosen on other data."""
    optimistic: CurvePoint | None
    """Best point of `curve` at the target: chosen on the data it is measured on.
    `None` where no threshold reaches the target."""
    curve: PrecisionCoverageCurve
    """One threshold for all labels, from strict to loose."""
    labels: tuple[LabelFigures, ...]
    """Each category by itself: the labels, then those above them that are no labels
    and have a threshold of their own."""
    intervals: PointIntervals | None = None
    """Where the operating point lies with 95 % confidence, whole owners drawn anew;
    `None` where the videos are not known."""

    @property
    def precision_name(self) -> str:
        """`precision`, or `agreement` against pseudo-labels."""
        return precision_word(self.truth)

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object; NaN and infinity become `null`.

        Against pseudo-labels, `agreement` stands in keys in place of `precision`,
        but for the metrics, whose names are fixed.
        """
        curve = self.curve.thinned()
        figures: dict[str, Any] = {
            "target_precision": self.target_precision,
            "operating_point": asdict(self.operating_point),
            "intervals": self.intervals and self.intervals._asdict(),
            "optimistic": self.optimistic and self.optimistic._asdict(),
            "curve": {name: values.tolist() for name, values in vars(curve).items()},
            "labels": [asdict(label) for label in self.labels],
        }
        return {
            "name": self.name,
            "truth": self.truth,
            "metrics": json_ready(self.metrics),
            **json_ready(figures, self.precision_name),
        }


def evaluate(
    y_true: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    thresholds: Thresholds,
    label_set: LabelSet,
    taxonomy: Taxonomy,
    *,
    name: str,
    truth: Truth,
    failed: int = 0,
) -> Evaluation:
    """Measures scores, and the decisions that follow from them, on the test part.

    Args:
        y_true: 1 yes, 0 no, -1 unknown, shape `(N, L)`.
        probabilities: Calibrated probabilities of the same shape.
        thresholds: Fitted on other data, the calibration part.
        label_set: The L labels.
        taxonomy: The taxonomy they belong to.
        name: The run's name, for reports.
        truth: How `y_true` came about.
        failed: Videos in scope with truth that could not be scored; they count as
            not covered. Defaults to `0`.

    Returns:
        The evaluation.

    Raises:
        ValueError: If shapes differ, a probability is not finite, or no video has
            truth.
    """
    known_truth, scores = checked(y_true, probabilities)
    decided = decision_matrix(scores, thresholds, label_set, taxonomy)
    return _evaluation(
        _Decided(
            label_set=label_set,
            taxonomy=taxonomy,
            y_true=known_truth,
            truth=truth_of_sayable(known_truth, label_set, taxonomy),
            scores=scores,
            chosen=decided.chosen,
            thresholds={"scores": thresholds},
        ),
        name=name,
        truth=truth,
        target_precision=thresholds.target_precision,
        failed=failed,
    )


def evaluate_run(
    run: MeasuredRun, intervals: PointIntervals | None = None
) -> Evaluation:
    """Measures a run that was kept.

    Args:
        run: The run.
        intervals: Those of its operating point, where they are known already.
            Defaults to drawing them.

    Returns:
        The evaluation, with intervals.

    Raises:
        ValueError: If no video has truth.
    """
    checked(run.y_true, run.probabilities)
    evaluation = _evaluation(
        _Decided(
            label_set=run.label_set,
            taxonomy=run.taxonomy,
            y_true=run.y_true,
            truth=run.sayable_truth,
            scores=run.probabilities,
            chosen=run.chosen,
            thresholds=run.thresholds,
        ),
        name=run.name,
        truth=run.truth,
        target_precision=run.target_precision,
        failed=len(run.failed),
    )
    if intervals is None:
        counts = video_counts(run)
        every = Selected(counts, np.ones(len(counts.facts), bool))
        (intervals,) = point_intervals([every])
    return replace(evaluation, intervals=intervals)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Decided:
    """Scores by L labels, decisions about the M categories that can be said."""

    label_set: LabelSet
    taxonomy: Taxonomy
    y_true: Labels
    truth: Labels
    scores: FloatArray
    chosen: BoolArray
    thresholds: Mapping[str, Thresholds]

    @property
    def given(self) -> BoolArray:
        """What is chosen, and what is above it."""
        ids = sayable_ids(self.label_set, self.taxonomy)
        return with_implied(self.chosen, ids, self.taxonomy)

    def labels(self, videos: int) -> tuple[LabelFigures, ...]:
        """The figures of each label, and of what else can be chosen."""
        ids = sayable_ids(self.label_set, self.taxonomy)
        can_be_chosen = np.count_nonzero(self.chosen, axis=0) > 0
        for one in self.thresholds.values():
            can_be_chosen[: len(one.values)] |= np.isfinite(one.values)
        can_be_chosen[: len(self.label_set)] = True
        kept = np.flatnonzero(can_be_chosen)
        scores = self.scores
        if len(kept) > len(self.label_set):
            outside = raised(self.scores, self.label_set, self.taxonomy)
            added = kept[len(self.label_set) :]
            scores = np.hstack([scores, outside[:, added]])
        return label_figures(
            self.truth[:, kept],
            scores,
            self.chosen[:, kept],
            self.thresholds,
            category_ids=[ids[at] for at in kept],
            taxonomy=self.taxonomy,
            columns=kept.tolist(),
            videos=videos,
        )


def _evaluation(
    decided: _Decided, *, name: str, truth: Truth, target_precision: float, failed: int
) -> Evaluation:
    curve = precision_coverage_curve(decided.y_true, decided.scores, failed=failed)
    point = operating_point(decided.truth, decided.chosen, decided.given, failed=failed)
    return Evaluation(
        name=name,
        truth=truth,
        target_precision=target_precision,
        metrics=video_metrics(decided.y_true, decided.scores),
        operating_point=point,
        optimistic=curve.best(target_precision),
        curve=curve,
        labels=decided.labels(point.videos),
    )


def video_metrics(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, top_k: int = 20
) -> dict[str, float]:
    """Measures how well scores rank the labels of videos, as YouTube-8M does.

    Pairs of unknown truth take part in nothing. Equal scores within a list count
    as one step, and rank by label position within a video.

    Args:
        y_true: 1 yes, 0 no, -1 unknown, shape `(videos, labels)`.
        y_score: Scores of the same shape, higher is likelier.
        top_k: Number of best labels of each video that `gap` and
            `mean_average_precision` look at; true labels beyond count as missed.
            Defaults to `20`.

    Returns:
        A dict of

        * `gap`: average precision over all videos' best labels in one list,
        * `mean_average_precision`: mean over labels that have a positive, from the
          videos' best labels (`mean_average_precision_all_scores`: from all scores),
        * `hit_at_1`: share of videos whose best label is true,
        * `perr`: precision among as many labels as the video has, mean over videos,
        * `classes_scored`, `classes_skipped`: labels with and without a positive,
        * `videos_scored`, `videos_skipped`: videos with and without a positive;
          `hit_at_1` and `perr` leave the latter out.

        Without any positive the five figures are NaN.

    Raises:
        ValueError: If shapes differ or are not two-dimensional, `y_true` holds
            other values, a score is not finite, or `top_k` is not positive.

    Reference:
        Abu-El-Haija et al., 2016, "YouTube-8M", https://arxiv.org/abs/1609.08675
    """
    truth, score = checked(y_true, y_score)
    if top_k <= 0:
        raise ValueError(f"`top_k` must be positive. Received: top_k={top_k}")
    order, falling, positive = ranked(truth, score)
    listed = falling[:, :top_k] > -np.inf
    best = np.full_like(falling, -np.inf)
    np.put_along_axis(best, order[:, :top_k], falling[:, :top_k], axis=1)
    per_class = average_precision_per_label(truth, best)
    per_class_all = average_precision_per_label(truth, score)
    has_class = ~np.isnan(per_class)
    counts = positive.sum(axis=1)
    scored = counts > 0
    among_first = np.arange(positive.shape[1]) < counts[:, None]
    hits = (positive & among_first).sum(axis=1)
    return {
        "gap": average_precision(
            falling[:, :top_k][listed], positive[:, :top_k][listed], int(counts.sum())
        ),
        "mean_average_precision": _mean(per_class[has_class]),
        "mean_average_precision_all_scores": _mean(per_class_all[has_class]),
        "hit_at_1": _mean(positive[scored, :1].ravel()),
        "perr": _mean(hits[scored] / counts[scored]),
        "classes_scored": int(has_class.sum()),
        "classes_skipped": int((~has_class).sum()),
        "videos_scored": int(scored.sum()),
        "videos_skipped": int((~scored).sum()),
    }


def _mean(values: npt.NDArray[np.floating | np.bool_]) -> float:
    return float(np.mean(values, dtype=np.float64)) if values.size else float("nan")
