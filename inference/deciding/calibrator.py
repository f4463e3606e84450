"""`Calibrator`: from logits to probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.arrays import FloatArray, check_width, same_length


@dataclass(frozen=True, kw_only=True)
class Calibrator:
    """Platt scaling: a slope and an intercept for the logit of each label.

    Raises:
        ValueError: If the three do not have the same length.
    """

    slope: tuple[float, ...]
    """Factor of each label's logit."""
    intercept: tuple[float, ...]
    """What is added to it."""
    own: tuple[bool, ...]
    """Whether the label had support enough for a fit of its own."""

    def __post_init__(self) -> None:
        same_length(slope=self.slope, intercept=self.intercept, own=self.own)

    @classmethod
    def identity(cls, labels: int) -> "Calibrator":
        """Leaves the sigmoid of the logits as it is; nothing was fitted."""
        return cls(
            slope=(1.0,) * labels, intercept=(0.0,) * labels, own=(False,) * labels
        )

    def calibrate(self, logits: FloatArray) -> npt.NDArray[np.float64]:
        """Turns logits into probabilities.

        Args:
            logits: Shape `(N, L)`.

        Returns:
            Probabilities of the same shape.

        Raises:
            ValueError: If `logits` has another number of labels.
        """
        check_width("logits", logits, len(self.slope))
        scaled = logits * np.array(self.slope) + np.array(self.intercept)
        # Half the tangent of half the value: the sigmoid, without overflow.
        return 0.5 * (1.0 + np.tanh(0.5 * scaled))

    def to_json(self) -> dict[str, Any]:
        """The fitted values as a JSON object."""
        return {
            "kind": "platt",
            "slope": list(self.slope),
            "intercept": list(self.intercept),
            "own": list(self.own),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Calibrator":
        """Reads what `to_json` gave.

        Raises:
            ValueError: If it is a calibrator of another kind.
        """
        if values["kind"] != "platt":
            raise ValueError(
                f"`kind` must be 'platt'. Received: kind={values['kind']!r}"
            )
        return cls(
            slope=tuple(values["slope"]),
            intercept=tuple(values["intercept"]),
            own=tuple(values["own"]),
        )
