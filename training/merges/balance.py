"""How far text is to be trusted beside the frames, before thresholds are fitted."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vidcat.inference.deciding.log_odds import logit, sigmoid
from vidcat.inference.decisions import FloatArray, Thresholds
from vidcat.training.measuring.measures import Labels
from vidcat.training.merges.search import best_pair


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Makes probabilities of text and of frames comparable.

    A union has two thresholds a category. They move together: a logit of the text
    counts as much as one of the frames that is less by `handicap`, so that the union at
    one threshold lies within that at any looser one.
    """

    handicap: float
    """What is taken off the text's logits, or, below 0, off the frames'. Infinite where
    text is not listened to, minus infinity where frames are not."""

    def combine(self, text: FloatArray, visual: FloatArray) -> npt.NDArray[np.float64]:
        """The greater of both, on one scale.

        Args:
            text: Probabilities of shape `(N, M)`; not a number where text is silent.
            visual: Those of the frames, of the same shape.

        Returns:
            Shape `(N, M)`; not a number where neither says anything that counts.
        """
        on_scale = (
            _shifted(text, -max(self.handicap, 0.0)),
            _shifted(visual, min(self.handicap, 0.0)),
        )
        return np.fmax(*on_scale)

    def for_text(self, together: Thresholds) -> Thresholds:
        """What text probabilities must reach where both are to reach `together`."""
        return _moved(together, max(self.handicap, 0.0))

    def for_visual(self, together: Thresholds) -> Thresholds:
        """The same for the probabilities of frames."""
        return _moved(together, -min(self.handicap, 0.0))


def fit_balance(
    text: FloatArray, visual: FloatArray, labels: Labels, target_precision: float
) -> Balance:
    """Takes the balance of the best thresholds that are the same for all categories.

    They are those at which the union says most and reaches the target.

    Args:
        text: Calibrated, of shape `(N, M)`; not a number where text is silent.
        visual: Those of the frames, likewise.
        labels: 1 yes, 0 no, -1 unknown, of the same shape: others than those that the
            union's thresholds are then tested on.
        target_precision: What the union is to reach.

    Returns:
        The balance; an even one where no pair of thresholds reaches the target.
    """
    pair = best_pair(text, visual, labels, target_precision)
    if pair is None:
        return Balance(handicap=0.0)
    if math.isinf(pair.text) or math.isinf(pair.visual):
        return Balance(handicap=math.inf if math.isinf(pair.text) else -math.inf)
    at = [float(logit(one)) for one in pair]
    return Balance(handicap=at[0] - at[1])


def _shifted(probabilities: FloatArray, by: float) -> npt.NDArray[np.float64]:
    """Adds to logits; 0 leaves the probabilities to the bit."""
    if by == 0:
        return np.asarray(probabilities, np.float64)
    if math.isinf(by):
        return np.full(probabilities.shape, np.nan)
    return sigmoid(logit(probabilities) + by)


def _moved(thresholds: Thresholds, by: float) -> Thresholds:
    values = np.array(thresholds.values)
    finite = np.isfinite(values)
    moved = np.full(values.shape, math.inf)
    if not math.isinf(by):
        moved[finite] = _shifted(values[finite], by)
    return replace(thresholds, values=tuple(float(one) for one in moved))
