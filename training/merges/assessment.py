"""Measures what a bundle's text and frames are worth together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vidcat.inference.bundle import Bundle
from vidcat.inference.feature_store.accepted_sampling import require_sampling
from vidcat.inference.features import FeatureStore
from vidcat.inference.merges.policy import KINDS, MergeKind, MergePolicy
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.multilingual import Embeds
from vidcat.inference.video import Video
from vidcat.training.measuring.assessment import NothingToMeasure, rows_to_measure
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.measuring.selection import (
    Selection,
    counts_as_failed,
    select_videos,
    weakest_truth,
)
from vidcat.training.measuring.stored_runs import bundle_provenance, save_runs
from vidcat.training.merges.evaluation import MergeEvaluation, evaluate_merge
from vidcat.training.merges.fit import calibration_scores, fit_on_calibration
from vidcat.training.merges.report import write_merge_report
from vidcat.training.merges.runs import merge_runs
from vidcat.training.merges.scoring import BothModels
from vidcat.training.refitting import promise_of


class NoTextModel(ValueError):
    """The bundle has no text model whose words could be put together with frames."""


@dataclass(frozen=True, kw_only=True)
class MergeAssessment:
    """What a bundle's merge is worth, the other kinds beside it."""

    served: MergeKind
    """The kind that the bundle serves with."""
    evaluation: MergeEvaluation
    """On the test part; the kind that is served comes first among the merges."""
    runs: tuple[MeasuredRun, ...]
    """Text alone and the frames alone, each at its own thresholds, and the merge that
    is served, on the same videos; then the other merges."""
    left_out: Mapping[str, int]
    """Rows of the test part that were not measured on, by reason."""

    def to_json(self) -> dict[str, Any]:
        """All figures as a JSON object."""
        return {
            "served": self.served,
            **self.evaluation.to_json(),
            "left_out": dict(self.left_out),
        }

    def write(self, folder: Path) -> None:
        """Writes the report and the runs."""
        write_merge_report(self.evaluation, folder)
        save_runs(self.runs, folder)


def assess_merge(
    folder: Path,
    videos: Sequence[Video],
    store: FeatureStore,
    *,
    sentence_encoder: Embeds | None = None,
    whole_catalog: bool = False,
    others: bool = True,
) -> MergeAssessment:
    """Measures text, frames and all four merges on the test part of a bundle's split.

    The merge that the bundle serves with is measured as it is; the others are fitted
    on the calibration part, as training would have. A video that could not be
    described is measured by its text.

    Args:
        folder: The bundle's folder.
        videos: The catalog it was trained on.
        store: The features of its videos.
        sentence_encoder: The encoder of its multilingual text model. Defaults to the
            one it was trained with, from where training had it.
        whole_catalog: Whether to measure on all rows, for a catalog that training
            never saw; without the other merges. Defaults to `False`.
        others: Whether to fit and measure the merges that are not served. Defaults
            to `True`; `False` leaves `separate` beside the served one.

    Returns:
        The assessment.

    Raises:
        InvalidBundle: If the folder holds no whole bundle.
        NoTextModel: If the bundle has no text model.
        FeatureSpaceMismatch: If the features are of another space or sampling.
        NothingToMeasure: If the catalog lacks the test or the calibration part.
        NothingUsable: If no row of a part can be used.
    """
    bundle = Bundle.load(folder, sentence_encoder=sentence_encoder)
    if bundle.text is None or bundle.merge is None:
        raise NoTextModel(
            f"{folder}: the bundle has no text model to put together with its frames; "
            "`vidcat train --text` puts one in."
        )
    bundle.space.require_same(store.space)
    require_sampling(folder, bundle.sampling, store.sampling)
    models = _models(bundle, bundle.text)
    policies = [bundle.merge]
    if others and not whole_catalog:
        policies += _others(bundle, bundle.merge, models, videos, store)
    elif bundle.merge.kind != "separate":
        policies.append(models.separate())
    test, _ = rows_to_measure(bundle.parts, videos, whole_catalog=whole_catalog)
    selection = _selected(bundle, test, store)
    broken = [
        video for video in test if counts_as_failed(video, store.failures, bundle.scope)
    ]
    left_out = Counter(selection.left_out)
    left_out["no features"] -= len(broken)
    rows = [*selection.videos, *broken]
    scores = models.score(rows, store)
    return MergeAssessment(
        served=bundle.merge.kind,
        evaluation=evaluate_merge(
            scores.text,
            scores.visual,
            scores.labels,
            policies,
            bundle.taxonomy,
            languages=scores.languages,
            target_precision=bundle.visual.thresholds.target_precision,
            truth=weakest_truth(rows),
        ),
        runs=merge_runs(
            scores,
            policies,
            tuple(VideoFacts.of(row, _found_seconds(row, store)) for row in rows),
            target_precision=bundle.visual.thresholds.target_precision,
            truth=weakest_truth(rows),
            provenance=bundle_provenance(
                bundle, part="all" if whole_catalog else "test", kind="source"
            ),
        ),
        left_out=+left_out,
    )


def _models(bundle: Bundle, text: TextCategorizer) -> BothModels:
    return BothModels(
        text=text,
        visual=bundle.visual,
        visual_labels=bundle.label_set,
        as_of=datetime.fromisoformat(bundle.provenance["as_of"]),
    )


def _found_seconds(video: Video, store: FeatureStore) -> float | None:
    return store.duration_seconds(video.id) if video.id in store else None


def _others(
    bundle: Bundle,
    served: MergePolicy,
    models: BothModels,
    videos: Sequence[Video],
    store: FeatureStore,
) -> list[MergePolicy]:
    """The merges that are not served, fitted as training would have."""
    rows = [video for video in videos if bundle.parts.get(video.id) == "calibration"]
    if not rows:
        raise NothingToMeasure(
            f"None of the {len(videos)} rows belongs to the calibration part of the "
            "bundle's split, on which the other merges are fitted; give the catalog "
            "that it was trained on."
        )
    others = [kind for kind in KINDS if kind != served.kind]
    selected = _selected(bundle, rows, store).videos
    kept = calibration_scores(
        models,
        selected,
        store,
        split_by=bundle.provenance.get("split_by", "auto"),
    )
    return fit_on_calibration(
        models,
        kept,
        others,
        promise=promise_of(bundle),
        truth=weakest_truth(selected),
    )


def _selected(
    bundle: Bundle, videos: Sequence[Video], store: FeatureStore
) -> Selection:
    return select_videos(
        videos, store.duration_seconds, store.__contains__, bundle.scope
    )
