"""`Reliability`: whether what is given 30 % is right in 30 of 100."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.measuring.measures import Labels
from vidcat.training.measuring.operating_point import Interval, clopper_pearson

BINS: Final = 15

_AT_ONCE: Final = 1 << 20
"""Pairs that are held in memory in double precision together."""

_DROPPED_BITS: Final = 12
"""Of a float32: what is left tells probabilities apart that differ by 0.05 %."""

FloatVector = npt.NDArray[np.float64]


class ReliabilityBin(NamedTuple):
    """Pairs of a video and a label whose probabilities are close together."""

    low: float
    """The probabilities lie above it; those of the first bin may be equal to it."""
    high: float
    """They are at most this."""
    predicted: float
    """Their mean."""
    observed: float
    """Share of the pairs that are true."""
    interval: Interval
    """Of that share: two-sided 95 % Clopper-Pearson bounds, pairs taken as
    independent."""
    pairs: int
    """How many there are."""

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        return self._asdict() | {"interval": list(self.interval)}


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Probabilities against what turned out to be true, over pairs of known truth.

    Errors are NaN where no truth is known.
    """

    bins: tuple[ReliabilityBin, ...]
    """The diagram: 15 bins of equal width, from 0 to 1, without the empty ones."""
    expected_calibration_error: float
    """Mean distance between predicted and observed over these bins, each weighing as
    many as its pairs."""
    equal_mass_calibration_error: float
    """The same over 15 bins of equally many pairs."""
    maximum_calibration_error: float
    """The largest distance in a bin of equal width."""
    brier_score: float
    """Mean squared distance between probability and truth (1 or 0)."""
    pairs: int
    """Pairs of a video and a label whose truth is known."""
    positives: int
    """Those that are true."""

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object; `null` for what has no value."""
        return {
            "bins": [one.to_json() for one in self.bins],
            "expected_calibration_error": _number(self.expected_calibration_error),
            "equal_mass_calibration_error": _number(self.equal_mass_calibration_error),
            "maximum_calibration_error": _number(self.maximum_calibration_error),
            "brier_score": _number(self.brier_score),
            "pairs": self.pairs,
            "positives": self.positives,
        }


class BeforeAndAfter(NamedTuple):
    """What calibration changed."""

    before: Reliability | None
    """Of the network's own scores; `None` where the run holds none."""
    after: Reliability
    """Of the calibrated probabilities."""


def reliability_before_and_after(
    run: MeasuredRun, *, label: int | None = None
) -> BeforeAndAfter:
    """Measures the probabilities of a run with and without calibration.

    Args:
        run: The run.
        label: Position of the one label to look at. Defaults to all.
    """
    own = run.uncalibrated
    return BeforeAndAfter(
        before=None if own is None else reliability(run.y_true, own, label=label),
        after=reliability(run.y_true, run.probabilities, label=label),
    )


def reliability(
    y_true: Labels, probabilities: npt.NDArray[np.floating], *, label: int | None = None
) -> Reliability:
    """Compares probabilities with the truth, all pairs together or those of a label.

    Args:
        y_true: 1 yes, 0 no, -1 unknown (passed over), shape `(N, L)`.
        probabilities: Of the same shape, within `[0, 1]`.
        label: Position of the one label to look at. Defaults to all.

    Returns:
        The figures.

    Raises:
        ValueError: If shapes differ, or a probability of known truth is outside
            `[0, 1]`.

    Reference:
        Naeini, Cooper and Hauskrecht, 2015, "Obtaining well calibrated probabilities
        using Bayesian binning"; for bins of equal mass: Nguyen and O'Connor, 2015,
        "Posterior calibration and exploratory analysis for natural language processing
        models".
    """
    if y_true.shape != probabilities.shape or y_true.ndim != 2:
        raise ValueError(
            "`y_true` and `probabilities` must have one shape `(videos, labels)`. "
            f"Received: {y_true.shape}, {probabilities.shape}"
        )
    if label is not None:
        y_true, probabilities = y_true[:, [label]], probabilities[:, [label]]
    wide = _Sums.of_nothing(BINS)
    fine = _Sums.of_nothing(_fine_bin(np.ones(1))[0] + 1)
    squared = 0.0
    for truth, given in _known_pairs(y_true, probabilities):
        # The first bin is closed on both sides, as 0 has to lie in one.
        wide.add(np.maximum(np.ceil(given * BINS).astype(np.intp) - 1, 0), truth, given)
        fine.add(_fine_bin(given), truth, given)
        squared += float(np.sum((given - truth) ** 2))
    pairs = int(wide.pairs.sum())
    bins = tuple(_bins(wide))
    gaps = [abs(one.predicted - one.observed) for one in bins]
    return Reliability(
        bins=bins,
        expected_calibration_error=wide.calibration_error(),
        equal_mass_calibration_error=_equal_masses(fine).calibration_error(),
        maximum_calibration_error=max(gaps, default=math.nan),
        brier_score=squared / pairs if pairs else math.nan,
        pairs=pairs,
        positives=int(wide.positives.sum()),
    )


