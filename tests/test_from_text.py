"""From a catalog's text to a bundle of text and frames, by one command."""

import json
from types import SimpleNamespace

import pytest

from vidcat.commands.demo import write_platform_catalog
from vidcat.commands.demo_catalog.clips import make_demo_catalog
from vidcat.inference.bundle import Bundle
from vidcat.inference.catalog import read_catalog


@pytest.fixture(scope="module")
def job(tmp_path_factory, run, small_encoder):
    """A catalog whose videos to train on have no labels, trained on from its text."""
    folder = tmp_path_factory.mktemp("from_text")
    clips = make_demo_catalog(folder, clips=110, seed=1)
    catalog = write_platform_catalog(
        clips, folder / "platform.jsonl", seed=1, texts=300
    )
    work = folder / "work"
    words = (
        *("train", "--from-text", catalog, "--out", work, "--encoder", small_encoder),
        *("--text-kind", "bag-of-words", "--preset", "small", "--epochs", "3"),
        *("--min-seconds", "1", "--max-seconds", "60", "--min-examples", "2"),
        *("--target-precision", "0.5", "--assurance", "0.5", "--no-comparisons"),
        *("--yes-bound", "0.7", "--no-bound", "0.04"),
    )
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return SimpleNamespace(
        folder=folder, catalog=catalog, work=work, words=words, done=done
    )


def test_its_result_is_the_measured_merge(job):
    figures = json.loads(job.done.stdout)
    assert figures["served"] == "union"
    # Held-out rows have labels by people, so that precision can be spoken of.
    assert figures["truth"] == "gold"
    names = [one["name"] for one in figures["every"]["runs"]]
    assert names == ["text", "visual", "union", "separate", "noisy-or", "stacked"]


def test_the_student_learns_from_text_without_reading_it(job):
    rows = read_catalog(job.work / "pseudo" / "catalog.jsonl")
    taught = [row for row in rows if row.truth == "pseudo"]
    assert len(taught) > 10
    for row in rows:
        assert (row.title, row.description, row.tags) == (None, None, ())
    parts = Bundle.load(job.work / "bundle", visual_only=True).parts
    assert {parts[row.id] for row in taught} <= {"train", "validation", "later"}


def test_bounds_reach_the_stage_that_they_are_for(job):
    report = json.loads((job.work / "pseudo" / "report.json").read_text())
    bounds = report["config"]["yes_bound"], report["config"]["no_bound"]
    assert bounds == (0.7, 0.04)


def test_what_has_not_changed_is_kept(job, run):
    made = {
        path: path.stat().st_mtime_ns
        for name in ("text/text.json", "pseudo/catalog.jsonl", "bundle/bundle.json")
        for path in [job.work / name]
    }
    again = run(*job.words)
    assert again.exit_code == 0, again.output
    assert again.stderr.count("kept: nothing has changed") == 4
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_videos_it_has_not_seen_get_categories_with_sources(job, run):
    unseen = job.work / "unseen.jsonl"
    parts = Bundle.load(job.work / "bundle", visual_only=True).parts
    assert {parts[row.id] for row in read_catalog(unseen)} == {"test"}
    done = run("classify", unseen, "--bundle", job.work / "bundle", "--json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    sources = {
        source
        for result in results
        for category in result["categories"]
        for source in category["sources"]
    }
    assert sources <= {"text", "visual"}
    assert "visual" in sources


def test_changed_settings_do_anew_what_rests_on_them(job, run):
    changed = run(*job.words, "--learning-rate", "0.002")
    assert changed.exit_code == 0, changed.output
    kept = changed.stderr.count("kept: nothing has changed")
    assert kept == 3


def test_text_models_of_others_are_refused_with_it(job, run):
    done = run(*job.words, "--text", job.work / "text")
    assert done.exit_code == 2
    assert "must not be given with --from-text" in done.output


def test_features_are_needed_without_it(job, run):
    done = run("train", job.catalog, "--out", job.folder / "other")
    assert done.exit_code == 2
    assert "--features must be given without --from-text" in done.output


def test_a_folder_has_no_text_to_learn_from(run, tmp_path):
    done = run("train", "--from-text", tmp_path, "--out", tmp_path / "work")
    assert done.exit_code == 1
    assert str(done.exception).startswith(
        f"{tmp_path}: a folder of videos has no text to learn from. Give a catalog"
    )


def test_a_catalog_without_videos_is_refused_before_the_text_is_learned(run, tmp_path):
    catalog = tmp_path / "catalog.jsonl"
    catalog.write_text('{"id": "a", "title": "Tennis"}\n')
    done = run("train", "--from-text", catalog, "--out", tmp_path / "work")
    assert done.exit_code == 1
    assert f"{catalog}: no row has a `path`, and frames are" in str(done.exception)
    assert not (tmp_path / "work").exists()
