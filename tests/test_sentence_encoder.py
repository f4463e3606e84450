import ast
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tiny_sentences import (
    SENTENCES,
    WIDTH,
    MeanOfPieces,
    embedded_by_hand,
    train_tokenizer,
)

from vidcat.inference.encoders.weights import WeightsUnavailable
from vidcat.inference.sentence_encoder import (
    EMBEDDED_CHARACTERS,
    PUBLISHED_ENCODER,
    SentenceEncoder,
    is_blank,
)

ROOT = Path(__file__).parents[1]
TEXTS = tf.TensorSpec([None], tf.string)


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer()


@pytest.fixture(scope="module")
def network(tokenizer):
    return MeanOfPieces(tokenizer)


@pytest.fixture(scope="module")
def folder(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoders") / "tiny"
    tf.saved_model.save(network, folder)
    return folder


@pytest.fixture(scope="module")
def encoder(folder):
    return SentenceEncoder.load(folder)


class Witness(tf.Module):
    """Tells how many texts it got and how long the longest was, and minds padding."""

    @tf.function(input_signature=[TEXTS])
    def __call__(self, texts):
        characters = tf.strings.unicode_decode(texts, "UTF-8").to_tensor()
        size, longest = tf.unstack(tf.cast(tf.shape(characters), tf.float32))
        mean = tf.reduce_mean(tf.cast(characters, tf.float32), axis=1)
        each = tf.ones_like(mean)
        return tf.stack([size * each, longest * each, mean], axis=1)


@pytest.fixture(scope="module")
def witness(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoders") / "witness"
    tf.saved_model.save(Witness(), folder)
    return SentenceEncoder.load(folder)


@pytest.mark.parametrize("language", SENTENCES)
def test_text_of_any_language_becomes_the_vector_of_its_pieces(
    encoder, network, tokenizer, language
):
    text = SENTENCES[language]
    expected = embedded_by_hand(tokenizer, network, text)
    (vector,) = encoder.embed([text])
    assert (vector.dtype, vector.shape, encoder.width) == (np.float32, (12,), WIDTH)
    np.testing.assert_allclose(vector, expected, rtol=1e-5, atol=1e-6)


def test_text_has_the_same_bytes_alone_and_among_others(witness, encoder):
    texts = [*SENTENCES.values(), "a", "much longer than the others " * 20]
    inside = tf.saved_model.load(str(witness.folder))(tf.constant(texts)).numpy()
    for some in (witness, encoder):
        together = some.embed(texts)
        for position, text in enumerate(texts):
            assert some.embed([text]).tobytes() == together[position].tobytes()
    # Otherwise the network could not have told.
    assert (inside[:, 2] != witness.embed(texts)[:, 2])[:-1].all()


def test_network_never_gets_more_than_one_text_of_bounded_length(witness):
    texts = ["é" * length for length in (1, 7, 999, 1000, 1001, 5000, 1_000_000)]
    size, longest, _ = witness.embed(texts).T
    np.testing.assert_array_equal(size, 1)
    np.testing.assert_array_equal(longest, [1, 7, 999, 1000, 1000, 1000, 1000])
    assert EMBEDDED_CHARACTERS == 1000


def test_order_is_kept_however_many_texts_there_are(witness):
    texts = [chr(ord("一") + n) for n in range(700)]
    mean = witness.embed(texts)[:, 2]
    np.testing.assert_array_equal(mean, np.arange(700) + ord("一"))


def test_text_counts_from_its_first_visible_character_on(encoder):
    text = SENTENCES["en"]
    late = encoder.embed(["\ufeff \u200b\n" * 5000 + text])
    np.testing.assert_array_equal(late, encoder.embed([text]))


@pytest.mark.parametrize("text", ["🎉🎉", "\x00nul", "half a pair \ud83d", "<b>&amp;"])
def test_odd_text_is_embedded(encoder, text):
    assert np.isfinite(encoder.embed([text])).all()


@pytest.mark.parametrize("text", ["", "  \n\t", "\u200b\u2060\ufeff", "\x00", "\ud83d"])
def test_blank_text_is_refused_with_its_place(encoder, text):
    assert is_blank(text)
    with pytest.raises(ValueError, match="not an embedding") as caught:
        encoder.embed(["fine", text])
    assert str(caught.value).endswith(f"Received: texts[1]={text!r}")


def test_no_texts_give_no_vectors(encoder):
    assert encoder.embed([]).shape == (0, WIDTH)
    assert not is_blank("🎉")


def test_one_text_in_place_of_several_is_refused(encoder):
    with pytest.raises(TypeError, match="Received: texts='cake'"):
        encoder.embed("cake")


class Exported(tf.Module):
    """Not callable itself, as the exports of mirrors are."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    @tf.function(input_signature=[TEXTS])
    def serve(self, inputs):
        return {"outputs": self.network(inputs), "pieces": tf.strings.length(inputs)}

    @tf.function(input_signature=[TEXTS])
    def serve_one(self, inputs):
        return {"output_0": self.network(inputs)}


@pytest.mark.parametrize("function", ["serve", "serve_one"])
def test_signature_serves_where_the_network_is_not_callable(
    network, encoder, tmp_path, function
):
    exported = Exported(network)
    signatures = {"serving_default": getattr(exported, function)}
    tf.saved_model.save(exported, tmp_path / "mirror", signatures=signatures)
    mirror = SentenceEncoder.load(tmp_path / "mirror")
    texts = list(SENTENCES.values())
    np.testing.assert_array_equal(mirror.embed(texts), encoder.embed(texts))


def lengths(texts):
    return tf.cast(tf.strings.length(texts), tf.float32)


BROKEN = {
    "shape=(1,) for one text": lengths,
    "dtype=int32, shape=(1, 1)": lambda texts: tf.strings.length(texts)[:, None],
    "shape=(3, 1) for one text": lambda texts: tf.zeros((3, 1)),
    "Received: ['a', 'b']": lambda texts: {"a": lengths(texts), "b": lengths(texts)},
}


def saved(folder, function, signature=TEXTS):
    holder = tf.Module()
    holder.__call__ = tf.function(function, input_signature=[signature])
    tf.saved_model.save(holder, folder)
    return folder


@pytest.mark.parametrize("received", BROKEN)
def test_network_that_gives_no_vectors_is_named(tmp_path, received):
    saved(tmp_path / "broken", BROKEN[received])
    with pytest.raises(ValueError, match="must ") as caught:
        SentenceEncoder.load(tmp_path / "broken")
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'broken'}: must ")
    assert received in text


def test_vector_that_is_not_finite_is_named_with_its_text(tmp_path):
    def share_of_e(texts):
        letters = lengths(tf.strings.regex_replace(texts, "[^e]", ""))[:, None]
        return letters / letters

    encoder = SentenceEncoder.load(saved(tmp_path / "nan", share_of_e))
    np.testing.assert_array_equal(encoder.embed(["cake"]), [[1]])
    with pytest.raises(ValueError, match="must give 1 finite values") as caught:
        encoder.embed(["cake", "pizza"])
    assert str(caught.value).endswith("1 values, 0 of them finite, for 'pizza'")


def test_width_that_depends_on_the_text_is_refused(tmp_path):
    encoder = SentenceEncoder.load(
        saved(tmp_path / "wide", lambda t: tf.zeros((1, tf.strings.length(t)[0])))
    )
    with pytest.raises(ValueError, match=r"must give 4 finite .* Received: 5 values"):
        encoder.embed(["four", "fiver"])


def test_network_that_takes_no_text_is_named(tmp_path):
    folder = saved(tmp_path / "numbers", tf.abs, tf.TensorSpec([None], tf.float32))
    with pytest.raises(ValueError, match=f"^{folder}: cannot embed text"):
        SentenceEncoder.load(folder)


def test_savedmodel_without_an_entry_is_named(tmp_path):
    tf.saved_model.save(tf.Module(), tmp_path / "empty")
    with pytest.raises(ValueError, match="must be callable with texts") as caught:
        SentenceEncoder.load(tmp_path / "empty")
    assert str(caught.value).endswith("'serving_default'. Received: []")


def test_folder_without_a_savedmodel_is_an_error_with_the_option(tmp_path):
    with pytest.raises(FileNotFoundError, match="`--sentence-encoder FOLDER`") as error:
        SentenceEncoder.load(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}: must be the folder of a SavedM")


def test_damaged_savedmodel_is_named(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"not a graph")
    with pytest.raises(ValueError, match=f"^{tmp_path}: cannot be loaded"):
        SentenceEncoder.load(tmp_path)


def test_checksum_is_over_sorted_names_and_contents(encoder, folder):
    total = hashlib.sha256()
    names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert "saved_model.pb" in names
    for name in names:
        content = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        total.update(f"{name}\0{content}\n".encode())
    assert encoder.checksum == total.hexdigest()
    assert (encoder.source, encoder.folder) == (str(folder), folder)


def test_checksum_goes_with_the_files_wherever_they_lie(encoder, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "moved")
    moved = SentenceEncoder.load(tmp_path / "moved", sha256=encoder.checksum)
    assert moved.checksum == encoder.checksum


def test_another_checksum_is_refused_before_anything_is_loaded(
    encoder, folder, tmp_path
):
    shutil.copytree(folder, tmp_path / "other")
    # Could not be loaded either: the checksum speaks first.
    (tmp_path / "other" / "saved_model.pb").write_bytes(b"not a graph")
    with pytest.raises(ValueError, match="the one that the text model was") as caught:
        SentenceEncoder.load(tmp_path / "other", sha256=encoder.checksum)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'other'}: ")
    assert f"checksum {encoder.checksum}. Received: " in text
    received = text.partition("Received: ")[2].partition(".")[0]
    assert len(received) == 64
    assert received != encoder.checksum


def test_without_network_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    # Port 9 (discard) answers nobody.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(WeightsUnavailable) as caught:
        SentenceEncoder.load()
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"The sentence encoder {PUBLISHED_ENCODER} cannot be fet")
    assert f"Download {PUBLISHED_ENCODER}?tf-hub-format=compressed" in text
    assert f"unpack it into {tmp_path}/" in text
    assert text.endswith("name that with `--sentence-encoder FOLDER`.")


IN_A_PROCESS_OF_ITS_OWN = """
import json, sys, tensorflow
from vidcat.inference.sentence_encoder import SentenceEncoder

class Absent:
    def __init__(self, name):
        self.name = name
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == self.name:
            raise ModuleNotFoundError(f"No module named {self.name!r}")

def without(package, source):
    sys.meta_path.insert(0, Absent(package))
    try:
        SentenceEncoder.load(source)
    except ImportError as error:
        return str(error)
    finally:
        del sys.meta_path[0]

folder = sys.argv[1]
told = {}
try:
    tensorflow.saved_model.load(folder)
except Exception as error:
    told["bare"] = str(error)
told["text"] = without("tensorflow_text", folder)
told["loaded"] = "tensorflow_text" in sys.modules
encoder = SentenceEncoder.load(folder)
told["vector"] = encoder.embed(["cake"])[0].tolist()
told["hub_for_a_folder"] = "tensorflow_hub" in sys.modules
told["hub"] = without("tensorflow_hub", "https://127.0.0.1:9/encoder.tar.gz")
told["pkg_resources"] = without("pkg_resources", "https://127.0.0.1:9/e.tar.gz")
print(json.dumps(told))
"""


def test_module_brings_the_ops_and_names_what_is_not_installed(folder, encoder):
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "Op type not registered 'Sentencepiece" in told["bare"]
    assert told["text"] == (
        "The multilingual sentence encoder needs tensorflow-text (No module named "
        "'tensorflow_text'): pip install 'vidcat[muse]'"
    )
    assert told["loaded"] is False
    np.testing.assert_allclose(told["vector"], encoder.embed(["cake"])[0], rtol=1e-6)
    assert told["hub_for_a_folder"] is False
    for absent in ("hub", "pkg_resources"):
        assert "pip install tensorflow-hub 'setuptools<81'" in told[absent]
        assert "--sentence-encoder FOLDER" in told[absent]


@pytest.mark.parametrize(
    ("package", "module"),
    [("tensorflow_text", "sentence_encoder"), ("tensorflow_hub", "encoders/hub_model")],
)
def test_package_is_imported_by_one_module_only(package, module):
    importing = {
        path.relative_to(ROOT).as_posix()
        for room in ("taxonomy", "models", "inference", "training", "commands")
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        if package in (node.names[0].name, getattr(node, "module", None))
    }
    assert importing == {f"inference/{module}.py"}
