import json
import math
import pickle
import re
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest
from text_catalogs import LABELS, WordEncoder, text_catalog

from vidcat.inference.decisions import Calibrator, Thresholds
from vidcat.inference.files.own_folder import UnfitFolder
from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.texts.bag_of_words import BagOfWords
from vidcat.inference.texts.head import TextHead
from vidcat.inference.texts.multilingual import Multilingual
from vidcat.inference.texts.ngrams import NgramWeights
from vidcat.inference.texts.results import categorize_texts
from vidcat.inference.texts.storage import InvalidTextCategorizer
from vidcat.inference.video import Video
from vidcat.models.text import build_bag_of_words, build_text_categorizer
from vidcat.models.visual import logits_model

NGRAMS = ("tennis", "racket", "soup", "tennis racket")
KERNEL = np.linspace(-3, 4, 24).reshape(4, 6).astype("float32")
BIAS = np.linspace(-1, 1, 6).astype("float32")


def calibrator(slope, intercept):
    return Calibrator(slope=(slope,) * 6, intercept=(intercept,) * 6, own=(True,) * 6)


@pytest.fixture(scope="module")
def bag_of_words():
    model = build_bag_of_words(labels=6, vocabulary=4)
    model.get_layer("logits").set_weights([KERNEL, BIAS])
    return BagOfWords(
        ngrams=NgramWeights(ngrams=NGRAMS, idf=np.array([1, 2, 2, 3], "float32")),
        head=TextHead(model=model, calibrator=calibrator(1.5, -0.5)),
        languages=("en", "fr"),
    )


@pytest.fixture(scope="module")
def multilingual():
    keras.utils.set_random_seed(3)
    model = build_text_categorizer(labels=6, embedding_dim=32, hidden=(16, 8))
    return Multilingual(
        encoder=WordEncoder(), head=TextHead(model=model, calibrator=calibrator(2, 0.3))
    )


@pytest.fixture(scope="module")
def both(multilingual, bag_of_words):
    return TextCategorizer(
        label_set=LABELS,
        multilingual=multilingual,
        bag_of_words=bag_of_words,
        thresholds=Thresholds(
            values=(0.6, 0.6, 0.6, 0.6, math.inf, 0.6),
            confident=(True, False) * 3,
            target_precision=0.8,
            truth="gold",
        ),
        measured={"en": 40, "fr": 10, "de": 9},
        parts={"row-0": "train", "row-1": "test"},
        provenance={"config": {"seed": 0}},
    )


def sigmoid(values):
    return 1 / (1 + np.exp(-np.asarray(values, np.float64)))


def by_bag(*ngrams):
    """Calibrated probabilities of the bag of words for these known n-grams."""
    idf = dict(zip(NGRAMS, [1, 2, 2, 3], strict=True))
    weights = np.array([idf[one] if one in ngrams else 0 for one in NGRAMS], float)
    weights /= np.linalg.norm(weights) or 1
    return sigmoid(1.5 * (weights @ KERNEL + BIAS) - 0.5)


def by_meaning(multilingual, text):
    embedding = multilingual.encoder.embed([text])
    logits = np.asarray(logits_model(multilingual.head.model)(embedding))[0]
    return sigmoid(2 * logits + 0.3)


def test_a_language_goes_to_every_part_that_reads_it(both, multilingual):
    videos = [
        Video(id="a", title="Tennis racket!", language="en"),
        Video(id="b", title="Raqueta de tenis", language="es-MX"),
        Video(id="c", title="SOUP, racket", language="FR"),
    ]
    scores = both.score(videos)
    expected = [
        (
            by_bag("tennis", "racket", "tennis racket")
            + by_meaning(multilingual, "Tennis racket!")
        )
        / 2,
        by_meaning(multilingual, "Raqueta de tenis"),
        (by_bag("soup", "racket") + by_meaning(multilingual, "SOUP, racket")) / 2,
    ]
    np.testing.assert_allclose(scores.probabilities, expected, rtol=1e-5)
    assert scores.states == ("ok", "ok", "ok")
    assert scores.languages == ("en", "es", "fr")


def test_the_bag_of_words_reads_its_languages_and_unknown_ones(both):
    words = replace(both, multilingual=None)
    scores = words.score(
        [
            Video(id="a", title="tennis", language="en"),
            Video(id="b", title="tennis", language="de"),
            # Too short for its language to be detected.
            Video(id="c", title="tennis"),
        ]
    )
    assert scores.states == ("ok", "no_model", "ok")
    assert scores.languages == ("en", "de", None)
    for row in (0, 2):
        np.testing.assert_allclose(
            scores.probabilities[row], by_bag("tennis"), rtol=1e-5
        )
    assert not scores.probabilities[1].any()


def test_without_a_bag_of_words_everything_is_read_by_meaning(both, multilingual):
    meaning = replace(both, bag_of_words=None)
    scores = meaning.score([Video(id="a", title="tennis"), Video(id="b", title="🎾")])
    assert scores.states == ("ok", "ok")
    np.testing.assert_allclose(
        scores.probabilities[0], by_meaning(multilingual, "tennis"), rtol=1e-5
    )


