import math

import numpy as np
import pytest
from simulated_sources import simulated_sources

from vidcat.training.merges.search import best_pair

SILENT = math.nan


def union_by_loops(text, visual, labels, at_text, at_visual):
    """Chosen labels, covered videos and precision, counted one by one."""
    chosen = correct = known = covered = 0
    for row in range(len(labels)):
        if all(truth == -1 for truth in labels[row]):
            continue
        any_chosen = False
        for column in range(len(labels[row])):
            says = text[row][column] >= at_text or visual[row][column] >= at_visual
            if says:
                any_chosen = True
                chosen += 1
                known += labels[row][column] >= 0
                correct += labels[row][column] == 1
        covered += any_chosen
    return chosen, covered, correct / known if known else 0.0


def true_scores(said, labels):
    return sorted({*said[(labels == 1) & ~np.isnan(said)].tolist(), math.inf})


@pytest.mark.parametrize("target", [0.5, 0.8, 0.9])
@pytest.mark.parametrize("seed", range(4))
def test_the_pair_is_the_best_of_all_counted_one_by_one(seed, target):
    text, visual, labels = simulated_sources(25, 4, seed, rate=0.2)
    labels[np.random.default_rng(seed).random(labels.shape) < 0.1] = -1
    labels[3] = -1
    every = {
        (one, other): union_by_loops(text, visual, labels, one, other)
        for one in true_scores(text, labels)
        for other in true_scores(visual, labels)
    }
    reaching = {
        pair: figures for pair, figures in every.items() if figures[2] >= target
    }
    found = best_pair(text, visual, labels, target)
    assert len(every) > 50
    assert reaching
    assert found is not None
    assert every[found] == max(reaching.values())


def test_fewer_points_still_hold_the_target():
    text, visual, labels = simulated_sources(400, 10, 0)
    found = best_pair(text, visual, labels, 0.8, points=5)
    assert found is not None
    assert union_by_loops(text, visual, labels, *found)[2] >= 0.8


def test_nothing_is_found_where_the_target_is_out_of_reach():
    said, labels = np.array([[0.9, 0.5]]), np.array([[0, 1]], np.int8)
    assert best_pair(said, said, labels, 0.8) is None
    assert best_pair(said, said, np.array([[-1, -1]], np.int8), 0.1) is None
    assert best_pair(said, said, np.array([[0, 0]], np.int8), 0.1) is None


def test_a_source_that_is_never_right_is_not_listened_to():
    # Frames are surest where they are wrong; with them 2 of 4 would be right.
    text = np.array([[0.9, 0.1], [0.8, 0.1]])
    visual = np.array([[0.1, 0.9], [0.1, 0.8]])
    labels = np.array([[1, 0], [1, 0]], np.int8)
    assert best_pair(text, visual, labels, 0.8) == (0.8, math.inf)


def test_a_silent_source_leaves_the_other_alone():
    text = np.array([[0.9, 0.2], [0.6, 0.7]])
    silent = np.full((2, 2), SILENT)
    labels = np.array([[1, 0], [1, 0]], np.int8)
    # 0.9 is right; down to 0.6 two of three are.
    assert best_pair(text, silent, labels, 0.6) == (0.6, math.inf)
    assert best_pair(silent, text, labels, 0.7) == (math.inf, 0.9)


def test_more_categories_count_before_more_videos():
    text, visual = np.zeros((4, 7)), np.zeros((4, 7))
    labels = np.zeros((4, 7), np.int8)
    # Either is surest where it is wrong. Text says seven categories of one video, six
    # of them right; frames say six of four videos, five of them right.
    text[0] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    labels[0, :6] = 1
    visual[0, :3], visual[1:, 0] = [0.4, 0.5, 0.6], [0.7, 0.3, 0.9]
    labels[1:3, 0] = 1
    # Together 8 of 10 would be right, which is too little.
    assert union_by_loops(text, visual, labels, 0.3, 0.3)[:2] == (10, 4)
    assert best_pair(text, visual, labels, 0.82) == (0.3, math.inf)
