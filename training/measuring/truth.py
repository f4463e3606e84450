"""The truth of all categories that can be said, from that of the labels."""

import numpy as np

from vidcat.inference.decisions import implied_pairs, sayable_ids
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import Taxonomy
from vidcat.training.measuring.measures import Labels


def truth_of_sayable(labels: Labels, label_set: LabelSet, taxonomy: Taxonomy) -> Labels:
    """Adds the ancestors of labels that are no labels themselves.

    An ancestor is true where a label below it is, unknown where one of them is, and
    false elsewhere. A video that has it by a category outside the label set counts as
    false: precision is never taken for more than it is.

    Args:
        labels: 1 yes, 0 no, -1 unknown, shape `(N, L)`.
        label_set: The L labels.
        taxonomy: The taxonomy they belong to.

    Returns:
        Shape `(N, M)`, by `sayable_ids`; the L labels as they are.
    """
    ids = sayable_ids(label_set, taxonomy)
    count = len(label_set)
    truth = np.zeros((len(labels), len(ids)), np.int8)
    truth[:, :count] = labels
    below: dict[int, list[int]] = {}
    for above, label in implied_pairs(ids, taxonomy):
        if above >= count and label < count:
            below.setdefault(above, []).append(label)
    for above, columns in below.items():
        known = labels[:, columns]
        truth[:, above] = np.where((known == 1).any(axis=1), 1, known.min(axis=1))
    return truth
