"""From a catalog and its features to a bundle."""

import importlib.metadata
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vidcat.inference.bundle import Bundle, check_bundle_folder
from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.encoders.source import EncoderSource
from vidcat.inference.features import FeatureStore
from vidcat.inference.files.own_folder import sole_writer
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Truth, Video
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.training.calibration import fit_calibrator
from vidcat.training.config import TrainConfig
from vidcat.training.fit import FitResult, fit
from vidcat.training.measuring.scoring import score_videos
from vidcat.training.measuring.selection import weakest_truth
from vidcat.training.merges.fit import (
    fit_on_calibration,
    merge_kind,
    require_same_split,
)
from vidcat.training.merges.scoring import BothModels
from vidcat.training.networks.progress import TrainingProgress
from vidcat.training.preparation import Prepared, TrainOptions, prepare
from vidcat.training.splits import calibration_halves, part_counts
from vidcat.training.thresholds import fit_thresholds

TrainListener = Callable[[str, TrainingProgress], None]
"""Called with the name of the network being trained and how far it is."""


@dataclass(frozen=True, kw_only=True)
class _Variant:
    """One of the networks that a training fits."""

    name: str
    config: TrainConfig
    metadata: bool


def train_bundle(
    videos: Sequence[Video],
    store: FeatureStore,
    out: Path,
    *,
    config: TrainConfig,
    options: TrainOptions,
    text: TextCategorizer | None = None,
    listener: TrainListener | None = None,
) -> Prepared:
    """Trains a visual categorizer, fits its decisions, and writes the bundle.

    A text model is put beside it, and the merge of both is fitted.

    A training that was stopped goes on from its last epoch when it is called again
    with the same arguments.

    Args:
        videos: Rows of the catalog, with labels.
        store: Their features.
        out: Folder of the bundle; `out/training` keeps logs and checkpoints.
        config: Settings of the network and its training.
        options: Categories, scope, target.
        text: A text model that was trained on the same split.
        listener: Told about progress.

    Returns:
        What was trained on.

    Raises:
        ValueError: If the catalog does not suffice; the text says what is missing.
        SplitError: If the text model learned from rows that are held out here.
        NoTruthToMerge: If the merge asked for needs labels by people.
        FolderInUse: If another process is writing to `out`.
    """
    check_bundle_folder(out)
    prepared = prepare(videos, store, options)
    with sole_writer(out):
        training = _Training(prepared, store, out, options, listener)
        _train(training, config, text)
    return prepared


def _train(
    training: "_Training", config: TrainConfig, text: TextCategorizer | None
) -> None:
    prepared, store, options = training.prepared, training.store, training.options
    if text is not None:
        # Both would end a long training otherwise.
        require_same_split(text.parts, prepared.parts)
        merge_kind(options.merge, training.truth)
    encoder = _encoder_source(store)
    ours, *others = _variants(prepared, config, options)
    categorizer, result = training.fit(ours)
    comparisons = {variant.name: training.fit(variant)[0] for variant in others}
    Bundle(
        label_set=prepared.label_set,
        space=store.space,
        encoder=encoder,
        sampling=store.sampling,
        projection=store.projection,
        visual=categorizer,
        parts=prepared.parts,
        scope=options.scope,
        truth=training.truth,
        provenance=_provenance(prepared, config, options, result),
        text=text,
        merge=None if text is None else training.merge(text, categorizer),
    ).save(
        training.out,
        comparisons,
        embed_encoder=options.embed_encoder or encoder.is_file,
    )


def _encoder_source(store: FeatureStore) -> EncoderSource:
    source = EncoderSource.read(store.folder)
    if source is None:
        raise ValueError(
            f"{store.folder}: it is not noted where the frame encoder "
            f"{store.space.encoder!r} comes from; `EncoderSource.write` notes it, as "
            "`vidcat describe` does."
        )
    return source


