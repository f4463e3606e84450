import itertools
import struct
import threading
import time

import numpy as np
import pytest
from colour_encoder import SIZE, ColourEncoder, CountingSampler
from video_files import (
    grey_of_second,
    make_clock_video,
    make_sound,
    patch_bytes,
)

from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.frames import FrameSampler
from vidcat.inference.sampling import Sampling
from vidcat.inference.video import Video

SAMPLER = FrameSampler(size=SIZE)
SECONDS = (3, 7, 1, 5, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Videos of `SECONDS`, whose grey tells the second, and some odd ones."""
    folder = tmp_path_factory.mktemp("videos")
    for seconds in SECONDS:
        make_clock_video(folder / f"{seconds}.mkv", seconds)
    lying = make_clock_video(folder / "lying.mkv", 12)
    # Matroska's duration, in milliseconds: 4 s are declared.
    patch_bytes(lying, b"\x44\x89\x88", 0, struct.pack(">d", 4000.0))
    make_clock_video(folder / "long.mkv", 30)
    (folder / "empty.mkv").touch()
    make_sound(folder / "sound.mp4", 1.0)
    return folder


def videos(folder, *names):
    return [Video(id=str(name), path=str(folder / f"{name}.mkv")) for name in names]


def grey_values(seconds):
    """What the encoder says of a clock video, whose frames are of one grey."""
    greys = np.array([grey_of_second(second) for second in range(seconds)])
    return np.repeat((greys / 127.5 - 1)[:, None], 12, axis=1)


def assert_is_clock(described, seconds):
    assert described.error is None
    assert described.times_seconds.tolist() == list(range(seconds))
    # Encoding moves a grey by a step or two of 255.
    np.testing.assert_allclose(described.features, grey_values(seconds), atol=0.02)


@pytest.mark.parametrize("decoders", [1, 3])
def test_each_video_gets_its_own_frames_in_the_order_given(folder, decoders):
    encoder = ColourEncoder(batch_size=4)
    results = list(
        describe_videos(videos(folder, *SECONDS), SAMPLER, encoder, decoders=decoders)
    )
    assert [result.id for result in results] == ["3", "7", "1", "5", "2"]
    for result, seconds in zip(results, SECONDS, strict=True):
        assert_is_clock(result, seconds)
        assert result.facts.duration_seconds == pytest.approx(seconds, abs=0.01)
        assert result.damage is None
    # 18 frames fill 4 batches and half of a fifth; one call finds the places.
    assert encoder.calls == 5 + 1


def test_a_video_is_described_the_same_alone_and_among_others(folder):
    encoder = ColourEncoder()
    together = list(describe_videos(videos(folder, *SECONDS), SAMPLER, encoder))
    (alone,) = describe_videos(videos(folder, 7), SAMPLER, encoder)
    np.testing.assert_array_equal(alone.features, together[1].features)
    np.testing.assert_array_equal(alone.times_seconds, together[1].times_seconds)


def test_broken_videos_give_their_reason_and_disturb_no_other(folder):
    listed = videos(folder, "empty", 3, "missing", 7, "empty")
    listed.insert(2, Video(id="sound", path=str(folder / "sound.mp4")))
    results = list(describe_videos(listed, SAMPLER, ColourEncoder()))
    reasons = [result.error and result.error.reason for result in results]
    assert reasons == [
        *("empty_file", None, "no_video_stream", "not_found", None, "empty_file")
    ]
    assert_is_clock(results[1], 3)
    assert_is_clock(results[4], 7)
    assert results[0].features.shape == (0, 12)
    assert results[0].times_seconds.shape == (0,)
    assert "empty.mkv" in str(results[0].error)


@pytest.mark.parametrize("batch_size", [1, 24])
def test_more_broken_videos_than_anything_waits_for(folder, batch_size):
    names = [1, *["empty"] * 60, 2, *["empty"] * 60, 1]
    encoder = ColourEncoder(batch_size=batch_size)
    listed = videos(folder, *names)
    results = list(describe_videos(listed, SAMPLER, encoder, decoders=1))
    assert len(results) == len(names)
    assert sum(result.error is None for result in results) == 3
    assert_is_clock(results[61], 2)


# Of 24 the frames of the first attempt are still in the batch, of 1 described.
@pytest.mark.parametrize("batch_size", [1, 24])
def test_a_lying_duration_is_not_believed_twice(folder, batch_size):
    sampler = FrameSampler(size=SIZE, sampling=Sampling(max_frames=6))
    counting = CountingSampler(sampler)
    listed = videos(folder, 3, "lying", 2)
    encoder = ColourEncoder(batch_size=batch_size)
    results = list(describe_videos(listed, counting, encoder))
    # Of 12 s and 6 frames at most: every second one, with the times they have.
    assert results[1].times_seconds.tolist() == [0, 2, 4, 6, 8, 10]
    np.testing.assert_allclose(results[1].features, grey_values(12)[::2], atol=0.02)
    assert results[1].error is None
    assert results[1].facts.duration_seconds is None
    assert sorted(counting.asked).count(str(folder / "lying.mkv")) == 2
    assert_is_clock(results[0], 3)
    assert_is_clock(results[2], 2)


def test_videos_are_taken_as_they_are_needed(folder):
    taken = itertools.count()
    endless = (
        Video(id=str(next(taken)), path=str(folder / "1.mkv"))
        for _ in itertools.count()
    )
    results = describe_videos(endless, SAMPLER, ColourEncoder(), decoders=2)
    assert [next(results).id for _ in range(5)] == list("01234")
    results.close()
    assert next(taken) < 30


class HesitatingSampler(CountingSampler):
    """Is slow with one file."""

    def sample(self, path, *, trust_duration=True):
        if path.endswith("1.mkv"):
            time.sleep(0.5)
        return super().sample(path, trust_duration=trust_duration)


def test_few_videos_wait_for_a_slow_one(folder):
    slow, *broken = videos(folder, 1, *["empty"] * 5000)
    counting = HesitatingSampler(SAMPLER)
    results = describe_videos([slow, *broken], counting, ColourEncoder(), decoders=2)
    assert_is_clock(next(results), 1)
    results.close()
    assert 2 < len(counting.asked) < 30


def test_closing_ends_the_decoding(folder):
    # 150 frames, more than are queued: the decoders wait for room.
    every_picture = FrameSampler(size=SIZE, sampling=Sampling(frames_per_second=5))
    before = threading.active_count()
    listed = videos(folder, 1, "long", "long", "long")
    results = describe_videos(listed, every_picture, ColourEncoder())
    next(results)
    assert threading.active_count() == before + 2
    time.sleep(0.3)
    started = time.monotonic()
    results.close()
    assert threading.active_count() == before
    assert time.monotonic() - started < 3


class FailingSampler(CountingSampler):
    def sample(self, path, *, trust_duration=True):
        raise MemoryError("no room for a frame")


def test_an_error_that_is_no_videos_fault_is_raised(folder):
    results = describe_videos(
        videos(folder, 3, 7), FailingSampler(SAMPLER), ColourEncoder()
    )
    with pytest.raises(MemoryError, match="no room for a frame"):
        next(results)


@pytest.mark.parametrize(
    ("listed", "arguments", "message"),
    [
        ([Video(id="text")], {}, "Received: id='text', path=None"),
        ([], {"decoders": 0}, "Received: decoders=0"),
        ([], {"sampler": FrameSampler(size=32)}, "16 pixels. Received: size=32"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(listed, arguments, message):
    given = {"sampler": SAMPLER, "encoder": ColourEncoder(), **arguments}
    with pytest.raises(ValueError, match=message):
        list(describe_videos(listed, **given))


def test_no_videos_give_no_results():
    assert list(describe_videos([], SAMPLER, ColourEncoder())) == []
