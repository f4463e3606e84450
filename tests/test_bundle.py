"""A bundle on disk: with and without a text model."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from both_sources import (
    CountingWords,
    make_bundle,
    thresholds,
    word_counter,
)

from vidcat.inference.bundle import Bundle, InvalidBundle
from vidcat.inference.files.own_folder import UnfitFolder
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merges.stacking import Stacker
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet

ROWS = [
    Video(id="a", title="A car", language="en"),
    Video(id="b", title="A book", language="fr"),
    Video(id="c"),
]


def stacked(labels):
    return MergePolicy(
        kind="stacked",
        label_set=labels,
        merged=thresholds(len(labels), 0.3),
        stacker=Stacker(weights=(0.1, 0.2, 0.3, 0.4, 0.5), intercept=-0.6),
    )


@pytest.fixture
def saved(tmp_path):
    make_bundle(text=word_counter(), merge=stacked).save(tmp_path)
    return tmp_path


def test_text_and_merge_come_back_as_they_were(saved):
    bundle = make_bundle(text=word_counter(), merge=stacked)
    loaded = Bundle.load(saved, sentence_encoder=CountingWords())
    assert loaded.merge == bundle.merge
    assert loaded.content_hash == bundle.content_hash
    before, after = bundle.text.score(ROWS), loaded.text.score(ROWS)
    np.testing.assert_array_equal(after.probabilities, before.probabilities)
    assert after.states == before.states == ("ok", "ok", "no_text")
    assert after.unmeasured == (False, True, False)


def test_a_bundle_without_text_is_as_it_was_before_there_was_any(tmp_path):
    make_bundle().save(tmp_path)
    loaded = Bundle.load(tmp_path)
    assert (loaded.text, loaded.merge) == (None, None)
    assert not (tmp_path / "text").exists()
    assert not (tmp_path / "merge.json").exists()
    # Older ones read it, and do not read what they would serve by frames alone.
    assert json.loads((tmp_path / "bundle.json").read_text())["format"] == 1
    make_bundle(text=word_counter()).save(tmp_path)
    assert json.loads((tmp_path / "bundle.json").read_text())["format"] == 2


def test_a_newer_bundle_takes_the_place_of_one_with_text(saved):
    make_bundle().save(saved)
    assert Bundle.load(saved).text is None
    assert not (saved / "text").exists()
    assert not (saved / "merge.json").exists()


def test_what_only_looks_at_frames_needs_no_sentence_encoder(saved):
    loaded = Bundle.load(saved, visual_only=True)
    assert (loaded.text, loaded.merge) == (None, None)
    assert loaded.visual.content_hash == make_bundle().visual.content_hash


@pytest.mark.parametrize("name", ["merge.json", "text/text.json"])
def test_a_changed_merge_or_text_model_is_refused(saved, name):
    with (saved / name).open("a") as file:
        file.write("\n")
    with pytest.raises(InvalidBundle, match=f"{name}: is missing or not as training"):
        Bundle.load(saved, visual_only=True)
    (saved / name).unlink()
    with pytest.raises(InvalidBundle, match=f"{name}: is missing or not as training"):
        Bundle.load(saved, visual_only=True)


def test_a_text_categorizer_is_not_deleted(saved):
    text = saved / "text"
    before = sorted(path.name for path in text.iterdir())
    with pytest.raises(UnfitFolder, match=r"has checksums\.json, .* no bundle\.json"):
        make_bundle().save(text)
    assert sorted(path.name for path in text.iterdir()) == before


def test_text_needs_a_merge_by_the_labels_of_both():
    bundle = make_bundle(text=word_counter())
    with pytest.raises(ValueError, match="Received: text=a model, merge=none"):
        replace(bundle, merge=None)
    with pytest.raises(ValueError, match="Received: text=none, merge=separate"):
        replace(bundle, text=None)
    others = LabelSet(taxonomy_version="3.1", ids=("1",), visual=(True,))
    other = MergePolicy(kind="noisy-or", label_set=others, merged=thresholds(1))
    with pytest.raises(ValueError, match="Received: 1 labels for 3 of both"):
        replace(bundle, merge=other)


@pytest.mark.parametrize("name", ["bundle.json", "merge.json", "visual/values.json"])
@pytest.mark.parametrize("content", ["", "{", "{}", "[]"])
def test_damage_from_before_the_checksums_names_the_folder(saved, name, content):
    (saved / name).write_text(content)
    sums = json.loads((saved / "checksums.json").read_text())
    sums[name] = hashlib.sha256(content.encode()).hexdigest()
    (saved / "checksums.json").write_text(json.dumps(sums))
    with pytest.raises(InvalidBundle, match=f"^{saved}: is damaged") as caught:
        Bundle.load(saved, sentence_encoder=CountingWords())
    assert "\n" not in str(caught.value)


def test_damaged_scores_of_the_calibration_part_name_the_folder(saved):
    for content in (b"", b"PK", b"junk"):
        (saved / "calibration.npz").write_bytes(content)
        sums = json.loads((saved / "checksums.json").read_text())
        sums["calibration.npz"] = hashlib.sha256(content).hexdigest()
        (saved / "checksums.json").write_text(json.dumps(sums))
        with pytest.raises(InvalidBundle, match=f"^{saved}: is damaged"):
            Bundle.load(saved, sentence_encoder=CountingWords())
