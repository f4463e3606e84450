"""From a catalog and its features to a bundle."""

import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.bundle import Bundle, save_comparison
from vidcat.inference.features import FeatureStore
from vidcat.inference.metadata import MetadataEncoder
from vidcat.inference.scope import Scope
from vidcat.inference.video import Video
from vidcat.inference.visual_categorizer import VisualCategorizer
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.calibration import fit_calibrator
from vidcat.training.config import TrainConfig
from vidcat.training.dataset import Examples
from vidcat.training.fit import FitResult, fit
from vidcat.training.labels import label_matrix
from vidcat.training.metadata import fit_metadata_encoder
from vidcat.training.scoring import score_videos
from vidcat.training.selection import Selection, select_videos
from vidcat.training.splits import assign_parts, calibration_halves
from vidcat.training.thresholds import fit_thresholds

Report = Callable[[str, Mapping[str, Any]], None]
"""Called with the name of what is being fitted and how far it is."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What a training is asked for, beside the network's own settings."""

    label_set: LabelSet = field(default_factory=lambda: LabelSet.default().visual_only())
    """The categories wanted; those with too few examples are dropped."""
    scope: Scope = field(default_factory=Scope)
    """Durations of the videos to train and measure on."""
    target_precision: float = 0.80
    """What the thresholds are to hold."""
    min_examples: int = 10
    """Training videos that a category needs."""
    split_by: str = "auto"
    """`owner`, `id`, or `auto`: by owner where rows have one."""
    comparisons: bool = True
    """Whether to fit the average baseline, and the network without metadata."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A catalog made ready for fitting."""

    selection: Selection
    parts: Mapping[str, str]
    label_set: LabelSet
    """The categories with enough examples."""
    dropped: tuple[str, ...]
    """Ids of the categories without."""
    labels: NDArray[np.int8]
    """Shape `(videos, labels)`: 1 yes, 0 no, -1 unknown."""
    metadata: MetadataEncoder | None
    as_of: datetime

    def rows(self, *parts: str) -> NDArray[np.intp]:
        """Positions of the videos that belong to any of these parts."""
        chosen = [self.parts[video.id] in parts for video in self.selection.videos]
        return np.flatnonzero(chosen)

    def examples(
        self, store: FeatureStore, rows: NDArray[np.intp], metadata: bool
    ) -> Examples:
        """Those videos as the network takes them."""
        videos = [self.selection.videos[row] for row in rows]
        encoder = self.metadata if metadata else None
        return Examples(
            ids=[video.id for video in videos],
            features=store,
            labels=self.labels[rows],
            metadata=encoder and encoder.encode(videos, as_of=self.as_of),
        )


class TooFewExamples(ValueError):
    """No category has enough training videos."""


def prepare(
    videos: Sequence[Video], store: FeatureStore, options: TrainOptions
) -> Prepared:
    """Selects rows, splits them, and lays out their labels.

    Raises:
        NothingToTrainOn: If no row can be used.
        SplitError: If a part of the split would be empty.
        TooFewExamples: If no category has enough training videos.
    """
    selection = select_videos(
        videos, store.duration_seconds, store.__contains__, options.scope
    )
    parts = assign_parts(selection.videos, key=options.split_by)
    wanted = options.label_set
    taxonomy = load_iab(wanted.taxonomy_version)
    labels = label_matrix(selection.videos, wanted, taxonomy)
    training = np.array([parts[video.id] == "train" for video in selection.videos])
    counts = (labels[training] == 1).sum(axis=0)
    enough = counts >= options.min_examples
    if not enough.any():
        raise TooFewExamples(
            f"No category has {options.min_examples} training videos (the best has "
            f"{counts.max()}); --min-examples lowers what is asked for."
        )
    kept = [name for name, keep in zip(wanted.ids, enough, strict=True) if keep]
    trained_on = [
        video for video, is_training in zip(selection.videos, training, strict=True)
        if is_training
    ]
    as_of = _as_of(selection.videos)
    return Prepared(
        selection=selection,
        parts=parts,
        label_set=wanted.select(kept),
        dropped=tuple(name for name in wanted.ids if name not in set(kept)),
        labels=labels[:, enough],
        metadata=fit_metadata_encoder(trained_on, as_of=as_of),
        as_of=as_of,
    )


