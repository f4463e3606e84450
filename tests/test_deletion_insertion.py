import numpy as np
import pytest
from known_views import SumOfFrames

from vidcat.training.faithfulness.deletion_insertion import (
    STEPS,
    gathered,
    order_views,
    video_curves,
)


def test_views_lose_and_gain_the_best_tenths():
    order = np.array([3, 0, 4, 2, 1])
    deletion, insertion = order_views(order)
    assert deletion.shape == insertion.shape == (STEPS, 5)
    # 0, 0 (a half goes to the even side), 1, 2 (1.5), 2, 2 (2.5), 3, ... of five.
    assert insertion.sum(axis=1).tolist() == [0, 0, 1, 2, 2, 2, 3, 4, 4, 4, 5]
    assert insertion[2].tolist() == [False, False, False, True, False]
    assert insertion[6].tolist() == [True, False, False, True, True]
    assert (deletion == ~insertion).all()


def curves(values, labels=(0,)):
    network = SumOfFrames(values)
    return video_curves(
        network,
        # The sum itself, as if it were a probability.
        lambda logits: logits,
        list(labels),
        times_seconds=np.arange(float(len(values))),
        duration_seconds=None,
        methods=("windows", "attribution"),
        random=np.random.default_rng(0),
    )


def test_curves_of_a_sum_are_sums_of_the_best_frames():
    values = np.arange(1.0, 11.0)[:, None] / 55
    found = curves(values)
    # The best first: 10, 9, 8, ... of 55.
    inserted = np.cumsum([0, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) / 55
    np.testing.assert_allclose(found["attribution"][0, 1], inserted)
    np.testing.assert_allclose(found["attribution"][0, 0], 1 - inserted)
    assert found["windows"].shape == found["random"].shape == (1, 2, STEPS)


def test_the_area_of_the_best_frames_is_less_than_that_of_random_ones():
    values = np.zeros((40, 2))
    values[10:14, 0] = values[30:34, 1] = 0.25
    both = gathered([curves(values, (0, 1)), curves(values, (1,))], ["x", "y"])
    assert both.groups.tolist() == [0, 0, 1]
    # After a tenth, four frames of forty, all is gone: 0.1 * (1 + 0) / 2.
    assert both.by_method["attribution"].deletion_area == pytest.approx([0.05] * 3)
    assert both.by_method["attribution"].insertion_area == pytest.approx([0.95] * 3)
    # Random orders lose on average half.
    assert both.random.deletion_area.mean() == pytest.approx(0.5, abs=0.2)
    gain = both.gains()["attribution"]["deletion"]
    assert gain.mean == pytest.approx(both.random.deletion_area.mean() - 0.05)
    assert gain.low <= gain.mean <= gain.high


def test_the_document_has_no_gaps():
    document = gathered([curves(np.ones((5, 1)) / 5)], ["x"]).to_json()
    assert document["orders"].keys() == {"windows", "attribution", "random"}
    assert len(document["orders"]["random"]["deletion"]) == STEPS
    # Equal frames: no order is better than another.
    assert document["gain_over_random"]["windows"]["deletion"]["mean"] == 0.0
