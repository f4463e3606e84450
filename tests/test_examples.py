import base64
from dataclasses import replace

import cv2
import numpy as np
import pytest
from reported_runs import simulated_run
from video_files import RED, make_colour_video

from vidcat.training.measuring.measured_run import VideoFacts
from vidcat.training.reporting.examples import pick_examples, with_pictures


def test_examples_are_what_the_run_chose_rightly_and_wrongly():
    run = simulated_run(signal=1.0)
    examples = pick_examples(run, 8, seed=1)
    assert [one.right for one in examples] == [True] * 8 + [False] * 8
    row_of = {one.id: row for row, one in enumerate(run.videos)}
    for one in examples:
        row = row_of[one.video.id]
        column = run.category_ids.index(one.category_id)
        assert run.chosen[row, column]
        assert run.sayable_truth[row, column] == int(one.right)
        if column < len(run.label_set):
            assert one.score >= run.probabilities[row, column]


def test_categories_take_turns():
    run = simulated_run(signal=1.0, videos=600)
    wrong = run.chosen & (run.sayable_truth == 0)
    categories = int(wrong.any(axis=0).sum())
    assert categories > 4
    examples = [one for one in pick_examples(run, categories) if not one.right]
    assert len({one.category_id for one in examples}) == categories
    assert len({one.video.id for one in examples}) == categories


def test_the_same_seed_draws_the_same():
    run = simulated_run(signal=1.0)
    assert pick_examples(run, 5, seed=3) == pick_examples(run, 5, seed=3)
    assert pick_examples(run, 5, seed=3) != pick_examples(run, 5, seed=4)


def test_none_is_shown_where_none_is_asked_for_or_there_is_none():
    assert pick_examples(simulated_run(), 0) == ()
    assert pick_examples(simulated_run(threshold=2.0), 5) == ()


def test_pictures_are_frames_of_the_video(tmp_path):
    path = tmp_path / "clip.mp4"
    make_colour_video(path, [RED])
    example = example_of(str(path))
    (shown,) = with_pictures((example,))
    assert shown.without_pictures is None
    picture = np.frombuffer(base64.b64decode(shown.pictures[0]), np.uint8)
    pixels = cv2.imdecode(picture, cv2.IMREAD_COLOR)[..., ::-1]
    assert pixels.shape == (160, 160, 3)
    np.testing.assert_allclose(pixels.mean(axis=(0, 1)), RED, atol=12)


@pytest.mark.parametrize(
    ("path", "reason"),
    [(None, "names no file"), ("missing.mp4", "No frame can be shown")],
)
def test_a_video_that_cannot_be_shown_says_why(tmp_path, path, reason):
    given = None if path is None else str(tmp_path / path)
    (shown,) = with_pictures((example_of(given),))
    assert shown.pictures == ()
    assert reason in shown.without_pictures


def test_a_file_that_is_no_video_says_so(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("#EXTM3U\n/etc/passwd\n")
    (shown,) = with_pictures((example_of(str(path)),))
    assert shown.pictures == ()
    assert shown.without_pictures.startswith("No frame can be shown")


def test_progress_is_told():
    told = []
    with_pictures((example_of(None),) * 3, told.append)
    assert told == [1, 2, 3]


def example_of(path):
    (example, *_) = pick_examples(simulated_run(), 1)
    return replace(example, video=VideoFacts(id="a", path=path))
