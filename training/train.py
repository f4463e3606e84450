"""From a catalog and its features to a bundle."""

import importlib.metadata
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle, check_bundle_folder
from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.encoders.source import EncoderSource
from vidcat.inference.features import FeatureStore
from vidcat.inference.files.own_folder import sole_writer
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Truth, Video
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.training.config import TrainConfig
from vidcat.training.deciding.halves import Halves, calibration_halves
from vidcat.training.deciding.scored_halves import fit_on_halves
from vidcat.training.fit import FitResult, fit
from vidcat.training.measuring.scoring import score_videos
from vidcat.training.measuring.selection import weakest_truth
from vidcat.training.merges.fit import (
    calibration_scores,
    fit_on_calibration,
    merge_kind,
    require_same_split,
)
from vidcat.training.merges.scoring import BothModels
from vidcat.training.networks.progress import TrainingProgress
from vidcat.training.preparation import Prepared, TrainOptions, prepare
from vidcat.training.provenance import made_by
from vidcat.training.splits import part_counts

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
    categorizer, result, logits = training.fit(ours)
    comparisons = {variant.name: training.fit(variant)[0] for variant in others}
    if text is None:
        merge, kept = None, training.seen(categorizer, logits)
    else:
        merge, kept = training.merged(text, categorizer)
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
        merge=merge,
        calibration=kept,
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


class _Fitted(NamedTuple):
    """A trained network with its decisions."""

    categorizer: VisualCategorizer
    result: FitResult
    logits: NDArray[np.float32]
    """What it says of the calibration part."""


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

    def fit(self, variant: _Variant) -> "_Fitted":
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
                target_precision=self.options.promise.target_precision,
                truth=self.truth,
            ),
            metadata=encoder,
            max_frames=variant.config.max_frames,
        )
        logits = self._logits(undecided)
        return _Fitted(self._with_decisions(undecided, logits), result, logits)

    def merged(
        self, text: TextCategorizer, visual: VisualCategorizer
    ) -> tuple[MergePolicy, CalibrationScores]:
        """Fits how the words of both models are put together."""
        prepared, options = self.prepared, self.options
        models = BothModels(
            text=text,
            visual=visual,
            visual_labels=prepared.label_set,
            as_of=prepared.as_of,
        )
        kept = calibration_scores(
            models,
            prepared.videos("calibration"),
            self.store,
            split_by=options.split_by,
        )
        (policy,) = fit_on_calibration(
            models,
            kept,
            [merge_kind(options.merge, self.truth)],
            promise=options.promise,
            truth=self.truth,
        )
        return policy, kept

    def seen(
        self, visual: VisualCategorizer, logits: NDArray[np.float32]
    ) -> CalibrationScores:
        """What frames alone say of the calibration part."""
        return self._halves().keep(
            self.prepared.label_set,
            self.prepared.labels[self.prepared.rows("calibration")],
            visual=visual.probabilities(logits),
        )

    def _halves(self) -> Halves:
        videos = self.prepared.videos("calibration")
        return calibration_halves(videos, self.options.split_by)

    def _logits(self, network: VisualCategorizer) -> NDArray[np.float32]:
        prepared = self.prepared
        videos = prepared.videos("calibration")
        return score_videos(network, videos, self.store, as_of=prepared.as_of)

    def _with_decisions(
        self, network: VisualCategorizer, logits: NDArray[np.float32]
    ) -> VisualCategorizer:
        prepared = self.prepared
        calibrator, thresholds = fit_on_halves(
            logits,
            prepared.labels[prepared.rows("calibration")],
            self._halves(),
            prepared.label_set,
            promise=self.options.promise,
            truth=self.truth,
        )
        return replace(network, calibrator=calibrator, thresholds=thresholds)


def _provenance(
    prepared: Prepared, config: TrainConfig, options: TrainOptions, result: FitResult
) -> dict[str, Any]:
    parts = {video.id: prepared.parts[video.id] for video in prepared.selection.videos}
    made = made_by()
    return {
        "vidcat": made["vidcat"],
        "commit": made["commit"],
        "keras": importlib.metadata.version("keras"),
        "created_at": made["at"],
        "config": config.to_json(),
        "promise": options.promise.to_json(),
        "split_by": options.split_by,
        "best_epoch": result.best_epoch,
        "videos": part_counts(parts),
        "left_out": dict(prepared.selection.left_out),
        "absent_categories": dict(prepared.absent),
        "dropped_categories": list(prepared.dropped),
        "as_of": prepared.as_of.isoformat(),
    }
