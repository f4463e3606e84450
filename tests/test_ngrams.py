import math

import numpy as np
import pytest

from vidcat.inference.texts.ngrams import NgramWeights
from vidcat.training.texts.ngrams import NoWords, fit_ngrams

TEXTS = ["Le Café noir", "le cafe NOIR!", "un thé noir", "thé vert", "le thé"]


@pytest.fixture
def ngrams():
    return NgramWeights(
        ngrams=("noir", "le", "cafe noir", "the"),
        idf=np.array([1.0, 2.0, 3.0, 4.0], "float32"),
    )


def test_known_words_and_bigrams_weigh_their_idf_at_norm_one(ngrams):
    rows = ngrams.weights(["Café NOIR, café noir...", "le thé vert"]).toarray()
    # noir (1) and cafe noir (3), each once however often; le (2) and the (4).
    first = np.array([1, 0, 3, 0]) / math.sqrt(10)
    second = np.array([0, 2, 0, 4]) / math.sqrt(20)
    np.testing.assert_allclose(rows, [first, second], rtol=1e-6)


def test_nothing_known_is_a_row_of_zeros(ngrams):
    rows = ngrams.weights(["", "???", "天気", "vert"]).toarray()
    np.testing.assert_array_equal(rows, np.zeros((4, 4)))


def test_no_texts_are_no_rows(ngrams):
    assert ngrams.weights([]).shape == (0, 4)


def test_a_text_weighs_the_same_alone_and_among_others(ngrams):
    texts = TEXTS * 100
    among = ngrams.weights(texts).toarray()
    for row in (0, 3, 255, 256, 499):
        np.testing.assert_array_equal(
            among[row], ngrams.weights([texts[row]]).toarray()[0]
        )


def test_letters_of_all_scripts_are_words():
    words = ("теннис", "αθηνα", "東京", "2024", "שלום")
    known = NgramWeights(ngrams=words, idf=np.ones(5, "float32"))
    rows = known.weights(["ТЕННИС; Αθήνα", "東京-2024", "«שלום»"]).toarray() > 0
    assert rows.tolist() == [
        [True, True, False, False, False],
        [False, False, True, True, False],
        [False, False, False, False, True],
    ]


def test_fitting_counts_texts_and_not_occurrences():
    fitted = fit_ngrams(["rare rare rare", *TEXTS], min_count=2)
    # Texts: le 3, noir 3, the 3, cafe 2, cafe noir 2, le cafe 2.
    assert fitted.ngrams == ("le", "noir", "the", "cafe", "cafe noir", "le cafe")
    np.testing.assert_allclose(
        fitted.idf, [math.log(7 / 4) + 1] * 3 + [math.log(7 / 3) + 1] * 3, rtol=1e-6
    )


def test_the_vocabulary_is_limited_to_the_commonest():
    fitted = fit_ngrams(TEXTS, min_count=2, max_ngrams=4)
    assert fitted.ngrams == ("le", "noir", "the", "cafe")


def test_the_vocabulary_does_not_depend_on_the_order_of_texts():
    assert fit_ngrams(TEXTS[::-1]).ngrams == fit_ngrams(TEXTS).ngrams


def test_no_word_in_enough_texts_is_an_error():
    with pytest.raises(NoWords, match=r"in 2 texts at least, and none .*texts: 2\)"):
        fit_ngrams(["one two", "three"])


def test_saved_and_read_again_it_is_the_same(tmp_path):
    fitted = fit_ngrams(TEXTS)
    fitted.save(tmp_path)
    read = NgramWeights.load(tmp_path)
    assert read.ngrams == fitted.ngrams
    np.testing.assert_array_equal(read.idf, fitted.idf)
    assert read.content_hash == fitted.content_hash
    lines = (tmp_path / "vocabulary.txt").read_text().splitlines()
    assert lines == list(fitted.ngrams)


def test_another_weight_is_another_hash(ngrams):
    heavier = NgramWeights(ngrams=ngrams.ngrams, idf=ngrams.idf + 1)
    assert heavier.content_hash != ngrams.content_hash


@pytest.mark.parametrize(("ngrams", "idf"), [((), []), (("a", "b"), [1.0])])
def test_one_weight_for_each_ngram(ngrams, idf):
    with pytest.raises(ValueError, match=f"Received: {len(ngrams)} ngrams, idf"):
        NgramWeights(ngrams=ngrams, idf=np.array(idf, "float32"))
