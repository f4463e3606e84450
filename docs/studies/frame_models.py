"""Visual models on one frame a video, for the studies."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from vidcat.inference.deciding.log_odds import sigmoid
from vidcat.inference.decisions import Calibrator, Thresholds, decision_matrix
from vidcat.inference.metadata import MetadataEncoder
from vidcat.inference.video import Video
from vidcat.models.visual import logits_model
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.config import TrainConfig
from vidcat.training.dataset import Examples
from vidcat.training.deciding.halves import calibration_halves
from vidcat.training.deciding.promise import Promise
from vidcat.training.deciding.scored_halves import (
    fit_on_halves,
    thresholds_on_halves,
)
from vidcat.training.evaluation import Evaluation, evaluate_run
from vidcat.training.fit import fit, predict_logits
from vidcat.training.labels import label_matrix
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.metadata import fit_metadata_encoder
from youtube8m_data import OneFrame, StudyData

LARGE: dict[str, Any] = {
    "preset": "small",
    "batch_size": 128,
    "dropout": 0.3,
    "l2_penalty": 100,
}
"""Settings for ten thousand videos."""
SMALL: dict[str, Any] = {"preset": "small", "batch_size": 32, "epochs": 30}
"""Settings for a few hundred."""

TAXONOMY = load_iab("3.1")
AS_OF = datetime(2018, 1, 1, tzinfo=UTC)
"""The rows have no upload time; the encoder asks for a time all the same."""


@dataclass(frozen=True)
class FrameModel:
    """A trained network and its decisions."""

    network: keras.Model
    metadata: MetadataEncoder | None
    calibrator: Calibrator
    thresholds: Thresholds
    """For `promise`, on the calibration part."""
    calibration: "ScoredPart"
    """What they were fitted on."""

    def with_promise(self, promise: Promise) -> "FrameModel":
        """The same model with thresholds for another promise."""
        part = self.calibration
        thresholds = thresholds_on_halves(
            self.calibrator.calibrate(part.logits),
            part.truth,
            calibration_halves(part.videos, "id"),
            part.label_set,
            promise=promise,
            truth="gold",
        )
        return replace(self, thresholds=thresholds)

    def probabilities(
        self, videos: Sequence[Video], features: Mapping[str, OneFrame]
    ) -> NDArray[np.float64]:
        """Calibrated probabilities, shape `(N, L)`."""
        return self.calibrator.calibrate(self.logits(videos, features))

    def logits(
        self, videos: Sequence[Video], features: Mapping[str, OneFrame]
    ) -> NDArray[np.float32]:
        """What the network says, shape `(N, L)`."""
        labels = len(self.calibrator.slope)
        unknown = np.full((len(videos), labels), -1, np.int8)
        shown = _examples(videos, features, unknown, self.metadata)
        return _logits(self.network, shown)


class ScoredPart(NamedTuple):
    """The calibration part of a model."""

    videos: Sequence[Video]
    logits: NDArray[np.float32]
    truth: NDArray[np.int8]
    label_set: LabelSet


def train_frames(
    videos: Sequence[Video],
    labels: NDArray[np.int8],
    part_of: Callable[[Video], str],
    features: Mapping[str, OneFrame],
    label_set: LabelSet,
    *,
    settings: Mapping[str, Any],
    promise: Promise | None = None,
    metadata: bool = False,
    probabilities_of: Callable[[NDArray[Any]], NDArray[Any]] | None = None,
    calibration_labels: NDArray[np.int8] | None = None,
) -> FrameModel:
    """Trains NeXtVLAD, calibrates it and sets its thresholds.

    Args:
        videos: N videos.
        labels: What to learn, shape `(N, L)`: 1 yes, 0 no, -1 unknown.
        part_of: Answers `train`, `validation`, or `calibration`.
        features: By id.
        label_set: The categories of what is calibrated.
        settings: Of `TrainConfig`.
        promise: What the thresholds are to hold. Defaults to 0.80 of each category.
        metadata: Whether the network sees the rows' metadata as well.
        probabilities_of: Turns the network's logits into those that are calibrated.
            Defaults to leaving them as they are.
        calibration_labels: The truth of those. Defaults to `labels`.
    """
    parts = np.array([part_of(video) for video in videos])
    encoder = None
    if metadata:
        trained = [
            video for video, part in zip(videos, parts, strict=True) if part == "train"
        ]
        encoder = fit_metadata_encoder(trained, as_of=AS_OF)

    def of(part: str) -> Examples:
        rows = np.flatnonzero(parts == part)
        return _examples([videos[row] for row in rows], features, labels[rows], encoder)

    with tempfile.TemporaryDirectory() as folder:
        model = fit(
            of("train"),
            of("validation"),
            TrainConfig(**settings),
            Path(folder),
            metadata_shape=None if encoder is None else encoder.shape,
        ).model
    network = logits_model(model)
    if probabilities_of is not None:
        network = keras.Model(network.input, probabilities_of(network.output))
    rows = np.flatnonzero(parts == "calibration")
    truth = (labels if calibration_labels is None else calibration_labels)[rows]
    part = ScoredPart(
        [videos[row] for row in rows],
        _logits(network, of("calibration")),
        truth,
        label_set,
    )
    calibrator, thresholds = fit_on_halves(
        part.logits,
        truth,
        calibration_halves(part.videos, "id"),
        label_set,
        promise=Promise() if promise is None else promise,
        truth="gold",
    )
    return FrameModel(network, encoder, calibrator, thresholds, part)


def _examples(
    videos: Sequence[Video],
    features: Mapping[str, OneFrame],
    labels: NDArray[np.int8],
    encoder: MetadataEncoder | None,
) -> Examples:
    return Examples(
        ids=[video.id for video in videos],
        features=features,
        labels=labels,
        metadata=None if encoder is None else encoder.encode(videos, as_of=AS_OF),
    )


def _logits(network: keras.Model, examples: Examples) -> NDArray[np.float32]:
    return predict_logits(network, examples, batch_size=256, max_frames=1)


def measured(
    name: str,
    rows: Sequence[Video],
    labels: LabelSet,
    model: FrameModel,
    data: StudyData,
) -> Evaluation:
    """Measures a visual model on rows."""
    return evaluate_run(kept_run(name, rows, labels, model, data))


def kept_run(
    name: str,
    rows: Sequence[Video],
    labels: LabelSet,
    model: FrameModel,
    data: StudyData,
) -> MeasuredRun:
    """What a visual model says of rows, beside the truth."""
    rows = [row for row in rows if row.labels is not None]
    logits = model.logits(rows, data.features)
    probabilities = model.calibrator.calibrate(logits)
    decided = decision_matrix(probabilities, model.thresholds, labels, TAXONOMY)
    return MeasuredRun(
        name=name,
        truth="gold",
        target_precision=model.thresholds.target_precision,
        label_set=labels,
        videos=tuple(map(VideoFacts.of, rows)),
        y_true=label_matrix(rows, labels, TAXONOMY),
        probabilities=probabilities.astype(np.float32),
        chosen=decided.chosen,
        thresholds={"visual": model.thresholds},
        uncalibrated=sigmoid(logits).astype(np.float32),
    )
