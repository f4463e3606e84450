import dataclasses

import numpy as np
import pytest

from vidcat.inference.calibration_scores import CalibrationScores
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.tree import UnknownCategory

LABELS = LabelSet(
    taxonomy_version="3.0", ids=("483", "1", "539"), visual=(True, False, True)
)


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    text = rng.random((5, 3)).astype(np.float32)
    text[2] = np.nan
    return CalibrationScores(
        label_set=LABELS,
        text=text,
        visual=rng.random((5, 3)).astype(np.float32),
        labels=rng.integers(-1, 2, (5, 3)).astype(np.int8),
        groups=np.array([0, 0, 1, 2, 1], np.int32),
        second_half=np.array([True, True, False, True, False]),
    )


def assert_same(one, other):
    for field in dataclasses.fields(CalibrationScores):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name == "label_set":
            assert mine == theirs
        else:
            assert mine.dtype == theirs.dtype
            np.testing.assert_array_equal(mine, theirs)


def test_what_was_kept_is_read_again(scores, tmp_path):
    scores.save(tmp_path / "scores.npz")
    assert_same(CalibrationScores.load(tmp_path / "scores.npz"), scores)
    with np.load(tmp_path / "scores.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays)


def test_fewer_labels_keep_their_own_columns(scores):
    some = scores.select(LABELS.select(("483", "539")))
    np.testing.assert_array_equal(some.visual, scores.visual[:, [0, 2]])
    np.testing.assert_array_equal(some.labels, scores.labels[:, [0, 2]])
    assert some.label_set.visual == (True, True)
    with pytest.raises(UnknownCategory, match="42"):
        scores.select(LabelSet(taxonomy_version="3.0", ids=("42",), visual=(True,)))


@pytest.mark.parametrize("field", ["text", "visual", "labels"])
def test_a_column_too_few_is_refused(scores, field):
    short = {field: getattr(scores, field)[:, :2]}
    with pytest.raises(ValueError, match=rf"`{field}` must have the shape \(5, 3\)"):
        dataclasses.replace(scores, **short)
