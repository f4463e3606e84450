import numpy as np
import pytest

from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.lexicon import Lexicon, LexiconEntry
from vidcat.training.teaching.similarity_labels import (
    SIMILARITY_CONFIDENCE,
    category_descriptions,
    similarity_labels,
)

SPORTS, TENNIS, CATS = "483", "539", "424"


@pytest.fixture(scope="module")
def taxonomy():
    return load_iab("3.1")


@pytest.fixture(scope="module")
def label_set():
    ids = (TENNIS, CATS, SPORTS)
    return LabelSet(taxonomy_version="3.1", ids=ids, visual=(True,) * 3)


@pytest.fixture
def descriptions():
    """Tennis, cats and sports along one axis each."""
    return np.eye(3, 4, dtype=np.float32)


@pytest.fixture
def embeddings():
    """Texts that are like no description, but for one about tennis and an empty one."""
    texts = np.tile(np.array([0, 0, 0, 1], np.float32), (30, 1))
    texts[:, :3] += np.random.default_rng(0).normal(scale=0.01, size=(30, 3))
    texts[4] = [5, 0, 0, 1]
    texts[7] = 0
    return texts


def test_a_description_gives_names_and_the_strongest_phrases(label_set):
    lexicon = Lexicon(
        language="en",
        entries=(
            LexiconEntry(TENNIS, "racket", False),
            LexiconEntry(TENNIS, "wimbledon", True),
            LexiconEntry(CATS, "cat", False),
            LexiconEntry(TENNIS, "roland garros", True),
        ),
    )
    assert category_descriptions(label_set, lexicon) == (
        "Sports, Tennis: wimbledon, roland garros, racket",
        "Pets, Cats: cat",
        "Sports",
    )
    assert category_descriptions(label_set, lexicon, phrases=2)[0] == (
        "Sports, Tennis: wimbledon, roland garros"
    )


def test_only_the_outlier_is_said_and_nothing_denied(
    embeddings, descriptions, label_set, taxonomy
):
    weak = similarity_labels(embeddings, descriptions, label_set, taxonomy)
    expected = np.full((30, 3), -1)
    # Sports stands above tennis.
    expected[4, [0, 2]] = 1
    np.testing.assert_array_equal(weak.labels, expected)
    assert weak.labels.dtype == np.int8
    np.testing.assert_array_equal(
        weak.confidence, np.where(expected == 1, SIMILARITY_CONFIDENCE, 0)
    )
    assert weak.confidence.dtype == np.float32


def test_length_of_vectors_does_not_matter(
    embeddings, descriptions, label_set, taxonomy
):
    weak = similarity_labels(embeddings, descriptions, label_set, taxonomy)
    assert (weak.labels == 1).any()
    scale = np.linspace(0.1, 9, 30)[:, None]
    other = similarity_labels(embeddings * scale, descriptions * 7, label_set, taxonomy)
    np.testing.assert_array_equal(other.labels, weak.labels)


def test_a_video_without_text_changes_nothing_for_others(
    embeddings, descriptions, label_set, taxonomy
):
    # By hand: cosines of the texts that are there, standardised, against the bound.
    known = np.delete(embeddings, 7, axis=0)
    cosine = known[:, 0] / np.linalg.norm(known, axis=1)
    deviations = (cosine - cosine.mean()) / cosine.std()
    bound = np.sort(deviations)[-2:].mean()
    weak = similarity_labels(
        embeddings, descriptions, label_set, taxonomy, min_deviations=bound
    )
    assert np.flatnonzero(weak.labels[:, 0] == 1).tolist() == [4]
    assert (weak.labels[7] == -1).all()
    alone = similarity_labels(
        known, descriptions, label_set, taxonomy, min_deviations=bound
    )
    np.testing.assert_array_equal(np.delete(weak.labels, 7, axis=0), alone.labels)


def test_videos_without_text_do_not_make_the_others_stand_out(
    descriptions, label_set, taxonomy
):
    alike = np.tile(np.array([1, 0, 0, 1], np.float32), (5, 1))
    texts = np.vstack([alike, np.zeros((300, 4), np.float32)])
    weak = similarity_labels(texts, descriptions, label_set, taxonomy)
    assert (weak.labels == -1).all()


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_of_few_or_equal_texts_none_stands_out(rows, descriptions, label_set, taxonomy):
    texts = np.zeros((rows, 4), np.float32)
    texts[:, 3] = 1
    texts[:1, 0] = 9
    weak = similarity_labels(texts, descriptions, label_set, taxonomy)
    assert weak.labels.shape == (rows, 3)
    assert (weak.labels == -1).all()
    equal = np.ones((50, 4), np.float32)
    weak = similarity_labels(equal, descriptions, label_set, taxonomy)
    assert (weak.labels == -1).all()


def test_arguments_that_do_not_fit_are_refused(
    embeddings, descriptions, label_set, taxonomy
):
    with pytest.raises(ValueError, match=r"Received: \(30, 4\) and \(2, 4\)$"):
        similarity_labels(embeddings, descriptions[:2], label_set, taxonomy)
    embeddings[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"`embeddings` must be finite.*row 3 is not$"):
        similarity_labels(embeddings, descriptions, label_set, taxonomy)
    embeddings[3, 1] = 0
    with pytest.raises(ValueError, match=r"Received: min_deviations=0$"):
        similarity_labels(
            embeddings, descriptions, label_set, taxonomy, min_deviations=0
        )
    descriptions[1] = 0
    with pytest.raises(ValueError, match=r"Received: zeros for '424'$"):
        similarity_labels(embeddings, descriptions, label_set, taxonomy)
