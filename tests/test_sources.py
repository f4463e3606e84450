import math

import numpy as np
import pytest

from vidcat.inference.decisions import Thresholds
from vidcat.inference.merges.sources import (
    LabelSetsDiffer,
    merged_label_set,
    spread,
    spread_thresholds,
)
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import UnknownCategory


def labels(*ids, visual=True, version="3.1"):
    return LabelSet(taxonomy_version=version, ids=ids, visual=(visual,) * len(ids))


def test_the_text_gives_the_order_and_the_frames_what_it_lacks():
    text = LabelSet(
        taxonomy_version="3.1", ids=("1", "483", "52"), visual=(True, True, False)
    )
    merged = merged_label_set(text, labels("539", "483", "1"))
    assert merged.ids == ("1", "483", "52", "539")
    assert merged.visual == (True, True, False, True)


def test_the_default_set_and_its_visual_part_make_the_default_set():
    every = LabelSet.default()
    assert merged_label_set(every, every.visual_only()) == every


def test_labels_of_two_taxonomies_cannot_be_merged():
    with pytest.raises(LabelSetsDiffer, match=r"Received: 3\.1 for text, 3\.0 for fr"):
        merged_label_set(labels("1"), labels("1", version="3.0"))


def test_what_a_source_cannot_say_is_not_a_number():
    merged = labels("1", "483", "539")
    laid_out = spread(
        np.array([[0.1, 0.2], [0.3, 0.4]]), [True, False], labels("539", "1"), merged
    )
    np.testing.assert_array_equal(laid_out, [[0.2, math.nan, 0.1], [math.nan] * 3])


def test_a_label_that_nobody_asked_for_is_refused():
    with pytest.raises(UnknownCategory, match="'1' is none of the 1 labels"):
        spread(np.zeros((1, 1)), [True], labels("1"), labels("483"))


def test_probabilities_must_be_those_of_the_source():
    with pytest.raises(ValueError, match=r"shape \(1, 2\).*Received: shape \(1, 3\)"):
        spread(np.zeros((1, 3)), [True], labels("1", "483"), labels("1", "483"))


def test_a_label_that_a_source_lacks_has_no_threshold():
    own = Thresholds(
        values=(0.3, 0.6), confident=(True, False), target_precision=0.7, truth="gold"
    )
    laid_out = spread_thresholds(own, labels("539", "1"), labels("1", "483", "539"))
    assert laid_out.values == (0.6, math.inf, 0.3)
    assert laid_out.confident == (False, False, True)
    assert (laid_out.target_precision, laid_out.truth) == (0.7, "gold")
