"""Settings of a training."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

_COUNTS = ("epochs", "batch_size", "decay_examples", "patience", "gpus", "max_frames")
_RATES = (
    "learning_rate",
    "decay_rate",
    "clip_norm",
    "dropout",
    "owner_dropout",
    "l2_penalty",
)
_FLAGS = ("mixed_precision", "xla", "tensorboard")

COUNTED_AT_LEAST = 10_000
"""What goes by the number of training videos takes it to be at least this: a pass over
fewer is too short to lower the learning rate, and a penalty divided by fewer would
leave nothing to learn."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a visual categorizer is built and trained.

    Raises:
        TypeError: If a field is of the wrong type.
        ValueError: If a field is outside its range.
    """

    preset: str = "base"
    """Size of the network, a key of `vidcat.models.visual.PRESETS`."""
    pooling: str = "nextvlad"
    """How frames are pooled, one of `vidcat.models.visual.POOLINGS`."""
    epochs: int = 40
    """At most so many passes over the training examples."""
    batch_size: int = 64
    """Videos in a step, over all GPUs together."""
    learning_rate: float = 1e-3
    """Of Adam, at the start."""
    decay_rate: float = 0.8
    """What the learning rate is multiplied with after each `decay_examples`."""
    decay_examples: int | None = None
    """Training examples between two steps of the learning rate; `None` for as many as
    there are, at least `COUNTED_AT_LEAST`."""
    clip_norm: float | None = 1.0
    """Largest L2 norm of all gradients together; `None` for no limit."""
    dropout: float = 0.5
    """Share of the pooled vector that is hidden in training."""
    owner_dropout: float = 0.2
    """Share of the owners that are hidden in training."""
    l2_penalty: float = 0.0
    """Precision of a Gaussian prior on the weights of dense layers, 0 for none: half
    of it times the sum of their squares, divided by the number of training videos
    (taken as at least `COUNTED_AT_LEAST`), is added to the mean loss. Ten thousand
    videos of 200 labels did best with 100 and a `dropout` of 0.3
    (docs/studies/youtube8m_features.md); a few hundred learn less with it."""
    patience: int = 5
    """Epochs without a better validation GAP after which training stops."""
    seed: int = 0
    """Of weights, order and dropout. On one kind of machine, with one number of
    threads, it fixes the result to the last bit; sums on a GPU may be taken in
    another order from run to run."""
    mixed_precision: bool = False
    """Whether matrix products run in bfloat16; needs a GPU that has it (NVIDIA: from
    Ampere on). The resulting model is a float32 one."""
    xla: bool = False
    """Whether TensorFlow compiles the steps with XLA, which Keras cannot with several
    GPUs; under JAX they always are compiled."""
    gpus: int = 1
    """GPUs to share each batch; batch statistics are those of each GPU's share."""
    max_frames: int = 300
    """Frames of a video that are looked at; more are thinned evenly."""
    tensorboard: bool = False
    """Whether to write logs for TensorBoard, which has to be installed."""

    def __post_init__(self) -> None:
        for name in _FLAGS:
            if not isinstance(getattr(self, name), bool):
                self._refuse(TypeError, name, "be true or false")
        self._check_counts()
        self._check_rates()

    def _check_counts(self) -> None:
        for name in (*_COUNTS, "seed"):
            value = getattr(self, name)
            absent = value is None and name == "decay_examples"
            is_integer = isinstance(value, int) and not isinstance(value, bool)
            if not (absent or is_integer):
                self._refuse(TypeError, name, "be an integer")
        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None and value < 1:
                self._refuse(ValueError, name, "be at least 1")
        if self.seed < 0:
            self._refuse(ValueError, "seed", "not be negative")
        if self.batch_size % self.gpus:
            raise ValueError(
                "`batch_size` must be a multiple of `gpus`. Received: "
                f"batch_size={self.batch_size}, gpus={self.gpus}"
            )

        if self.xla and self.gpus > 1:
            raise ValueError(
                "`xla` must be false with several `gpus`. Received: "
                f"xla={self.xla}, gpus={self.gpus}"
            )

    def _check_rates(self) -> None:
        for name in _RATES:
            value = getattr(self, name)
            absent = value is None and name == "clip_norm"
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not (absent or is_number):
                self._refuse(TypeError, name, "be a number")
        for name in ("learning_rate", "clip_norm"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                self._refuse(ValueError, name, "be positive and finite")
        if not 0 < self.decay_rate <= 1:
            self._refuse(ValueError, "decay_rate", "be in (0, 1]")
        if not 0 <= self.dropout < 1:
            self._refuse(ValueError, "dropout", "be in [0, 1)")
        if not 0 <= self.owner_dropout <= 1:
            self._refuse(ValueError, "owner_dropout", "be in [0, 1]")
        if not 0 <= self.l2_penalty < float("inf"):
            self._refuse(ValueError, "l2_penalty", "be finite and not negative")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """Settings from names and values, as a file has them.

        Args:
            values: By field name; fields that are not named have their defaults.

        Raises:
            TypeError: If a value is of the wrong type.
            ValueError: If a name is unknown, or a value outside its range.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(values.keys() - known):
            raise ValueError(
                f"Unknown training options {unknown}; known are {sorted(known)}."
            )
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)

    def _refuse(self, kind: type[Exception], name: str, rule: str) -> None:
        received = f"{name}={getattr(self, name)!r}"
        raise kind(f"`{name}` must {rule}. Received: {received}")
