import itertools

import numpy as np
import pytest

from vidcat.training.deciding.dependence import Dependence, fit_dependence

ASSUMED = 0.1
ASSUMED_PAIRS = 20 / 4


def by_pairs(probabilities, labels, groups):
    """The definition as loops: products of pairs, and the most they could be."""
    found = most = 0.0
    for one, other in itertools.combinations(range(len(groups)), 2):
        if groups[one] != groups[other] or labels[one] < 0 or labels[other] < 0:
            continue
        p, q = probabilities[one], probabilities[other]
        if min(p, q) < 0.3:
            continue
        found += (labels[one] - p) * (labels[other] - q)
        most += (p * (1 - p) * q * (1 - q)) ** 0.5
    return (found + ASSUMED * ASSUMED_PAIRS) / (most + ASSUMED_PAIRS)


def test_the_correlation_is_that_of_pairs_of_one_owner():
    rng = np.random.default_rng(1)
    probabilities = rng.uniform(0.1, 0.95, (300, 1))
    labels = rng.integers(-1, 2, (300, 1)).astype(np.int8)
    groups = rng.integers(0, 40, 300)
    labels[:, 0] = np.where(groups % 3 == 0, labels.max(initial=1), labels[:, 0])
    expected = by_pairs(probabilities[:, 0], labels[:, 0], groups)
    assert 0 < expected < 1
    found = fit_dependence(probabilities, labels, groups)
    assert found.same_category[0] == pytest.approx(expected)
    assert found.any_category == pytest.approx(expected)


@pytest.mark.parametrize("correlation", [0.0, 0.2, 0.5])
def test_a_known_correlation_is_found(correlation):
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(600), 10)
    own = np.full(600, 0.8)
    if correlation:
        spread = 1 / correlation - 1
        own = rng.beta(0.8 * spread, 0.2 * spread, 600)
    labels = (rng.random(6000) < own[groups]).astype(np.int8)[:, None]
    found = fit_dependence(np.full((6000, 1), 0.8), labels, groups)
    assert found.same_category[0] == pytest.approx(correlation, abs=0.05)


def test_without_pairs_something_is_assumed():
    found = fit_dependence(np.full((9, 2), 0.8), np.ones((9, 2), np.int8), np.arange(9))
    assert found.same_category == (ASSUMED, ASSUMED)
    assert Dependence.assumed(2).same_category == (ASSUMED, ASSUMED)
    # Two categories of one video are a pair for what they share alone.
    assert found.any_category > ASSUMED


def test_no_category_is_taken_for_more_independent_than_all_are():
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(200), 10)
    shared = rng.random(200) < 0.7
    labels = np.stack([shared[groups], rng.random(2000) < 0.7], axis=1).astype(np.int8)
    first, second = fit_dependence(
        np.full((2000, 2), 0.7), labels, groups
    ).same_category
    assert first > 0.9
    assert second > 0.4