def train_bundle(
    videos: Sequence[Video],
    store: FeatureStore,
    out: Path,
    *,
    config: TrainConfig,
    options: TrainOptions,
    report: Report = lambda name, state: None,
) -> Prepared:
    """Trains a visual categorizer, fits its decisions, and writes the bundle.

    A training that was stopped goes on from its last epoch when it is called again
    with the same arguments.

    Args:
        videos: Rows of the catalog, with labels.
        store: Their features.
        out: Folder of the bundle; `out/training` keeps logs and checkpoints.
        config: Settings of the network and its training.
        options: Categories, scope, target.
        report: Told about progress.

    Returns:
        What was trained on.

    Raises:
        ValueError: If the catalog does not suffice; the text says what is missing.
    """
    prepared = prepare(videos, store, options)
    fitted = {
        name: _fit_one(name, prepared, store, out, variant, metadata, options, report)
        for name, variant, metadata in _variants(prepared, config, options)
    }
    main, *others = fitted
    for name in others:
        save_comparison(out, name, fitted[name][0])
    categorizer, result = fitted[main]
    Bundle(
        label_set=prepared.label_set,
        space=store.space,
        sampling=store.sampling,
        projection=store.projection,
        visual=categorizer,
        parts=prepared.parts,
        scope=options.scope,
        truth=prepared.selection.truth,
        provenance=_provenance(prepared, config, options, result),
    ).save(out)
    return prepared


def _variants(
    prepared: Prepared, config: TrainConfig, options: TrainOptions
) -> list[tuple[str, TrainConfig, bool]]:
    """The networks to fit: name, settings, whether with metadata; ours first."""
    metadata = prepared.metadata is not None
    variants = [("visual", config, metadata)]
    if options.comparisons:
        variants.append(("average", replace(config, pooling="average"), metadata))
        if metadata:
            variants.append(("without_metadata", config, False))
    return variants


def _fit_one(
    name: str,
    prepared: Prepared,
    store: FeatureStore,
    out: Path,
    config: TrainConfig,
    metadata: bool,
    options: TrainOptions,
    report: Report,
) -> tuple[VisualCategorizer, FitResult]:
    result = fit(
        prepared.examples(store, prepared.rows("train"), metadata),
        prepared.examples(store, prepared.rows("validation"), metadata),
        config,
        out / "training" / name,
        progress=lambda state: report(name, state),
    )
    unfitted = VisualCategorizer.unfitted(
        result.model,
        labels=len(prepared.label_set),
        metadata=prepared.metadata if metadata else None,
        max_frames=config.max_frames,
    )
    return _with_decisions(unfitted, prepared, store, options), result


def _with_decisions(
    network: VisualCategorizer,
    prepared: Prepared,
    store: FeatureStore,
    options: TrainOptions,
) -> VisualCategorizer:
    rows = prepared.rows("calibration")
    videos = [prepared.selection.videos[row] for row in rows]
    logits = score_videos(network, videos, store, as_of=prepared.as_of)
    labels = prepared.labels[rows]
    first, second = calibration_halves([video.id for video in videos])
    calibrator = fit_calibrator(logits[first], labels[first])
    thresholds = fit_thresholds(
        calibrator.calibrate(logits[second]),
        labels[second],
        target_precision=options.target_precision,
        truth=prepared.selection.truth,
    )
    return replace(network, calibrator=calibrator, thresholds=thresholds)


def _as_of(videos: Sequence[Video]) -> datetime:
    # The newest upload, not today: the same catalog must train the same network.
    dates = [video.uploaded_at for video in videos if video.uploaded_at is not None]
    return max(dates, default=datetime.now(UTC))


def _provenance(
    prepared: Prepared, config: TrainConfig, options: TrainOptions, result: FitResult
) -> dict[str, Any]:
    counts = {
        part: len(prepared.rows(part)) for part in sorted(set(prepared.parts.values()))
    }
    return {
        "vidcat": importlib.metadata.version("vidcat"),
        "keras": importlib.metadata.version("keras"),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": asdict(config),
        "target_precision": options.target_precision,
        "best_epoch": result.best_epoch,
        "videos": counts,
        "left_out": dict(prepared.selection.left_out),
        "dropped_categories": list(prepared.dropped),
        "as_of": prepared.as_of.isoformat(),
    }
