"""`RisingCurve`: an isotonic calibration that keeps the order of what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.arrays import FloatArray, same_length


@dataclass(frozen=True, kw_only=True)
class RisingCurve:
    """Straight pieces through points of logit and calibrated log-odds.

    An isotonic regression is a staircase: all videos on a step get one probability, and
    a threshold takes all of them or none. Here the middles of the steps are joined, so
    that of two logits the higher always gets the higher probability.

    Raises:
        ValueError: If the two differ in length, have fewer than two values, or do not
            rise from each value to the next.

    Reference:
        Oron and Flournoy, 2017, "Centered isotonic regression: point and interval
        estimation for dose-response studies".
    """

    logits: tuple[float, ...]
    """Where the points lie, rising."""
    log_odds: tuple[float, ...]
    """The logarithm of p / (1 - p) of the probability p there, rising."""

    def __post_init__(self) -> None:
        same_length(logits=self.logits, log_odds=self.log_odds)
        if len(self.logits) < 2:
            raise ValueError(
                "A curve must have two points or more. "
                f"Received: logits={self.logits}, log_odds={self.log_odds}"
            )
        for name in ("logits", "log_odds"):
            values = getattr(self, name)
            # Written so that it refuses what is not a number as well.
            if not (np.isfinite(values).all() and (np.diff(values) > 0).all()):
                raise ValueError(
                    f"`{name}` must be finite and rise. Received: {name}={values}"
                )

    def at(self, logits: FloatArray, *, slope: float) -> npt.NDArray[np.float64]:
        """Calibrated log-odds.

        Args:
            logits: Any shape.
            slope: Of the straight lines that go on beyond the first and the last point,
                where nothing was seen.

        Returns:
            An array of the same shape.
        """
        given = np.asarray(logits, np.float64)
        inside = np.clip(given, self.logits[0], self.logits[-1])
        return np.interp(inside, self.logits, self.log_odds) + slope * (given - inside)

    def to_json(self) -> dict[str, Any]:
        """The points as a JSON object."""
        return {"logits": list(self.logits), "log_odds": list(self.log_odds)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "RisingCurve":
        """Reads what `to_json` gave."""
        return cls(logits=tuple(values["logits"]), log_odds=tuple(values["log_odds"]))
