import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from both_sources import (
    CAR,
    SPORTS,
    TENNIS,
    colour_looker,
    make_bundle,
    make_categorizer,
    word_counter,
)
from video_files import BLUE, RED, make_colour_video

from vidcat.inference.result_lines import InvalidResults
from vidcat.inference.video import Video
from vidcat.training.monitoring.canaries import canary_categorizer, check_canaries


@pytest.fixture
def clips(tmp_path):
    red = make_colour_video(tmp_path / "red.mp4", [RED], 2.0)
    blue = make_colour_video(tmp_path / "blue.mp4", [BLUE], 2.0)
    return [
        Video(id="red", path=str(red)),
        Video(id="blue", path=str(blue)),
        Video(id="text", title="A car"),
    ]


@pytest.fixture
def kept(tmp_path, clips):
    """The file of what was said of the clips the first time."""
    file = tmp_path / "kept.jsonl"
    check = check_canaries(clips, categorizer(), file)
    assert (check.clips, check.compared, check.changes) == (3, 0, ())
    assert "were kept in" in check.remarks[0]
    return file


def categorizer(visual=None):
    bundle = make_bundle(text=word_counter())
    if visual is not None:
        bundle = replace(bundle, visual=visual)
    return canary_categorizer(make_categorizer(bundle))


def changed_network(change):
    """The network that looks at colours, its weights changed."""
    visual = colour_looker()
    layer = visual.model.get_layer("logits")
    layer.set_weights([change(weights) for weights in layer.get_weights()])
    return visual


def texts(check):
    return [(one.id, one.category, one.text) for one in check.changes]


def test_the_same_model_says_the_same_to_the_last_digit(clips, kept):
    before = kept.read_bytes()
    said = {one["id"]: one for one in map(json.loads, before.splitlines())}
    assert [one["id"] for one in said["red"]["categories"]] == [TENNIS, SPORTS]
    check = check_canaries(clips, categorizer(), kept)
    assert (check.compared, check.changes, check.remarks) == (3, (), ())
    assert kept.read_bytes() == before


def test_changed_weights_are_told_by_clip_and_category(clips, kept):
    # Colours of 8 bits give a logit of 1.9924, sigmoid 0.8800; 1.01 times as much
    # is 0.8821.
    visual = changed_network(lambda weights: 1.01 * weights)
    check = check_canaries(clips, categorizer(visual), kept)
    found = texts(check)
    assert ("red", TENNIS, "scores 0.8821, not 0.8800") in found
    assert {one for one, _, _ in found} == {"red", "blue"}
    assert any("bundle is not the one" in one for one in check.remarks)
    let_pass = check_canaries(clips, categorizer(visual), kept, tolerance=0.003)
    assert let_pass.changes == ()


def test_categories_gained_and_lost_and_statuses_are_told(clips, kept):
    # Red says Car now, and blue Tennis.
    visual = changed_network(lambda weights: -weights)
    found = texts(check_canaries(clips, categorizer(visual), kept))
    assert ("red", TENNIS, "is not said any more (was 0.8800)") in found
    assert ("red", CAR, "is said now (0.8800) and was not") in found
    silent = changed_network(np.zeros_like)
    found = texts(check_canaries(clips, categorizer(silent), kept))
    assert ("red", None, "its status is no_category, not ok") in found


def test_a_broken_decoder_is_told(clips, kept, tmp_path):
    (tmp_path / "red.mp4").write_bytes(b"\x00" * 100)
    found = texts(check_canaries(clips, categorizer(), kept))
    assert ("red", None, "its visual is decode_error, not ok") in found
    assert ("red", None, "its status is decode_error, not ok") in found
    assert {one for one, _, _ in found} == {"red"}


def test_an_exchanged_file_is_told(clips, kept, tmp_path):
    shutil.copy(tmp_path / "blue.mp4", tmp_path / "red.mp4")
    found = texts(check_canaries(clips, categorizer(), kept))
    assert ("red", None, "its file is another one than the first time") in found


def test_clips_that_come_and_go_are_told(clips, kept):
    new = Video(id="new", title="A book")
    check = check_canaries([*clips[1:], new], categorizer(), kept)
    assert texts(check) == [("red", None, "it is not among the canaries any more")]
    assert check.compared == 2
    assert "1 of them have no kept result" in check.remarks[0]


def test_age_does_not_make_canaries_change():
    served = make_categorizer(make_bundle())
    canary = canary_categorizer(served)
    trained = served.bundle.provenance["as_of"]
    assert canary.as_of.isoformat() == trained
    assert canary.sampler is served.sampler


def test_a_canary_that_was_never_sound_is_remarked(tmp_path, clips):
    (tmp_path / "red.mp4").write_bytes(b"\x00" * 100)
    check = check_canaries(clips, categorizer(), tmp_path / "new.jsonl")
    assert "1 of them could not be categorized" in check.remarks[1]


def test_a_damaged_file_of_canaries_is_named(clips, kept):
    kept.write_bytes(kept.read_bytes()[:-40])
    with pytest.raises(InvalidResults, match=rf"^{kept}, line 3: "):
        check_canaries(clips, categorizer(), kept)


def test_a_file_that_cannot_be_kept_is_told_before_clips_are_opened(tmp_path, clips):
    class NeverAsked:
        def categorize_many(self, rows):
            raise AssertionError("clips were categorized")

    (tmp_path / "torn.jsonl").write_text("{\n")
    with pytest.raises(InvalidResults, match=r"torn\.jsonl, line 1: "):
        check_canaries(clips, NeverAsked(), tmp_path / "torn.jsonl")
    with pytest.raises(FileNotFoundError, match=r"new/kept\.jsonl: the folder must"):
        check_canaries(clips, NeverAsked(), tmp_path / "new" / "kept.jsonl")
    with pytest.raises(IsADirectoryError):
        check_canaries(clips, NeverAsked(), tmp_path)
