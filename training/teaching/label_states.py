"""Where a teacher is believed: what it says, denies and leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vidcat.inference.decisions import FloatArray
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tables import InvalidTable, read_cells, read_lines
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.labels import NO, UNKNOWN, YES

REASON_OF_STATE: Final = {
    "no_text": "no text",
    "no_model": "no model for the language",
}
"""Why the teacher gives no scores, by the states of `TextCategorizer.score`."""


class Bounds(NamedTuple):
    """From which probability on a category is said, and up to which it is denied."""

    yes: float
    no: float


@dataclass(frozen=True, kw_only=True)
class PseudoLabelConfig:
    """Where the teacher is believed.

    A probability at or above the yes bound is a yes, one at or below the no bound a
    no, one between them unknown. The defaults rest on calibrated probabilities: of
    labels at or above 0.80 at least 80 % are right, which is what the system promises
    of its own; of what is denied at 0.05 or below, at most 5 % is wrong. Mostly they
    do better. Of 869 real videos whose labels a bag of words had not seen, 91 % of
    what it said was right and 1.1 % of what it denied was wrong; 26 % of the true
    labels were said, 17 % denied, and 86 % of all pairs were denied. With a no bound
    of 0.02 those are 0.6 %, 7 % and 65 %: fewer true labels are taught as wrong, and
    a third of the pairs teaches nothing.

    Raises:
        ValueError: If a pair of bounds is not `0 <= no < yes <= 1`, or
            `min_examples` is below 1.
    """

    yes_bound: float = 0.80
    """Least probability of a yes."""
    no_bound: float = 0.05
    """Largest probability of a no."""
    own_bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """Bounds of single categories, by id, in place of the two above."""
    min_examples: int = 20
    """Rows with a yes that a category needs, in the whole catalog. Of 20, at least 10
    are in the training part for 98 of 100 categories; `vidcat train` asks for 10."""

    def __post_init__(self) -> None:
        everywhere = {"": Bounds(self.yes_bound, self.no_bound)}
        for category_id, (yes, no) in (everywhere | dict(self.own_bounds)).items():
            if not 0 <= no < yes <= 1:
                whose = f" of {category_id!r}" if category_id else ""
                raise ValueError(
                    f"The bounds{whose} must be 0 <= no < yes <= 1. "
                    f"Received: yes={yes}, no={no}"
                )
        if self.min_examples < 1:
            raise ValueError(
                "`min_examples` must be at least 1. "
                f"Received: min_examples={self.min_examples}"
            )

    def bounds_of(self, category_id: str) -> Bounds:
        """The bounds that hold for a category."""
        return self.own_bounds.get(category_id, Bounds(self.yes_bound, self.no_bound))

    def chosen(
        self, probabilities: FloatArray, label_set: LabelSet
    ) -> npt.NDArray[np.bool_]:
        """Whether probabilities of shape `(N, L)` reach their label's yes bound."""
        return probabilities >= [self.bounds_of(one).yes for one in label_set.ids]


def label_states(
    probabilities: FloatArray,
    label_set: LabelSet,
    taxonomy: Taxonomy,
    config: PseudoLabelConfig,
) -> npt.NDArray[np.int8]:
    """What a teacher says, denies and leaves open.

    Args:
        probabilities: Calibrated probabilities of shape `(N, L)`.
        label_set: The L categories.
        taxonomy: The taxonomy they belong to.
        config: Where the teacher is believed.

    Returns:
        Shape `(N, L)`: 1 yes, 0 no, -1 unknown; a parent is at least what its
        children are, in the order no, unknown, yes.
    """
    bounds = np.array([config.bounds_of(one) for one in label_set.ids])
    said, denied = probabilities >= bounds[:, 0], probabilities <= bounds[:, 1]
    rank = 1 + said.astype(np.intp) - denied
    for below, category_id in enumerate(label_set.ids):
        for above in taxonomy.ancestors(category_id):
            if above in label_set:
                at = label_set.index(above)
                np.maximum(rank[:, at], rank[:, below], out=rank[:, at])
    return np.array([NO, UNKNOWN, YES], np.int8)[rank]


def check_scores(
    videos: Sequence[Video],
    probabilities: FloatArray,
    states: Sequence[str],
    label_set: LabelSet,
    config: PseudoLabelConfig,
) -> None:
    """Refuses scores or bounds that do not belong to these videos and labels.

    Args:
        videos: N rows of a catalog.
        probabilities: To be of shape `(N, L)`, within `[0, 1]`.
        states: To be N, each `ok`, `no_text` or `no_model`.
        label_set: The teacher's L categories.
        config: To have bounds of these categories only.

    Raises:
        ValueError: If one of them is not so.
    """
    expected = (len(videos), len(label_set))
    if probabilities.shape != expected or len(states) != len(videos):
        raise ValueError(
            f"`probabilities` must have the shape (videos, labels) {expected}, and "
            f"`states` as many values. Received: shape {probabilities.shape}, "
            f"{len(states)} states"
        )
    # Not-a-number is within no bounds.
    wrong = np.argwhere(~((probabilities >= 0) & (probabilities <= 1)))
    if wrong.size:
        row, label = wrong[0]
        raise ValueError(
            "`probabilities` must be within [0, 1]. Received: "
            f"probabilities[{row}, {label}]={probabilities[row, label]}"
        )
    if unknown := sorted(set(states) - {"ok", *REASON_OF_STATE}):
        raise ValueError(
            f"`states` must be among {['ok', *REASON_OF_STATE]}. Received: {unknown}"
        )
    if strange := sorted(set(config.own_bounds) - set(label_set.ids)):
        raise ValueError(
            "`own_bounds` must be of categories that the teacher has. "
            f"Received: {strange}"
        )


def read_bounds(path: Path) -> dict[str, Bounds]:
    """Reads bounds of single categories.

    Args:
        path: A table, cells between tabs, with the columns `id`, `yes` and `no`.

    Returns:
        The bounds by category id.

    Raises:
        InvalidTable: If it is no such table, or an id comes twice; names the line.
        OSError: If it cannot be read.
    """
    bounds: dict[str, Bounds] = {}
    for line, cells in read_cells(path, read_lines(path), 1, ("id", "yes", "no")):
        place = f"{path}, line {line}"
        if cells["id"] in bounds:
            raise InvalidTable(f"{place}: `id` comes twice. Received: {cells['id']!r}")
        try:
            bounds[cells["id"]] = Bounds(float(cells["yes"]), float(cells["no"]))
        except ValueError:
            raise InvalidTable(
                f"{place}: `yes` and `no` must be numbers. Received: "
                f"yes={cells['yes']!r}, no={cells['no']!r}"
            ) from None
    return bounds
