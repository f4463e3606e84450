"""What was scored once is decided anew without the videos."""

import json
from dataclasses import replace

import numpy as np
import pytest
from both_sources import (
    BOOKS,
    CAR,
    SPORTS,
    TENNIS,
    TEXT_LABELS,
    VISUAL_LABELS,
    english_word_counter,
    make_bundle,
    make_categorizer,
    thresholds,
    word_counter,
)
from pyarrow import parquet
from video_files import BLUE, RED, make_colour_video

from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.inference.export.score_vector_writer import ScoreVectorWriter
from vidcat.inference.export.score_vectors import read_score_vectors
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merges.sources import merged_label_set
from vidcat.inference.merges.stacking import Stacker
from vidcat.inference.texts.results import categorize_texts
from vidcat.inference.video import Video
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.deciding.promise import Promise
from vidcat.training.redeciding.changes import Changes
from vidcat.training.redeciding.other_decider import LabelsNotScored
from vidcat.training.refitting import NoCalibrationScores
from vidcat.training.rethresholding import OtherBundle, rethreshold

MERGED = merged_label_set(TEXT_LABELS, VISUAL_LABELS)
LIKELY = 0.81
"""Just less than what frames give to a category they see, sigmoid(2) = 0.88 if they see
no other."""


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def said(results):
    return {one["id"]: {category["id"] for category in one["categories"]}
            for one in results}  # fmt: skip


