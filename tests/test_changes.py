"""What changed is counted, and the counts add up."""

import numpy as np

from vidcat.inference.decisions import Thresholds, decision_matrix
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.redeciding.changes import Changes

TAXONOMY = load_iab("3.1")
LABELS = LabelSet(taxonomy_version="3.1", ids=("1", "539", "42"), visual=(True,) * 3)


def decided(probabilities, *values, labels=LABELS):
    thresholds = Thresholds(
        values=values,
        confident=(True,) * len(values),
        target_precision=0.8,
        truth="gold",
    )
    return decision_matrix(np.array(probabilities), thresholds, labels, TAXONOMY)


def test_each_video_is_counted_once():
    probabilities = [
        [0.9, 0.1, 0.1],  # said before and after
        [0.5, 0.1, 0.1],  # gains the first
        [0.1, 0.5, 0.1],  # loses the second, and what it implies
        [0.5, 0.5, 0.1],  # both
        [0.1, 0.1, 0.1],  # never anything
    ]
    before = decided(probabilities, 0.6, 0.4, 0.6)
    after = decided(probabilities, 0.4, 0.6, 0.6)
    assert Changes.between(before, after) == Changes(
        videos=5,
        only_gained=1,
        only_lost=1,
        gained_and_lost=1,
        unchanged=2,
        covered_before=3,
        covered_after=3,
    )


def test_fewer_categories_are_compared_by_their_ids():
    fewer = LABELS.select(["539"])
    before = decided([[0.9, 0.9, 0.1], [0.1, 0.9, 0.1]], 0.5, 0.5, 0.5)
    after = decided([[0.9], [0.9]], 0.5, labels=fewer)
    changes = Changes.between(before, after)
    assert (changes.only_lost, changes.unchanged) == (1, 1)


def test_parts_add_up_to_the_whole():
    rng = np.random.default_rng(3)
    probabilities = rng.random((500, 3))

    def changes(rows):
        return Changes.between(
            decided(rows, 0.7, 0.5, 0.9), decided(rows, 0.5, 0.6, 0.95)
        )

    whole = changes(probabilities)
    assert changes(probabilities[:123]) + changes(probabilities[123:]) == whole
    four = (whole.only_gained, whole.only_lost, whole.gained_and_lost, whole.unchanged)
    assert min(four) > 0
    assert sum(four) == whole.videos == 500