def test_a_row_without_text_has_no_scores(both):
    scores = both.score(
        [
            Video(id="a", language="en"),
            Video(id="b", title="<br> https://example.com", language="en"),
        ]
    )
    assert scores.states == ("no_text", "no_text")
    assert not scores.probabilities.any()
    assert scores.ok.tolist() == [False, False]


def test_languages_that_were_not_measured_are_marked(both):
    videos = [
        Video(id=language, title="tennis", language=language)
        for language in ("en", "fr", "de", "ja")
    ]
    scores = both.score([*videos, Video(id="und", title="tennis"), Video(id="none")])
    # Nine rows of German are too few; what has no text has nothing to doubt.
    assert scores.unmeasured == (False, False, True, True, True, False)
    assert both.measured_languages == {"en", "fr"}
    unknown = replace(both, measured={"und": 10}).score([Video(id="a", title="tennis")])
    assert unknown.unmeasured == (False,)


def test_a_row_has_the_same_scores_alone_and_among_others(both):
    videos = text_catalog(300, languages=("en", "fr", "es"))
    among = both.score(videos)
    for row in (0, 17, 63, 64, 255, 256, 299):
        alone = both.score([videos[row]])
        np.testing.assert_array_equal(alone.probabilities[0], among.probabilities[row])
        assert alone.languages == (among.languages[row],)


def test_no_rows_give_no_scores(both):
    assert both.score([]).probabilities.shape == (0, 6)


def test_at_least_one_part_is_needed(both):
    with pytest.raises(ValueError, match="Received: neither"):
        replace(both, multilingual=None, bag_of_words=None)


@pytest.fixture
def folder(both, tmp_path):
    both.save(tmp_path)
    return tmp_path


def test_saved_and_loaded_it_gives_the_same_bytes(both, folder, multilingual):
    loaded = TextCategorizer.load(folder, multilingual.encoder)
    videos = text_catalog(40, languages=("en", "fr", "es"))

    def lines(categorizer):
        return [json.dumps(r.to_json()) for r in categorize_texts(categorizer, videos)]

    assert lines(loaded) == lines(both)
    assert len(lines(both)) == 40
    assert loaded.content_hash == both.content_hash
    for name in ("label_set", "thresholds", "measured", "parts", "provenance"):
        assert getattr(loaded, name) == getattr(both, name)
    assert loaded.truth == "gold"


def test_parts_that_are_not_there_are_not_loaded(both, tmp_path, multilingual):
    replace(both, multilingual=None).save(tmp_path)
    assert TextCategorizer.load(tmp_path).multilingual is None
    # Saved over it, the other kind leaves nothing of the first.
    replace(both, bag_of_words=None).save(tmp_path)
    assert TextCategorizer.load(tmp_path, multilingual.encoder).bag_of_words is None


