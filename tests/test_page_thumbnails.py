"""A thumbnail shows the moment that was asked for."""

import cv2
import numpy as np
import pytest
from video_files import BLUE, GREEN, RED, make_colour_video

from vidcat.inference.frames import VideoError
from vidcat.training.thumbnails import FRAME_PIXELS, thumbnail_within


def colour_of(jpeg):
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert picture.shape == (FRAME_PIXELS, FRAME_PIXELS, 3)
    return picture.mean(axis=(0, 1))


@pytest.mark.parametrize(
    # Every frame is a key frame; then the first one alone is, which lies outside.
    "between_key_frames",
    ["1", "100"],
)
@pytest.mark.parametrize(
    ("moment", "colour"),
    [((0.0, 1.0, 0.0), RED), ((1.0, 2.0, 1.2), GREEN), ((2.0, 3.0, 2.4), BLUE)],
)
def test_the_moment_is_shown(tmp_path, between_key_frames, moment, colour):
    path = make_colour_video(
        tmp_path / "a.mp4", [RED, GREEN, BLUE], options=("-g", between_key_frames)
    )
    jpeg = thumbnail_within(str(path), *moment)
    np.testing.assert_allclose(colour_of(jpeg), colour, atol=12)


def test_a_moment_past_the_end_shows_the_last_frame(tmp_path):
    path = make_colour_video(tmp_path / "a.mp4", [RED, GREEN], options=("-g", "1"))
    jpeg = thumbnail_within(str(path), 60.0, 63.0, 61.0)
    np.testing.assert_allclose(colour_of(jpeg), GREEN, atol=12)


def test_a_broken_video_is_an_error(tmp_path):
    (tmp_path / "torn.mp4").write_bytes(b"\x00" * 64)
    with pytest.raises(VideoError):
        thumbnail_within(str(tmp_path / "torn.mp4"), 0.0, 1.0, 0.5)
