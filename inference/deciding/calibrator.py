"""`Calibrator`: from logits to probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.arrays import FloatArray, check_width, same_length
from vidcat.inference.deciding.rising_curve import RisingCurve

Fitted = Literal["isotonic", "platt", "pooled"]
"""How a label is calibrated. `isotonic`: by a curve of its own. `platt`: by a line of
its own. `pooled`: by a line that it shares."""

_LOWEST_LOG_ODDS: Final = -700.0
_HIGHEST_LOG_ODDS: Final = 36.0
"""Beyond these a double holds the exponential no more, or cannot tell a probability
from 1."""

_AT_ONCE: Final = 1 << 18
"""Values that are calibrated together: they fit the processor's cache."""


@dataclass(frozen=True, kw_only=True)
class Calibrator:
    """A rising function for the logit of each label: a line, or a curve of its own.

    The line is Platt scaling: the probability is the sigmoid of its value.

    Raises:
        ValueError: If the fields do not have the same length, or a label with a curve
            has a line that does not rise or is not its own.
    """

    slope: tuple[float, ...]
    """Factor of each label's logit; beyond the ends of a curve, its slope."""
    intercept: tuple[float, ...]
    """What is added to it."""
    own: tuple[bool, ...]
    """Whether the label had support enough for a fit of its own."""
    curves: tuple[RisingCurve | None, ...] | None = None
    """In place of the line, for labels with much support; `None` where no label has
    one."""

    def __post_init__(self) -> None:
        same_length(slope=self.slope, intercept=self.intercept, own=self.own)
        if self.curves is None:
            return
        same_length(slope=self.slope, curves=self.curves)
        for label, curve in enumerate(self.curves):
            if curve and not (self.own[label] and self.slope[label] > 0):
                raise ValueError(
                    "A label with a curve must have a rising line of its own. "
                    f"Received: slope[{label}]={self.slope[label]}, "
                    f"own[{label}]={self.own[label]}"
                )

    @classmethod
    def identity(cls, labels: int) -> "Calibrator":
        """Leaves the sigmoid of the logits as it is; nothing was fitted."""
        return cls(
            slope=(1.0,) * labels, intercept=(0.0,) * labels, own=(False,) * labels
        )

    @property
    def fitted(self) -> tuple[Fitted, ...]:
        """How each label is calibrated."""
        curves = self.curves or (None,) * len(self.own)
        return tuple(
            "isotonic" if curve else "platt" if own else "pooled"
            for curve, own in zip(curves, self.own, strict=True)
        )

    def calibrate(self, logits: FloatArray) -> npt.NDArray[np.float64]:
        """Turns logits into probabilities.

        Args:
            logits: Shape `(N, L)`.

        Returns:
            Probabilities of the same shape, above 0 and below 1. Of two logits of a
            label the higher gets the higher one, as far as a double can tell them
            apart.

        Raises:
            ValueError: If `logits` has another number of labels.
        """
        check_width("logits", logits, len(self.slope))
        slope, intercept = np.array(self.slope), np.array(self.intercept)
        probabilities = np.empty(logits.shape)
        rows = max(1, _AT_ONCE // max(1, len(slope)))
        for start in range(0, len(logits), rows):
            part = logits[start : start + rows]
            log_odds = part * slope + intercept
            for label, curve in enumerate(self.curves or ()):
                if curve:
                    log_odds[:, label] = curve.at(part[:, label], slope=slope[label])
            np.clip(log_odds, _LOWEST_LOG_ODDS, _HIGHEST_LOG_ODDS, out=log_odds)
            probabilities[start : start + rows] = 1 / (1 + np.exp(-log_odds))
        return probabilities

    def to_json(self) -> dict[str, Any]:
        """The fitted values as a JSON object."""
        lines = {
            "kind": "platt",
            "slope": list(self.slope),
            "intercept": list(self.intercept),
            "own": list(self.own),
        }
        # Lines alone are written as ever, so that a bundle keeps its content hash.
        if self.curves is None:
            return lines
        curves = [curve and curve.to_json() for curve in self.curves]
        return lines | {"kind": "platt_and_isotonic", "curves": curves}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Calibrator":
        """Reads what `to_json` gave.

        Raises:
            ValueError: If it is a calibrator of another kind.
        """
        if values["kind"] not in ("platt", "platt_and_isotonic"):
            raise ValueError(
                "`kind` must be 'platt' or 'platt_and_isotonic'. "
                f"Received: kind={values['kind']!r}"
            )
        curves = None
        if values["kind"] == "platt_and_isotonic":
            curves = tuple(
                one and RisingCurve.from_json(one) for one in values["curves"]
            )
        return cls(
            slope=tuple(values["slope"]),
            intercept=tuple(values["intercept"]),
            own=tuple(values["own"]),
            curves=curves,
        )
