"""Known values of BT.2100 and BT.2408, and what pictures become."""

import numpy as np
import pytest

from vidcat.inference.ffmpeg.tone_mapping import (
    hlg_to_scene,
    nits_to_pq,
    pq_to_nits,
    roll_off,
    tone_map,
)

# 50 cd/m², below the knee, as 8 bits for a screen after BT.1886.
FIFTY_NITS = round(255 * (50 / 203) ** (1 / 2.4))


def picture_of(*codes):
    return np.tile(np.array(codes, "uint8"), (2, 3, 1))


# BT.2408-7, table 1 and annex: reference white 203 cd/m² is 58 % PQ; 100, 1000
# and 10000 cd/m² are 51, 75 and 100 %.
@pytest.mark.parametrize(
    ("nits", "signal"), [(0, 0), (100, 0.508), (203, 0.581), (1000, 0.752), (10000, 1)]
)
def test_pq_is_that_of_bt_2100(nits, signal):
    np.testing.assert_allclose(nits_to_pq(nits), signal, atol=5e-4)
    np.testing.assert_allclose(pq_to_nits(nits_to_pq(nits)), nits, rtol=1e-4, atol=1e-4)


def test_hlg_is_that_of_bt_2100():
    # Half signal is a twelfth of scene light, where the two curves meet.
    np.testing.assert_allclose(hlg_to_scene([0, 0.5, 1]), [0, 1 / 12, 1], atol=1e-6)
    np.testing.assert_allclose(hlg_to_scene(0.5 + 1e-9), 1 / 12, rtol=1e-5)
    # BT.2408: reference white is 75 % HLG on a screen of 1000 cd/m², gamma 1.2.
    np.testing.assert_allclose(1000 * hlg_to_scene(0.75) ** 1.2, 203, atol=0.5)


def test_dark_light_stays_bright_light_is_rolled_off():
    np.testing.assert_allclose(
        roll_off([0, 10, 50, 90]) * 203, [0, 10, 50, 90], rtol=1e-3
    )
    np.testing.assert_allclose(roll_off([1000, 4000]), 1, atol=1e-5)
    rolled = roll_off(np.arange(0, 1001))
    assert (np.diff(rolled) > -1e-6).all()
    assert rolled[203] < 0.85
    # No step where the spline takes over.
    assert np.diff(rolled).max() < 1.1 / 203


@pytest.mark.parametrize(
    ("transfer", "code"),
    [
        ("smpte2084", round(255 * 0.4403)),
        # Scene light (50 / 1000) ** (1 / 1.2) = 0.0824, and sqrt(3 · 0.0824).
        ("arib-std-b67", round(255 * 0.4972)),
    ],
)
def test_grey_keeps_its_light_and_its_hue(transfer, code):
    mapped = tone_map(picture_of(code, code, code), transfer=transfer, primaries=None)
    assert mapped.shape == (2, 3, 3)
    assert mapped.dtype == np.uint8
    np.testing.assert_allclose(mapped, FIFTY_NITS, atol=2)


def test_black_and_peak_are_black_and_white():
    for transfer in ("smpte2084", "arib-std-b67"):
        both = np.array([[0, 0, 0], [255, 255, 255]], "uint8")
        mapped = tone_map(both, transfer=transfer, primaries="bt2020")
        np.testing.assert_array_equal(mapped, both)


# BT.2087, table 1: the columns are BT.709 red, green, blue in BT.2020.
@pytest.mark.parametrize(
    ("colour", "in_bt2020"),
    [
        (0, [0.6274, 0.0691, 0.0164]),
        (1, [0.3293, 0.9195, 0.0880]),
        (2, [0.0433, 0.0114, 0.8956]),
    ],
)
def test_wide_primaries_become_ordinary_ones(colour, in_bt2020):
    codes = np.rint(255 * nits_to_pq(50 * np.array(in_bt2020)))
    mapped = tone_map(picture_of(*codes), transfer="smpte2084", primaries="bt2020")
    expected = np.zeros(3)
    expected[colour] = FIFTY_NITS
    # 8 bits of PQ tell light apart by some 4 %, so a little of the others is left.
    np.testing.assert_allclose(mapped[0, 0], expected, atol=30)
    np.testing.assert_allclose(mapped[0, 0, colour], FIFTY_NITS, atol=4)


def test_other_primaries_are_left_alone():
    codes = [round(255 * 0.4403), 0, 0]
    mapped = tone_map(picture_of(*codes), transfer="smpte2084", primaries="bt709")
    np.testing.assert_allclose(mapped[0, 0], [FIFTY_NITS, 0, 0], atol=2)


def test_ordinary_transfer_is_refused():
    with pytest.raises(ValueError, match=r"Received: transfer='bt709'$"):
        tone_map(picture_of(0, 0, 0), transfer="bt709", primaries=None)
