from dataclasses import replace

import numpy as np
import pytest
from text_catalogs import LABELS, WordEncoder, shuffled_labels, text_catalog

from vidcat.inference.texts.text import joined_text
from vidcat.training.evaluation import video_metrics
from vidcat.training.splits import SplitError, fold_of
from vidcat.training.text import out_of_fold_probabilities, train_text
from vidcat.training.texts.config import TextConfig
from vidcat.training.texts.rows import read_rows

BAG = TextConfig(kind="bag-of-words", min_examples=3)


@pytest.fixture(scope="module")
def catalog():
    return text_catalog(300, languages=("en", "fr", "es"))


@pytest.fixture(scope="module")
def bag(catalog, tmp_path_factory):
    """The bag of words, trained on English and French."""
    return train_text(catalog, LABELS, tmp_path_factory.mktemp("bag"), config=BAG)


def test_out_of_fold_scores_come_from_models_that_did_not_see_the_row(tmp_path):
    # Labels are drawn at random and each title has words of its own: whoever has
    # seen a row can know its label, whoever has not cannot.
    videos = shuffled_labels(text_catalog(400, owners=80))
    videos = [
        replace(v, title=f"{v.title} word{n} {'x' * n}", tags=(f"tag{n}",))
        for n, v in enumerate(videos)
    ]
    config = replace(BAG, min_count=1)
    teacher = train_text(videos, LABELS, tmp_path, config=config)
    seen = [video for video in videos if teacher.parts[video.id] == "train"]
    rows = [videos.index(video) for video in seen]
    labels = read_rows(seen, LABELS, {}).labels

    def gap(scores):
        return video_metrics(labels, scores)["gap"]

    in_fold = gap(teacher.score(seen).probabilities)
    out_of_fold = gap(
        out_of_fold_probabilities(videos, teacher, folds=3).probabilities[rows]
    )
    rng = np.random.default_rng(0)
    chance = np.mean([gap(rng.random(labels.shape)) for _ in range(20)])
    assert in_fold > chance + 0.3
    assert out_of_fold < chance + 0.07


def test_out_of_fold_scores_are_good_where_there_is_something_to_learn(bag, catalog):
    scores = out_of_fold_probabilities(catalog, bag, folds=3)
    learned = [
        row
        for row, video in enumerate(catalog)
        if bag.parts[video.id] == "train" and video.language in ("en", "fr")
    ]
    labels = read_rows(catalog, LABELS, {}).labels[learned]
    assert video_metrics(labels, scores.probabilities[learned])["hit_at_1"] > 0.8
    # Others are the teacher's own.
    rest = np.setdiff1d(np.arange(len(catalog)), learned)
    own = bag.score([catalog[row] for row in rest])
    np.testing.assert_array_equal(scores.probabilities[rest], own.probabilities)
    in_fold = bag.score([catalog[row] for row in learned]).probabilities
    assert (scores.probabilities[learned] != in_fold).any(axis=1).all()


def test_videos_of_an_owner_share_a_fold_and_folds_are_even():
    videos = text_catalog(2_000, owners=400)
    folds = {}
    for video in videos:
        folds.setdefault(video.owner, set()).add(fold_of(video, 5))
    assert all(len(found) == 1 for found in folds.values())
    sizes = np.bincount([next(iter(found)) for found in folds.values()], minlength=5)
    assert sizes.min() > 50


def test_one_owner_cannot_be_divided_into_folds(bag, catalog):
    one = next(video for video in catalog if bag.parts[video.id] == "train")
    videos = [video for video in catalog if video.owner == one.owner]
    with pytest.raises(SplitError, match="all fall into one fold"):
        out_of_fold_probabilities(videos, bag)
    with pytest.raises(ValueError, match="Received: folds=1"):
        out_of_fold_probabilities(catalog, bag, folds=1)


def test_embeddings_kept_by_training_are_used_again(catalog, tmp_path):
    encoder = WordEncoder()
    config = replace(BAG, kind="multilingual")
    teacher = train_text(
        catalog, LABELS, tmp_path, config=config, sentence_encoder=encoder
    )
    embedded = encoder.embedded

    def stop(stage, done, total, note):
        if stage.startswith("fold 1 of 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        out_of_fold_probabilities(
            catalog, teacher, folds=2, folder=tmp_path, listener=stop
        )
    # The texts of the test part and those in Spanish are new, each once.
    assert encoder.embedded == len({joined_text(video) for video in catalog})
    assert embedded < encoder.embedded
