import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from colour_encoder import SIZE, ColourEncoder, CountingSampler
from feature_stores import contents
from video_files import make_colour_video

from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.feature_space import FeatureSpaceMismatch
from vidcat.inference.feature_store.writer import FeatureWriter
from vidcat.inference.features import FeatureStore, StoreHeader
from vidcat.inference.files.own_folder import FolderInUse
from vidcat.inference.frames import FrameSampler
from vidcat.inference.projection import Projection
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video
from vidcat.training.describing.describe import describe_catalog
from vidcat.training.projection import fit_projection

COUNT = 12
SAMPLER = FrameSampler(size=SIZE)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Twelve videos of one to four seconds and changing colours, two broken files."""
    folder = tmp_path_factory.mktemp("originals")
    generator = np.random.default_rng(0)
    for number in range(COUNT):
        colours = generator.integers(0, 256, (1 + number % 4, 3)).tolist()
        make_colour_video(folder / f"{number}.mkv", colours, fps=5, size=(16, 16))
    (folder / "empty.mkv").touch()
    (folder / "text.mkv").write_text("no video")
    return folder


@pytest.fixture
def catalog(originals, tmp_path):
    """Rows for all files, in a folder of the test's own."""
    folder = tmp_path / "videos"
    shutil.copytree(originals, folder)
    names = [*range(COUNT), "empty", "text"]
    return [Video(id=str(name), path=str(folder / f"{name}.mkv")) for name in names]


def describe(catalog, out, **changes):
    arguments = {"encoder": ColourEncoder(), "sampler": SAMPLER} | changes
    return describe_catalog(catalog, out, **arguments)


def all_of(out):
    """Everything in a store that a resumed run must reach."""
    store = FeatureStore(out)
    reasons = {key: failure.reason for key, failure in store.failures.items()}
    return contents(store), reasons, store.space, store.sampling


@pytest.fixture(scope="module")
def undisturbed(originals, tmp_path_factory):
    """What a run gives that nothing disturbs, by whether a projection is fitted."""
    names = [*range(COUNT), "empty", "text"]
    rows = [Video(id=str(name), path=str(originals / f"{name}.mkv")) for name in names]
    done = {}
    for fitted in (False, True):
        out = tmp_path_factory.mktemp("undisturbed")
        describe(rows, out, fit_projection=fitted)
        done[fitted] = out
    return done


def without_versions(everything):
    """Copies of files differ in their time alone."""
    records, *others = everything
    return {key: value[:-1] for key, value in records.items()}, *others


def test_every_row_is_counted_once(catalog, tmp_path):
    rows = [*catalog, Video(id="only text", title="A title")]
    seen = []
    report = describe(rows, tmp_path / "out", progress=seen.append)
    frames = sum(1 + number % 4 for number in range(COUNT))
    assert (report.done, report.already_done, report.without_video) == (12, 0, 1)
    assert report.failed == {"empty_file": 1, "not_a_video": 1}
    assert report.frames == frames == 30
    assert report.seconds > 0
    assert len(seen) == 14
    assert (seen[-1].total, seen[-1].done, seen[-1].failed) == (14, 12, 2)
    assert seen[-1].frames == frames


def test_records_hold_what_the_encoder_says(catalog, tmp_path):
    describe(catalog, tmp_path / "out")
    store = FeatureStore(tmp_path / "out")
    assert store.projection.kind == "identity"
    described = list(describe_videos(catalog[:COUNT], SAMPLER, ColourEncoder()))
    assert len(store) == len(described) == COUNT
    for expected in described:
        features = store[expected.id]
        # Eight bits are at most 2/255 + 4/512 off.
        np.testing.assert_allclose(features.frames(), expected.features, atol=0.0157)
        np.testing.assert_array_equal(features.times_seconds, expected.times_seconds)
        assert features.duration_seconds == pytest.approx(len(features), abs=0.01)
        path = Path(catalog[int(expected.id)].path)
        status = path.stat()
        assert features.source_version == f"{status.st_size}-{status.st_mtime_ns}"


def test_what_is_done_is_not_done_again(catalog, tmp_path):
    describe(catalog, tmp_path / "out")
    before = all_of(tmp_path / "out")
    counting = CountingSampler(SAMPLER)
    again = describe(catalog[::-1], tmp_path / "out", sampler=counting)
    assert (again.done, again.already_done, again.frames) == (0, 12, 0)
    assert again.failed == {"empty_file": 1, "not_a_video": 1}
    assert counting.asked == []
    assert all_of(tmp_path / "out") == before


def test_a_changed_file_is_described_again(catalog, tmp_path, originals):
    describe(catalog, tmp_path / "out")
    shutil.copy(originals / "7.mkv", catalog[0].path)
    Path(catalog[1].path).unlink()
    counting = CountingSampler(SAMPLER)
    report = describe(catalog, tmp_path / "out", sampler=counting)
    assert counting.asked == [catalog[0].path]
    # Of a file that is gone the features stay.
    assert (report.done, report.already_done) == (1, 11)
    store = FeatureStore(tmp_path / "out")
    assert len(store) == 12
    np.testing.assert_array_equal(store["0"].values, store["7"].values)


