"""What two runs have in common, and what cannot be compared."""

import re
from dataclasses import replace

import numpy as np
import pytest
from measured_runs import FOOD, LABELS, PETS, TRAVEL, make_run, thresholds_at

from vidcat.taxonomy.labels import LabelSet
from vidcat.training.comparing.pairing import IncomparableRuns, pair_runs
from vidcat.training.measuring.measured_run import VideoFacts

VIDEOS = 12


def facts(*names, **fields):
    return tuple(VideoFacts(id=name, **fields) for name in names)


def names(count=VIDEOS, start=0):
    return [f"v{number}" for number in range(start, start + count)]


def run_of(ids, *, truth=1, score=0.9, **fields):
    shape = (len(ids), len(LABELS))
    return make_run(
        np.full(shape, truth),
        np.full(shape, score),
        videos=facts(*ids),
        **fields,
    )


def test_videos_are_paired_by_id_whatever_their_order():
    truth = np.eye(3, dtype=np.int8)[np.arange(VIDEOS) % 3]
    scores = np.linspace(0, 1, VIDEOS * 3).reshape(VIDEOS, 3)
    old = make_run(truth, scores, videos=facts(*names()))
    new = make_run(truth[::-1], scores[::-1], videos=facts(*names()[::-1]))
    runs = pair_runs(old, new)
    np.testing.assert_array_equal(runs.old.probabilities, runs.new.probabilities)
    np.testing.assert_array_equal(runs.old.chosen, runs.new.chosen)
    np.testing.assert_array_equal(runs.y_true, truth[::-1])


def test_what_only_one_run_has_is_counted_and_left_out():
    old = run_of(names(15), failed=facts("x"))
    new = run_of(names(12, start=3), failed=facts("y", "z"))
    counts = pair_runs(old, new).counts
    assert (counts.videos, counts.only_old_videos, counts.only_new_videos) == (12, 4, 2)


def test_a_video_that_failed_in_one_run_is_not_covered_there():
    # v0 failed in the old run, v1 in both: of v0 the new run knows the truth.
    old = run_of(names(10, start=2), failed=facts("v0", "v1"))
    new = run_of(["v0", *names(10, start=2)], failed=facts("v1"))
    runs = pair_runs(old, new)
    assert runs.counts.videos == 12
    assert (runs.counts.old_failed, runs.counts.new_failed) == (2, 1)
    assert runs.old.chosen.any(axis=1).sum() == 10
    assert runs.new.chosen.any(axis=1).sum() == 11
    np.testing.assert_array_equal(runs.y_true[0], [1, 1, 1])
    np.testing.assert_array_equal(runs.y_true[-1], [-1, -1, -1])


def test_a_video_of_unknown_truth_is_passed_over():
    truth = np.ones((VIDEOS, 3))
    truth[4] = -1
    run = make_run(truth, np.full((VIDEOS, 3), 0.9))
    assert pair_runs(run, run).counts.videos == VIDEOS - 1


def test_runs_of_other_labels_are_compared_on_the_common_ones():
    other = LabelSet.default().select([FOOD, TRAVEL, "483"])
    scores = np.tile([0.1, 0.2, 0.3], (VIDEOS, 1))
    by_id = dict(zip(LABELS.ids, [0.1, 0.2, 0.3], strict=True)) | {"483": 0.9}
    old = make_run(np.zeros((VIDEOS, 3)), scores)
    new = make_run(
        np.zeros((VIDEOS, 3)),
        np.tile([by_id[one] for one in other.ids], (VIDEOS, 1)),
        label_set=other,
    )
    runs = pair_runs(old, new)
    assert set(runs.label_set.ids) == {FOOD, TRAVEL}
    assert runs.counts.only_old_labels == (PETS,)
    assert runs.counts.only_new_labels == ("483",)
    np.testing.assert_array_equal(runs.old.probabilities, runs.new.probabilities)
    # 483 was the only one that the new run chose.
    assert not runs.new.chosen.any()


def test_an_ancestor_that_is_no_label_is_compared_too():
    # Tennis alone is a label; Sports above it is said with a threshold of its own.
    tennis = LabelSet.default().select(["539"])
    truth = np.ones((VIDEOS, 1))
    scores = np.full((VIDEOS, 1), 0.6)
    both = {"visual": thresholds_at([0.9, 0.5], label_set=("539", "483"))}
    run = make_run(truth, scores, label_set=tennis, thresholds=both)
    runs = pair_runs(run, run)
    assert runs.category_ids == ("539", "483")
    np.testing.assert_array_equal(runs.new.chosen[0], [False, True])
    np.testing.assert_array_equal(runs.y_true[0], [1, 1])


def test_a_few_corrected_labels_are_taken_as_unknown():
    # 1 of 120 true labels differs: 0.8 %.
    truth = np.ones((40, 3))
    corrected = truth.copy()
    corrected[7, 1] = 0
    runs = pair_runs(make_run(truth, truth * 0.9), make_run(corrected, truth * 0.9))
    assert runs.counts.contradictions == 1
    assert runs.y_true[7, 1] == -1
    assert (runs.y_true == 1).sum() == 119


def test_what_one_run_knows_of_the_truth_counts_for_both():
    truth = np.ones((VIDEOS, 3))
    unsure = truth.copy()
    unsure[3, 2] = -1
    runs = pair_runs(make_run(unsure, truth * 0.9), make_run(truth, truth * 0.9))
    assert runs.counts.contradictions == 0
    assert runs.y_true[3, 2] == 1


OLD = run_of(names())


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (run_of(names(start=100)), "videos in common. Received: none of 12 old and 12"),
        (replace(OLD, truth="pseudo"), "`truth`. Received: 'gold' in the old run, 'ps"),
        (run_of(names(), truth=0), "36 pairs of video and label differ, 36 are true"),
        (
            make_run(
                np.ones((VIDEOS, 1)),
                np.ones((VIDEOS, 1)),
                label_set=LabelSet.default().select(["483"]),
            ),
            "labels in common. Received: none of 3 old and 1 new ones",
        ),
        (
            run_of(names(9)),
            "of 10 owners or more, .*Received: 9 videos of 9 owners",
        ),
    ],
)
def test_runs_of_other_things_are_refused(new, message):
    with pytest.raises(IncomparableRuns, match=message):
        pair_runs(OLD, new)


def test_owners_are_counted_not_their_videos():
    run = make_run(
        np.ones((30, 3)), np.ones((30, 3)), videos=facts(*names(30), owner="one")
    )
    with pytest.raises(IncomparableRuns, match=re.escape("30 videos of 1 owners")):
        pair_runs(run, run)


def test_runs_of_another_taxonomy_are_refused():
    older = LabelSet(taxonomy_version="3.0", ids=LABELS.ids, visual=LABELS.visual)
    with pytest.raises(
        IncomparableRuns, match=r"Received: '3\.1' in the old run, '3\.0'"
    ):
        pair_runs(OLD, replace(OLD, label_set=older))