def without_evidence(line):
    result = json.loads(line)
    for category in result["categories"]:
        category["evidence"], category["evidence_reason"] = [], None
    return json.dumps(result, ensure_ascii=False)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Nine videos: with and without text and frames, broken, too short, doubtful."""
    folder = tmp_path_factory.mktemp("videos")
    red = str(make_colour_video(folder / "red.mp4", [RED, (200, 0, 80)], 3.0))
    blue = str(make_colour_video(folder / "blue.mp4", [BLUE], 2.0))
    short = str(make_colour_video(folder / "short.mp4", [RED], 0.5))
    torn = folder / "torn.mp4"
    torn.write_bytes(b"no video at all")
    return [
        Video(id="text", title="My car", language="en"),
        Video(id="red", path=red, title="My book", language="en"),
        Video(id="nothing"),
        Video(id="blue", path=blue, title="A car", language="en"),
        Video(id="torn", path=str(torn), title="Hello", language="en"),
        Video(id="silent", path=red),
        Video(id="short", path=short, title="Un car", language="pt-BR"),
        Video(id="poison", path=blue, title="poison", language="en"),
        Video(id="\u00e9t\u00e9 <b>", title="A book", language="en"),
    ]


def noisy_or(labels):
    return MergePolicy(
        kind="noisy-or", label_set=labels, merged=thresholds(len(labels), 0.2)
    )


def union(labels):
    values = thresholds(len(labels))
    return MergePolicy(kind="union", label_set=labels, text=values, visual=values)


def stacked(labels):
    stacker = Stacker(weights=(0.7, 0.4, 0.3, -0.2, 1.0), intercept=-0.1)
    return MergePolicy(
        kind="stacked",
        label_set=labels,
        merged=thresholds(len(labels), 0.5),
        stacker=stacker,
    )


BUNDLES = {
    "separate": lambda: make_bundle(text=word_counter()),
    "union": lambda: make_bundle(text=word_counter(), merge=union),
    "noisy-or": lambda: make_bundle(text=word_counter(), merge=noisy_or),
    "stacked": lambda: make_bundle(text=word_counter(), merge=stacked),
    "frames alone": make_bundle,
}


def classified(bundle, rows, folder, **options):
    """Results and scores as `vidcat classify --json --scores` writes them."""
    scores, results = folder / "scores.parquet", folder / "results.jsonl"
    categorizer = make_categorizer(bundle, **options)
    with ScoreVectorWriter(scores, ScoredBy.of(bundle)) as writer:
        done = [
            one.to_line() for one in categorizer.categorize_many(rows, keep=writer.add)
        ]
    results.write_text("".join(f"{one}\n" for one in done))
    return results, read_score_vectors(scores)


@pytest.fixture(scope="module")
def job(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    bundle = make_bundle(text=word_counter())
    return bundle, *classified(bundle, rows, folder)


@pytest.mark.parametrize("make", BUNDLES.values(), ids=BUNDLES)
def test_with_nothing_changed_every_line_is_the_same(make, rows, tmp_path):
    bundle = make()
    results, scores = classified(bundle, rows, tmp_path)
    before = results.read_text().splitlines()
    assert len(before) == len(rows) == len(scores)
    assert any(json.loads(line)["categories"] for line in before)

    done = rethreshold(scores, bundle, tmp_path / "bare.jsonl")
    bare = (tmp_path / "bare.jsonl").read_text().splitlines()
    assert list(map(without_evidence, bare)) == list(map(without_evidence, before))
    assert all(
        category["evidence_reason"] and not category["evidence"]
        for line in bare
        for category in json.loads(line)["categories"]
    )
    assert bare != before
    assert done.changes.unchanged == done.changes.videos == len(rows)

    rethreshold(scores, bundle, tmp_path / "all.jsonl", earlier_results=results)
    assert (tmp_path / "all.jsonl").read_bytes() == results.read_bytes()


def test_no_video_is_opened(tmp_path):
    gone = make_colour_video(tmp_path / "gone.mp4", [RED], 2.0)
    rows = [Video(id="gone", path=str(gone)), Video(id="never", path="/no/such.mp4")]
    bundle = make_bundle(text=word_counter())
    results, scores = classified(bundle, rows, tmp_path)
    gone.unlink()
    rethreshold(scores, bundle, tmp_path / "new.jsonl", earlier_results=results)
    assert (tmp_path / "new.jsonl").read_bytes() == results.read_bytes()
    assert said(lines(results)) == {"gone": {TENNIS, SPORTS}, "never": set()}
    assert lines(results)[1]["status"] == "decode_error"


def test_a_text_categorizer_decides_anew_of_rows(rows, tmp_path):
    categorizer = english_word_counter()
    path = tmp_path / "scores.parquet"
    with ScoreVectorWriter(path, ScoredBy.of(categorizer)) as writer:
        done = [
            one.to_line()
            for one in categorize_texts(categorizer, rows, keep=writer.add)
        ]
    rethreshold(read_score_vectors(path), categorizer, tmp_path / "new.jsonl")
    assert (tmp_path / "new.jsonl").read_text().splitlines() == done
    assert said(lines(tmp_path / "new.jsonl"))["text"] == {CAR}


def frames_with_calibration(right, of=200):
    """A bundle of frames alone, whose Tennis is right so often where it is likely."""
    likely = np.zeros((2 * of, 2), np.float32)
    # Rows in turn: fitted on, tested on. Tennis is likely in all, Car in every other.
    likely[:, 0] = LIKELY
    likely[:, 1] = np.repeat(np.arange(of) % 2, 2) * LIKELY
    truth = (likely > 0).astype(np.int8)
    truth[2 * right :, 0] = 0
    kept = CalibrationScores(
        label_set=VISUAL_LABELS,
        text=np.full(likely.shape, np.nan, np.float32),
        visual=likely,
        labels=truth,
        groups=np.arange(2 * of, dtype=np.int32),
        second_half=np.arange(2 * of) % 2 == 1,
    )
    return replace(make_bundle(), calibration=kept)


def test_a_stricter_target_loses_what_it_is_not_shown_for(rows, tmp_path):
    # 178 of 200 are 0.89: no less than 0.847 at 95 % (Clopper-Pearson), more than 0.8
    # and less than 0.9. Car is right 100 times of 100: no less than 0.970.
    bundle = frames_with_calibration(right=178)
    results, scores = classified(bundle, rows, tmp_path)
    before = said(lines(results))
    assert before["red"] == {TENNIS, SPORTS}
    assert before["blue"] == {CAR}

    at_80, at_90 = (
        rethreshold(
            scores,
            bundle,
            tmp_path / f"{target}.jsonl",
            promise=Promise(target_precision=target),
        )
        for target in (0.8, 0.9)
    )
    assert said(lines(tmp_path / "0.8.jsonl")) == before
    assert at_80.thresholds == at_90.thresholds == "fitted"
    assert at_80.changes.unchanged == len(rows)
    after = said(lines(tmp_path / "0.9.jsonl"))
    assert after == before | {"red": set(), "silent": set(), "short": set()}
    # Seen to be red: red, silent, short. Seen to be blue: blue, poison.
    assert at_90.changes == Changes(
        videos=9, only_lost=3, unchanged=6, covered_before=5, covered_after=2
    )
    assert at_90.decider.policy.target_precision == 0.9


def test_a_looser_target_gains(rows, tmp_path):
    bundle = frames_with_calibration(right=178)
    strict = replace(
        bundle, visual=replace(bundle.visual, thresholds=thresholds(2, 0.9))
    )
    results, scores = classified(strict, rows, tmp_path)
    assert set().union(*said(lines(results)).values()) == set()
    done = rethreshold(
        scores, strict, tmp_path / "new.jsonl", promise=Promise(target_precision=0.8)
    )
    assert said(lines(tmp_path / "new.jsonl"))["red"] == {TENNIS, SPORTS}
    assert done.changes == Changes(
        videos=9, only_gained=5, unchanged=4, covered_before=0, covered_after=5
    )


def test_the_union_is_fitted_anew_by_what_both_say(rows, tmp_path):
    frames = frames_with_calibration(right=178).calibration
    # By the labels of both: Car, Books, Tennis. Text is as sure of Books, and right.
    said_by_text = np.full((len(frames.groups), 3), np.nan, np.float32)
    said_by_text[:, :2] = 0.01
    said_by_text[::3, 1] = LIKELY
    said_by_frames = np.full(said_by_text.shape, np.nan, np.float32)
    said_by_frames[:, [2, 0]] = frames.visual
    truth = np.zeros(said_by_text.shape, np.int8)
    truth[:, [2, 0]] = frames.labels
    truth[::3, 1] = 1
    calibration = replace(
        frames,
        label_set=MERGED,
        text=said_by_text,
        visual=said_by_frames,
        labels=truth,
    )
    text = word_counter()
    bundle = replace(make_bundle(text=text, merge=union), calibration=calibration)
    results, scores = classified(bundle, rows, tmp_path)
    assert said(lines(results))["red"] == {TENNIS, SPORTS, BOOKS}
    done = rethreshold(
        scores, bundle, tmp_path / "new.jsonl", promise=Promise(target_precision=0.9)
    )
    assert done.decider.policy.kind == "union"
    assert done.decider.policy.text.target_precision == 0.9
    after = said(lines(tmp_path / "new.jsonl"))
    assert TENNIS not in after["red"] | after["silent"]
    assert CAR in after["blue"]


def test_an_earlier_bundle_has_no_other_target(job, tmp_path):
    bundle, _, scores = job
    with pytest.raises(NoCalibrationScores, match="Train it again"):
        rethreshold(
            scores,
            bundle,
            tmp_path / "new.jsonl",
            promise=Promise(target_precision=0.9),
        )
    assert not (tmp_path / "new.jsonl").exists()


def test_fewer_labels_say_no_others(job, tmp_path):
    bundle, results, scores = job
    before = said(lines(results))
    done = rethreshold(
        scores, bundle, tmp_path / "new.jsonl", labels=MERGED.select([TENNIS])
    )
    after = said(lines(tmp_path / "new.jsonl"))
    assert after == {
        name: categories & {TENNIS, SPORTS} for name, categories in before.items()
    }
    assert after["red"] == {TENNIS, SPORTS}
    assert done.thresholds == "narrowed"
    # Said before: text Car; red Books, Tennis; blue Car; silent Tennis; short Tennis
    # and, by text, Car; poison Car; the last one Books.
    assert done.changes == Changes(
        videos=9, only_lost=6, unchanged=3, covered_before=7, covered_after=3
    )


def test_fewer_labels_have_thresholds_of_their_own(rows, tmp_path):
    bundle = frames_with_calibration(right=178)
    _, scores = classified(bundle, rows, tmp_path)
    done = rethreshold(
        scores, bundle, tmp_path / "new.jsonl", labels=VISUAL_LABELS.select([CAR])
    )
    assert done.thresholds == "fitted"
    assert done.decider.labels.ids == (CAR,)
    assert set().union(*said(lines(tmp_path / "new.jsonl")).values()) == {CAR}


def test_a_label_that_is_not_scored_is_named(job, tmp_path):
    bundle, _, scores = job
    wanted = LabelSet(taxonomy_version="3.1", ids=(CAR, "216"), visual=(True, True))
    with pytest.raises(LabelsNotScored, match=r"1 that it lacks: 216 \(Food & Drink"):
        rethreshold(scores, bundle, tmp_path / "new.jsonl", labels=wanted)
    other = LabelSet(taxonomy_version="2.2", ids=(CAR,), visual=(True,))
    with pytest.raises(LabelsNotScored, match=r"of taxonomy 3\.1.*Received: 2\.2"):
        rethreshold(scores, bundle, tmp_path / "new.jsonl", labels=other)


def test_scores_of_another_bundle_are_refused(job, tmp_path):
    _, _, scores = job
    other = make_bundle(text=word_counter(), merge=noisy_or)
    with pytest.raises(OtherBundle, match=other.content_hash):
        rethreshold(scores, other, tmp_path / "new.jsonl")


def test_results_in_another_version_are_of_its_taxonomy(job, tmp_path):
    bundle, results, scores = job
    done = rethreshold(
        scores,
        bundle,
        tmp_path / "old.jsonl",
        taxonomy_version="1.0",
        earlier_results=results,
    )
    red = lines(tmp_path / "old.jsonl")[1]
    assert red["taxonomy"] == done.taxonomy_version == "1.0"
    # Books are below Arts & Entertainment in 1.0, which 3.1 has not said.
    assert {one["id"]: one["path"] for one in red["categories"]} == {
        "IAB17-40": ["Sports", "Tennis"],
        "IAB17": ["Sports"],
        "IAB1-1": ["Arts & Entertainment", "Books & Literature"],
        "IAB1": ["Arts & Entertainment"],
    }
    evidence = {one["id"]: one["evidence"] for one in red["categories"]}
    (old_tennis,) = (
        one for one in lines(results)[1]["categories"] if one["id"] == TENNIS
    )
    assert evidence.pop("IAB17-40") == old_tennis["evidence"] != []
    assert set(map(len, evidence.values())) == {0}
    assert done.lost == done.narrower == {}
    assert done.changes.unchanged == len(scores)


def test_the_key_tells_what_decided(job, tmp_path):
    bundle, _, scores = job
    asked = [
        {},
        {"labels": MERGED.select([TENNIS])},
        {"labels": MERGED.select([CAR])},
        {"taxonomy_version": "2.2"},
    ]
    keys = []
    for options in asked:
        rethreshold(scores, bundle, tmp_path / "new.jsonl", **options)
        (key,) = {one["key"]["bundle"] for one in lines(tmp_path / "new.jsonl")}
        keys.append(key)
    assert keys[0] == bundle.content_hash
    assert len(set(keys)) == 4


def test_results_appear_whole_or_not_at_all(rows, tmp_path):
    bundle = make_bundle(text=word_counter())
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    classified(bundle, rows[:1], tmp_path / "a")
    classified(bundle, rows[2:3], tmp_path / "b")
    damaged = tmp_path / "b" / "scores.parquet"
    # The last column: footer and ids stay as they were.
    columns = parquet.read_metadata(damaged).row_group(0)
    begin = columns.column(columns.num_columns - 1).data_page_offset
    content = bytearray(damaged.read_bytes())
    content[begin : begin + 20] = bytes(20)
    damaged.write_bytes(content)
    scores = read_score_vectors(tmp_path / "a", tmp_path / "b")
    out = tmp_path / "new.jsonl"
    out.write_text("an earlier run\n")
    with pytest.raises(ValueError, match=r"b/scores\.parquet: not a whole Parquet"):
        rethreshold(scores, bundle, out)
    assert out.read_text() == "an earlier run\n"