def test_a_failure_is_not_tried_again_unless_its_file_changes(
    catalog, tmp_path, originals
):
    describe(catalog, tmp_path / "out")
    shutil.copy(originals / "3.mkv", catalog[-1].path)
    counting = CountingSampler(SAMPLER)
    report = describe(catalog, tmp_path / "out", sampler=counting)
    assert counting.asked == [catalog[-1].path]
    assert (report.done, report.failed) == (1, {"empty_file": 1})
    assert set(FeatureStore(tmp_path / "out").failures) == {"empty"}


@pytest.mark.parametrize("fitted", [False, True])
def test_failures_are_tried_again_when_asked_for(catalog, tmp_path, fitted):
    describe(catalog, tmp_path / "out", fit_projection=fitted)
    counting = CountingSampler(SAMPLER)
    report = describe(catalog, tmp_path / "out", sampler=counting, retry_failed=True)
    assert sorted(counting.asked) == sorted(row.path for row in catalog[-2:])
    assert report.failed == {"empty_file": 1, "not_a_video": 1}


def test_a_torn_shard_is_done_again_and_no_other(catalog, tmp_path, undisturbed):
    describe(catalog, tmp_path / "out")
    (shard,) = (tmp_path / "out").glob("*.tfrecord")
    shard.write_bytes(shard.read_bytes()[:-1])
    counting = CountingSampler(SAMPLER)
    report = describe(catalog, tmp_path / "out", sampler=counting)
    assert (report.done, report.already_done) == (1, 11)
    assert len(counting.asked) == 1
    assert without_versions(all_of(tmp_path / "out")) == without_versions(
        all_of(undisturbed[False])
    )


@pytest.mark.parametrize("kind", ["pca", "none"])
def test_the_projection_is_fitted_on_training_videos_alone(catalog, tmp_path, kind):
    train = [row.id for row in catalog[1:9]]
    counting = CountingSampler(SAMPLER)
    describe(
        catalog,
        tmp_path / "out",
        sampler=counting,
        fit_projection=True,
        projection_kind=kind,
        train_ids=[*train, "empty"],
    )
    # The sample was kept: no file is decoded twice, nor opened in vain twice.
    assert sorted(counting.asked) == sorted(row.path for row in catalog)
    raw = {
        d.id: d.features
        for d in describe_videos(catalog[:COUNT], SAMPLER, ColourEncoder())
    }
    expected = fit_projection(np.concatenate([raw[key] for key in train]), kind)
    store = FeatureStore(tmp_path / "out")
    assert store.projection.kind == kind
    assert store.projection.width == expected.width == (2 if kind == "pca" else 12)
    np.testing.assert_allclose(store.projection.mean, expected.mean, atol=1e-5)
    assert store.space.projection_sha256 == store.projection.sha256
    for key, values in raw.items():
        projected = np.clip(store.projection.apply(values), -2, 2)
        np.testing.assert_allclose(store[key].frames(), projected, atol=0.0157)


def test_no_more_is_sampled_than_asked_for(catalog, tmp_path):
    describe(
        catalog,
        tmp_path / "out",
        encoder=ColourEncoder(batch_size=1),
        decoders=1,
        fit_projection=True,
        sample_frames=5,
    )
    order = sorted(
        (row for row in catalog[:COUNT]),
        key=lambda row: hashlib.sha256(row.id.encode()).digest(),
    )
    lengths = np.cumsum([1 + int(row.id) % 4 for row in order])
    needed = [row.id for row in order[: 1 + int((lengths < 5).sum())]]
    store = FeatureStore(tmp_path / "out")
    sample = FeatureStore(tmp_path / "out" / "sample")
    mean = np.concatenate([sample[key].frames() for key in needed]).mean(axis=0)
    np.testing.assert_allclose(store.projection.mean, mean, atol=1e-5)
    # A few more were being decoded when there were enough.
    assert len(needed) <= len(sample) < COUNT
    assert len(store) == COUNT


def test_a_projection_can_be_taken_from_another_store(catalog, tmp_path, undisturbed):
    for given in (undisturbed[True], undisturbed[True] / "projection.npz"):
        out = tmp_path / f"from {given.name}"
        describe(catalog, out, fit_projection=given)
        assert without_versions(all_of(out)) == without_versions(
            all_of(undisturbed[True])
        )


def test_a_store_keeps_its_projection(catalog, tmp_path):
    out = tmp_path / "out"
    describe(catalog[:6], out, fit_projection=True)
    before = FeatureStore(out).projection.sha256
    for fitted in (False, True):
        report = describe(catalog, out, fit_projection=fitted)
        assert FeatureStore(out).projection.sha256 == before
    assert report.already_done == 12


def test_a_lost_projection_is_fitted_and_kept_again(catalog, tmp_path):
    out = tmp_path / "out"
    describe(catalog, out, fit_projection=True)
    before = all_of(out), FeatureStore(out).projection.sha256
    (out / "projection.npz").unlink()
    report = describe(catalog, out, fit_projection=True)
    assert (report.done, report.already_done) == (0, 12)
    assert (all_of(out), FeatureStore(out).projection.sha256) == before


