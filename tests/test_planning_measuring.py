"""Real clips are measured, each step apart."""

from pathlib import Path

import numpy as np
import pytest
from both_sources import make_bundle, make_categorizer, word_counter
from colour_encoder import ColourEncoder
from remote_files import serving
from video_files import BLUE, RED, encode, make_colour_video

from vidcat.inference.backfill.planning import measuring
from vidcat.inference.backfill.planning.measuring import measure_sample
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
    # Both give as many frames to read; decoding noise of this size is what differs.
    noise = np.random.default_rng(0).integers(0, 256, (40, 360, 640, 3), np.uint8)
    large = str(encode(tmp_path / "large.mp4", noise))
    small = str(encode(tmp_path / "small.mp4", noise[:, :16, :16].copy()))
    rows = [Video(id=path, path=path) for path in (small, large)]
    first, second = measure_sample(rows, categorizer).videos
    assert first.frames == second.frames == 4
    assert second.decode_cpu_seconds > 1.5 * first.decode_cpu_seconds > 0


class Clock:
    """Stands still unless it is told."""

    def __init__(self):
        self.seconds = 0.0

    def perf_counter(self):
        return self.seconds

    def process_time(self):
        return 3 * self.seconds


class ClockedEncoder(ColourEncoder):
    """Takes 0.2 seconds a call, of three cores."""

    def __init__(self, clock):
        super().__init__(batch_size=4)
        self.clock = clock

    def _describe_batch(self, frames):
        self.clock.seconds += 0.2
        return super()._describe_batch(frames)


@pytest.fixture
def clocked(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(measuring, "time", clock)
    return make_categorizer(make_bundle(), encoder=ClockedEncoder(clock))


def test_a_batch_that_a_video_leaves_unfinished_is_counted_in_part(clips, clocked):
    # Six frames in batches of four: 6 / 8 of two calls.
    (one,) = measure_sample([Video(id="a", path=clips[0])], clocked).videos
    assert clocked.encoder.frames_per_call == 4
    assert one.describe_seconds == pytest.approx(0.3)
    assert one.describe_cpu_seconds == pytest.approx(0.9, abs=0.1)


def test_loading_is_apart_from_the_work(clips, clocked):
    rows = [Video(id="a", path=clips[0])]
    found = measure_sample(rows, clocked, load_seconds=10.0, load_cpu_seconds=5.0)
    # The first call finds out which places of a batch agree, the second describes.
    assert found.load_seconds == pytest.approx(10.4)
    assert found.load_cpu_seconds == pytest.approx(6.2, abs=0.1)
    assert found.seconds == pytest.approx(0.4)


def test_no_video_is_begun_when_the_time_is_over(clips, clocked):
    rows = [Video(id=str(number), path=clips[0]) for number in range(9)]
    told = []
    # Each takes 0.4 s.
    found = measure_sample(
        rows, clocked, seconds=1.0, progress=lambda done, note: told.append(done)
    )
    assert [one.id for one in found.videos] == ["0", "1", "2"]
    assert told == [1, 2, 3]


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


def test_a_video_of_another_machine_is_fetched_and_measured_apart(
    clips, categorizer, monkeypatch
):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(Path(clips[0]).parent) as server:
        rows = [
            Video(id="there", path=f"{server.url}/files/a.mp4"),
            Video(id="gone", path=f"{server.url}/files/gone.mp4"),
            Video(id="here", path=clips[0]),
        ]
        there, gone, here = measure_sample(rows, categorizer).videos
    assert (there.failure, there.frames, there.file_bytes) == (
        *(None, here.frames),
        here.file_bytes,
    )
    assert there.fetch_seconds > 0
    assert here.fetch_seconds == 0
    assert gone.failure == "not_found"
    assert (gone.frames, gone.file_bytes, gone.decode_seconds) == (0, 0, 0)


def test_nothing_to_measure_is_an_error(categorizer):
    with pytest.raises(ValueError, match=r"must hold a video to measure\. Received: n"):
        measure_sample([], categorizer)
