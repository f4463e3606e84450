"""Evidence from stored features, of a network whose logits are known."""

import json
from dataclasses import replace

import numpy as np
import pytest
from feature_stores import HEADER, WIDTH
from small_bundles import write_bundle

from vidcat.inference.bundle import Bundle
from vidcat.inference.decisions import Calibrator
from vidcat.inference.explaining.reasons import IMPLIED, NOTHING_STANDS_OUT
from vidcat.inference.explaining.stored import categorize_stored
from vidcat.inference.feature_space import FeatureSpaceMismatch
from vidcat.inference.feature_store.frame_features import FrameFeatures, quantise
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore
from vidcat.inference.video import Video

SPORTS, TENNIS, MUSIC = "483", "539", "338"


def features(video_id, values):
    frames = np.zeros((len(values), WIDTH))
    frames[:, 0] = values
    return FrameFeatures(
        id=video_id,
        values=quantise(frames),
        times_seconds=np.arange(len(values), dtype=np.float32),
        duration_seconds=float(len(values)),
        source_version="7-7",
    )


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """A bundle that hears Tennis in feature 0, and Sports nowhere."""
    folder = tmp_path_factory.mktemp("stored")
    # The mean of the frames times this; Sports itself has the opposite.
    kernel = np.zeros((WIDTH, 2), np.float32)
    kernel[0] = [-20, 20]
    # Without frames the probability is 0.5: nothing is said.
    bundle = write_bundle(
        folder / "bundle",
        (SPORTS, TENNIS),
        kernel,
        Calibrator.identity(2),
        threshold=0.8,
    )
    with FeatureWriter(folder / "features", HEADER) as writer:
        # A third of the frames speaks: the mean is well above 0.
        writer.add(features("ace/1", [-0.2] * 6 + [1.9] * 6 + [-0.2] * 6))
        writer.add(features("even", [0.5] * 18))
    rows = [{"id": "ace/1"}, {"id": "even"}, {"id": "unseen"}]
    catalog = folder / "catalog.jsonl"
    catalog.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder, bundle


def categorize(job, *ids):
    folder, bundle = job
    store = FeatureStore(folder / "features")
    rows = [Video(id=one) for one in ids]
    return list(categorize_stored(Bundle.load(bundle), rows, store))


def test_a_parent_raised_by_a_child_has_the_seconds_of_the_child(job):
    (result,) = categorize(job, "ace/1")
    said = {one.id: one for one in result.categories}
    assert said.keys() == {TENNIS, SPORTS}
    assert said[SPORTS].score == said[TENNIS].score
    assert said[SPORTS].evidence == said[TENNIS].evidence
    (span,) = said[TENNIS].evidence
    assert (span.start_seconds, span.end_seconds) == pytest.approx((6, 12), abs=1)
    assert 6 <= span.best_seconds < 12
    assert result.key.source_version == "7-7"


def test_where_all_frames_say_the_same_they_are_all_shown(job):
    (result,) = categorize(job, "even")
    tennis = next(one for one in result.categories if one.id == TENNIS)
    # Averages do not change when frames leave; each alone says it all.
    ((start, end),) = [(one.start_seconds, one.end_seconds) for one in tennis.evidence]
    assert (start, end) == (0, 18)


def test_a_row_without_features_says_so(job):
    (result,) = categorize(job, "unseen")
    assert result.status == "no_category"
    assert result.reason == "the row has no features"
    assert result.parts == {"text": "no_model", "visual": "not_asked"}


def test_features_of_another_space_are_refused(job, tmp_path):
    _, bundle = job
    other = replace(HEADER, space=replace(HEADER.space, encoder="another"))
    with FeatureWriter(tmp_path, other) as writer:
        writer.add(features("ace/1", [0.0] * 3))
    rows = [Video(id="ace/1")]
    with pytest.raises(FeatureSpaceMismatch, match="another"):
        next(categorize_stored(Bundle.load(bundle), rows, FeatureStore(tmp_path)))


def test_the_command_writes_captions_and_opens_no_video(job, run, tmp_path):
    folder, bundle = job
    done = run(
        *("evidence", folder / "catalog.jsonl", "--bundle", bundle, "--json"),
        *("--features", folder / "features", "--out", tmp_path / "seconds"),
    )
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in lines] == ["ace/1", "even"]
    names = sorted(path.name for path in (tmp_path / "seconds").iterdir())
    assert len(names) == 2
    assert names[0].startswith("ace_1~")
    assert names[1] == "even.vtt"
    assert "-->" in (tmp_path / "seconds" / "even.vtt").read_text()
    assert "Left out: 1 videos, no features." in done.stderr


def test_the_table_says_why_there_is_no_evidence(capsys):
    from test_webvtt import category, result

    from vidcat.commands.printing.results import print_results

    shown = category("Tennis", (1.0, 3.0, 1.0))
    unseen = replace(category("Sports"), evidence_reason=IMPLIED)
    flat = replace(category("Beach"), evidence_reason=NOTHING_STANDS_OUT)
    print_results([result(shown, unseen, flat)], 1, unit="videos", as_json=False)
    table = " ".join(capsys.readouterr().out.split())
    assert "1-3 s" in table
    assert "implied by a category" in table
    assert "no stretch raises" in table


def test_pictures_need_a_folder(job, run):
    folder, bundle = job
    done = run(
        *("evidence", folder / "catalog.jsonl", "--bundle", bundle, "--thumbnails"),
        *("--features", folder / "features"),
    )
    assert done.exit_code == 2
    assert "--out FOLDER" in done.stderr