def test_nothing_in_the_folder_is_pickled(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {
        *(".json", ".tsv", ".txt", ".npz", ".keras")
    }
    for path in files:
        assert not path.read_bytes().startswith(pickle.PROTO)
        if path.suffix == ".npz":
            assert np.load(path, allow_pickle=False)["idf"].dtype == np.float32


def test_a_network_that_would_run_code_is_refused(folder):
    inputs = keras.Input((4,), sparse=True, name="ngrams")
    logits = keras.layers.Dense(6, name="logits")(inputs)
    evil = keras.layers.Lambda(lambda x: x, name="scores")(logits)
    model = keras.Model(inputs, evil)
    model.save(folder / "bag_of_words" / "model.keras")
    with pytest.raises(ValueError, match="Lambda"):
        TextHead.load(folder / "bag_of_words")


@pytest.mark.parametrize(
    "name",
    [
        *("text.json", "labels.tsv", "split.json", "multilingual/model.keras"),
        *("bag_of_words/vocabulary.txt", "bag_of_words/idf.npz"),
        *("bag_of_words/calibrator.json", "bag_of_words/languages.json"),
    ],
)
def test_a_changed_file_is_refused(folder, name, multilingual):
    with (folder / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(
        InvalidTextCategorizer,
        match=rf"{re.escape(name)}: is missing or not as training wrote",
    ):
        TextCategorizer.load(folder, multilingual.encoder)


def test_a_missing_file_is_refused(folder, multilingual):
    (folder / "bag_of_words" / "idf.npz").unlink()
    with pytest.raises(InvalidTextCategorizer, match=r"idf\.npz: is missing"):
        TextCategorizer.load(folder, multilingual.encoder)


def test_an_unfinished_or_foreign_folder_is_refused(tmp_path):
    with pytest.raises(InvalidTextCategorizer, match="`vidcat text train` makes one"):
        TextCategorizer.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[1]", b"null", b"\xff"])
def test_damaged_checksums_are_refused(folder, multilingual, content):
    (folder / "checksums.json").write_bytes(content)
    with pytest.raises(InvalidTextCategorizer, match=r"checksums\.json: is missing or"):
        TextCategorizer.load(folder, multilingual.encoder)


def test_files_of_others_are_not_deleted(both, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "labels.tsv").write_text("mine")
    with pytest.raises(UnfitFolder) as caught:
        both.save(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: has labels.tsv, report, but no text.json: that is something else,"
        " and would be lost. Give another folder, or move it away."
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.tsv", "report"]


def test_an_interrupted_writing_is_taken_up_again(both, folder, multilingual):
    # As it is where the folder was killed right after its first file.
    for name in ("checksums.json", "labels.tsv", "split.json"):
        (folder / name).unlink()
    both.save(folder)
    loaded = TextCategorizer.load(folder, multilingual.encoder)
    assert loaded.content_hash == both.content_hash


def test_a_newer_format_is_refused(both, folder):
    from vidcat.inference.files.checksums import write_checksums

    values = json.loads((folder / "text.json").read_text())
    (folder / "text.json").write_text(json.dumps(values | {"format": 2}))
    recorded = json.loads((folder / "checksums.json").read_text())
    write_checksums(folder, [folder / name for name in recorded])
    with pytest.raises(InvalidTextCategorizer, match=r"format 2 is newer .*\(1\)"):
        TextCategorizer.load(folder)


def test_another_sentence_encoder_is_refused(folder):
    other = WordEncoder()
    other.checksum = "another"
    with pytest.raises(
        InvalidTextCategorizer,
        match=r"checksum 0123456789abcdef .* Received: words of checksum another",
    ):
        TextCategorizer.load(folder, other)


def test_whatever_decides_a_result_changes_the_hash(both, bag_of_words, multilingual):
    heavier = NgramWeights(ngrams=NGRAMS, idf=np.ones(4, "float32"))
    changes = [
        {"multilingual": None},
        {"bag_of_words": None},
        {"measured": {"en": 40}},
        {"thresholds": replace(both.thresholds, values=(0.7,) * 6)},
        {"bag_of_words": replace(bag_of_words, ngrams=heavier)},
        {"bag_of_words": replace(bag_of_words, languages=("en",))},
        {
            "multilingual": replace(
                multilingual,
                head=replace(multilingual.head, calibrator=calibrator(1, 0)),
            )
        },
    ]
    hashes = {replace(both, **change).content_hash for change in changes}
    assert len(hashes | {both.content_hash}) == len(changes) + 1
    told = replace(both, provenance={"note": "another day"}, parts={})
    assert told.content_hash == both.content_hash


def test_results_have_the_promised_form(both):
    lenient = replace(both, thresholds=replace(both.thresholds, values=(0.0,) * 6))
    videos = [
        Video(id="a", title="tennis racket", language="en"),
        Video(id="b", title="Schläger", language="de"),
        Video(id="c"),
    ]
    first, second, third = categorize_texts(lenient, videos)
    assert first.status == "ok"
    assert first.parts == {"text": "ok", "visual": "not_asked"}
    assert first.reason is None
    assert first.key.bundle == lenient.content_hash
    # Tennis and dance bring their parents along.
    said = {category.id: category for category in first.categories}
    assert said.keys() == {*LABELS.ids, "483", "210", "201"}
    assert said["539"].path == ("Sports", "Tennis")
    assert {category.sources for category in first.categories} == {("text",)}
    expected = lenient.score(videos[:1]).probabilities[0]
    assert said["539"].score == round(expected[0], 4)
    scores = [category.score for category in first.categories]
    assert scores == sorted(scores, reverse=True)
    assert second.reason == "the text model was never measured on the language 'de'"
    assert second.status == "ok"
    assert (third.status, third.parts["text"]) == ("no_category", "no_text")
    assert third.reason == "the row has no text"
    assert third.categories == ()


def test_a_language_without_model_is_a_reason(both):
    words = replace(both, multilingual=None)
    german, unknown = categorize_texts(
        words,
        [
            Video(id="a", title="Tennis", language="de"),
            Video(id="b", title="tennis"),
        ],
    )
    assert german.parts["text"] == "no_model"
    assert german.reason == "no text model reads the language 'de'"
    assert unknown.parts["text"] == "ok"
    assert unknown.reason == (
        "the text model was never measured on text of unknown language"
    )


def test_a_row_that_breaks_the_encoder_costs_one_result(both, multilingual):
    class Fragile(WordEncoder):
        def embed(self, texts):
            if any("boom" in text for text in texts):
                raise MemoryError("the device is full")
            return super().embed(texts)

    fragile = replace(both, multilingual=replace(multilingual, encoder=Fragile()))
    videos = [
        Video(id=f"v{n}", title="boom" if n == 2 else "tennis", language="en")
        for n in range(5)
    ]
    results = list(categorize_texts(fragile, videos))
    assert [result.id for result in results] == [f"v{n}" for n in range(5)]
    statuses = [result.status for result in results]
    assert statuses.count("model_error") == 1
    assert results[2].parts["text"] == "error"
    assert results[2].reason == "v2: MemoryError: the device is full"


def test_archives_of_networks_hold_no_code(folder):
    with zipfile.ZipFile(folder / "bag_of_words" / "model.keras") as archive:
        assert sorted(archive.namelist()) == [
            *("config.json", "metadata.json", "model.weights.h5")
        ]
