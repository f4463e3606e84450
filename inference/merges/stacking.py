"""Puts two probabilities of one category together by a logistic regression."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.log_odds import logit, sigmoid
from vidcat.inference.decisions import FloatArray

FEATURES = ("text_logit", "visual_logit", "text_speaks", "visual_speaks", "agreement")
"""What the regression sees of a video and a category; all are 0 where it is silent.
`agreement` is the product of the two probabilities: unlike that of the logits, it is
small where both sources speak against the category."""


@dataclass(frozen=True, kw_only=True)
class Stacker:
    """A logistic regression over `FEATURES`, the same one for all categories.

    Raises:
        ValueError: If there is not one weight for each feature.
    """

    weights: tuple[float, ...]
    """The weight of each of `FEATURES`."""
    intercept: float
    """What is added to the weighted features."""

    def __post_init__(self) -> None:
        if len(self.weights) != len(FEATURES):
            raise ValueError(
                f"`weights` must be those of {list(FEATURES)}. "
                f"Received: weights={self.weights}"
            )

    def combine(self, text: FloatArray, visual: FloatArray) -> npt.NDArray[np.float64]:
        """The probability that follows from what both sources say.

        Args:
            text: Probabilities of shape `(N, M)`; not a number where text is silent.
            visual: Those of the frames, of the same shape.

        Returns:
            Shape `(N, M)`; not a number where both are silent.
        """
        logits = stacking_features(text, visual) @ np.array(self.weights)
        combined = sigmoid(logits + self.intercept)
        combined[np.isnan(text) & np.isnan(visual)] = np.nan
        return combined

    def to_json(self) -> dict[str, Any]:
        """The fitted values as a JSON object, weights by feature."""
        return {
            "weights": dict(zip(FEATURES, self.weights, strict=True)),
            "intercept": self.intercept,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Stacker":
        """Reads what `to_json` gave."""
        return cls(
            weights=tuple(values["weights"][name] for name in FEATURES),
            intercept=values["intercept"],
        )


def stacking_features(text: FloatArray, visual: FloatArray) -> npt.NDArray[np.float64]:
    """What the regression sees.

    Args:
        text: Probabilities of shape `(N, M)`; not a number where text is silent.
        visual: Those of the frames, of the same shape.

    Returns:
        Shape `(N, M, 5)`, by `FEATURES`.
    """
    features = (
        np.nan_to_num(logit(text), nan=0.0),
        np.nan_to_num(logit(visual), nan=0.0),
        ~np.isnan(text),
        ~np.isnan(visual),
        np.nan_to_num(text * visual, nan=0.0),
    )
    return np.stack([np.asarray(one, np.float64) for one in features], axis=-1)
