from dataclasses import replace

import numpy as np
from test_slices import BOOKS, SPORTS, TENNIS

from vidcat.inference.decisions import Thresholds, sayable_ids
from vidcat.taxonomy.iab import load_iab
from vidcat.taxonomy.labels import LabelSet
from vidcat.training.measuring.confusions import confusions
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts

CAR = "1"
LABELS = LabelSet(
    taxonomy_version="3.1", ids=(SPORTS, TENNIS, BOOKS, CAR), visual=(True,) * 4
)


def run_of(true, said):
    """A run of videos with sets of true and of chosen categories."""
    ids = sayable_ids(LABELS, load_iab())
    assert ids == LABELS.ids
    rows = range(len(true))
    return MeasuredRun(
        name="by hand",
        truth="gold",
        target_precision=0.8,
        label_set=LABELS,
        videos=tuple(VideoFacts(id=f"v{row}") for row in rows),
        y_true=np.array([[one in true[row] for one in ids] for row in rows], np.int8),
        probabilities=np.zeros((len(true), len(ids)), np.float32),
        chosen=np.array([[one in said[row] for one in ids] for row in rows], bool),
        thresholds={
            "visual": Thresholds(
                values=(0.5,) * 4,
                confident=(True,) * 4,
                target_precision=0.8,
                truth="gold",
            )
        },
    )


def test_pairs_are_counted_as_by_hand():
    tennis = {SPORTS, TENNIS}
    run = run_of(
        true=[tennis, tennis, {BOOKS}, {BOOKS}, {CAR}, set(), {SPORTS}],
        said=[{BOOKS}, {BOOKS}, {BOOKS}, tennis, {CAR}, {CAR}, {TENNIS, SPORTS}],
    )
    found = [
        (one.chosen_id, one.true_id, one.videos, one.rate) for one in confusions(run)
    ]
    # Books was said three times, twice of Tennis: Sports above it does not count.
    # Tennis was said of a book; Sports above it does not count. Car was said of nothing
    # at all, and Tennis of another sport, which is above it.
    assert found == [(BOOKS, TENNIS, 2, 2 / 3), (TENNIS, BOOKS, 1, 1 / 2)]


def test_names_are_paths_and_the_commonest_come_first():
    run = run_of(
        true=[{BOOKS}, {CAR}, {CAR}], said=[{SPORTS, TENNIS}, {BOOKS}, {BOOKS}]
    )
    first, second = confusions(run)
    assert (first.chosen_name, first.true_name) == (
        "Books and Literature",
        "Automotive",
    )
    assert second.chosen_name == "Sports > Tennis"
    assert confusions(run, most=1) == (first,)


def test_what_is_not_known_is_not_confused():
    run = run_of(true=[{BOOKS}], said=[{CAR}])
    assert len(confusions(run)) == 1
    truth = run.y_true.copy()
    truth[0, LABELS.index(CAR)] = -1
    assert confusions(replace(run, y_true=truth)) == ()