class _Sums(NamedTuple):
    """Sums over the pairs of each bin."""

    pairs: FloatVector
    positives: FloatVector
    predicted: FloatVector

    @classmethod
    def of_nothing(cls, bins: int) -> "_Sums":
        return cls(np.zeros(bins), np.zeros(bins), np.zeros(bins))

    def add(
        self, places: npt.NDArray[np.intp], truth: FloatVector, given: FloatVector
    ) -> None:
        size = len(self.pairs)
        self.pairs[:] += np.bincount(places, minlength=size)
        self.positives[:] += np.bincount(places, truth, size)
        self.predicted[:] += np.bincount(places, given, size)

    def calibration_error(self) -> float:
        total = self.pairs.sum()
        gaps = np.abs(self.predicted - self.positives).sum()
        return float(gaps / total) if total else math.nan


def _known_pairs(
    y_true: Labels, probabilities: npt.NDArray[np.floating]
) -> Iterator[tuple[FloatVector, FloatVector]]:
    """Truth and probability of the pairs of known truth, some rows at a time."""
    rows = max(1, _AT_ONCE // max(1, y_true.shape[1]))
    for start in range(0, len(y_true), rows):
        truth = y_true[start : start + rows]
        known = truth >= 0
        given = probabilities[start : start + rows][known].astype(np.float64)
        # Written so that it refuses what is not a number as well.
        if not ((given >= 0) & (given <= 1)).all():
            bad = given[~((given >= 0) & (given <= 1))][0]
            raise ValueError(
                f"`probabilities` must be within [0, 1]. Received: {bad}; are these "
                "logits?"
            )
        yield truth[known].astype(np.float64), given


def _fine_bin(given: FloatVector) -> npt.NDArray[np.intp]:
    """A rising number for a probability, the same for those that are all but equal.

    The bits of a float that is not negative rise with it. To sort twenty million pairs
    would take ten times as long.
    """
    # The sign bit of -0 would stand above all others.
    bits = np.abs(given).astype(np.float32).view(np.uint32)
    return (bits >> np.uint32(_DROPPED_BITS)).astype(np.intp)


def _equal_masses(fine: _Sums) -> _Sums:
    """Joins fine bins to `BINS` bins of about equally many pairs."""
    joined = _Sums.of_nothing(BINS)
    until = np.cumsum(fine.pairs)
    if not until[-1]:
        return joined
    middle = (until - fine.pairs / 2) / until[-1]
    place = np.minimum((middle * BINS).astype(np.intp), BINS - 1)
    for whole, parts in zip(joined, fine, strict=True):
        whole[:] = np.bincount(place, parts, BINS)
    return joined


def _bins(sums: _Sums) -> Iterator[ReliabilityBin]:
    for place in np.flatnonzero(sums.pairs):
        pairs, positives, predicted = (float(one[place]) for one in sums)
        yield ReliabilityBin(
            low=float(place) / BINS,
            high=float(place + 1) / BINS,
            predicted=predicted / pairs,
            observed=positives / pairs,
            interval=clopper_pearson(positives, pairs),
            pairs=int(pairs),
        )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
