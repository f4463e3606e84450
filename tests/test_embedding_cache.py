import numpy as np
import pytest
from text_catalogs import WordEncoder

from vidcat.training.texts.embedding_cache import DamagedCache, EmbeddingCache


def test_each_text_is_embedded_once(tmp_path):
    encoder = WordEncoder()
    cache = EmbeddingCache(encoder, tmp_path)
    first = cache.embed(["tennis", "soup", "tennis"])
    again = cache.embed(["soup", "dance", "tennis"])
    assert encoder.embedded == 3
    expected = WordEncoder().embed(["tennis", "soup", "tennis", "dance"])
    np.testing.assert_array_equal(first, expected[:3])
    np.testing.assert_array_equal(again, expected[[1, 3, 0]])
    assert (cache.width, cache.source) == (encoder.width, encoder.source)
    assert cache.checksum == encoder.checksum


def test_another_process_finds_what_was_embedded(tmp_path):
    EmbeddingCache(WordEncoder(), tmp_path).embed(["tennis", "soup"])
    encoder = WordEncoder()
    found = EmbeddingCache(encoder, tmp_path).embed(["soup", "tennis"])
    assert encoder.embedded == 0
    np.testing.assert_array_equal(found, WordEncoder().embed(["soup", "tennis"]))


def test_another_encoder_finds_nothing_of_the_first(tmp_path):
    EmbeddingCache(WordEncoder(), tmp_path).embed(["tennis"])
    other = WordEncoder()
    other.checksum = "another"
    EmbeddingCache(other, tmp_path).embed(["tennis"])
    assert other.embedded == 1


def test_no_texts_have_no_embeddings(tmp_path):
    assert EmbeddingCache(WordEncoder(), tmp_path).embed([]).shape == (0, 32)


def test_progress_is_told(tmp_path):
    told = []
    cache = EmbeddingCache(WordEncoder(), tmp_path, lambda *now: told.append(now))
    cache.embed([f"text {n}" for n in range(2_100)])
    assert told == [(0, 2_100), (2_048, 2_100)]


def test_a_damaged_file_is_named(tmp_path):
    EmbeddingCache(WordEncoder(), tmp_path).embed(["tennis"])
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DamagedCache, match="delete the file") as caught:
        EmbeddingCache(WordEncoder(), tmp_path)
    assert str(path) in str(caught.value)
