"""Files that are broken, lie, or are no videos: frames or one clear error."""

import struct

import pytest
from video_files import (
    GREEN,
    make_clock_video,
    make_colour_video,
    make_sound,
    patch_bytes,
    run_ffmpeg,
)

from vidcat.inference.frames import REASONS, FrameSampler, VideoError
from vidcat.inference.sampling import Sampling


def times_of(path, *, limit=300, **options):
    sampler = FrameSampler(size=16, sampling=Sampling(max_frames=limit))
    return [round(frame.time_seconds, 3) for frame in sampler.sample(path, **options)]


def error_of(path, **options):
    with pytest.raises(VideoError) as caught:
        times_of(path, **options)
    error = caught.value
    assert error.reason in REASONS
    assert error.path == str(path)
    assert str(error) == f"{path}: {error.reason}: {error.detail}"
    assert "\n" not in error.detail
    return error


def declare_mp4(path, seconds):
    """Writes a duration into every box of an MP4 that has one (version 0)."""
    content = path.read_bytes()
    for box in (b"mvhd", b"mdhd"):
        start = content.index(box) + 16
        (ticks_per_second,) = struct.unpack_from(">I", content, start)
        ticks = struct.pack(">I", round(seconds * ticks_per_second))
        patch_bytes(path, box, 16, ticks)
    return path


def declare_matroska(path, seconds):
    """Writes a duration into a Matroska file, whose unit is a millisecond."""
    patch_bytes(path, b"\x44\x89\x88", 0, struct.pack(">d", seconds * 1000))
    return path


@pytest.fixture(scope="module")
def twenty_seconds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    video = make_clock_video(folder / "v.mkv", 20)
    run_ffmpeg("-i", video, "-c", "copy", folder / "v.mp4")
    run_ffmpeg("-i", video, "-c", "copy", "-movflags", "faststart", folder / "f.mp4")
    return folder


@pytest.fixture
def copied(twenty_seconds, tmp_path):
    def copy(name):
        (tmp_path / name).write_bytes((twenty_seconds / name).read_bytes())
        return tmp_path / name

    return copy


def test_long_video_is_thinned_evenly(copied):
    for name in ("v.mkv", "v.mp4"):
        assert times_of(copied(name), limit=8) == [0, 3, 5, 8, 10, 13, 15, 18]
        assert times_of(copied(name), limit=5) == [0, 4, 8, 12, 16]
        assert times_of(copied(name), limit=1) == [0]


def test_untrusted_duration_is_thinned_at_the_end(copied):
    video = copied("v.mkv")
    assert times_of(video, limit=8, trust_duration=False) == [0, 4, 8, 12, 16]
    assert len(times_of(video, trust_duration=False)) == 20


def test_missing_duration_is_thinned_at_the_end(twenty_seconds, tmp_path):
    live = tmp_path / "live.mkv"
    source = ("-i", twenty_seconds / "v.mp4", "-c", "copy")
    live.write_bytes(run_ffmpeg(*source, "-f", "matroska", "pipe:1"))
    with FrameSampler(size=16, sampling=Sampling(max_frames=8)).sample(live) as stream:
        assert [frame.time_seconds for frame in stream] == [0, 4, 8, 12, 16]
    assert stream.facts.duration_seconds is None


@pytest.mark.parametrize(
    ("name", "declare"), [("v.mkv", declare_matroska), ("v.mp4", declare_mp4)]
)
def test_duration_declared_too_short(copied, name, declare):
    video = declare(copied(name), 5)
    assert len(times_of(video)) == 20
    error = error_of(video, limit=8)
    assert error.reason == "lying_duration"
    assert error.detail == "the file declares 5 s, but has a frame at 9 s"
    assert times_of(video, limit=8, trust_duration=False) == [0, 4, 8, 12, 16]


def test_duration_declared_too_long(copied):
    video = declare_matroska(copied("v.mkv"), 2000)
    error = error_of(video, limit=8)
    assert error.reason == "lying_duration"
    assert "declares 2000 s, for which 1 of 20 frames were chosen" in error.detail
    assert times_of(video, limit=8, trust_duration=False) == [0, 4, 8, 12, 16]
    assert len(times_of(video, trust_duration=False)) == 20


