import numpy as np

from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.truth import truth_of_sayable

SPORTS, TENNIS = "483", "539"


def test_an_ancestor_outside_the_labels_is_as_true_as_what_is_below_it():
    taxonomy = load_iab()
    tennis, other = TENNIS, taxonomy.children(SPORTS)[0]
    assert other != tennis
    labels = LabelSet(taxonomy_version="3.1", ids=(tennis, other), visual=(True, True))
    given = np.array([[1, -1], [0, 1], [-1, 0], [0, 0], [-1, -1]], np.int8)
    # Yes where any below is yes, else unknown where any is unknown, else no.
    sports = [1, 1, -1, 0, -1]
    found = truth_of_sayable(given, labels, taxonomy)
    np.testing.assert_array_equal(found[:, :2], given)
    np.testing.assert_array_equal(found[:, 2:], np.array(sports)[:, None])


def test_labels_keep_their_own_truth():
    labels = LabelSet(taxonomy_version="3.1", ids=(SPORTS, TENNIS), visual=(True, True))
    given = np.array([[0, -1], [-1, 0], [1, 0]], np.int8)
    np.testing.assert_array_equal(truth_of_sayable(given, labels, load_iab()), given)
