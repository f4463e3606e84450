from dataclasses import replace

import numpy as np
import pytest
from both_sources import VISUAL_LABELS, english_word_counter, make_bundle
from simulated_sources import simulated_sources

from vidcat.inference.bundle import Bundle
from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.merges.policy import MergePolicy
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import UnknownCategory
from vidcat.training.deciding.halves import Halves
from vidcat.training.deciding.promise import Promise
from vidcat.training.merging import fit_merge
from vidcat.training.refitting import (
    NoCalibrationScores,
    promise_of,
    refit_bundle,
    refit_text,
)

STRICT = Promise(target_precision=0.9)


def kept_scores(label_set, videos=3_000):
    text, visual, labels = simulated_sources(videos, len(label_set), 5, rate=0.2)
    halves = Halves.every_other(videos)
    return CalibrationScores(
        label_set=label_set,
        text=text.astype(np.float32),
        visual=visual.astype(np.float32),
        labels=labels,
        groups=halves.groups.astype(np.int32),
        second_half=halves.in_second,
    )


@pytest.fixture
def both():
    bundle = make_bundle(text=english_word_counter(), merge=union_of)
    return replace(bundle, calibration=kept_scores(bundle.merge.label_set))


def union_of(label_set):
    kept = kept_scores(label_set)
    return fit_merge(kept.text, kept.visual, kept.labels, label_set, truth="gold")


def test_a_bundle_that_was_saved_can_be_fitted_anew(both, tmp_path):
    both.save(tmp_path)
    loaded = Bundle.load(tmp_path)
    assert loaded.content_hash == both.content_hash
    assert refit_bundle(loaded, Promise()) == both.merge
    strict = refit_bundle(loaded, STRICT)
    assert isinstance(strict, MergePolicy)
    assert strict.kind == "union"
    for name, thresholds in strict.thresholds.items():
        before = np.array(both.merge.thresholds[name].values)
        assert np.all(np.array(thresholds.values) >= before)
        assert thresholds.target_precision == 0.9


def test_fewer_labels_have_thresholds_of_their_own(both):
    some = both.merge.label_set.select(both.merge.label_set.ids[:1])
    merge = refit_bundle(both, Promise(), some)
    assert merge.label_set == some
    assert len(merge.text.values) == 1
    alone = replace(make_bundle(), calibration=both.calibration)
    every, one = refit_bundle(alone, Promise()), refit_bundle(alone, Promise(), some)
    assert one.values == every.values[:1]


def test_without_a_text_model_the_frames_have_thresholds():
    kept = kept_scores(VISUAL_LABELS)
    bundle = replace(make_bundle(), calibration=kept)
    thresholds = refit_bundle(bundle, STRICT)
    assert len(thresholds.values) >= len(VISUAL_LABELS)
    assert thresholds.assurance == 0.95
    assert thresholds.truth == bundle.visual.thresholds.truth


def test_a_text_categorizer_is_fitted_anew():
    text = english_word_counter()
    text = replace(text, calibration=kept_scores(text.label_set))
    loose, strict = (refit_text(text, one) for one in (Promise(), STRICT))
    assert all(np.array(strict.values) >= np.array(loose.values))
    assert strict.values != loose.values


def test_what_an_earlier_vidcat_wrote_cannot_be_fitted_anew():
    with pytest.raises(NoCalibrationScores, match="Train it again"):
        refit_bundle(make_bundle(), STRICT)
    with pytest.raises(NoCalibrationScores, match="text categorizer keeps no scores"):
        refit_text(english_word_counter(), STRICT)


def test_what_was_promised_is_read_from_the_bundle():
    old = make_bundle()
    assert promise_of(old) == Promise(target_precision=0.8)
    kept = {**old.provenance, "promise": STRICT.to_json()}
    assert promise_of(replace(old, provenance=kept)) == STRICT


def test_labels_that_the_bundle_lacks_are_named(both):
    other = LabelSet(taxonomy_version="3.1", ids=("223",), visual=(True,))
    with pytest.raises(UnknownCategory, match="'223' is none of the 3 labels"):
        refit_bundle(both, Promise(), other)