@pytest.mark.parametrize("name", ["v.mkv", "f.mp4"])
def test_torn_file_gives_the_frames_up_to_the_tear(copied, name):
    video = copied(name)
    content = video.read_bytes()
    video.write_bytes(content[: len(content) * 7 // 10])
    with FrameSampler(size=16).sample(video) as stream:
        times = [frame.time_seconds for frame in stream]
    assert 2 <= len(times) < 20
    assert times == list(range(len(times)))
    assert stream.damage is not None


def test_whole_file_has_no_damage(copied):
    with FrameSampler(size=16).sample(copied("v.mkv")) as stream:
        assert len(list(stream)) == 20
    assert stream.damage is None


def test_mp4_cut_off_before_its_index(copied):
    video = copied("v.mp4")
    video.write_bytes(video.read_bytes()[:2000])
    error = error_of(video)
    assert error.reason == "not_a_video"
    assert "moov atom not found" in error.detail


def test_stream_without_a_whole_frame(copied):
    video = copied("v.mkv")
    video.write_bytes(video.read_bytes()[:700])
    assert error_of(video).reason == "no_frames"


def test_key_frames_of_a_stream_cut_behind_its_last_one(tmp_path):
    video = make_clock_video(tmp_path / "v.ts", 4, options=("-g", "1000"))
    packets = video.read_bytes()
    middle = len(packets) // 2 // 188 * 188
    # The two tables that say what is in it, then packets from the middle.
    video.write_bytes(packets[: 3 * 188] + packets[middle:])
    sampler = FrameSampler(size=16, sampling=Sampling(rule="keyframes"))
    with pytest.raises(VideoError, match=r": no_frames: |: not_a_video: "):
        list(sampler.sample(video))


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.mp3", ()), ("a.mp4", ()), ("a.wav", ()), ("a.mp4.mkv", ("-c:a", "flac"))],
)
def test_sound_alone(tmp_path, name, options):
    assert (
        error_of(make_sound(tmp_path / name, 0.2, options)).reason == "no_video_stream"
    )


def test_cover_is_no_video(tmp_path):
    sound = make_sound(tmp_path / "a.wav", 0.2)
    picture = make_colour_video(tmp_path / "p.mkv", [GREEN], 0.1)
    covered = tmp_path / "covered.m4a"
    run_ffmpeg(
        *("-i", sound, "-i", picture, "-map", 0, "-map", 1, "-frames:v", 1),
        *("-c:v", "mjpeg", "-disposition:v:0", "attached_pic", covered),
    )
    assert error_of(covered).reason == "no_video_stream"


def test_files_that_are_not_there_or_empty(tmp_path):
    assert error_of(tmp_path / "no.mp4").reason == "not_found"
    assert error_of(tmp_path).reason == "not_a_file"
    assert error_of("/dev/zero").reason == "not_a_file"
    (tmp_path / "empty.mp4").touch()
    assert error_of(tmp_path / "empty.mp4").reason == "empty_file"
    assert error_of(f"{tmp_path}\0").reason == "unreadable"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear all,\nplease find the video attached.\n" * 50,
        bytes(5000),
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
    ],
    ids=["text", "zeros", "pdf"],
)
def test_mislabelled_file(tmp_path, content):
    (tmp_path / "v.mp4").write_bytes(content)
    assert error_of(tmp_path / "v.mp4").reason == "not_a_video"


def test_picture_named_as_a_video_is_refused(tmp_path):
    picture = make_colour_video(tmp_path / "p.mkv", [GREEN], 0.1)
    still = tmp_path / "v.mp4"
    run_ffmpeg("-i", picture, "-frames:v", 1, "-c:v", "png", "-f", "image2", still)
    assert error_of(still).reason == "format_refused"


def test_unknown_codec(tmp_path):
    video = make_colour_video(tmp_path / "v.mkv", [GREEN], 0.1)
    content = video.read_bytes()
    assert b"V_MPEG4/ISO/AVC" in content
    video.write_bytes(content.replace(b"V_MPEG4/ISO/AVC", b"V_UNHEARD/OF/XY"))
    assert error_of(video).reason == "unsupported_codec"


def test_title_that_reads_like_an_error_is_only_a_title(tmp_path):
    words = "Cannot allocate memory: moov atom not found, Error while decoding"
    video = make_colour_video(
        tmp_path / "v.mp4", [GREEN], 0.1, options=("-metadata", f"title={words}")
    )
    assert words.encode() in video.read_bytes()
    with FrameSampler(size=16).sample(video) as stream:
        assert len(list(stream)) == 1
    assert stream.damage is None


def test_error_survives_pickling(tmp_path):
    import pickle

    error = error_of(tmp_path / "no.mp4")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (copy.path, copy.reason, copy.detail) == (
        error.path,
        error.reason,
        error.detail,
    )
