import filecmp
import json
from collections import Counter

import numpy as np
import pytest

from vidcat.commands.demo_catalog.clips import make_demo_catalog
from vidcat.commands.demo_catalog.plan import CATEGORIES, make_owners, plan_rows
from vidcat.commands.demo_catalog.texts import LANGUAGES
from vidcat.inference.catalog import read_catalog
from vidcat.inference.frames import FrameSampler, VideoError
from vidcat.inference.video import Video
from vidcat.training.splits import assign_parts

GOOD, BROKEN, NEW = 4, 3, 10


@pytest.fixture(scope="module")
def small_catalog(tmp_path_factory):
    return make_demo_catalog(tmp_path_factory.mktemp("demo"), clips=GOOD)


def test_catalog_lists_good_and_broken_clips(small_catalog):
    videos = read_catalog(small_catalog)
    assert len(videos) == GOOD + BROKEN
    assert all(video.truth == "gold" for video in videos)
    assert len({video.owner for video in videos}) > 1
    folder = str(small_catalog.parent / "clips")
    assert all(video.path.startswith(folder) for video in videos)


def test_clips_last_as_long_as_the_catalog_says(small_catalog):
    sampler = FrameSampler(size=32)
    videos = read_catalog(small_catalog)[:GOOD]
    for video in videos:
        with sampler.sample(video.path) as stream:
            frames = list(stream)
        assert 3 <= video.duration_seconds <= 4.5
        assert stream.facts.duration_seconds == pytest.approx(
            video.duration_seconds, abs=0.01
        )
        assert (stream.facts.width, stream.facts.height) == (320, 180)
        assert len(frames) == np.ceil(video.duration_seconds)


def test_broken_files_have_no_frames(small_catalog):
    broken = read_catalog(small_catalog)[GOOD:]
    assert [video.id for video in broken] == [
        "broken-text",
        "broken-empty",
        "broken-torn",
    ]
    for video in broken:
        with pytest.raises(VideoError), FrameSampler().sample(video.path) as stream:
            next(stream)


def test_new_clips_are_of_owners_unknown_to_the_catalog(small_catalog):
    new = read_catalog(small_catalog.parent / "new_clips" / "catalog.jsonl")
    assert len(new) == NEW
    owners = {video.owner for video in read_catalog(small_catalog)}
    assert owners.isdisjoint(video.owner for video in new)
    with FrameSampler(size=32).sample(new[0].path) as stream:
        assert len(list(stream)) >= 3


def test_same_seed_same_bytes(small_catalog, tmp_path):
    calls = []
    again = make_demo_catalog(
        tmp_path,
        clips=GOOD,
        workers=3,
        on_clip=lambda done, total: calls.append((done, total)),
    )
    names = [p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()]
    assert len(names) == GOOD + BROKEN + NEW + 2
    same, *_ = filecmp.cmpfiles(small_catalog.parent, tmp_path, names, shallow=False)
    assert len(same) == len(names)
    assert calls == [(done, GOOD + NEW) for done in range(1, GOOD + NEW + 1)]
    assert again == tmp_path / "catalog.jsonl"


def test_other_seed_other_catalog(small_catalog, tmp_path):
    other = make_demo_catalog(tmp_path, clips=GOOD, seed=1)
    first, second = (
        {row["uploaded_at"] for row in map(json.loads, path.open(encoding="utf-8"))}
        for path in (small_catalog, other)
    )
    assert first.isdisjoint(second)


@pytest.mark.parametrize(("clips", "workers"), [(0, 2), (3, 0)])
def test_counts_must_be_positive(tmp_path, clips, workers):
    with pytest.raises(
        ValueError, match=rf"Received: clips={clips}, workers={workers}$"
    ):
        make_demo_catalog(tmp_path, clips=clips, workers=workers)


def as_videos(rows):
    return [
        Video(
            id=str(number),
            path=None,
            owner=row["owner"],
            uploaded_at=None,
            labels=tuple(row["labels"]),
        )
        for number, row in enumerate(rows)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_every_part_of_the_split_has_nearly_every_category(seed):
    rng = np.random.default_rng(seed)
    videos = as_videos(plan_rows(rng, make_owners(rng, 72), 240))
    parts = assign_parts(videos)
    shown = Counter(
        (parts[video.id], label) for video in videos for label in set(video.labels)
    )
    for part in ("train", "validation", "calibration", "test"):
        assert sum(shown[part, label] > 0 for label in CATEGORIES) >= 9
    assert all(shown["train", label] >= 5 for label in CATEGORIES)


def test_seven_owners_fill_every_part():
    rng = np.random.default_rng(0)
    videos = as_videos(plan_rows(rng, make_owners(rng, 7), 24))
    assert set(assign_parts(videos).values()) >= {
        "train",
        "validation",
        "calibration",
        "test",
    }


def test_owners_have_habits():
    rng = np.random.default_rng(0)
    owners = make_owners(rng, 72)
    habits = {owner.name: set(owner.habits) for owner in owners}
    assert len(habits) == 72
    rows = plan_rows(rng, owners, 2000)
    labelled = [(row["owner"], label) for row in rows for label in row["labels"]]
    usual = sum(label in habits[owner] for owner, label in labelled) / len(labelled)
    assert 0.9 < usual < 1
    counts = Counter(len(row["labels"]) for row in rows)
    assert min(counts[0], counts[1], counts[2]) > 100
    assert {row["language"] for row in rows} == {*LANGUAGES, None}
    days = sorted(row["uploaded_at"][:10] for row in rows)
    assert days[0] < "2024-02-01"
    assert days[-1] > "2025-12-01"
