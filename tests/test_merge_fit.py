import pytest

from vidcat.training.merges.fit import NoTruthToMerge, merge_kind, require_same_split
from vidcat.training.splits import SplitError


def test_the_best_merge_that_the_truth_allows_is_taken():
    assert merge_kind(None, "gold") == merge_kind(None, "audited") == "union"
    assert merge_kind("stacked", "gold") == "stacked"
    # Against its own labels text would always be right.
    assert merge_kind(None, "pseudo") == merge_kind("separate", "pseudo") == "separate"


@pytest.mark.parametrize("kind", ["union", "noisy-or", "stacked"])
def test_a_merge_is_not_fitted_against_labels_that_text_made(kind):
    with pytest.raises(NoTruthToMerge, match=rf"'{kind}' must be.*--merge separate"):
        merge_kind(kind, "pseudo")


def test_one_split_serves_both_models():
    parts = {"a": "train", "b": "calibration", "c": "test", "d": "later"}
    require_same_split(parts, parts)
    # Rows that only one of them has, and parts that nothing is measured on.
    require_same_split({"z": "train", "b": "calibration"}, parts)
    require_same_split({"a": "validation", "d": "train"}, parts)


@pytest.mark.parametrize("name", ["b", "c"])
def test_text_that_learned_from_what_is_held_out_is_refused(name):
    parts = {"a": "train", "b": "calibration", "c": "test"}
    with pytest.raises(SplitError) as caught:
        require_same_split({**parts, name: "train"}, parts)
    assert (
        f"1 videos are in other parts of the split for the text model than here "
        f"({name!r}: train there, {parts[name]} here)" in str(caught.value)
    )
    with pytest.raises(SplitError, match="'a': test there, train here"):
        require_same_split({**parts, "a": "test"}, parts)
