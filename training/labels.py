"""True labels of catalog rows as numbers."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy

YES, NO, UNKNOWN = 1, 0, -1


class UnknownLabel(ValueError):
    """A row has a label that is no category id of the taxonomy."""


def check_labels(videos: Sequence[Video], taxonomy: Taxonomy) -> None:
    """Refuses labels that the taxonomy does not have.

    Args:
        videos: Rows of a catalog.
        taxonomy: What their labels are to be ids of.

    Raises:
        UnknownLabel: If a label is no id; the text names the video, the label and
            the categories that may be meant.
    """
    for video in videos:
        for field in ("labels", "unknown_labels"):
            for label in getattr(video, field) or ():
                if label not in taxonomy:
                    close = ", ".join(
                        f"{category.id!r} ({category.path_text})"
                        for category in taxonomy.suggest(label)
                    )
                    meant = f" Perhaps {close} is meant." if close else ""
                    raise UnknownLabel(
                        f"Video {video.id!r}: `{field}` must be category ids of the "
                        f"IAB Content Taxonomy {taxonomy.version}. "
                        f"Received: {label!r}.{meant}"
                    )


def label_matrix(
    videos: Sequence[Video], label_set: LabelSet, taxonomy: Taxonomy
) -> npt.NDArray[np.int8]:
    """Lays out the truth of videos by the labels of a set.

    A label implies its ancestors. Where the truth of a label is unknown, so is that
    of its ancestors, unless another label implies them. A label outside the set
    counts through those of its ancestors that are in the set.

    Args:
        videos: N rows of a catalog.
        label_set: The L categories, in the order of the columns.
        taxonomy: The taxonomy the labels belong to.

    Returns:
        Shape `(N, L)`: 1 yes, 0 no, -1 unknown. A video without labels (`None`) is
        unknown throughout; one with the empty list is no throughout.

    Raises:
        UnknownLabel: If a label is no id of the taxonomy.
    """
    check_labels(videos, taxonomy)
    column = {category_id: at for at, category_id in enumerate(label_set.ids)}
    matrix = np.full((len(videos), len(column)), NO, np.int8)
    for row, video in enumerate(videos):
        if video.labels is None:
            matrix[row] = UNKNOWN
            continue
        for value, ids in ((UNKNOWN, video.unknown_labels), (YES, video.labels)):
            implied = taxonomy.with_ancestors(ids)
            matrix[row, [column[one] for one in implied if one in column]] = value
    return matrix
