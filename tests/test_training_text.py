from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from text_catalogs import LABELS, WordEncoder, text_catalog

from vidcat.inference.text_categorizer import TextCategorizer
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.halves import calibration_halves
from vidcat.training.deciding.promise import Promise
from vidcat.training.deciding.scored_halves import thresholds_on_halves
from vidcat.training.measuring.selection import NothingUsable
from vidcat.training.preparation import TooFewExamples
from vidcat.training.splits import SplitError, assign_parts
from vidcat.training.text import train_text
from vidcat.training.texts.assessment import assess_text
from vidcat.training.texts.config import TextConfig
from vidcat.training.texts.rows import read_rows

BAG = TextConfig(kind="bag-of-words", min_examples=3)
BOTH = TextConfig(kind="both", min_examples=3)


@pytest.fixture(scope="module")
def catalog():
    spanish = [
        replace(video, id=f"es-{video.id}")
        for video in text_catalog(100, seed=5, languages=("es",))
    ]
    return [*text_catalog(400), *spanish]


@pytest.fixture(scope="module")
def trained(catalog, tmp_path_factory):
    """Both parts, trained on English and French."""
    folder = tmp_path_factory.mktemp("text")
    encoder = WordEncoder()
    return train_text(catalog, LABELS, folder, config=BOTH, sentence_encoder=encoder)


@pytest.fixture(scope="module")
def bag_training(catalog, tmp_path_factory):
    """The bag of words alone: the categorizer, its folder, and what was reported."""
    folder, told = tmp_path_factory.mktemp("bag"), []
    categorizer = train_text(
        catalog,
        LABELS,
        folder,
        config=BAG,
        listener=lambda *report: told.append(report),
    )
    return categorizer, folder, told


@pytest.fixture(scope="module")
def bag(bag_training):
    """The bag of words alone."""
    return bag_training[0]


def held_out(categorizer, videos, language):
    return [
        video
        for video in videos
        if categorizer.parts[video.id] == "test" and video.language == language
    ]


def top_1(categorizer, videos):
    best = categorizer.score(videos).probabilities.argmax(axis=1)
    chosen = [categorizer.label_set.ids[at] for at in best]
    return np.mean([(one,) == v.labels for one, v in zip(chosen, videos, strict=True)])


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_learns_what_titles_of_unseen_owners_say(trained, bag, catalog, language):
    videos = held_out(trained, catalog, language)
    assert len(videos) >= 10
    # Chance is one in six.
    assert top_1(bag, videos) > 0.8
    assert top_1(trained, videos) > 0.8


def test_the_multilingual_part_reads_a_language_it_did_not_learn_from(trained, catalog):
    assert top_1(trained, held_out(trained, catalog, "es")) > 0.8


def test_the_bag_of_words_reads_no_language_it_did_not_learn_from(bag, catalog):
    scores = bag.score(held_out(bag, catalog, "es"))
    assert set(scores.states) == {"no_model"}
    assert not scores.probabilities.any()


def test_parts_are_those_of_the_split(trained, catalog):
    assert trained.parts == assign_parts(catalog)


def test_rows_beyond_training_validation_and_calibration_change_nothing(
    bag, catalog, tmp_path
):
    # Other text and other labels in the test part, and in a language not learned.
    changed = [
        replace(video, title="Tennis", labels=("539",))
        if bag.parts[video.id] in ("test", "later")
        or (video.language == "es" and bag.parts[video.id] == "train")
        else video
        for video in catalog
    ]
    assert changed != catalog
    again = train_text(changed, LABELS, tmp_path, config=BAG)
    assert again.content_hash == bag.content_hash


def test_another_seed_gives_another_model(catalog, bag, tmp_path):
    other = train_text(catalog, LABELS, tmp_path, config=replace(BAG, seed=1))
    assert other.content_hash != bag.content_hash


def test_rare_categories_are_dropped_and_named(catalog, tmp_path):
    dancing = [video for video in catalog if video.labels == ("203",)]
    few = [v for v in catalog if v.labels != ("203",)] + dancing[:4]
    config = replace(BAG, min_examples=10)
    trained = train_text(few, LABELS, tmp_path, config=config)
    assert "203" not in trained.label_set
    assert len(trained.label_set) == 5
    assert trained.provenance["dropped_categories"] == ["203"]


def test_languages_to_learn_from_can_be_chosen(catalog, tmp_path):
    config = replace(BAG, languages=("es",), min_examples=1)
    spanish = train_text(catalog, LABELS, tmp_path, config=config)
    assert top_1(spanish, held_out(spanish, catalog, "es")) > 0.5
    assert spanish.score(text_catalog(1)).states == ("no_model",)


