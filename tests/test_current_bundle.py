import shutil
from pathlib import Path

import pytest
from served_bundles import AS_OF, write_served_bundle

from vidcat.inference.bundle import InvalidBundle
from vidcat.inference.pipeline.current_bundle import (
    CurrentBundle,
    NoBundle,
    bundle_folders,
)
from vidcat.inference.pipeline.loaded import loaded
from vidcat.inference.pipeline.serving import Serving


@pytest.fixture(scope="module")
def bundles(tmp_path_factory, small_encoder):
    folder = tmp_path_factory.mktemp("bundles")
    for name, seed in (("2025-01", 0), ("2025-02", 1)):
        write_served_bundle(folder / name, small_encoder, seed=seed, text=False)
    return folder


@pytest.fixture
def place(tmp_path, bundles):
    """A folder of bundles with the first of them in it."""
    folder = tmp_path / "bundles"
    shutil.copytree(bundles / "2025-01", folder / "2025-01")
    return folder


def current(place, told, **options):
    serving = Serving(bundle=str(place), as_of=AS_OF)
    return CurrentBundle(serving, tell=told.append, poll_seconds=0.0, **options)


def name_of(models):
    return models.serving.bundle.rsplit("/", 1)[-1]


def test_a_new_bundle_is_taken_up_once_it_is_whole(place, bundles):
    told = []
    bundle = current(place, told)
    first = bundle.loaded()
    assert name_of(first) == "2025-01"

    # Copied as `cp -r` may do it: the checksums long before the network.
    new = place / "2025-02"
    shutil.copytree(bundles / "2025-02", new, ignore=shutil.ignore_patterns("visual"))
    assert bundle.loaded() is first
    assert bundle.loaded() is first
    (message,) = told
    assert message.startswith(f"{new}: cannot be used: ")
    assert "visual" in message

    shutil.copytree(bundles / "2025-02" / "visual", new / "visual")
    second = bundle.loaded()
    assert name_of(second) == "2025-02"
    assert second.bundle_hash != first.bundle_hash
    assert len(told) == 1


def test_without_checksums_and_hidden_folders_are_no_bundles_yet(place, bundles):
    shutil.copytree(bundles / "2025-02", place / ".2025-02")
    (place / "2025-03").mkdir()
    (place / "notes.txt").write_text("")
    told = []
    assert name_of(current(place, told).loaded()) == "2025-01"
    assert told == []


def test_broken_bundles_leave_the_one_in_use_loaded(place, bundles):
    told = []
    bundle = current(place, told)
    first = bundle.loaded()
    for name in ("2025-05", "2025-06", "2025-07"):
        shutil.copytree(bundles / "2025-02", place / name)
        (place / name / "labels.tsv").write_text("broken")
    assert bundle.loaded() is first
    assert loaded(first.serving) is first
    assert len(told) == 3


def test_a_bundle_that_is_taken_away_gives_the_one_before_its_place(place, bundles):
    shutil.copytree(bundles / "2025-02", place / "2025-02")
    bundle = current(place, [])
    assert name_of(bundle.loaded()) == "2025-02"
    shutil.rmtree(place / "2025-02")
    assert name_of(bundle.loaded()) == "2025-01"
    # With none left at all the last one goes on.
    shutil.rmtree(place / "2025-01")
    assert name_of(bundle.loaded()) == "2025-01"


def test_a_look_holds_for_a_while(place, bundles):
    serving = Serving(bundle=str(place), as_of=AS_OF)
    bundle = CurrentBundle(serving, poll_seconds=3600.0)
    first = bundle.loaded()
    shutil.copytree(bundles / "2025-02", place / "2025-02")
    assert bundle.loaded() is first


def test_one_bundle_is_the_current_one(bundles):
    told = []
    assert name_of(current(bundles / "2025-01", told).loaded()) == "2025-01"
    assert bundle_folders(str(bundles / "2025-01")) == [str(bundles / "2025-01")]


def test_one_bundle_that_is_broken_says_what_is_wrong_with_it(place):
    (place / "2025-01" / "labels.tsv").write_text("broken")
    with pytest.raises(InvalidBundle, match=r"labels\.tsv: is missing or not as"):
        current(place / "2025-01", []).loaded()


def test_a_folder_without_bundles_is_refused(tmp_path):
    with pytest.raises(NoBundle, match=r"Received: 0 subfolders with checksums\.json"):
        current(tmp_path, []).loaded()


def test_a_bundle_in_a_bucket_is_taken_up_once_all_of_it_is_there(bundles, bucket):
    def upload(name, *paths):
        for path in paths:
            blob = f"bundles/{name}/{path.relative_to(bundles / name).as_posix()}"
            bucket.blob(blob).upload_from_filename(str(path))

    def files_of(name):
        found = sorted(filter(Path.is_file, (bundles / name).rglob("*")))
        return [path for path in found if path.name != "labels.tsv"]

    upload("2025-01", *files_of("2025-01"), bundles / "2025-01" / "labels.tsv")
    told = []
    bundle = current(f"gs://{bucket.name}/bundles", told)
    first = bundle.loaded()
    assert name_of(first) == "2025-01"
    upload("2025-02", *files_of("2025-02"))
    assert bundle.loaded() is first
    assert len(told) == 1
    upload("2025-02", bundles / "2025-02" / "labels.tsv")
    assert name_of(bundle.loaded()) == "2025-02"