def _variants(
    prepared: Prepared, config: TrainConfig, options: TrainOptions
) -> list[_Variant]:
    """The networks to fit, ours first."""
    metadata = prepared.metadata is not None
    variants = [_Variant(name="visual", config=config, metadata=metadata)]
    if options.comparisons:
        average = replace(config, pooling="average")
        variants.append(_Variant(name="average", config=average, metadata=metadata))
    if options.comparisons and metadata:
        without = _Variant(name="without_metadata", config=config, metadata=False)
        variants.append(without)
    return variants


@dataclass(frozen=True)
class _Training:
    """What all the networks of a training share."""

    prepared: Prepared
    store: FeatureStore
    out: Path
    options: TrainOptions
    listener: TrainListener | None

    @property
    def truth(self) -> Truth:
        """What thresholds are fitted against: the truth of the calibration part."""
        return weakest_truth(self.prepared.videos("calibration"))

    def fit(self, variant: _Variant) -> tuple[VisualCategorizer, FitResult]:
        """Trains one network and fits its decisions."""

        def progress(state: TrainingProgress) -> None:
            if self.listener is not None:
                self.listener(variant.name, state)

        prepared = self.prepared
        encoder = prepared.metadata if variant.metadata else None
        result = fit(
            prepared.examples(self.store, prepared.rows("train"), variant.metadata),
            prepared.examples(
                self.store, prepared.rows("validation"), variant.metadata
            ),
            variant.config,
            self.out / "training" / variant.name,
            metadata_shape=None if encoder is None else encoder.shape,
            progress=progress,
        )
        labels = len(prepared.label_set)
        undecided = VisualCategorizer(
            model=result.model,
            calibrator=Calibrator.identity(labels),
            thresholds=Thresholds(
                values=(math.inf,) * labels,
                confident=(False,) * labels,
                target_precision=self.options.target_precision,
                truth=self.truth,
            ),
            metadata=encoder,
            max_frames=variant.config.max_frames,
        )
        return self._with_decisions(undecided), result

    def merge(self, text: TextCategorizer, visual: VisualCategorizer) -> MergePolicy:
        """Fits how the words of both models are put together."""
        prepared = self.prepared
        (policy,) = fit_on_calibration(
            BothModels(
                text=text,
                visual=visual,
                visual_labels=prepared.label_set,
                as_of=prepared.as_of,
            ),
            prepared.videos("calibration"),
            self.store,
            [merge_kind(self.options.merge, self.truth)],
            target_precision=self.options.target_precision,
        )
        return policy

    def _with_decisions(self, network: VisualCategorizer) -> VisualCategorizer:
        prepared = self.prepared
        rows = prepared.rows("calibration")
        videos = prepared.videos("calibration")
        logits = score_videos(network, videos, self.store, as_of=prepared.as_of)
        labels = prepared.labels[rows]
        first, second = calibration_halves([video.id for video in videos])
        calibrator = fit_calibrator(logits[first], labels[first])
        thresholds = fit_thresholds(
            calibrator.calibrate(logits[second]),
            labels[second],
            target_precision=self.options.target_precision,
            truth=self.truth,
        )
        return replace(network, calibrator=calibrator, thresholds=thresholds)


def _provenance(
    prepared: Prepared, config: TrainConfig, options: TrainOptions, result: FitResult
) -> dict[str, Any]:
    parts = {video.id: prepared.parts[video.id] for video in prepared.selection.videos}
    return {
        "vidcat": importlib.metadata.version("vidcat"),
        "keras": importlib.metadata.version("keras"),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": config.to_json(),
        "target_precision": options.target_precision,
        "best_epoch": result.best_epoch,
        "videos": part_counts(parts),
        "left_out": dict(prepared.selection.left_out),
        "absent_categories": dict(prepared.absent),
        "dropped_categories": list(prepared.dropped),
        "as_of": prepared.as_of.isoformat(),
    }
