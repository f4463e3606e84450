"""What was chosen of each video, counted: sums of it are an operating point."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts

BoolVector = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoCounts:
    """Counts of the V videos in scope that have truth, failed ones last."""

    facts: tuple[VideoFacts, ...]
    """The V videos."""
    groups: npt.NDArray[np.intp]
    """A number for each, the same for those of one owner, shape `(V,)`."""
    correct: Counts
    """Chosen categories that are right."""
    known: Counts
    """Chosen categories whose truth is known."""
    said: Counts
    """All chosen categories; 0 where the video failed."""

    @property
    def covered(self) -> BoolVector:
        """Whether anything was chosen."""
        return self.said > 0

    @property
    def owners(self) -> int:
        """Number of groups."""
        return int(self.groups.max()) + 1 if len(self.groups) else 0


def video_counts(run: MeasuredRun, columns: BoolVector | None = None) -> VideoCounts:
    """Counts what a run chose.

    Args:
        run: The run. Videos of which nothing is known are passed over.
        columns: For each of its M categories whether to count it. Defaults to all.

    Returns:
        The counts, the same videos in the same order whatever the columns.
    """
    truth, chosen = run.sayable_truth, run.chosen
    rows = np.flatnonzero((run.y_true >= 0).any(axis=1))
    facts = (*(run.videos[row] for row in rows.tolist()), *run.failed)
    if columns is not None:
        truth, chosen = truth[:, columns], chosen[:, columns]
    _, groups = np.unique([one.group for one in facts], return_inverse=True)

    def counted(pairs: npt.NDArray[np.bool_]) -> Counts:
        counts = np.count_nonzero(pairs, axis=1)[rows]
        return np.r_[counts, np.zeros(len(run.failed), np.int64)]

    return VideoCounts(
        facts=facts,
        groups=groups.reshape(-1),
        correct=counted(chosen & (truth == 1)),
        known=counted(chosen & (truth >= 0)),
        said=counted(chosen),
    )
