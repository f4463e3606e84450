import math
from dataclasses import replace

import numpy as np
import pytest
from reported_runs import simulated_run

from vidcat.inference.decisions import Thresholds
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.evaluation import evaluate_run
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.measuring.operating_point import clopper_pearson
from vidcat.training.measuring.slices import slice_run

TENNIS, BOOKS, SPORTS = "539", "42", "483"
LABELS = LabelSet(taxonomy_version="3.1", ids=(TENNIS, BOOKS), visual=(True, False))


def run_of(facts, y_true, chosen, **fields):
    """A run by Tennis and Books; Sports, above Tennis, is said of nothing."""
    y_true = np.array(y_true, np.int8)
    said = np.array(chosen, bool)
    return MeasuredRun(
        name="by hand",
        truth="gold",
        target_precision=0.8,
        label_set=LABELS,
        videos=tuple(facts),
        y_true=y_true,
        probabilities=np.where(said, 0.9, 0.1).astype(np.float32),
        chosen=np.hstack([said, np.zeros((len(said), 1), bool)]),
        thresholds={
            "visual": Thresholds(
                values=(0.5, 0.5),
                confident=(True, True),
                target_precision=0.8,
                truth="gold",
            )
        },
        **fields,
    )


def of(sliced, by):
    (found,) = (one for one in sliced.kinds if one.by == by)
    return {one.name: one for one in found.slices}


@pytest.fixture
def by_hand():
    facts = [
        VideoFacts(id="a", owner="x", language="en", duration_seconds=59.9),
        VideoFacts(id="b", owner="x", language="en-GB", duration_seconds=60.0),
        VideoFacts(id="c", owner="y", language="fr", duration_seconds=600.0),
        VideoFacts(id="d", language="english", duration_seconds=600.1),
        VideoFacts(id="e", language="fr"),
    ]
    truth = [[1, 0], [1, 0], [0, 1], [-1, 0], [-1, -1]]
    chosen = [[1, 0], [1, 1], [0, 0], [1, 1], [1, 0]]
    failed = (VideoFacts(id="f", language="fr", duration_seconds=70.0),)
    return run_of(facts, truth, chosen, failed=failed)


def test_slices_are_counted_as_by_hand(by_hand):
    sliced = slice_run(by_hand)
    language = of(sliced, "language")
    # `e` has no truth; the failed `f` is French and not covered.
    assert {name: one.videos for name, one in language.items()} == {
        "en": 2,
        "fr": 2,
        "unknown": 1,
    }
    english = language["en"]
    # Tennis twice and right, Books once and wrong.
    assert (english.chosen, english.correct) == (3, 2)
    assert english.precision == pytest.approx(2 / 3)
    assert english.coverage == 1.0
    assert english.f1 == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))
    assert english.categories_per_video == pytest.approx(3 / 2)
    assert english.owners == 1
    assert language["fr"].coverage == 0.0
    assert math.isnan(language["fr"].precision)
    assert language["fr"].coverage_interval == clopper_pearson(0, 2)
    # Of `d`, Tennis is not known and Books is wrong; both were chosen.
    assert (language["unknown"].chosen, language["unknown"].correct) == (1, 0)
    assert language["unknown"].categories_per_video == 2.0


def test_durations_are_parted_at_one_and_ten_minutes(by_hand):
    durations = of(slice_run(by_hand), "duration")
    assert {name: one.videos for name, one in durations.items()} == {
        "under 1 minute": 1,
        "1 to 10 minutes": 3,
        "over 10 minutes": 1,
    }
    assert durations["1 to 10 minutes"].coverage == pytest.approx(1 / 3)


def test_categories_are_told_apart_by_eye(by_hand):
    kinds = of(slice_run(by_hand), "categories")
    # Tennis: of a, b right; of d unknown. Books: of b and d wrong.
    by_eye, not_by_eye = kinds["told by eye"], kinds["not told by eye"]
    assert (by_eye.chosen, by_eye.correct) == (2, 2)
    assert by_eye.coverage == pytest.approx(3 / 5)
    assert (not_by_eye.chosen, not_by_eye.correct) == (2, 0)
    assert not_by_eye.coverage == pytest.approx(2 / 5)
    assert by_eye.videos == not_by_eye.videos == 5


def test_the_whole_is_the_operating_point(by_hand):
    run = simulated_run()
    point = evaluate_run(run).operating_point
    for one in slice_run(run).kinds:
        if one.by == "categories":
            continue
        assert sum(part.videos for part in one.slices) == point.videos
        assert sum(part.chosen for part in one.slices) == point.chosen
        assert sum(part.correct for part in one.slices) == point.correct


def test_known_channels_stand_beside_new_ones(by_hand):
    known = replace(by_hand, failed=())
    channels = of(slice_run(by_hand, known), "channels")
    assert {name: one.videos for name, one in channels.items()} == {
        "new channels": 5,
        "known channels, later videos": 4,
    }
    assert "channels" not in [one.by for one in slice_run(by_hand).kinds]
    names = of(slice_run(by_hand, replace(known, truth="pseudo")), "channels")
    assert "known channels, later videos, against pseudo labels" in names


def test_a_catalog_that_says_nothing_has_one_slice_of_a_kind(by_hand):
    plain = tuple(VideoFacts(id=one.id) for one in by_hand.videos)
    sliced = slice_run(replace(by_hand, videos=plain, failed=()))
    for by in ("language", "upload category"):
        assert list(of(sliced, by)) == ["unknown"]
    assert of(sliced, "duration")["unknown"].videos == 4


def test_small_slices_are_marked():
    run = simulated_run(videos=200, failed=0)
    marks = {one.videos: one.small for one in of(slice_run(run), "language").values()}
    assert marks
    assert all(small == (videos < 30) for videos, small in marks.items())
    one = simulated_run(videos=1, failed=0)
    assert of(slice_run(one), "duration")["unknown"].small


def test_rare_values_are_put_together():
    run = simulated_run(videos=300, failed=0)
    facts = tuple(
        replace(one, upload_category=f"genre {min(at, 40)}" if at else None)
        for at, one in enumerate(run.videos)
    )
    names = list(of(slice_run(replace(run, videos=facts)), "upload category"))
    assert names[0] == "genre 40"
    # 40 values; the 14 commonest stand alone.
    assert names[-2:] == ["26 others", "unknown"]
    assert len(names) == 16
