import cv2
import numpy as np
import pytest
from test_webvtt import category, result
from video_files import grey_of_second, make_clock_video, make_colour_video

from vidcat.inference.export.evidence_files import write_evidence
from vidcat.inference.export.file_names import file_stem
from vidcat.inference.export.thumbnails import THUMBNAIL_PIXELS, thumbnails_at
from vidcat.inference.frames import VideoError
from vidcat.inference.sampling import Sampling


def picture(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def test_each_time_gets_the_frame_of_its_second(tmp_path):
    video = str(make_clock_video(tmp_path / "clock.mp4", 12))
    found = thumbnails_at(video, {3.0, 10.0}, Sampling())
    assert found.keys() == {3.0, 10.0}
    for second, jpeg in found.items():
        shown = picture(jpeg)
        assert shown.shape == (THUMBNAIL_PIXELS, THUMBNAIL_PIXELS, 3)
        assert shown.mean() == pytest.approx(grey_of_second(int(second)), abs=1.5)


def test_colours_are_not_swapped(tmp_path):
    video = str(make_colour_video(tmp_path / "red.mp4", [(250, 20, 20)], 2.0))
    blue, _, red = picture(thumbnails_at(video, [0.0], Sampling())[0.0])[5, 5]
    assert red > 200
    assert blue < 60


def test_a_broken_file_is_told(tmp_path):
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(b"no video at all")
    with pytest.raises(VideoError):
        thumbnails_at(str(torn), [0.0], Sampling())


def test_files_are_named_after_id_and_category(tmp_path):
    video = str(make_clock_video(tmp_path / "clock.mp4", 6))
    folder = tmp_path / "out"
    folder.mkdir()
    said = [category("Tennis", (2.0, 4.0, 1.0)), category("Beach", category_id="673")]
    for video_id in ("a/b", "a_b", "../up"):
        trouble = write_evidence(
            result(*said, video_id=video_id), folder, video, Sampling()
        )
        assert trouble is None
    assert {path.name for path in folder.iterdir()} == {
        f"{file_stem(video_id)}{suffix}"
        for video_id in ("a/b", "a_b", "../up")
        for suffix in (".vtt", "-539.jpg")
    }
    assert {path.name for path in tmp_path.iterdir()} == {"clock.mp4", "out"}
    shown = picture((folder / "a_b-539.jpg").read_bytes())
    assert shown.mean() == pytest.approx(grey_of_second(2), abs=1.5)


def test_a_file_that_is_gone_leaves_captions_and_a_reason(tmp_path):
    said = result(category("Tennis", (2.0, 4.0, 1.0)))
    trouble = write_evidence(said, tmp_path, str(tmp_path / "gone.mp4"), Sampling())
    assert "not_found" in trouble
    assert [path.name for path in tmp_path.iterdir()] == ["a.vtt"]
