"""Videos handed in one at a time are decoded ahead and described together."""

import numpy as np
import pytest
from colour_encoder import SIZE, ColourEncoder
from video_files import (
    BLUE,
    RED,
    grey_of_second,
    make_clock_video,
    make_colour_video,
)

from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.describing.whole_videos import (
    DecodedVideo,
    DecodesAhead,
    DescribesTogether,
)
from vidcat.inference.frames import FrameSampler
from vidcat.inference.video import Video

SAMPLER = FrameSampler(size=SIZE)
NAMES = ("3", "red", "7", "empty", "1", "blue", "5")


class RefusesRed(ColourEncoder):
    """Raises for any batch in which a frame is red; describes all others."""

    def _describe_batch(self, frames):
        red = (frames[..., 0].astype(int) - frames[..., 2]).mean(axis=(1, 2)) > 100
        if red.any():
            raise RuntimeError("the device is lost")
        return super()._describe_batch(frames)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    for seconds in (1, 3, 5, 7):
        make_clock_video(folder / f"{seconds}.mkv", seconds)
    make_colour_video(folder / "red.mkv", [RED] * 2)
    make_colour_video(folder / "blue.mkv", [BLUE] * 3)
    (folder / "empty.mkv").touch()
    return folder


def decoded(folder, names, *, decoders=2):
    """Decodes all of them; by name, in the order in which they came."""
    found = {}
    with DecodesAhead[str](SAMPLER, decoders) as ahead:
        for name in names:
            found |= dict(ahead.add(name, str(folder / f"{name}.mkv")))
        found |= dict(ahead.finish())
    return found


def described(videos, encoder):
    """Describes decoded videos; results in the order in which they are given."""
    together = DescribesTogether[str](encoder)
    found = []
    for name, video in videos.items():
        found += together.add(name, Video(id=name), video)
    return [*found, *together.finish()]


@pytest.mark.parametrize("decoders", [1, 3])
def test_each_video_has_its_own_frames(folder, decoders):
    found = decoded(folder, NAMES, decoders=decoders)
    assert sorted(found) == sorted(NAMES)
    for seconds in (1, 3, 5, 7):
        video = found[str(seconds)]
        assert [frame.time_seconds for frame in video.frames] == list(range(seconds))
        greys = [frame.pixels.mean() for frame in video.frames]
        expected = [grey_of_second(second) for second in range(seconds)]
        np.testing.assert_allclose(greys, expected, atol=3)
        assert video.ended.facts.duration_seconds == pytest.approx(seconds, abs=0.01)
    assert found["empty"].frames == []
    assert found["empty"].ended.error.reason == "empty_file"


def test_decoding_runs_ahead_by_as_many_videos_as_there_are_decoders(folder):
    with DecodesAhead[int](SAMPLER, 2) as ahead:
        given = [list(ahead.add(at, str(folder / "3.mkv"))) for at in range(6)]
        # Two are in work; from the third on each waits for one before it.
        assert given[:2] == [[], []]
        assert [len(some) for some in given[2:]] == [1, 1, 1, 1]
        rest = list(ahead.finish())
        assert len(rest) == 2
    done = [key for some in (*given, rest) for key, _ in some]
    assert sorted(done) == list(range(6))


def test_what_is_left_undone_is_given_up(folder):
    with DecodesAhead[int](SAMPLER, 1) as ahead:
        for at in range(2):
            list(ahead.add(at, str(folder / "7.mkv")))
    # Leaving it has ended the decoders, though nobody took their frames.
    assert not any(thread.is_alive() for thread in ahead._decoding._threads)


@pytest.mark.parametrize("batch_size", [1, 4, 64])
def test_features_are_those_of_describing_in_one_go(folder, batch_size):
    encoder = ColourEncoder(batch_size=batch_size)
    videos = [Video(id=name, path=str(folder / f"{name}.mkv")) for name in NAMES]
    expected = {one.id: one for one in describe_videos(videos, SAMPLER, encoder)}
    found = described(decoded(folder, NAMES), encoder)
    assert sorted(name for name, _ in found) == sorted(NAMES)
    for name, result in found:
        assert result.features.tobytes() == expected[name].features.tobytes()
        assert result.features.shape == expected[name].features.shape
        assert result.times_seconds.tobytes() == expected[name].times_seconds.tobytes()
        assert result.facts == expected[name].facts
        assert str(result.error) == str(expected[name].error)


def test_results_come_in_the_order_of_handing_in(folder):
    videos = decoded(folder, NAMES)
    ordered = {name: videos[name] for name in NAMES}
    found = described(ordered, ColourEncoder())
    assert [name for name, _ in found] == list(NAMES)


def test_a_video_is_given_as_soon_as_its_frames_are_described(folder):
    videos = decoded(folder, ("3", "5", "empty"))
    together = DescribesTogether[str](ColourEncoder(batch_size=4))
    row = Video(id="v")
    # Three frames wait for a batch of four; then 4 of 8 are described.
    assert list(together.add("3", row, videos["3"])) == []
    assert [key for key, _ in together.add("5", row, videos["5"])] == ["3", "5"]
    # Without a frame there is nothing to wait for.
    assert [key for key, _ in together.add("empty", row, videos["empty"])] == ["empty"]


@pytest.mark.parametrize("batch_size", [1, 2, 4, 64])
def test_a_video_that_the_encoder_fails_on_fails_alone(folder, batch_size):
    videos = decoded(folder, NAMES)
    ordered = {name: videos[name] for name in NAMES}
    found = described(ordered, RefusesRed(batch_size=batch_size))
    assert [name for name, _ in found] == list(NAMES)
    results = dict(found)
    failed = results.pop("red")
    assert isinstance(failed, RuntimeError)
    assert str(failed) == "the device is lost"
    expected = dict(described(ordered, ColourEncoder(batch_size=batch_size)))
    for name, result in results.items():
        np.testing.assert_array_equal(result.features, expected[name].features)
        np.testing.assert_array_equal(
            result.times_seconds, expected[name].times_seconds
        )


def test_after_a_failure_videos_share_batches_again(folder):
    videos = decoded(folder, ("red", "3", "5"))
    encoder = RefusesRed(batch_size=4)
    together = DescribesTogether[str](encoder)
    row = Video(id="v")
    assert list(together.add("red", row, videos["red"])) == []
    ((key, error),) = together.finish()
    assert (key, str(error)) == ("red", "the device is lost")
    calls = encoder.calls
    found = [*together.add("3", row, videos["3"]), *together.add("5", row, videos["5"])]
    assert [len(video.features) for _, video in [*found, *together.finish()]] == [3, 5]
    # 8 frames fill two batches.
    assert encoder.calls == calls + 2


def test_a_video_without_frames_has_features_of_no_rows():
    encoder = ColourEncoder()
    ((_, result),) = DescribesTogether[str](encoder).add(
        "v", Video(id="v"), DecodedVideo()
    )
    assert result.features.shape == (0, encoder.width)
