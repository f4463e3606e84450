"""`CalibrationScores`: what thresholds were fitted on, kept for other targets."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vidcat.taxonomy.labels import LabelSet


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibrationScores:
    """Scores and truth of the N videos of a calibration part; no ids, no names.

    Raises:
        ValueError: If a shape does not fit.
    """

    label_set: LabelSet
    """The M labels: of both sources, or of the one there is."""
    text: npt.NDArray[np.float32]
    """Calibrated probabilities, `(N, M)`; not a number where text says nothing."""
    visual: npt.NDArray[np.float32]
    """Those of the frames, likewise."""
    labels: npt.NDArray[np.int8]
    """1 yes, 0 no, -1 unknown, of the same shape."""
    groups: npt.NDArray[np.int32]
    """The owner of each video, as a number."""
    second_half: npt.NDArray[np.bool_]
    """Whether a video belongs to those that thresholds are fitted on; calibrators were
    fitted on the others."""

    def __post_init__(self) -> None:
        rows, labels = len(self.groups), len(self.label_set)
        for name in ("text", "visual", "labels"):
            values = getattr(self, name)
            if values.shape != (rows, labels):
                raise ValueError(
                    f"`{name}` must have the shape ({rows}, {labels}). "
                    f"Received: shape {values.shape}"
                )
        if self.second_half.shape != (rows,):
            raise ValueError(
                f"`second_half` must have the shape ({rows},). "
                f"Received: shape {self.second_half.shape}"
            )

    def select(self, label_set: LabelSet) -> "CalibrationScores":
        """The same videos by fewer labels.

        Raises:
            UnknownCategory: If a label is none of these.
        """
        columns = np.array([self.label_set.index(one) for one in label_set.ids])
        return CalibrationScores(
            label_set=label_set,
            text=self.text[:, columns],
            visual=self.visual[:, columns],
            labels=self.labels[:, columns],
            groups=self.groups,
            second_half=self.second_half,
        )

    def save(self, path: Path) -> None:
        """Writes arrays and ids of labels to an `.npz` file; nothing is pickled."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "taxonomy": np.array(self.label_set.taxonomy_version),
            "ids": np.array(self.label_set.ids),
            "is_visual": np.array(self.label_set.visual),
            "text": self.text,
            "visual": self.visual,
            "labels": self.labels,
            "groups": self.groups,
            "second_half": self.second_half,
        }
        np.savez_compressed(path, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> "CalibrationScores":
        """Reads what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(
                label_set=LabelSet(
                    taxonomy_version=str(arrays["taxonomy"]),
                    ids=tuple(arrays["ids"].tolist()),
                    visual=tuple(arrays["is_visual"].tolist()),
                ),
                text=arrays["text"],
                visual=arrays["visual"],
                labels=arrays["labels"],
                groups=arrays["groups"],
                second_half=arrays["second_half"],
            )