def test_clipped_values_are_counted(catalog, tmp_path):
    wide = Projection.identity(12)
    wide.scale[:] = 100
    wide.save(tmp_path / "wide.npz")
    report = describe(catalog, tmp_path / "out", fit_projection=tmp_path / "wide.npz")
    raw = [
        d.features for d in describe_videos(catalog[:COUNT], SAMPLER, ColourEncoder())
    ]
    outside = np.abs(np.concatenate(raw) * 100) > 2
    assert report.clipped_share == pytest.approx(outside.mean())
    assert 0.5 < report.clipped_share < 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder": ColourEncoder(name="others")}, "`encoder` is 'colours' there"),
        ({"sampler": FrameSampler(size=SIZE, fit="crop")}, "`fit` is 'squash' there"),
        (
            {"sampler": FrameSampler(size=SIZE, sampling=Sampling(max_frames=9))},
            "Another sampling: `max_frames` is 300 there, 9 here",
        ),
        ({"fit_projection": True}, "projection 'identity', and 'pca' is asked for"),
    ],
)
def test_another_space_is_refused(catalog, tmp_path, changes, message):
    describe(catalog, tmp_path / "out")
    before = all_of(tmp_path / "out")
    with pytest.raises(FeatureSpaceMismatch, match=message):
        describe(catalog, tmp_path / "out", **changes)
    assert all_of(tmp_path / "out") == before


def test_another_space_is_refused_while_the_sample_is_taken(catalog, tmp_path):
    with pytest.raises(ValueError, match="could be described"):
        describe(catalog, tmp_path / "out", fit_projection=True, train_ids=["text"])
    with pytest.raises(FeatureSpaceMismatch, match="`encoder` is 'colours' there"):
        describe(catalog, tmp_path / "out", encoder=ColourEncoder(name="others"))


def test_two_processes_cannot_describe_into_one_folder(catalog, tmp_path):
    describe(catalog[:1], tmp_path / "out")
    store = FeatureStore(tmp_path / "out")
    header = StoreHeader(space=store.space, sampling=store.sampling)
    with (
        FeatureWriter(tmp_path / "out", header),
        pytest.raises(FolderInUse, match="another process is writing to it"),
    ):
        describe(catalog, tmp_path / "out")


def test_an_id_that_occurs_twice_is_refused(catalog, tmp_path):
    with pytest.raises(ValueError, match=r"Received: twice \['3'\]"):
        describe([*catalog, catalog[3]], tmp_path / "out")


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("after", [1, 9])
def test_ctrl_c_loses_nothing_that_was_done(
    catalog, tmp_path, undisturbed, after, fitted
):
    def interrupt(state):
        if state.done == after:
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        describe(catalog, out, fit_projection=fitted, progress=interrupt)
    assert not list(out.rglob("*.unfinished"))
    report = describe(catalog, out, fit_projection=fitted)
    assert report.done + report.already_done == 12
    assert without_versions(all_of(out)) == without_versions(
        all_of(undisturbed[fitted])
    )


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from colour_encoder import SIZE, ColourEncoder
from vidcat.inference.frames import FrameSampler
from vidcat.inference.video import Video
from vidcat.training.describing.describe import describe_catalog

folder, out, done, seconds = sys.argv[1:]
paths = sorted(Path(folder).glob("*.mkv"))
rows = [Video(id=path.stem, path=str(path)) for path in paths]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def watch(state):
    if state.done == int(done):
        # A moment later: inside of something, not between two videos.
        threading.Timer(float(seconds), die).start()

describe_catalog(rows, out, encoder=ColourEncoder(delay_seconds=0.02),
                 sampler=FrameSampler(size=SIZE), fit_projection=True,
                 train_ids=[row.id for row in rows[:7]], progress=watch)
"""


def test_a_killed_process_loses_nothing_that_was_done(catalog, tmp_path):
    folder = Path(catalog[0].path).parent
    rows = [
        Video(id=path.stem, path=str(path)) for path in sorted(folder.glob("*.mkv"))
    ]
    train = [row.id for row in rows[:7]]
    # Killed while the sample is taken; and later, the projection being fitted.
    moments = {"early": ("2", "0.013"), "late": ("8", "0.031")}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", KILLED, folder, tmp_path / name, *moment],
            cwd=Path(__file__).parent,
            env=os.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, moment in moments.items()
    ]
    for process in started:
        _, errors = process.communicate()
        assert process.returncode == -9, errors
    options = {"fit_projection": True, "train_ids": train}
    describe(rows, tmp_path / "undisturbed", **options)
    expected = all_of(tmp_path / "undisturbed")
    for name in moments:
        done_before = list((tmp_path / name).rglob("*.tfrecord*"))
        assert done_before, name
        counting = CountingSampler(SAMPLER)
        report = describe(rows, tmp_path / name, sampler=counting, **options)
        assert all_of(tmp_path / name) == expected, name
        assert len(counting.asked) < len(rows)
        assert report.done + report.already_done == 12
