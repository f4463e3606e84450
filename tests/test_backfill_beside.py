"""Features and scores that a backfill writes on its way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from feature_stores import contents
from pyarrow import parquet
from served_bundles import AS_OF

from vidcat.inference.backfill.folder import UnfitResultsFolder
from vidcat.inference.backfill.run import run_backfill
from vidcat.inference.backfill.runners import Runner
from vidcat.inference.catalog import read_catalog
from vidcat.inference.describing.failures import read_failures
from vidcat.inference.export.score_vector_writer import ScoreVectorWriter
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.feature_space import FeatureSpaceMismatch
from vidcat.inference.features import FeatureStore
from vidcat.inference.files.own_folder import FolderInUse, sole_writer
from vidcat.inference.pipeline.backfilling import Choice
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.serving import Serving
from vidcat.training.describing.describe import describe_catalog

# Two processes load their models one beside the other, on what cores there are.
pytestmark = pytest.mark.timeout(900)

CHOICE = Choice(ignore_unknown=True)
ROWS = 80
"""Of the long catalog: more than one shard."""


@pytest.fixture(scope="module")
def place(tmp_path_factory, served_bundle, mixed_catalog):
    """A bundle, a catalog, and what describing and classifying it gives."""
    folder = tmp_path_factory.mktemp("beside")
    bundle, catalog = served_bundle, mixed_catalog
    serving = Serving(bundle=str(bundle), as_of=AS_OF)
    categorizer = loaded(serving).categorizer
    videos = read_catalog(catalog, ignore_unknown=True)
    projection = bundle / "projection.npz"
    describe_catalog(
        videos,
        folder / "features",
        encoder=categorizer.encoder,
        sampler=categorizer.sampler,
        fit_projection=projection,
    )
    scored_by = ScoredBy.of(categorizer.bundle)
    with ScoreVectorWriter(folder / "scores.parquet", scored_by) as writer:
        list(categorizer.categorize_many(videos, keep=writer.add))
    return SimpleNamespace(
        folder=folder,
        bundle=bundle,
        catalog=catalog,
        serving=serving,
        described=FeatureStore(folder / "features"),
        scores=score_rows(folder / "scores.parquet"),
    )


def score_rows(path):
    """All rows of the scores in a file or folder, sorted by id."""
    return sorted(parquet.read_table(path).to_pylist(), key=lambda row: row["id"])


def backfill(place, out, *, processes=1, choice=CHOICE, catalog=None, serving=None):
    return run_backfill(
        str(catalog or place.catalog),
        str(out / "results"),
        serving or place.serving,
        runner=Runner(processes=processes),
        choice=choice,
        features=str(out / "features"),
        scores=str(out / "scores"),
    )


def logged(folder):
    return {one.id: one for one in read_failures(folder / "failures.jsonl")}


@pytest.mark.parametrize("processes", [1, 2])
def test_they_are_those_of_describing_and_classifying(place, tmp_path, processes):
    backfill(place, tmp_path, processes=processes)
    store, expected = FeatureStore(tmp_path / "features"), place.described
    assert len(expected) == 6
    assert contents(store) == contents(expected)
    assert store.space == expected.space
    assert store.sampling == expected.sampling
    assert store.projection.sha256 == expected.projection.sha256
    assert logged(store.folder) == logged(expected.folder)
    assert set(logged(store.folder)) == {"torn", "empty", "gone"}
    indexes = len(list(store.folder.glob("*.index.json")))
    assert indexes == len(list(store.folder.glob("*.tfrecord"))) > 0
    assert len(place.scores) == 11
    assert score_rows(tmp_path / "scores") == place.scores


def test_describing_later_finds_nothing_left_to_do(place, tmp_path):
    backfill(place, tmp_path)
    categorizer = loaded(place.serving).categorizer
    report = describe_catalog(
        read_catalog(place.catalog, ignore_unknown=True),
        tmp_path / "features",
        encoder=categorizer.encoder,
        sampler=categorizer.sampler,
    )
    assert (report.done, report.already_done) == (0, 6)
    assert sum(report.failed.values()) == 3


def test_a_run_in_parts_ends_with_one_row_a_video(place, tmp_path):
    part = Choice(ignore_unknown=True, most=4, order_by="views")
    backfill(place, tmp_path, choice=part)
    some = score_rows(tmp_path / "scores")
    assert len(some) == 4
    backfill(place, tmp_path)
    # All again: each video is then twice in what the workers write.
    backfill(place, tmp_path, choice=Choice(ignore_unknown=True, force=True))
    assert contents(FeatureStore(tmp_path / "features")) == contents(place.described)
    assert score_rows(tmp_path / "scores") == place.scores


@pytest.fixture(scope="module")
def long_catalog(place):
    """A catalog of `ROWS` ids that share short clips; its path."""
    clips = place.catalog.parent
    lines = [
        json.dumps({"id": f"n{at:03}", "path": str(clips / f"clip{at % 3}.mp4")})
        for at in range(ROWS)
    ]
    path = place.folder / "long.jsonl"
    path.write_text("".join(line + "\n" for line in lines))
    return path


def test_a_killed_run_goes_on_and_ends_the_same(place, tmp_path, long_catalog):
    out = tmp_path / "killed"
    start = "from vidcat.commands.main import app; app()"
    command = [sys.executable, "-c", start, "backfill", long_catalog]
    options = {
        "--bundle": place.bundle,
        "--out": out / "results",
        "--features": out / "features",
        "--scores": out / "scores",
    }
    words = [str(word) for pair in options.items() for word in pair]
    with subprocess.Popen(
        [*map(str, command), *words],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        wait_for(out / "results" / "attempts", "*.jsonl", running)
        os.killpg(running.pid, signal.SIGKILL)
    # What has a result is not done again: all else of it must be there.
    done = {
        row["id"]
        for path in Path(out, "results", "attempts").glob("*.jsonl")
        for row in read_lines(path)
    }
    assert 0 < len(done) < ROWS
    assert done <= set(FeatureStore(out / "features"))
    assert done <= {row["id"] for row in score_rows(out / "scores")}
    report = backfill(place, out, choice=Choice(), catalog=long_catalog)
    assert (report.rows, report.skipped) == (ROWS, len(done))
    store = FeatureStore(out / "features")
    expected = contents(place.described)
    assert {name: kept[:3] for name, kept in contents(store).items()} == {
        f"n{at:03}": expected[f"v{at % 3}"][:3] for at in range(ROWS)
    }
    assert len(score_rows(out / "scores")) == ROWS
    assert {row["id"] for row in score_rows(out / "scores")} == set(store)


def wait_for(folder, pattern, running):
    for _ in range(8000):
        if list(folder.glob(pattern)):
            return
        assert running.poll() is None
        time.sleep(0.05)
    raise AssertionError(f"no {pattern} in {folder}")


def test_another_space_is_refused_before_a_video_is_opened(place, tmp_path):
    (tmp_path / "features").mkdir()
    header = json.loads((place.described.folder / "space.json").read_text())
    header["space"]["fit"] = "crop"
    (tmp_path / "features" / "space.json").write_text(json.dumps(header))
    with pytest.raises(FeatureSpaceMismatch, match="`fit` is 'crop' there"):
        backfill(place, tmp_path)
    assert not (tmp_path / "results" / "attempts").exists()


def test_a_store_that_is_being_written_to_is_refused(place, tmp_path):
    with sole_writer(tmp_path / "features"), pytest.raises(FolderInUse):
        backfill(place, tmp_path)


def test_scores_behind_other_results_are_refused(place, tmp_path):
    backfill(place, tmp_path)
    before = score_rows(tmp_path / "scores")
    with pytest.raises(UnfitResultsFolder, match="a run that is not among them"):
        run_backfill(
            str(place.catalog),
            str(tmp_path / "others"),
            place.serving,
            runner=Runner(),
            choice=CHOICE,
            scores=str(tmp_path / "scores"),
        )
    assert score_rows(tmp_path / "scores") == before


def test_the_commands_read_what_a_backfill_has_kept(main_job, run, tmp_path):
    done = run(
        *("backfill", main_job.catalog, "--bundle", main_job.bundle),
        *("--out", tmp_path / "results", "--features", tmp_path / "features"),
        *("--scores", tmp_path / "scores"),
    )
    assert done.exit_code == 0, done.output
    store = FeatureStore(tmp_path / "features")
    # The bundle has the projection that was fitted when they were described.
    assert contents(store) == contents(FeatureStore(main_job.features))
    trained = run(
        *("train", main_job.catalog, "--features", tmp_path / "features"),
        *("--out", tmp_path / "bundle", "--preset", "small", "--epochs", "1"),
        *("--min-examples", "3", "--min-seconds", "1", "--max-seconds", "60"),
        *("--target-precision", "0.5", "--assurance", "0.5"),
    )
    assert trained.exit_code == 0, trained.output
    decided = run(
        *("rethreshold", tmp_path / "scores", "--bundle", main_job.bundle),
        *("--out", tmp_path / "anew.jsonl"),
    )
    assert decided.exit_code == 0, decided.output
    found = [read_lines(tmp_path / "anew.jsonl")]
    found += [
        read_lines(path) for path in Path(tmp_path, "results").glob("results-*.jsonl")
    ]
    assert said(found[0]) == said(found[1])


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def said(results):
    """Status and scored categories of each video."""
    return {
        one["id"]: (one["status"], [(c["id"], c["score"]) for c in one["categories"]])
        for one in results
    }
