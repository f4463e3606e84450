from dataclasses import replace

import numpy as np
import pytest
from both_sources import word_counter
from feature_stores import HEADER, SPACE, WIDTH, make_features
from small_bundles import write_bundle

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import Calibrator
from vidcat.inference.feature_space import FeatureSpaceMismatch
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.teaching.student_scores import (
    NothingInCommon,
    student_probabilities,
)

SPORTS, TENNIS, MUSIC, AUTOMOTIVE = "483", "539", "338", "1"
KERNEL = np.random.default_rng(5).normal(size=(WIDTH, 2)).astype(np.float32)
SLOPE, INTERCEPT = (2.0, 1.0), (0.5, -0.5)


def labels_of(*ids):
    return LabelSet(taxonomy_version="3.1", ids=ids, visual=(True,) * len(ids))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("features")
    with FeatureWriter(folder, HEADER) as writer:
        for number in range(4):
            writer.add(make_features(number))
    return FeatureStore(folder)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    calibrator = Calibrator(slope=SLOPE, intercept=INTERCEPT, own=(True, True))
    return write_bundle(folder, (MUSIC, TENNIS), KERNEL, calibrator)


def test_scores_stand_in_the_teachers_columns(bundle, store):
    videos = [Video(id="video-2"), Video(id="elsewhere"), Video(id="video-0")]
    found = student_probabilities(
        bundle, videos, store, labels_of(SPORTS, TENNIS, MUSIC)
    )
    assert found.shape == (3, 3)
    assert np.isnan(found[:, 0]).all()
    assert np.isnan(found[1]).all()
    for row, name in ((0, "video-2"), (2, "video-0")):
        logits = store[name].frames().mean(axis=0) @ KERNEL
        calibrated = 1 / (1 + np.exp(-(logits * SLOPE + INTERCEPT)))
        assert found[row, [2, 1]] == pytest.approx(calibrated, abs=1e-5)


def test_a_text_model_in_the_bundle_is_not_asked(bundle, store, tmp_path):
    # Its sentence encoder is not to be had from anywhere.
    text, plain = word_counter(), Bundle.load(bundle)
    merge = MergePolicy.separate(
        text.thresholds, text.label_set, plain.visual.thresholds, plain.label_set
    )
    replace(plain, text=text, merge=merge).save(tmp_path)
    asked = ([Video(id="video-0")], store, labels_of(MUSIC))
    found = student_probabilities(tmp_path, *asked)
    assert not np.isnan(found).any()
    np.testing.assert_array_equal(found, student_probabilities(bundle, *asked))


def test_models_without_a_common_category_are_refused(bundle, store):
    with pytest.raises(NothingInCommon, match=r"1 of 1 videos .* 0 common categories"):
        student_probabilities(
            bundle, [Video(id="video-0")], store, labels_of(AUTOMOTIVE)
        )


def test_a_catalog_without_features_is_refused(bundle, store):
    with pytest.raises(NothingInCommon, match="0 of 1 videos with features"):
        student_probabilities(bundle, [Video(id="v")], store, labels_of(MUSIC))


def test_labels_of_another_taxonomy_are_refused(bundle, store):
    older = LabelSet(taxonomy_version="3.0", ids=(MUSIC,), visual=(True,))
    with pytest.raises(NothingInCommon, match=r"3\.0\. Received: 3\.1$"):
        student_probabilities(bundle, [Video(id="video-0")], store, older)


def test_features_of_another_sampling_are_refused(bundle, tmp_path):
    header = type(HEADER)(space=SPACE, sampling=Sampling(rule="keyframes"))
    with FeatureWriter(tmp_path, header) as writer:
        writer.add(make_features(0))
    with pytest.raises(FeatureSpaceMismatch, match="keyframes"):
        student_probabilities(
            bundle, [Video(id="video-0")], FeatureStore(tmp_path), labels_of(MUSIC)
        )
