"""Text and frames of a described catalog, measured together."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from both_sources import (
    BOOKS,
    CAR,
    SPORTS,
    TENNIS,
    VISUAL_LABELS,
    colour_looker,
    english_word_counter,
    make_bundle,
    thresholds,
)
from video_files import BLUE, GREEN, RED

from vidcat.inference.describing.failures import Failure, FailureLog
from vidcat.inference.feature_store.frame_features import FrameFeatures, quantise
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore, StoreHeader
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.video import Video
from vidcat.training.deciding.promise import Promise
from vidcat.training.evaluation import evaluate_run
from vidcat.training.labels import UNKNOWN
from vidcat.training.measuring.assessment import NothingToMeasure
from vidcat.training.measuring.measured_run import MeasuredRun
from vidcat.training.merges.assessment import NoTextModel, assess_merge
from vidcat.training.merges.fit import calibration_scores, fit_on_calibration
from vidcat.training.merges.report import write_merge_report
from vidcat.training.merges.scoring import BothModels
from vidcat.training.splits import assign_parts

VIDEOS = 400
WORD = {CAR: "car", BOOKS: "book", TENNIS: "serve"}
COLOUR = {CAR: BLUE, BOOKS: GREEN, TENNIS: RED}
UNION = ("text", "visual", "union", "separate", "noisy-or", "stacked")


def drawn_videos(rng):
    """Rows with one category each, and the colour of their frames.

    One title in five and one video in five are of another category; one row in five
    has no text.
    """
    rows, colours = [], {}
    for number in range(VIDEOS):
        category, *wrong = rng.choice([CAR, BOOKS, TENNIS], 3).tolist()
        written, shown = (other if rng.random() < 0.2 else category for other in wrong)
        video = Video(
            id=f"v{number}",
            title=None if rng.random() < 0.2 else f"My {WORD[written]}",
            language=str(rng.choice(["en", "en", "fr"])),
            duration_seconds=10.0,
            labels=(category,),
        )
        rows.append(video)
        colours[video.id] = COLOUR[shown]
    return rows, colours


def described(video_id, colour):
    """Three plain frames, as the encoder of colours describes them."""
    quarters = np.tile(np.array(colour) / 127.5 - 1, 4)
    return FrameFeatures(
        id=video_id,
        values=quantise(np.tile(quarters, (3, 1))),
        times_seconds=np.arange(3, dtype=np.float32),
        duration_seconds=10.0,
        source_version="1-1",
    )


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """Rows, their features, and a bundle with both models.

    Of the test part one video is broken, one too long and one without labels.
    """
    folder = tmp_path_factory.mktemp("merge")
    rows, colours = drawn_videos(np.random.default_rng(0))
    parts = assign_parts(rows, key="id")
    test = [at for at, row in enumerate(rows) if parts[row.id] == "test"]
    broken, long, unlabelled = test[:3]
    rows[broken] = replace(rows[broken], title="My car", language="en")
    rows[long] = replace(rows[long], duration_seconds=90.0)
    rows[unlabelled] = replace(rows[unlabelled], labels=None)

    def union(labels):
        return MergePolicy(
            kind="union",
            label_set=labels,
            text=thresholds(len(labels), 0.85),
            visual=thresholds(len(labels), 0.85),
        )

    bundle = make_bundle(text=english_word_counter(), merge=union, parts=parts)
    bundle.save(folder / "bundle")
    header = StoreHeader(space=bundle.space, sampling=bundle.sampling)
    with FeatureWriter(folder / "features", header) as writer:
        for at, row in enumerate(rows):
            if at != broken:
                writer.add(described(row.id, colours[row.id]))
    FailureLog(folder / "features" / "failures.jsonl").add(
        Failure(
            id=rows[broken].id,
            path="a.mp4",
            reason="not_a_video",
            detail="torn",
            source_version="",
        )
    )
    written = folder / "catalog.jsonl"
    fields = ("id", "title", "language", "duration_seconds", "labels")
    lines = [
        {name: value for name in fields if (value := getattr(row, name)) is not None}
        for row in rows
    ]
    written.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return SimpleNamespace(
        rows=rows,
        colours=colours,
        parts=parts,
        broken=rows[broken].id,
        measured=[rows[at] for at in test if at not in (long, unlabelled)],
        folder=folder / "bundle",
        features=folder / "features",
        store=FeatureStore(folder / "features"),
        path=written,
    )


@pytest.fixture(scope="module")
def assessment(catalog):
    return assess_merge(catalog.folder, catalog.rows, catalog.store)


def by_text(row):
    """What the words of a row say; those of French ones are not read."""
    known = {f"My {WORD[one]}": one for one in (CAR, BOOKS)}
    found = known.get(row.title) if row.language == "en" else None
    return {found} - {None}


def by_frames(row, catalog):
    known = {COLOUR[one]: one for one in (CAR, TENNIS)}
    found = known.get(catalog.colours[row.id])
    return set() if row.id == catalog.broken else {found} - {None}


def test_text_frames_and_union_are_counted_as_by_hand(catalog, assessment):
    said = {
        "text": [by_text(row) for row in catalog.measured],
        "visual": [by_frames(row, catalog) for row in catalog.measured],
    }
    said["union"] = [
        one | other for one, other in zip(said["text"], said["visual"], strict=True)
    ]
    every = assessment.evaluation.every
    assert [run.name for run in every.runs] == list(UNION)
    assert every.videos == len(catalog.measured) > 25
    for name, categories in said.items():
        right = sum(
            len(set(row.labels) & one)
            for row, one in zip(catalog.measured, categories, strict=True)
        )
        run = every.run(name)
        chosen = sum(map(len, categories))
        assert run.categories_per_video == pytest.approx(chosen / every.videos)
        assert (run.operating_point.correct, run.operating_point.chosen) == (
            right,
            chosen,
        )
    agreed = sum(
        len(one & other)
        for one, other in zip(said["text"], said["visual"], strict=True)
    )
    assert every.run("union").groups["agreed"].chosen == agreed > 0


def test_a_broken_video_is_measured_by_its_text_and_others_are_counted(
    catalog, assessment
):
    assert dict(assessment.left_out) == {"out of scope": 1, "no labels": 1}
    assert assessment.served == "union"
    assert assessment.to_json()["served"] == "union"
    # Without the broken video's text, one category fewer would be said by text.
    ids = [row.id for row in catalog.measured]
    assert catalog.broken in ids


def test_other_merges_are_fitted_on_the_calibration_part(catalog, assessment):
    bundle = make_bundle(text=english_word_counter())
    models = BothModels(
        text=bundle.text,
        visual=bundle.visual,
        visual_labels=VISUAL_LABELS,
        as_of=None,
    )
    rows = [row for row in catalog.rows if catalog.parts[row.id] == "calibration"]
    kinds = ["stacked", "separate", "noisy-or"]
    kept = calibration_scores(models, rows, catalog.store)
    stacked, separate, noisy_or = fit_on_calibration(
        models,
        kept,
        kinds,
        promise=Promise(target_precision=0.7, assurance=0.5, per="all"),
        truth="gold",
    )
    assert [one.kind for one in (stacked, separate, noisy_or)] == kinds
    assert separate == bundle.merge
    # Of 0.12, 0.23, 0.88, 0.90 and 0.99 that both may say together, some do.
    assert 0.12 < noisy_or.merged.values[0] < 0.99
    assert stacked.stacker.to_json()["weights"]["visual_logit"] > 0


def test_pseudo_labels_say_nothing_of_what_frames_cannot_show(catalog):
    models = BothModels(
        text=english_word_counter(),
        visual=colour_looker(),
        visual_labels=VISUAL_LABELS,
        as_of=None,
    )
    rows = [
        Video(id="v0", labels=(CAR,), truth="pseudo"),
        Video(id="v1", labels=(CAR,), truth="gold"),
        Video(id="v2", labels=(BOOKS, SPORTS), truth="pseudo"),
    ]
    scores = models.score(rows, catalog.store)
    assert models.label_set.ids == (CAR, BOOKS, TENNIS)
    assert scores.labels.tolist() == [[1, UNKNOWN, 0], [1, 0, 0], [0, UNKNOWN, 0]]


def test_a_source_that_cannot_speak_is_silent(catalog):
    models = BothModels(
        text=english_word_counter(),
        visual=colour_looker(),
        visual_labels=VISUAL_LABELS,
        as_of=None,
    )
    rows = [
        Video(id="v7", title="My car", language="en", labels=()),
        Video(id="not described", title="My car", language="en", labels=()),
        Video(id="v8", title="Ma car", language="fr", labels=()),
        Video(id="v9", labels=()),
    ]
    scores = models.score(rows, catalog.store)
    text, frames = np.isfinite(scores.text), np.isfinite(scores.visual)
    # Text knows Car and Books, frames Car and Tennis.
    assert text.tolist() == [[True, True, False]] * 2 + [[False] * 3] * 2
    assert frames[0].tolist() == [True, False, True]
    assert frames.any(axis=1).tolist() == [True, False, True, True]
    assert scores.languages[2] == "fr"


def test_the_command_prints_and_keeps_what_the_library_measures(
    catalog, assessment, run, tmp_path
):
    command = ("merge", "evaluate", catalog.path, "--bundle", catalog.folder)
    where = ("--features", catalog.features, "--out", tmp_path)
    done = run(*command, *where, "--json")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert printed == json.loads(json.dumps(assessment.to_json()))
    kept = json.loads((tmp_path / "merge.json").read_text())
    assert kept == assessment.evaluation.to_json()
    assert (tmp_path / "merge.png").read_bytes().startswith(b"\x89PNG")
    assert "Left out: 1 videos, out of scope." in done.stderr


def test_people_get_tables(catalog, run, tmp_path):
    done = run(
        *("merge", "evaluate", catalog.path, "--bundle", catalog.folder),
        *("--features", catalog.features, "--out", tmp_path),
    )
    assert done.exit_code == 0, done.output
    for words in (*UNION, "frames only", "added to text", "with text", "without text"):
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_bundle_without_text_has_nothing_to_merge(catalog, tmp_path):
    make_bundle(parts=catalog.parts).save(tmp_path)
    with pytest.raises(NoTextModel, match="`vidcat train --text` puts one in"):
        assess_merge(tmp_path, catalog.rows, catalog.store)


def test_a_catalog_without_the_calibration_part_is_refused(catalog):
    rows = [row for row in catalog.rows if catalog.parts[row.id] == "test"]
    with pytest.raises(NothingToMeasure, match="belongs to the calibration part"):
        assess_merge(catalog.folder, rows, catalog.store)


def test_the_report_is_drawn_where_nothing_is_said(assessment, tmp_path):
    every = assessment.evaluation.every
    silent = [
        replace(
            run,
            categories_per_video=0.0,
            operating_point=replace(
                run.operating_point,
                chosen=0,
                covered=0,
                precision=float("nan"),
                categories_per_video=float("nan"),
            ),
            groups=None,
        )
        for run in every.runs[:2]
    ]
    nothing = replace(assessment.evaluation, every=replace(every, runs=tuple(silent)))
    paths = write_merge_report(nothing, tmp_path)
    assert paths["picture"].read_bytes().startswith(b"\x89PNG")
    assert "NaN" not in paths["json"].read_text()


def test_without_the_others_nothing_is_fitted_and_the_served_merge_is_the_same(
    catalog,
):
    held_out = [row for row in catalog.rows if catalog.parts[row.id] == "test"]
    found = assess_merge(catalog.folder, held_out, catalog.store, others=False)
    every = found.evaluation.every
    assert [run.name for run in every.runs] == ["text", "visual", "union", "separate"]
    said = [by_text(row) | by_frames(row, catalog) for row in catalog.measured]
    right = sum(
        len(set(row.labels) & one)
        for row, one in zip(catalog.measured, said, strict=True)
    )
    assert every.run("union").operating_point.correct == right > 0


def test_runs_have_the_figures_of_the_evaluation(catalog, tmp_path):
    found = assess_merge(catalog.folder, catalog.rows, catalog.store, others=False)
    for run in found.runs:
        figures = found.evaluation.every.run(run.name).operating_point
        point = evaluate_run(run).operating_point
        assert (point.correct, point.covered) == (figures.correct, figures.covered)
        assert point.videos == figures.videos == len(catalog.measured)
    text, visual, union, separate = found.runs
    assert [run.provenance["served"] for run in found.runs] == [
        *(False, False, True, False)
    ]
    # What text does not say, and what frames do not, is not said at all.
    np.testing.assert_array_equal(union.chosen, text.chosen | visual.chosen)
    assert union.videos == separate.videos
    assert {one.id for one in union.videos} == {row.id for row in catalog.measured}
    found.write(tmp_path)
    assert MeasuredRun.load(tmp_path / "runs" / "union").name == "union"


def test_a_whole_catalog_must_be_one_that_training_never_saw(catalog):
    with pytest.raises(NothingToMeasure, match="were used to train"):
        assess_merge(catalog.folder, catalog.rows, catalog.store, whole_catalog=True)
    held_out = [row for row in catalog.rows if catalog.parts[row.id] == "test"]
    found = assess_merge(catalog.folder, held_out, catalog.store, whole_catalog=True)
    assert [run.provenance["part"] for run in found.runs] == ["all"] * 4
