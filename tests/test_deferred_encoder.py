"""A sentence encoder is loaded when it is first to read, and known before."""

import numpy as np
import pytest
import tensorflow as tf
from both_sources import CountingWords, make_bundle, word_counter
from tiny_sentences import WIDTH, MeanOfPieces, train_tokenizer

from vidcat.inference.bundle import load_to_decide
from vidcat.inference.encoders.weights import folder_sha256
from vidcat.inference.sentence_encoder import SentenceEncoder
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.deferred_encoder import DeferredEncoder
from vidcat.inference.texts.storage import deferred_encoder, is_text_folder


def test_a_bundle_is_known_without_its_sentence_encoder(tmp_path):
    encoder = CountingWords()
    encoder.source = str(tmp_path / "gone")
    bundle = make_bundle(text=word_counter(encoder))
    bundle.save(tmp_path / "bundle")
    loaded = load_to_decide(tmp_path / "bundle")
    assert loaded.content_hash == bundle.content_hash
    assert loaded.decider == bundle.decider
    with pytest.raises(OSError, match="gone"):
        loaded.text.multilingual.encoder.embed(["a car"])


def test_a_text_categorizer_is_known_likewise(tmp_path):
    encoder = CountingWords()
    encoder.source = str(tmp_path / "gone")
    word_counter(encoder).save(tmp_path / "text")
    assert is_text_folder(tmp_path / "text")
    loaded = TextCategorizer.load(
        tmp_path / "text", deferred_encoder(tmp_path / "text")
    )
    assert loaded.content_hash == word_counter().content_hash


def test_where_no_text_is_read_there_is_none(tmp_path):
    make_bundle().save(tmp_path / "bundle")
    assert not is_text_folder(tmp_path / "bundle")
    assert deferred_encoder(tmp_path / "bundle") is None
    assert load_to_decide(tmp_path / "bundle").text is None


def test_it_embeds_as_the_encoder_does(tmp_path):
    folder = tmp_path / "tiny"
    tf.saved_model.save(MeanOfPieces(train_tokenizer()), folder)
    deferred = DeferredEncoder(str(folder), folder_sha256(folder))
    texts = ["How to bake", "dans la maison"]
    np.testing.assert_array_equal(
        deferred.embed(texts), SentenceEncoder.load(folder).embed(texts)
    )
    assert deferred.width == WIDTH
