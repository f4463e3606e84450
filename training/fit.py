"""Trains a visual categorizer; a training that was stopped goes on."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from vidcat.models.metadata import MetadataShape
from vidcat.training.config import TrainConfig
from vidcat.training.dataset import Examples, InvalidExamples
from vidcat.training.evaluation import video_metrics
from vidcat.training.networks.batches import VideoBatches
from vidcat.training.networks.checkpoint import Checkpoint
from vidcat.training.networks.feeding import fed
from vidcat.training.networks.loss import KnownLabelsCrossEntropy
from vidcat.training.networks.network import TrainedNetwork
from vidcat.training.networks.progress import BatchWatch, ProgressListener

CHECKPOINT = "checkpoint.npz"
HISTORY = "history.jsonl"

_FIGURES = ("gap", "mean_average_precision", "hit_at_1", "perr")


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """A trained network and how it came about."""

    model: keras.Model
    """The network, with the weights of the best epoch; computes in float32."""
    history: tuple[dict[str, Any], ...]
    """One dict an epoch: `epoch`, `loss` (with the penalty on large weights),
    `learning_rate`, `seconds`, and, measured on the validation part,
    `validation_loss` and `validation_` with the names `gap`,
    `mean_average_precision`, `hit_at_1`, `perr` of `video_metrics`."""
    best_epoch: int
    """The epoch with the highest validation GAP, the first being 1."""
    labels_without_positives: tuple[int, ...]
    """Columns of the labels that no training video has; their scores say nothing."""
    resumed_after_epoch: int
    """The epoch after which an earlier training was taken up; 0 if there was none."""


def fit(
    train: Examples,
    validation: Examples,
    config: TrainConfig,
    folder: Path,
    *,
    metadata_shape: MetadataShape | None = None,
    undo_whitening: Sequence[float] | None = None,
    progress: ProgressListener | None = None,
) -> FitResult:
    """Trains until validation GAP no longer rises.

    After each epoch, `folder` gets a checkpoint and `history.jsonl`. Called again
    with the same arguments, a training that was stopped goes on after its last
    epoch and ends with the same weights as one that was not; one that ended is not
    repeated. Keras', NumPy's and Python's random generators are seeded.

    With `config.gpus` above 1, TensorFlow's `MirroredStrategy` shares each batch
    out. Gradients are summed over the replicas; batch statistics are those of each
    replica's share, since Keras' masked moments do not cross replicas, and their
    moving averages are averaged over the replicas after each epoch. Replicas draw
    the same dropout masks.

    Args:
        train: Videos to learn from.
        validation: Videos to measure on after each epoch.
        config: Settings.
        folder: Folder of checkpoint and logs; made where it is missing.
        metadata_shape: Numbers of ids; required if, and only if, the examples have
            metadata.
        undo_whitening: The projection's eigenvalues, to undo the whitening before
            the network; `None` leaves the features as they are.
        progress: Told about each batch, and about validation after each epoch.

    Returns:
        The trained network.

    Raises:
        InvalidExamples: If examples do not fit each other, validation has no
            positive label, or a video's features are unusable; the text names it.
        ValueError: If a setting names something that is not there.
        CheckpointMismatch: If `folder` holds a training with other settings or data.
        DamagedCheckpoint: If its checkpoint cannot be read.
        TrainingDiverged: If the loss is not finite.
    """
    _check_examples(train, validation, metadata_shape)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    network = TrainedNetwork(train, config, metadata_shape, undo_whitening)
    training = _Training(network, train, validation, folder, progress)
    training.resume()
    while not training.finished:
        training.run_epoch()
    return training.result()


def predict_logits(
    model: keras.Model, examples: Examples, *, batch_size: int, max_frames: int
) -> NDArray[np.float32]:
    """Scores examples with a compiled network.

    Args:
        model: A network whose output is the one wanted.
        examples: N videos.
        batch_size: Videos in a step.
        max_frames: Frames of a video that are looked at.

    Returns:
        The network's output, of shape `(N, labels)`, in the order of the examples.
    """
    batches = VideoBatches(examples, batch_size=batch_size, max_frames=max_frames)
    with fed(batches) as source:
        return model.predict(source, verbose=0)[: len(examples)]


def _check_examples(
    train: Examples, validation: Examples, metadata_shape: MetadataShape | None
) -> None:
    for name, received in (
        ("labels", (train.labels.shape[1], validation.labels.shape[1])),
        ("feature_dim", (train.feature_dim, validation.feature_dim)),
        ("metadata", (train.metadata is not None, validation.metadata is not None)),
    ):
        if received[0] != received[1]:
            raise InvalidExamples(
                f"`train` and `validation` must have the same {name}. Received: "
                f"{received[0]} and {received[1]}"
            )
    if (metadata_shape is None) != (train.metadata is None):
        raise InvalidExamples(
            "`metadata_shape` must be given if, and only if, examples have metadata. "
            f"Received: metadata_shape={metadata_shape}, "
            f"{'no ' if train.metadata is None else ''}metadata"
        )
    for part, examples in (("train", train), ("validation", validation)):
        if not (examples.labels == 1).any():
            raise InvalidExamples(
                f"`{part}` must have a positive label. Received: {len(examples)} "
                "videos without any"
            )


class _Training:
    """One training: its state, and the steps it consists of."""

    def __init__(
        self,
        network: TrainedNetwork,
        train: Examples,
        validation: Examples,
        folder: Path,
        listener: ProgressListener | None,
    ) -> None:
        self._network = network
        self._config = network.config
        self._train = train
        self._validation = validation
        self._folder = folder
        self._batches = VideoBatches(
            train,
            batch_size=self._config.batch_size,
            max_frames=self._config.max_frames,
            seed=self._config.seed,
        )
        self._watch = BatchWatch(
            epochs=self._config.epochs, batches=len(self._batches), listener=listener
        )
        self._fingerprint = network.fingerprint() | {
            "train": train.content_hash,
            "validation": validation.content_hash,
        }
        self._history: list[dict[str, Any]] = []
        self._best_epoch = 0
        self._best_weights: list[NDArray[Any]] = []
        self._resumed_after_epoch = 0

    @property
    def finished(self) -> bool:
        """Whether no epoch is left or the last ones brought nothing."""
        done = len(self._history)
        waited = done - self._best_epoch
        return done >= self._config.epochs or waited >= self._config.patience

    def resume(self) -> None:
        """Takes up an earlier training of the same folder, if there is one."""
        path = self._folder / CHECKPOINT
        if not path.exists():
            return
        checkpoint = Checkpoint.read(path)
        checkpoint.require_same(self._fingerprint, path)
        self._history = list(checkpoint.state["history"])
        self._best_epoch = checkpoint.state["best_epoch"]
        self._best_weights = list(checkpoint.arrays["best"])
        self._resumed_after_epoch = len(self._history)
        for name, variables in self._network.variables().items():
            for variable, value in zip(variables, checkpoint.arrays[name], strict=True):
                variable.assign(value)
        self._write_history()

    def run_epoch(self) -> None:
        """Trains on every example once, measures, and writes the checkpoint."""
        started = time.perf_counter()
        epoch = len(self._history)
        self._batches.start_epoch(epoch)
        with fed(self._batches) as source:
            logs = self._network.trained.fit(
                source,
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,
                verbose=0,
                callbacks=[self._watch],
            ).history
        self._network.join_replicas()
        # Keras' mean is over the rows that fill the last batch, too; they add 0.
        rows = len(self._batches) * self._config.batch_size
        figures = self._validate()
        entry = {
            "epoch": epoch + 1,
            "loss": logs["loss"][0] * rows / len(self._train),
            "learning_rate": float(self._network.trained.optimizer.learning_rate),
            **{f"validation_{name}": value for name, value in figures.items()},
            "seconds": round(time.perf_counter() - started, 3),
        }
        self._history.append(entry)
        if not self._best_epoch or figures["gap"] > self._best_gap():
            self._best_epoch = epoch + 1
            self._best_weights = self._network.full.get_weights()
        self._save()
        self._watch.report_validation(figures)

    def result(self) -> FitResult:
        """The best epoch's network."""
        model = self._network.build()
        model.set_weights(self._best_weights)
        positives = (self._train.labels == 1).sum(axis=0)
        return FitResult(
            model=model,
            history=tuple(self._history),
            best_epoch=self._best_epoch,
            labels_without_positives=tuple(np.flatnonzero(positives == 0).tolist()),
            resumed_after_epoch=self._resumed_after_epoch,
        )

    def _best_gap(self) -> float:
        return float(self._history[self._best_epoch - 1]["validation_gap"])

    def _validate(self) -> dict[str, float]:
        labels = self._validation.labels
        logits = predict_logits(
            self._network.trained,
            self._validation,
            batch_size=self._config.batch_size,
            max_frames=self._config.max_frames,
        )
        loss = KnownLabelsCrossEntropy()(labels, logits)
        measured = video_metrics(labels, logits)
        return {"loss": float(loss)} | {name: measured[name] for name in _FIGURES}

    def _save(self) -> None:
        arrays = {
            name: [keras.ops.convert_to_numpy(variable) for variable in variables]
            for name, variables in self._network.variables().items()
        }
        Checkpoint(
            fingerprint=self._fingerprint,
            state={"history": self._history, "best_epoch": self._best_epoch},
            arrays=arrays | {"best": self._best_weights},
        ).write(self._folder / CHECKPOINT)
        self._write_history()
        if self._config.tensorboard:
            _write_tensorboard(self._folder / "tensorboard", self._history[-1])

    def _write_history(self) -> None:
        # From the checkpoint's list, not by appending: a crash between the two
        # files would leave an epoch twice.
        scratch = self._folder / f"{HISTORY}.tmp"
        lines = [json.dumps(entry) + "\n" for entry in self._history]
        scratch.write_text("".join(lines))
        scratch.replace(self._folder / HISTORY)


def _write_tensorboard(folder: Path, entry: dict[str, Any]) -> None:
    try:
        from tensorboard.summary import Writer  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError(
            "Logs for TensorBoard need it: pip install tensorboard"
        ) from error
    writer = Writer(str(folder))
    for name, value in entry.items():
        if name != "epoch":
            writer.add_scalar(name, value, entry["epoch"])
    writer.close()
