import json
import math

import numpy as np
import pytest

from vidcat.inference.decisions import Thresholds
from vidcat.inference.merges.policy import MergePolicy, noisy_or
from vidcat.inference.merges.stacking import Stacker
from vidcat.taxonomy.labels import LabelSet

LABELS = LabelSet(taxonomy_version="3.1", ids=("483", "1"), visual=(True, False))


def at(*values, truth="gold"):
    return Thresholds(
        values=values,
        confident=(True, *(False for _ in values[1:])),
        target_precision=0.7,
        truth=truth,
    )


POLICIES = [
    MergePolicy(kind="union", label_set=LABELS, text=at(0.5, 0.5), visual=at(0.6, 0.6)),
    MergePolicy(
        kind="separate", label_set=LABELS, text=at(0.5, math.inf), visual=at(0.1, 0.2)
    ),
    MergePolicy(kind="noisy-or", label_set=LABELS, merged=at(0.7, 0.7)),
    MergePolicy(
        kind="stacked",
        label_set=LABELS,
        merged=at(0.7, 0.7, truth="audited"),
        stacker=Stacker(weights=(1.0, 2.0, 3.0, 4.0, 5.0), intercept=6.0),
    ),
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.kind)
def test_a_policy_comes_back_from_its_json(policy):
    text = json.dumps(policy.to_json(), allow_nan=False)
    again = MergePolicy.from_json(json.loads(text))
    assert again == policy
    assert again.content_hash == policy.content_hash


def test_every_fitted_value_counts_in_the_hash():
    other = MergePolicy(
        kind="union", label_set=LABELS, text=at(0.5, 0.5), visual=at(0.6, 0.61)
    )
    hashes = {policy.content_hash for policy in (*POLICIES, other)}
    assert len(hashes) == 5


def test_noisy_or_by_hand():
    text = np.array([[0.5, 0.5, math.nan, math.nan]])
    visual = np.array([[0.8, math.nan, 0.3, math.nan]])
    # 1 - 0.5 * 0.2; then one source alone; then none.
    np.testing.assert_allclose(noisy_or(text, visual), [[0.9, 0.5, 0.3, math.nan]])


def test_separate_thresholds_are_laid_out_by_the_labels_of_both():
    policy = MergePolicy.separate(
        at(0.4, 0.5, truth="pseudo"),
        LabelSet(taxonomy_version="3.1", ids=("1", "483"), visual=(True, True)),
        at(0.6, 0.7),
        LabelSet(taxonomy_version="3.1", ids=("539", "483"), visual=(True, True)),
    )
    assert policy.kind == "separate"
    assert policy.label_set.ids == ("1", "483", "539")
    assert policy.text.values == (0.4, 0.5, math.inf)
    assert policy.visual.values == (math.inf, 0.7, 0.6)
    assert (policy.text.truth, policy.visual.truth) == ("pseudo", "gold")


def test_a_policy_abstains_where_no_threshold_can_be_reached():
    never = at(math.inf, math.inf)
    assert MergePolicy(
        kind="union", label_set=LABELS, text=never, visual=never
    ).abstains
    assert not MergePolicy(
        kind="union", label_set=LABELS, text=never, visual=at(0.5, math.inf)
    ).abstains


def test_a_policy_has_the_values_of_its_kind():
    with pytest.raises(ValueError, match=r"'stacked' must have \['merged', 'stacker'"):
        MergePolicy(kind="stacked", label_set=LABELS, merged=at(0.5, 0.5))
    with pytest.raises(ValueError, match="Received: kind='both'"):
        MergePolicy(kind="both", label_set=LABELS, merged=at(0.5, 0.5))
    with pytest.raises(ValueError, match="`merged` must have one value for each of th"):
        MergePolicy(kind="noisy-or", label_set=LABELS, merged=at(0.5))
    with pytest.raises(ValueError, match="'union' has no common probability"):
        POLICIES[0].combine(np.zeros((1, 2)), np.zeros((1, 2)))
