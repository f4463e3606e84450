import numpy as np
import pytest

from vidcat.inference.video import Video
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.labels import UnknownLabel, check_labels, label_matrix

# 483 Sports > 539 Tennis and 540 Track and Field; 1 Automotive.
SPORTS, TENNIS, TRACK, AUTOMOTIVE = "483", "539", "540", "1"


@pytest.fixture(scope="module")
def taxonomy():
    return load_iab("3.1")


@pytest.fixture(scope="module")
def label_set():
    ids = (TENNIS, SPORTS, AUTOMOTIVE)
    return LabelSet(taxonomy_version="3.1", ids=ids, visual=(True,) * 3)


@pytest.mark.parametrize(
    ("labels", "unknown", "row"),
    [
        ((TENNIS,), (), [1, 1, 0]),
        ((SPORTS,), (), [0, 1, 0]),
        ((), (), [0, 0, 0]),
        (None, (), [-1, -1, -1]),
        # Outside the set, but its parent is in.
        ((TRACK,), (), [0, 1, 0]),
        # Perhaps tennis, then perhaps sports.
        ((AUTOMOTIVE,), (TENNIS,), [-1, -1, 1]),
        # Sports is implied, whatever tennis is.
        ((TRACK,), (TENNIS,), [-1, 1, 0]),
        ((), (SPORTS,), [0, -1, 0]),
    ],
)
def test_truth_follows_from_labels_and_taxonomy(
    taxonomy, label_set, labels, unknown, row
):
    video = Video(id="v", labels=labels, unknown_labels=unknown)
    matrix = label_matrix([video], label_set, taxonomy)
    assert matrix.dtype == np.int8
    assert matrix.tolist() == [row]


def test_rows_stand_in_the_order_of_the_videos(taxonomy, label_set):
    videos = [Video(id="a", labels=(TENNIS,)), Video(id="b", labels=(AUTOMOTIVE,))]
    expected = [[1, 1, 0], [0, 0, 1]]
    assert label_matrix(videos, label_set, taxonomy).tolist() == expected


def test_an_unknown_id_is_refused_with_what_may_be_meant(taxonomy, label_set):
    videos = [Video(id="a", labels=(TENNIS,)), Video(id="b", labels=("Tennis",))]
    with pytest.raises(UnknownLabel) as caught:
        label_matrix(videos, label_set, taxonomy)
    message = str(caught.value)
    assert message.startswith(
        "Video 'b': `labels` must be category ids of the IAB Content Taxonomy 3.1. "
        "Received: 'Tennis'. Perhaps '539' (Sports > Tennis)"
    )


def test_unknown_labels_are_checked_too(taxonomy):
    video = Video(id="b", labels=(), unknown_labels=("4831234",))
    with pytest.raises(UnknownLabel, match=r"`unknown_labels` must .*'4831234'"):
        check_labels([video], taxonomy)
