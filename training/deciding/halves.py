"""Divides the calibration part: for calibrators, and for thresholds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.decisions import FloatArray
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.measures import Labels
from vidcat.training.splits import SplitError, SplitKey, group_of, unit_hash

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class Halves:
    """Who is in which half of N videos, and whose they are."""

    first: Rows
    """Positions of the videos that calibrators are fitted on, rising."""
    second: Rows
    """Positions of those that thresholds are fitted on, rising."""
    groups: Rows
    """The owner of each of the N videos, as a number."""

    @classmethod
    def of(cls, kept: CalibrationScores) -> "Halves":
        """The halves of scores that were kept."""
        return cls(
            first=np.flatnonzero(~kept.second_half),
            second=np.flatnonzero(kept.second_half),
            groups=kept.groups.astype(np.intp),
        )

    def keep(
        self,
        label_set: LabelSet,
        labels: Labels,
        *,
        text: FloatArray | None = None,
        visual: FloatArray | None = None,
    ) -> CalibrationScores:
        """The scores of the N videos, to be kept with who is in which half.

        Args:
            label_set: The M labels.
            labels: 1 yes, 0 no, -1 unknown, shape `(N, M)`.
            text: Calibrated probabilities of the same shape, not a number where text
                says nothing. Defaults to nothing at all.
            visual: Those of the frames, likewise.
        """
        silent = np.full(labels.shape, np.nan)
        return CalibrationScores(
            label_set=label_set,
            text=(silent if text is None else text).astype(np.float32),
            visual=(silent if visual is None else visual).astype(np.float32),
            labels=labels,
            groups=self.groups.astype(np.int32),
            second_half=self.in_second,
        )

    @property
    def in_second(self) -> npt.NDArray[np.bool_]:
        """Whether each of the N videos is in the second half."""
        inside = np.zeros(len(self.groups), bool)
        inside[self.second] = True
        return inside

    @classmethod
    def every_other(cls, videos: int) -> "Halves":
        """Halves of videos of which nothing but their order is known."""
        every = np.arange(videos)
        return cls(first=every[0::2], second=every[1::2], groups=every)


def calibration_halves(videos: Sequence[Video], key: SplitKey = "auto") -> Halves:
    """Divides the videos of the calibration part, whole owners at a time.

    Thresholds are to hold for owners that nothing was fitted on. An owner's half goes
    by a stable hash, whoever else is there: the calibrators of a text and of a visual
    model have then seen nobody on whom thresholds for both are fitted. Where that
    would leave a half with less than a third of the videos, as a few large owners can,
    owners go to the smaller half in turn; a single owner is divided video by video.

    Args:
        videos: Rows of the calibration part.
        key: As for `assign_parts`.

    Returns:
        The halves; the order of `videos` does not matter to who is in which.

    Raises:
        SplitError: If there are fewer than two videos.
    """
    if len(videos) < 2:
        raise SplitError(
            "The calibration part must hold two videos at least, one for either "
            f"half. Received: {len(videos)}. Give more labelled videos."
        )
    names = [group_of(video, key) for video in videos]
    _, groups = np.unique(names, return_inverse=True)
    if groups.max() == 0:
        names = [group_of(video, "id") for video in videos]
    in_first = np.array([unit_hash(f"half {name}") < 0.5 for name in names])
    if min(in_first.sum(), (~in_first).sum()) < len(videos) / 3:
        in_first = _balanced(names)
    return Halves(
        first=np.flatnonzero(in_first),
        second=np.flatnonzero(~in_first),
        groups=groups,
    )


def _balanced(names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether each video is in the first half, halves as even as owners allow."""
    sizes = Counter(names)
    counts = {True: 0, False: 0}
    half: dict[str, bool] = {}
    for name in sorted(sizes, key=lambda one: (-sizes[one], unit_hash(one), one)):
        half[name] = counts[True] <= counts[False]
        counts[half[name]] += sizes[name]
    return np.array([half[name] for name in names])
