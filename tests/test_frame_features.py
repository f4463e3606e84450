import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vidcat.inference.feature_store.frame_features import (
    FrameFeatures,
    dequantise,
    quantise,
)

INSIDE = st.floats(-2, 2, width=32)
BOUND = 2 / 255 + 4 / 512


@given(arrays(np.float32, st.integers(0, 40), elements=INSIDE))
def test_error_inside_the_range_is_bounded(values):
    restored = dequantise(quantise(values))
    assert restored.dtype == np.float32
    assert restored.shape == values.shape
    # Of float32 itself, near 2, at most 2 ** -23.
    assert (np.abs(values.astype(np.float64) - restored) <= BOUND + 2**-22).all()


@given(arrays(np.uint8, st.integers(0, 40)))
def test_bytes_survive_a_round_trip(stored):
    np.testing.assert_array_equal(quantise(dequantise(stored)), stored)


def test_bytes_are_those_of_the_formula():
    values = np.array([-5.0, -2.0, -1.99, -0.5, 0.0, 0.01, 1.0, 1.9999, 2.0, 7.0])
    expected = [round((min(max(x, -2), 2) + 2) * 255 / 4) for x in values]
    assert quantise(values).tolist() == expected
    # Rounded, not cut off: these are 1.4 and 1.6 steps above -2.
    between = np.array([1.4, 1.6]) * 4 / 255 - 2
    assert quantise(between).tolist() == [1, 2]


def test_values_are_those_of_the_formula():
    stored = np.arange(256, dtype=np.uint8)
    expected = [byte * 4 / 255 + 4 / 512 - 2 for byte in range(256)]
    np.testing.assert_allclose(dequantise(stored), expected, rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="`values` must be finite"):
        quantise(np.array([0.0, value]))


def test_bytes_and_floats_both_give_numbers():
    times = np.zeros(1, np.float32)
    stored = FrameFeatures(
        id="v", values=np.array([[0, 255]], np.uint8), times_seconds=times
    )
    plain = FrameFeatures(
        id="v", values=np.array([[0.1, 9.0]], np.float32), times_seconds=times
    )
    np.testing.assert_allclose(stored.frames(), [[-1.9921875, 2.0078125]])
    np.testing.assert_allclose(plain.frames(), [[0.1, 9.0]])
    assert len(stored) == len(plain) == 1


def test_every_frame_needs_its_time():
    with pytest.raises(ValueError, match=r"\(3,\) for 2 frames"):
        FrameFeatures(
            id="v",
            values=np.zeros((2, 4), np.uint8),
            times_seconds=np.zeros(3, np.float32),
        )
