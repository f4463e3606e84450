"""The categories that can be said of a video: labels and what is above them."""

from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy


def sayable_ids(label_set: LabelSet, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The categories that can be said of a video.

    Returns:
        The L labels, then those of their ancestors that are no labels, in the order of
        the table; M in all.
    """
    every = taxonomy.with_ancestors(label_set.ids)
    outside = every - set(label_set.ids)
    return (
        *label_set.ids,
        *(category.id for category in taxonomy if category.id in outside),
    )
