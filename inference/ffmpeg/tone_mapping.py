"""High dynamic range pictures (PQ, HLG) as ordinary ones.

An encoder trained on ordinary pictures sees HDR code values as a grey haze.
What is done is ITU's: PQ and HLG signals become light (BT.2100-2, tables 4 and
5), light is rolled off to what an ordinary screen shows (the EETF of BT.2390,
reference white of BT.2408), BT.2020 primaries become BT.709 ones (BT.2407,
section 2), and light becomes an ordinary signal (BT.1886).
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

HDR_TRANSFERS = ("smpte2084", "arib-std-b67")
"""ffmpeg's names of PQ and HLG."""

MASTERING_PEAK_NITS = 1000.0
"""Brightest light taken as present; the usual peak of graded material, and the
nominal one of HLG."""

REFERENCE_WHITE_NITS = 203.0
"""What becomes ordinary white (BT.2408)."""

_PQ_M1, _PQ_M2 = 2610 / 16384, 2523 / 4096 * 128
_PQ_C1, _PQ_C2, _PQ_C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_PQ_PEAK_NITS = 10000.0
_HLG_A = 0.17883277
_HLG_B = 1 - 4 * _HLG_A
_HLG_C = 0.5 - _HLG_A * float(np.log(4 * _HLG_A))
_HLG_GAMMA = 1.2
_BT2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], "float32")
_BT2020_TO_BT709 = np.array(
    [
        [1.6605, -0.5876, -0.0728],
        [-0.1246, 1.1329, -0.0083],
        [-0.0182, -0.1006, 1.1187],
    ],
    "float32",
)
_SCREEN_GAMMA = 2.4
# Steps of the square root of light: as fine as 8 bits need at the dark end.
_SIGNAL_STEPS = 4096


def pq_to_nits(signal: npt.ArrayLike) -> Floats:
    """Light, in cd/m², of PQ signals in `[0, 1]` (BT.2100-2, table 4)."""
    root = np.asarray(signal, "float64") ** (1 / _PQ_M2)
    linear = np.maximum(root - _PQ_C1, 0) / (_PQ_C2 - _PQ_C3 * root)
    return np.asarray(_PQ_PEAK_NITS * linear ** (1 / _PQ_M1), "float32")


def nits_to_pq(nits: npt.ArrayLike) -> Floats:
    """PQ signals of light in cd/m²; the inverse of `pq_to_nits`."""
    root = (np.asarray(nits, "float64") / _PQ_PEAK_NITS) ** _PQ_M1
    signal = ((_PQ_C1 + _PQ_C2 * root) / (1 + _PQ_C3 * root)) ** _PQ_M2
    return np.asarray(signal, "float32")


def hlg_to_scene(signal: npt.ArrayLike) -> Floats:
    """Scene light in `[0, 1]` of HLG signals (BT.2100-2, table 5)."""
    wave = np.asarray(signal, "float64")
    bright = (np.exp((wave - _HLG_C) / _HLG_A) + _HLG_B) / 12
    return np.asarray(np.where(wave <= 0.5, wave**2 / 3, bright), "float32")


def roll_off(nits: npt.ArrayLike) -> Floats:
    """Light as a share of ordinary white, in `[0, 1]` (EETF of BT.2390).

    Below a knee light stays as it is; above it a Hermite spline, in PQ, leads
    up to white at `MASTERING_PEAK_NITS`.
    """
    source_peak = float(nits_to_pq(MASTERING_PEAK_NITS))
    target_peak = float(nits_to_pq(REFERENCE_WHITE_NITS)) / source_peak
    knee = 1.5 * target_peak - 0.5
    signal = np.minimum(nits_to_pq(nits) / source_peak, 1)
    t = np.maximum(signal - knee, 0) / (1 - knee)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * target_peak
    )
    rolled = pq_to_nits(np.where(signal < knee, signal, spline) * source_peak)
    return np.asarray(np.clip(rolled / REFERENCE_WHITE_NITS, 0, 1), "float32")


@lru_cache(maxsize=1)
def _pq_table() -> Floats:
    return roll_off(pq_to_nits(np.arange(256) / 255))


@lru_cache(maxsize=1)
def _hlg_table() -> Floats:
    return hlg_to_scene(np.arange(256) / 255)


@lru_cache(maxsize=1)
def _roll_off_table() -> Floats:
    # Indexed by the square root of light, up to the peak.
    roots = np.arange(_SIGNAL_STEPS) / (_SIGNAL_STEPS - 1)
    return roll_off(roots**2 * MASTERING_PEAK_NITS)


@lru_cache(maxsize=1)
def _screen_table() -> npt.NDArray[np.uint8]:
    roots = np.arange(_SIGNAL_STEPS) / (_SIGNAL_STEPS - 1)
    return np.rint(255 * roots ** (2 / _SCREEN_GAMMA)).astype("uint8")


def _root_index(light: Floats) -> npt.NDArray[np.uint16]:
    steps = np.sqrt(np.clip(light, 0, 1)) * np.float32(_SIGNAL_STEPS - 1)
    return np.rint(steps).astype("uint16")


def tone_map(
    pixels: npt.NDArray[np.uint8], *, transfer: str, primaries: str | None
) -> npt.NDArray[np.uint8]:
    """An HDR picture as an ordinary one.

    Args:
        pixels: RGB code values of full range, of shape `(..., 3)`.
        transfer: One of `HDR_TRANSFERS`.
        primaries: ffmpeg's name; `bt2020`, or `None` for undeclared, is
            converted to BT.709, others are left as they are.

    Returns:
        BT.709 RGB of the same shape, for a screen after BT.1886.

    Raises:
        ValueError: If `transfer` is not one of `HDR_TRANSFERS`.
    """
    if transfer not in HDR_TRANSFERS:
        raise ValueError(
            f"`transfer` must be one of {list(HDR_TRANSFERS)}. "
            f"Received: transfer={transfer!r}"
        )
    if transfer == "smpte2084":
        light = _pq_table()[pixels]
    else:
        scene = _hlg_table()[pixels]
        luminance = (scene @ _BT2020_LUMINANCE)[..., None]
        # The nominal peak of 1000 cd/m² is 1 here; the eye's gamma (BT.2100-2,
        # table 5, "OOTF") acts on luminance, so that hues stay.
        display = scene * luminance ** np.float32(_HLG_GAMMA - 1)
        light = _roll_off_table()[_root_index(display)]
    if primaries in ("bt2020", None):
        light = light @ _BT2020_TO_BT709.T
    return _screen_table()[_root_index(light)]
