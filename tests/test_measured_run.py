import json
from dataclasses import replace

import numpy as np
import pytest
from reported_runs import simulated_run

from vidcat.inference.video import Video
from vidcat.training.measuring.measured_run import (
    InvalidRun,
    MeasuredRun,
    VideoFacts,
)


@pytest.fixture
def run():
    titles = ["Été 夏", "half a pair: \ud83d", "two\nlines", "\u2028\x85"]
    noted = {"bundle": "ab", "trained": {"config": {"epochs": 3}}}
    return simulated_run(
        videos=20, labels=7, failed=2, titles=titles, provenance=noted, truth="audited"
    )


def test_a_run_is_read_as_it_was_written(run, tmp_path):
    run.save(tmp_path / "runs" / "one")
    read = MeasuredRun.load(tmp_path / "runs" / "one")
    assert run.probabilities.shape == (20, 7)
    for name in ("y_true", "probabilities", "chosen", "uncalibrated"):
        assert getattr(read, name).dtype == getattr(run, name).dtype
        np.testing.assert_array_equal(getattr(read, name), getattr(run, name))
    for name in ("name", "truth", "target_precision", "label_set", "failed"):
        assert getattr(read, name) == getattr(run, name)
    assert read.videos == run.videos
    assert len(read.videos) == 20
    assert dict(read.thresholds) == dict(run.thresholds)
    assert read.provenance == run.provenance


def test_a_run_without_scores_of_the_network_has_none_afterwards(run, tmp_path):
    replace(run, uncalibrated=None).save(tmp_path)
    assert MeasuredRun.load(tmp_path).uncalibrated is None


def test_a_run_of_the_same_name_is_replaced(run, tmp_path):
    run.save(tmp_path)
    replace(run, name="anew").save(tmp_path)
    assert MeasuredRun.load(tmp_path).name == "anew"


def test_an_empty_folder_says_where_runs_come_from(tmp_path):
    with pytest.raises(InvalidRun, match=r"run.json is missing.*vidcat evaluate"):
        MeasuredRun.load(tmp_path)


@pytest.mark.parametrize("name", ["videos.jsonl", "scores.npz"])
def test_a_changed_file_is_refused(run, tmp_path, name):
    run.save(tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(InvalidRun, match="is not as it was written"):
        MeasuredRun.load(tmp_path)


def test_a_missing_file_is_refused(run, tmp_path):
    run.save(tmp_path)
    (tmp_path / "scores.npz").unlink()
    with pytest.raises(InvalidRun, match="is not as it was written"):
        MeasuredRun.load(tmp_path)


def test_a_newer_format_is_refused(run, tmp_path):
    run.save(tmp_path)
    path = tmp_path / "run.json"
    values = json.loads(path.read_text()) | {"format": 99}
    path.write_text(json.dumps(values))
    with pytest.raises(InvalidRun, match="format 99 is newer"):
        MeasuredRun.load(tmp_path)


def test_a_score_that_is_no_number_names_video_and_category(run):
    scores = run.probabilities.copy()
    scores[3, 2] = np.nan
    category = run.label_set.ids[2]
    with pytest.raises(ValueError, match=f"video 'v3', category '{category}': nan"):
        replace(run, probabilities=scores)


def test_arrays_that_do_not_fit_are_refused(run):
    with pytest.raises(ValueError, match=r"`y_true` must have the shape \(20, 7\)"):
        replace(run, y_true=run.y_true[:5])


def test_videos_of_one_owner_share_a_group():
    facts = (
        VideoFacts(id="a", owner="x"),
        VideoFacts(id="b"),
        VideoFacts(id="c", owner="x"),
        VideoFacts(id="x"),
    )
    run = replace(simulated_run(videos=4, labels=7, failed=0), videos=facts)
    first, second, third, fourth = run.groups.tolist()
    assert first == third
    assert len({first, second, fourth}) == 3


def test_a_path_is_kept_so_that_it_is_found_from_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert VideoFacts.of(Video(id="a", path="clips/a.mp4")).path == str(
        tmp_path / "clips" / "a.mp4"
    )
    assert VideoFacts.of(Video(id="a", path="gs://b/a.mp4")).path == "gs://b/a.mp4"


def test_a_duration_that_was_found_fills_in_for_the_catalogs():
    assert VideoFacts.of(Video(id="a"), 7.0).duration_seconds == 7.0
    assert VideoFacts.of(Video(id="a", duration_seconds=3.0), 7.0).duration_seconds == 3


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda raw: b"", id="empty"),
        pytest.param(lambda raw: raw[: len(raw) // 2], id="cut off"),
        pytest.param(lambda raw: b"\xff\xfe" + raw, id="not UTF-8"),
        pytest.param(lambda raw: b"[" * 100_000, id="lists in lists"),
        pytest.param(lambda raw: b"[]", id="a list"),
        pytest.param(lambda raw: b"null", id="null"),
        pytest.param(lambda raw: b"{}", id="nothing in it"),
        pytest.param(lambda raw: raw.replace(b'"audited"', b'"guessed"'), id="truth"),
        pytest.param(lambda raw: raw.replace(b'"label_set"', b'"x"'), id="labels"),
        pytest.param(
            lambda raw: raw.replace(b'"provenance"', b'"p"'), id="no provenance"
        ),
        pytest.param(
            lambda raw: raw.replace(b'"videos": 20', b'"videos": "20"'), id="no number"
        ),
    ],
)
def test_a_damaged_description_is_refused_in_a_line_that_names_the_folder(
    run, tmp_path, damage
):
    run.save(tmp_path)
    path = tmp_path / "run.json"
    raw = path.read_bytes()
    path.write_bytes(damage(raw))
    assert path.read_bytes() != raw
    with pytest.raises(InvalidRun, match=r"the measured run is damaged") as caught:
        MeasuredRun.load(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("arrays", [b"", b"junk", b"PK\x03\x04"])
def test_arrays_that_were_damaged_before_they_were_summed_are_refused(
    run, tmp_path, monkeypatch, arrays
):
    monkeypatch.setattr(np, "savez", lambda path, **_: path.write_bytes(arrays))
    run.save(tmp_path)
    with pytest.raises(InvalidRun, match=r"the measured run is damaged"):
        MeasuredRun.load(tmp_path)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"truth": "guessed"}, r"`truth` must be one of .*'guessed'"),
        ({"target_precision": 0.0}, r"`target_precision` must be above 0"),
        ({"thresholds": {}}, r"`thresholds` must be given"),
        ({"y_true": 7}, r"`y_true` must hold 1 .* to 7"),
        ({"probabilities": 2}, r"from 0 to 1.* video 'v0', category '.*': 2"),
        ({"uncalibrated": np.nan}, r"`uncalibrated` must be .* category '.*': nan"),
    ],
)
def test_a_field_that_cannot_be_is_refused(run, fields, words):
    ((name, value),) = fields.items()
    if isinstance(getattr(run, name), np.ndarray):
        value = np.full_like(getattr(run, name), value)
    with pytest.raises(ValueError, match=words):
        replace(run, **{name: value})


def test_a_video_that_comes_twice_is_refused(run):
    videos = (*run.videos[:-1], run.videos[0])
    with pytest.raises(ValueError, match=r"each video once. Received: 'v0' 2 times"):
        replace(run, videos=videos)
