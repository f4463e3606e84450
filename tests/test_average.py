import numpy as np

from vidcat.models.average import FrameAverage

# Two videos of three frames, two features wide.
FRAMES = np.array(
    [[[1.0, 2.0], [3.0, 6.0], [5.0, 1.0]], [[4.0, 4.0], [9.0, 9.0], [9.0, 9.0]]],
    dtype="float32",
)


def test_averages_the_unmasked_frames():
    mask = np.array([[True, True, True], [True, False, False]])
    np.testing.assert_allclose(FrameAverage()(FRAMES, mask=mask), [[3, 3], [4, 4]])


def test_averages_all_frames_without_a_mask():
    expected = [[3, 3], [22 / 3, 22 / 3]]
    np.testing.assert_allclose(FrameAverage()(FRAMES), expected, rtol=1e-6)


def test_video_without_frames_gets_zeros():
    mask = np.array([[True, True, True], [False, False, False]])
    np.testing.assert_allclose(FrameAverage()(FRAMES, mask=mask)[1], [0, 0])