def test_measured_languages_are_those_of_held_out_rows(trained, bag, catalog):
    held = [v for v in catalog if trained.parts[v.id] in ("calibration", "test")]
    expected = dict.fromkeys(("en", "fr", "es"), 0)
    for video in held:
        expected[video.language] += 1
    assert trained.measured == expected
    assert bag.measured == {one: expected[one] for one in ("en", "fr")}
    assert trained.measured_languages == {
        language for language, rows in expected.items() if rows >= 10
    }


def test_a_stopped_training_embeds_once_and_ends_in_the_same_model(
    trained, catalog, tmp_path
):
    first, second = WordEncoder(), WordEncoder()

    def stop(stage, done, total, note):
        if stage == "multilingual":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_text(
            catalog,
            LABELS,
            tmp_path,
            config=BOTH,
            sentence_encoder=first,
            listener=stop,
        )
    assert first.embedded > 100
    resumed = train_text(
        catalog, LABELS, tmp_path, config=BOTH, sentence_encoder=second
    )
    # What is new are the texts of the calibration part.
    assert second.embedded < first.embedded / 3
    assert resumed.content_hash == trained.content_hash


def without_labels(videos):
    return [replace(video, labels=None) for video in videos]


def test_a_catalog_without_labels_is_labelled_by_the_lexicon(catalog, tmp_path):
    videos = without_labels(catalog)
    categorizer = train_text(videos, LabelSet.default(), tmp_path, config=BAG)
    assert categorizer.truth == "pseudo"
    assert categorizer.provenance["weakly_labelled"] > 30
    assessment = assess_text(categorizer, videos)
    assert assessment.new_channels[0].truth == "pseudo"
    assert assessment.new_channels[0].precision_name == "agreement"


def test_rows_without_labels_teach_and_do_not_measure(catalog, tmp_path):
    # Labels everywhere but in half of the training part.
    parts = assign_parts(catalog)
    training = [v for v in catalog if parts[v.id] == "train"]
    bare = {video.id for video in training[::2]}
    mixed = [replace(v, labels=None) if v.id in bare else v for v in catalog]
    held = next(v for v in catalog if parts[v.id] == "calibration")
    mixed = [replace(v, labels=None) if v.id == held.id else v for v in mixed]
    categorizer = train_text(mixed, LABELS, tmp_path, config=BAG)
    assert categorizer.truth == "gold"
    assert 0 < categorizer.provenance["weakly_labelled"] <= len(bare)
    rows = read_rows(mixed, LABELS, parts)
    weak = {
        video.id for video, mark in zip(rows.videos, rows.weak, strict=True) if mark
    }
    assert weak == bare


def test_text_evaluation_has_figures_by_language_and_top_1(trained, catalog):
    assessment = assess_text(trained, catalog)
    names = [run.name for run in assessment.new_channels]
    assert names[0] == "all languages"
    assert set(names[1:]) >= {"en", "fr"}
    for run in assessment.to_json()["new_channels"]:
        assert run["top_1_accuracy"] == run["metrics"]["hit_at_1"]
    test = [video for video in catalog if trained.parts[video.id] == "test"]
    overall = assessment.to_json()["new_channels"][0]
    assert overall["top_1_accuracy"] == pytest.approx(top_1(trained, test))
    english = assessment.to_json()["new_channels"][names.index("en")]
    assert english["top_1_accuracy"] == pytest.approx(
        top_1(trained, held_out(trained, catalog, "en"))
    )


def test_rows_without_text_or_model_count_as_not_covered(bag, catalog):
    silent = {v.id for v in held_out(bag, catalog, "en")[:4]}
    videos = [
        replace(v, title=None, tags=(), description=None) if v.id in silent else v
        for v in catalog
    ]
    assessment = assess_text(bag, videos)
    test = [video for video in videos if bag.parts[video.id] == "test"]
    spanish = [video for video in test if video.language == "es"]
    point = assessment.new_channels[0].operating_point
    assert point.videos == len(test)
    assert point.failed == len(spanish) + 4
    assert assessment.states == {
        "ok": len(test) - point.failed,
        "no_text": 4,
        "no_model": len(spanish),
    }
    assert point.coverage == pytest.approx(point.covered / len(test))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda v: replace(v, title=None, tags=(), description=None),
            NothingUsable,
            r"No row has text \(rows: 300\)",
        ),
        (
            lambda v: replace(v, language="de"),
            SplitError,
            "No row with text and labels falls into train",
        ),
        (
            lambda v: replace(v, labels=()),
            TooFewExamples,
            r"No category has 3 training rows .* \(the best has 0\)",
        ),
        (
            lambda v: replace(v, owner="one"),
            SplitError,
            "No video falls into",
        ),
    ],
)
def test_what_is_missing_is_said(change, error, message, tmp_path):
    videos = [change(video) for video in text_catalog(300)]
    with pytest.raises(error, match=message):
        train_text(videos, LABELS, tmp_path, config=BAG)


