"""One decider for a single video and for many, for all labels and for some."""

import numpy as np
import pytest
from both_sources import CAR, SPORTS, TENNIS, TEXT_LABELS, VISUAL_LABELS, thresholds

from vidcat.inference.merges.decider import Decider, stacked
from vidcat.inference.merges.policy import MergePolicy
from vidcat.inference.merges.sources import merged_label_set
from vidcat.inference.merges.stacking import Stacker
from vidcat.taxonomy.labels import LabelSet

LABELS = LabelSet.default()
MERGED = merged_label_set(TEXT_LABELS, VISUAL_LABELS)


def policies():
    rng = np.random.default_rng(5)
    values = thresholds(len(LABELS), 0.6)
    stacker = Stacker(weights=tuple(rng.normal(size=5)), intercept=0.3)
    yield MergePolicy(kind="union", label_set=LABELS, text=values, visual=values)
    yield MergePolicy(kind="noisy-or", label_set=LABELS, merged=values)
    yield MergePolicy(kind="stacked", label_set=LABELS, merged=values, stacker=stacker)


@pytest.mark.parametrize("policy", [*policies()], ids=lambda policy: policy.kind)
def test_a_video_is_decided_alone_as_among_others_to_the_bit(policy):
    decider = Decider(text=LABELS, visual=LABELS, labels=LABELS, policy=policy)
    rng = np.random.default_rng(0)
    text, visual = (
        rng.beta(0.4, 3.0, (150, len(LABELS))).astype(np.float32) for _ in range(2)
    )
    rows = [
        [None if rng.random() < 0.2 else row for row in said] for said in (text, visual)
    ]
    among = decider.decide(*rows)
    alone = [
        decider.decide([one], [other])[0] for one, other in zip(*rows, strict=True)
    ]
    assert among == alone
    assert sum(map(len, among)) > 150
    matrix = decider.matrix(*(stacked(said, len(LABELS)) for said in rows))
    for at in (0, 77, 149):
        (one,) = decider.matrix(
            *(stacked(said[at : at + 1], len(LABELS)) for said in rows)
        ).decisions.score
        np.testing.assert_array_equal(one, matrix.decisions.score[at])


def test_labels_that_cannot_be_chosen_are_not_looked_at():
    some = MERGED.select([TENNIS])
    values = thresholds(1, 0.5)
    decider = Decider(
        text=TEXT_LABELS,
        visual=VISUAL_LABELS,
        labels=some,
        policy=MergePolicy(kind="union", label_set=some, text=values, visual=values),
    )
    # By text Car and Books, by frames Tennis and Car.
    said = decider.decide([np.array([0.9, 0.9])], [np.array([0.7, 0.9])])
    assert [[(one.category_id, one.sources) for one in video] for video in said] == [
        [(TENNIS, ("visual",)), (SPORTS, ("visual",))]
    ]


def test_one_source_is_named_and_silence_says_nothing():
    decider = Decider(
        text=TEXT_LABELS, visual=None, labels=TEXT_LABELS, policy=thresholds(2, 0.0)
    )
    spoken, silent = decider.decide([np.array([0.9, 0.1]), None], ())
    assert [one.category_id for one in spoken] == [CAR, "42"]
    assert {one.sources for one in spoken} == {("text",)}
    assert silent == []


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="MergePolicy must come with the labels of 2"):
        Decider(text=LABELS, visual=None, labels=LABELS, policy=next(iter(policies())))
    alone = Decider(
        text=None, visual=VISUAL_LABELS, labels=VISUAL_LABELS, policy=thresholds(2)
    )
    with pytest.raises(ValueError, match=r"`visual` must have the shape \(videos, 2\)"):
        alone.matrix(None, np.zeros((4, 3)))
    with pytest.raises(ValueError, match="of shape None"):
        alone.matrix(np.zeros((4, 2)), None)
