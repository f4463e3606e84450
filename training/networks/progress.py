"""What a running training tells, and when it is stopped for good."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras


class TrainingDiverged(ArithmeticError):
    """The loss is no finite number any more."""


@dataclass(frozen=True, kw_only=True)
class TrainingProgress:
    """How far a training is."""

    epoch: int
    """The running epoch, the first being 1."""
    epochs: int
    """Epochs if training is not stopped early."""
    batch: int
    """Batches of this epoch that are done."""
    batches: int
    """Batches of an epoch."""
    loss: float
    """Mean training loss of this epoch so far."""
    seconds_left: float | None
    """Time to the last epoch at the present pace; less if training is stopped early.
    `None` until the pace is known."""
    validation: Mapping[str, float] | None = None
    """Figures of the validation part; given once, at the end of the epoch."""


ProgressListener = Callable[[TrainingProgress], None]


class BatchWatch(keras.callbacks.Callback):
    """Reports each batch, and stops a training whose loss is not finite.

    Args:
        epochs: Epochs if training is not stopped early.
        batches: Batches of an epoch.
        listener: Told about each batch, if any.
    """

    def __init__(
        self, *, epochs: int, batches: int, listener: ProgressListener | None
    ) -> None:
        super().__init__()
        self._epochs = epochs
        self._batches = batches
        self._listener = listener
        self._epoch = 0
        self._last: TrainingProgress | None = None
        self._measured = 0
        self._clock_started: float | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Notes the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Checks the loss and reports."""
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise TrainingDiverged(
                f"The loss became {loss} in epoch {self._epoch + 1}, batch {batch + 1} "
                f"of {self._batches}. A smaller `learning_rate` or `clip_norm` helps; "
                "without a remedy the same run fails the same way."
            )
        self._last = TrainingProgress(
            epoch=self._epoch + 1,
            epochs=self._epochs,
            batch=batch + 1,
            batches=self._batches,
            loss=loss,
            seconds_left=self._seconds_left(batch + 1),
        )
        if self._listener is not None:
            self._listener(self._last)

    def report_validation(self, figures: Mapping[str, float]) -> None:
        """Reports the end of an epoch with its figures."""
        if self._listener is not None and self._last is not None:
            last = vars(self._last) | {"validation": figures}
            self._listener(TrainingProgress(**last))

    def _seconds_left(self, done: int) -> float | None:
        # The clock starts after the first batch, which is the one that compiles.
        if self._clock_started is None:
            self._clock_started = time.perf_counter()
            return None
        self._measured += 1
        pace = (time.perf_counter() - self._clock_started) / self._measured
        later_epochs = self._epochs - self._epoch - 1
        return pace * (self._batches - done + later_epochs * self._batches)