def test_the_multilingual_part_needs_an_encoder(catalog, tmp_path):
    with pytest.raises(ValueError, match=r"kind='both', sentence_encoder=None$"):
        train_text(catalog, LABELS, tmp_path, config=BOTH)


def test_calibrator_and_thresholds_are_fitted_on_halves_that_do_not_meet(
    bag, catalog, tmp_path
):
    calibration = [v for v in catalog if bag.parts[v.id] == "calibration"]
    halves = calibration_halves(calibration)
    expected = thresholds_on_halves(
        bag.score(calibration).probabilities,
        read_rows(calibration, LABELS, {}).labels,
        halves,
        LABELS,
        promise=Promise(),
        truth="gold",
    )
    assert bag.thresholds == expected
    assert not expected.abstains
    # Other truth in the second half moves the thresholds and not the calibrator.
    moved = {calibration[row].id for row in halves.second}
    turned = [replace(v, labels=("203",)) if v.id in moved else v for v in catalog]
    other = train_text(turned, LABELS, tmp_path, config=BAG)
    calibrators = [one.bag_of_words.head.calibrator for one in (bag, other)]
    assert calibrators[0] == calibrators[1]
    assert other.thresholds != bag.thresholds
    assert len(halves.first) > 5


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "all"},
        {"min_examples": 0},
        {"min_count": 0},
        {"max_ngrams": 0},
        {"languages": ()},
        {"languages": "en"},
        {"target_precision": 0.0},
        {"split_by": "title"},
        {"seed": -1},
    ],
)
def test_settings_outside_their_range_are_refused(values):
    ((name, value),) = values.items()
    with pytest.raises(ValueError, match=f"`{name}` must .*Received: {name}="):
        TextConfig(**values)
    assert value is not None


def test_settings_survive_json():
    config = TextConfig(
        kind="multilingual",
        languages=("de",),
        target_precision=0.9,
        min_examples=4,
        min_count=3,
        max_ngrams=7,
        split_by="id",
        seed=5,
    )
    assert TextConfig.from_json(config.to_json()) == config
    with pytest.raises(ValueError, match=r"Unknown text options \['colour'\]"):
        TextConfig.from_json(config.to_json() | {"colour": 1})


def test_training_reports_rising_epochs(bag_training):
    *_, told = bag_training
    assert {stage for stage, *_ in told} == {"bag of words"}
    epochs = [done for _, done, *_ in told]
    assert all(later == before + 1 for before, later in pairwise(epochs))
    assert all(note.startswith("validation GAP ") for *_, note in told)


def test_what_is_returned_is_what_was_written(bag_training):
    returned, folder, _ = bag_training
    read = TextCategorizer.load(folder)
    assert read.content_hash == returned.content_hash
    assert read.provenance == returned.provenance


@pytest.fixture(scope="module")
def spanish():
    """Rows in a language without a lexicon: some on tennis, most tell nothing."""
    told = [
        replace(video, id=f"tenis-{video.id}")
        for video in text_catalog(300, seed=8, languages=("es",))
        if video.labels == ("539",)
    ]
    vague = [
        Video(id=f"vague-{n}", owner=f"o{n % 60}", title=f"hola {n}", language="es")
        for n in range(900)
    ]
    return [*told, *vague]


def test_likeness_to_descriptions_labels_what_the_lexicon_cannot(spanish):
    hidden = [replace(video, labels=None) for video in spanish]
    assert not read_rows(hidden, LABELS, parts={}).known.any()
    alike = read_rows(hidden, LABELS, {}, WordEncoder())
    said = alike.labels[:, LABELS.index("539")] == 1
    true = np.array([video.labels == ("539",) for video in spanish])
    # The encoder knows two words of the description; not every title has one.
    assert said.sum() >= 10
    assert true[said].mean() > 0.9


def test_training_learns_from_likeness_where_asked_to(spanish, catalog, tmp_path):
    parts = assign_parts([*catalog, *spanish])
    hidden = [
        replace(video, labels=None) if parts[video.id] == "train" else video
        for video in spanish
    ]
    config = replace(BOTH, kind="multilingual", languages=("es",), similarity=True)
    weak = train_text(
        [*catalog, *hidden],
        LABELS.select([LABELS.ids[0]]),
        tmp_path / "text",
        config=replace(config, min_examples=1),
        sentence_encoder=WordEncoder(),
    )
    assert weak.provenance["weakly_labelled"] > 0
    assert TextConfig.from_json(weak.provenance["config"]).similarity


def test_likeness_needs_embeddings():
    with pytest.raises(ValueError, match=r"similarity=True, kind='bag-of-words'$"):
        TextConfig(kind="bag-of-words", similarity=True)
