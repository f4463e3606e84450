"""Real clips are measured, each step apart."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from both_sources import make_bundle, make_categorizer, make_sampler, word_counter
from colour_encoder import ColourEncoder
from video_files import BLUE, RED, encode, make_colour_video

from vidcat.inference.backfill.planning.measuring import measure_sample
from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.video import Video


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return [
        str(make_colour_video(folder / "a.mp4", [RED, BLUE], 3.0)),
        str(make_colour_video(folder / "b.mp4", [BLUE], 5.0)),
    ]


@pytest.fixture(scope="module")
def categorizer():
    return make_categorizer(make_bundle(text=word_counter()))


def test_a_video_is_measured_as_it_is(clips, categorizer):
    row = Video(id="a", path=clips[0], title="My new car", language="en")
    (one,) = measure_sample([row], categorizer).videos
    assert (one.id, one.failure) == ("a", None)
    assert one.video_seconds == pytest.approx(6, abs=0.05)
    assert not one.duration_in_catalog
    assert one.frames == 6
    assert one.file_bytes == Path(clips[0]).stat().st_size
    line = categorizer.categorize(row).to_line()
    assert one.result_bytes == len(line.encode()) + 1


def test_a_duration_of_the_catalog_is_kept(clips, categorizer):
    row = Video(id="a", path=clips[1], duration_seconds=4.0)
    (one,) = measure_sample([row], categorizer).videos
    assert one.duration_in_catalog
    assert one.video_seconds == 4.0
    assert one.frames == 5


def test_the_processor_time_of_ffmpeg_is_counted(tmp_path, categorizer):
    # Noise of this size takes any processor longer than starting ffmpeg does.
    noise = np.random.default_rng(0).integers(0, 256, (40, 360, 640, 3), np.uint8)
    large = str(encode(tmp_path / "large.mp4", noise))
    small = str(encode(tmp_path / "small.mp4", noise[:, :16, :16].copy()))
    rows = [Video(id=path, path=path) for path in (small, large)]
    first, second = measure_sample(rows, categorizer).videos
    assert second.decode_cpu_seconds > 1.5 * first.decode_cpu_seconds
    before = os.times()
    began = time.perf_counter()
    list(describe_videos(rows[1:], make_sampler(), ColourEncoder(), decoders=1))
    spent = os.times()
    children = (
        spent.children_user
        + spent.children_system
        - before.children_user
        - before.children_system
    )
    assert second.decode_cpu_seconds == pytest.approx(children, rel=1.0, abs=0.1)
    assert second.decode_seconds < 20 * (time.perf_counter() - began)


def test_a_batch_that_a_video_leaves_unfinished_is_counted_in_part(clips):
    # Six frames in batches of four: 6 / 8 of two calls of 0.2 s.
    slow = ColourEncoder(batch_size=4, delay_seconds=0.2)
    row = Video(id="a", path=clips[0])
    found = measure_sample([row], make_categorizer(make_bundle(), encoder=slow))
    assert slow.frames_per_call == 4
    assert found.videos[0].describe_seconds == pytest.approx(0.3, rel=0.3)
    # Sleeping is no work.
    assert found.videos[0].describe_cpu_seconds < 0.15


def test_loading_is_apart_from_the_work(clips):
    slow = ColourEncoder(delay_seconds=0.2)
    rows = [Video(id="a", path=clips[0])]
    categorizer = make_categorizer(make_bundle(), encoder=slow)
    found = measure_sample(rows, categorizer, load_seconds=10.0)
    # The first call finds out which places of a batch agree, the second describes.
    assert found.load_seconds == pytest.approx(10.4, abs=0.2)
    assert found.seconds < 5


def test_broken_videos_are_measured_with_their_reason(tmp_path, clips, categorizer):
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(b"no video at all")
    rows = [
        Video(id="torn", path=str(torn)),
        Video(id="gone", path=str(tmp_path / "gone.mp4")),
        Video(id="whole", path=clips[1]),
    ]
    found = measure_sample(rows, categorizer).videos
    assert [(one.id, one.failure, one.frames) for one in found] == [
        ("torn", "not_a_video", 0),
        ("gone", "not_found", 0),
        ("whole", None, 5),
    ]
    assert found[0].describe_cpu_seconds == 0
    assert found[0].video_seconds is None
    assert found[1].file_bytes == 0


def test_no_video_is_begun_when_the_time_is_over(clips):
    slow = make_categorizer(make_bundle(), encoder=ColourEncoder(delay_seconds=0.1))
    rows = [Video(id=str(number), path=clips[0]) for number in range(9)]
    told = []
    found = measure_sample(
        rows, slow, seconds=0.2, progress=lambda done, note: told.append(done)
    )
    assert 1 <= len(found.videos) < 9
    assert told == list(range(1, len(found.videos) + 1))


def test_nothing_to_measure_is_an_error(categorizer):
    with pytest.raises(ValueError, match=r"must hold a video to measure\. Received: n"):
        measure_sample([], categorizer)
