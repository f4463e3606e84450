"""What frames of known videos look like, and when they appear."""

import numpy as np
import pytest
from video_files import (
    BLUE,
    GREEN,
    H264,
    RED,
    WHITE,
    encode,
    grey_of_second,
    make_clock_video,
    make_colour_video,
    make_sound,
    patch_bytes,
    plain_pictures,
    run_ffmpeg,
)

from vidcat.inference.frames import FrameSampler, VideoFacts
from vidcat.inference.sampling import Sampling

LOSSLESS = ("-c:v", "ffv1", "-pix_fmt", "bgr0")
# 16.16 fixed point: a quarter turn clockwise, as telephones mark upright films.
QUARTER_TURN = b"".join(
    number.to_bytes(4, "big", signed=True)
    for number in (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
)


def sampled(path, *, rate=1.0, limit=300, rule="uniform", **options):
    sampling = Sampling(rule=rule, frames_per_second=rate, max_frames=limit)
    sampler = FrameSampler(sampling=sampling, **{"size": 16, **options})
    with sampler.sample(path) as stream:
        frames = list(stream)
    assert frames
    return frames


def times(frames):
    return [round(frame.time_seconds, 6) for frame in frames]


def assert_plain(frame, colour, atol=4):
    assert frame.pixels.dtype == np.uint8
    difference = frame.pixels.astype(int) - np.array(colour)
    assert abs(difference).max() <= atol, frame.pixels.mean((0, 1))


def test_one_frame_a_second_each_with_its_time_and_colour(tmp_path):
    video = make_colour_video(tmp_path / "v.mp4", [RED, GREEN, BLUE])
    frames = sampled(video)
    assert times(frames) == [0, 1, 2]
    for frame, colour in zip(frames, [RED, GREEN, BLUE], strict=True):
        assert frame.pixels.shape == (16, 16, 3)
        assert_plain(frame, colour)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.5, [0, 2]), (2.5, [0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8]), (10, None)],
)
def test_rate_is_what_was_asked_for(tmp_path, rate, expected):
    video = make_colour_video(tmp_path / "v.mp4", [RED, GREEN, BLUE])
    everything = [number / 10 for number in range(30)]
    assert times(sampled(video, rate=rate)) == (expected or everything)


def test_facts_are_known_with_the_first_frame(tmp_path):
    video = make_colour_video(tmp_path / "v.mp4", [RED, GREEN], size=(64, 48))
    with FrameSampler(size=8).sample(video) as stream:
        next(stream)
        assert stream.facts == VideoFacts(
            duration_seconds=2.0,
            width=64,
            height=48,
            codec="h264",
            pixel_format="yuv420p",
        )


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_variable_frame_rate_keeps_true_times(tmp_path, suffix):
    # Red at 0 s, green at 0.4 s, blue at 1.7 s, white at 7.3 s: the frame that
    # stays from 1.7 s to 7.3 s is given once.
    clock = "if(lt(N,2),400*N,if(eq(N,2),1700,7300))"
    video = encode(
        tmp_path / f"v.{suffix}",
        plain_pictures([RED, GREEN, BLUE, WHITE]),
        options=(
            *(*H264, "-pix_fmt", "yuv420p", "-vf", f"settb=1/1000,setpts='{clock}'"),
            *("-fps_mode", "passthrough", "-enc_time_base", "1/1000"),
        ),
    )
    frames = sampled(video)
    assert times(frames) == [0, 1.7, 7.3]
    for frame, colour in zip(frames, [RED, BLUE, WHITE], strict=True):
        assert_plain(frame, colour)


def test_times_are_not_rounded_to_the_mean_frame_rate(tmp_path):
    def milliseconds(number):
        return 100 * number + 13 * (number % 10 != 0) + 37 * (number == 10)

    clock = "100*N+13*gt(mod(N,10),0)+37*eq(N,10)"
    video = encode(
        tmp_path / "v.mp4",
        plain_pictures([RED], each=30),
        options=(
            *(*H264, "-pix_fmt", "yuv420p", "-vf", f"settb=1/1000,setpts='{clock}'"),
            *("-fps_mode", "passthrough", "-enc_time_base", "1/1000"),
        ),
    )
    expected = [milliseconds(number) / 1000 for number in range(0, 30, 2)]
    assert times(sampled(video, rate=5)) == expected


def test_broadcast_time_stamps_start_at_zero(tmp_path):
    video = make_clock_video(
        tmp_path / "v.ts", 3, options=("-output_ts_offset", "1000")
    )
    frames = sampled(video)
    assert times(frames) == [0, 1, 2]
    assert_plain(frames[2], (grey_of_second(2),) * 3)


def test_picture_that_starts_after_the_sound_has_its_own_time(tmp_path):
    picture = make_colour_video(tmp_path / "p.mkv", [GREEN], 0.5)
    sound = make_sound(tmp_path / "s.mkv", 2.0)
    both = tmp_path / "v.mkv"
    run_ffmpeg("-i", sound, "-itsoffset", 0.5, "-i", picture, "-c", "copy", both)
    assert times(sampled(both)) == [0.5]


@pytest.mark.parametrize("seconds", [0.1, 0.5])
def test_very_short_video_gives_its_first_frame(tmp_path, seconds):
    video = make_colour_video(tmp_path / "v.mp4", [GREEN], seconds)
    (frame,) = sampled(video)
    assert frame.time_seconds == 0
    assert_plain(frame, GREEN)


def test_keyframes_only(tmp_path):
    video = make_clock_video(tmp_path / "v.mp4", 9, options=("-g", "15"))
    frames = sampled(video, rule="keyframes")
    assert times(frames) == [0, 3, 6]
    for frame in frames:
        assert_plain(frame, (grey_of_second(round(frame.time_seconds)),) * 3)


@pytest.mark.parametrize(
    ("suffix", "atol"),
    # AVI stores no presentation times: what ffmpeg makes of it is some frames off.
    [("mp4", 0), ("mkv", 0), ("ts", 0), ("avi", 0.3)],
)
def test_keyframes_among_reordered_frames_keep_their_times(tmp_path, suffix, atol):
    reordered = ("-preset", "medium", "-bf", 3, "-b_strategy", 0)
    every_third_second = ("-g", 30, "-sc_threshold", 0)
    video = make_clock_video(
        *(tmp_path / f"v.{suffix}", 9),
        fps=10,
        options=(*reordered, *every_third_second),
    )
    frames = sampled(video, rule="keyframes", rate=10)
    np.testing.assert_allclose(times(frames), [0, 3, 6], atol=atol)
    for frame in frames:
        assert_plain(frame, (grey_of_second(int(frame.time_seconds)),) * 3)


def test_keyframes_are_thinned_as_well(tmp_path):
    video = make_clock_video(tmp_path / "v.mp4", 12, options=("-g", "1"))
    assert times(sampled(video, rule="keyframes", limit=4)) == [0, 3, 6, 9]


@pytest.mark.parametrize("size", [(33, 17), (17, 33), (1, 1)])
@pytest.mark.parametrize("fit", ["squash", "crop"])
def test_odd_sizes(tmp_path, size, fit):
    width, height = size
    chroma = ((width + 1) // 2) * ((height + 1) // 2)
    # Red in the limited range of BT.601.
    planes = bytes([81]) * width * height + bytes([90]) * chroma + bytes([240]) * chroma
    source = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}")
    video = tmp_path / "v.mkv"
    run_ffmpeg(*source, "-i", "pipe:0", "-c:v", "ffv1", video, stdin=planes)
    (frame,) = sampled(video, fit=fit)
    assert_plain(frame, RED)


def half_and_half(size=(64, 64)):
    """One picture, red on the left and blue on the right."""
    width, height = size
    picture = np.empty((1, height, width, 3), "uint8")
    picture[:, :, : width // 2], picture[:, :, width // 2 :] = RED, BLUE
    return picture


@pytest.mark.parametrize("fit", ["squash", "crop"])
def test_rotation_mark_is_honoured(tmp_path, fit):
    video = encode(tmp_path / "v.mp4", half_and_half())
    patch_bytes(video, b"tkhd", 40, QUARTER_TURN)
    (frame,) = sampled(video, fit=fit)
    # Turned clockwise, the left half is on top.
    np.testing.assert_allclose(
        frame.pixels[:6], np.broadcast_to(RED, (6, 16, 3)), atol=4
    )
    np.testing.assert_allclose(
        frame.pixels[10:], np.broadcast_to(BLUE, (6, 16, 3)), atol=4
    )


def green_centre(size, centre):
    """One picture, red but for its central `centre = (width, height)`, green."""
    (width, height), (inner_width, inner_height) = size, centre
    picture = np.broadcast_to(np.array(RED, "uint8"), (1, height, width, 3)).copy()
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    picture[:, top : top + inner_height, left : left + inner_width] = GREEN
    return picture


@pytest.mark.parametrize(
    ("size", "pixel_aspect", "square"),
    [
        ((64, 32), "1", (32, 32)),
        ((32, 64), "1", (32, 32)),
        # Stored square, shown twice as wide as high: half of its columns.
        ((64, 64), "2", (32, 64)),
        # Stored square, shown twice as high as wide: half of its rows.
        ((64, 64), "1/2", (64, 32)),
    ],
)
def test_crop_shows_the_central_square_as_displayed(
    tmp_path, size, pixel_aspect, square
):
    video = encode(
        tmp_path / "v.mkv",
        green_centre(size, square),
        options=("-vf", f"setsar={pixel_aspect}", *LOSSLESS),
    )
    (cropped,) = sampled(video, fit="crop")
    assert_plain(cropped, GREEN)
    (squashed,) = sampled(video, fit="squash")
    assert_plain_share(squashed, GREEN, 0.5)


def assert_plain_share(frame, colour, share):
    near = (abs(frame.pixels.astype(int) - np.array(colour)) < 64).all(-1)
    assert near.mean() == pytest.approx(share, abs=0.1)


@pytest.mark.parametrize(
    "pixel_format", ["yuv420p10le", "yuv422p10le", "gray", "yuva420p"]
)
def test_other_pixel_formats_give_the_same_grey(tmp_path, pixel_format):
    video = make_colour_video(
        *(tmp_path / "v.mkv", [(90, 90, 90)], 0.1),
        options=("-c:v", "ffv1", "-pix_fmt", pixel_format),
    )
    (frame,) = sampled(video)
    assert_plain(frame, (90, 90, 90), atol=2)


@pytest.mark.parametrize(
    ("transfer", "signal"),
    # 50 cd/m²: 44.03 % PQ; 49.72 % HLG on a screen of 1000 cd/m² (BT.2100).
    [("smpte2084", 0.4403), ("arib-std-b67", 0.4972)],
)
def test_high_dynamic_range_becomes_ordinary(tmp_path, transfer, signal):
    planes = np.full(16 * 16 * 3 // 2, 512, "<u2")
    planes[: 16 * 16] = 64 + round(876 * signal)
    source = ("-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", "16x16", "-r", 10)
    tags = f"color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    video = tmp_path / "v.mkv"
    run_ffmpeg(
        *(*source, "-i", "pipe:0", "-vf", f"setparams={tags}", "-c:v", "ffv1", video),
        stdin=planes.tobytes(),
    )
    with FrameSampler(size=16).sample(video) as stream:
        (frame,) = stream
    assert stream.facts.transfer == transfer
    assert stream.facts.primaries == "bt2020"
    # White is 203 cd/m², the screen's gamma 2.4: 255 · (50 / 203) ** (1 / 2.4).
    assert_plain(frame, (142, 142, 142), atol=3)


def test_size_that_changes_on_the_way(tmp_path):
    first = make_colour_video(tmp_path / "a.ts", [RED, GREEN], size=(64, 48))
    second = make_colour_video(tmp_path / "b.ts", [BLUE, WHITE], size=(96, 32))
    video = tmp_path / "v.ts"
    video.write_bytes(first.read_bytes() + second.read_bytes())
    frames = sampled(video)
    assert times(frames) == [0, 1, 2, 3]
    for frame, colour in zip(frames, [RED, GREEN, BLUE, WHITE], strict=True):
        assert_plain(frame, colour)


def test_two_runs_give_the_same_bytes(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (5, 40, 70, 3), "uint8")
    video = encode(tmp_path / "v.mp4", noise, fps=5)
    one, other = (sampled(video, rate=5, threads=count) for count in (1, 4))
    assert len(one) == 5
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.pixels, b.pixels)


def test_name_of_the_file_does_not_matter(tmp_path):
    video = make_colour_video(tmp_path / "v.mp4", [GREEN], 0.1)
    odd = video.rename(tmp_path / "-i %03d 'a:b', ünd\nmore.txt")
    (frame,) = sampled(odd)
    assert_plain(frame, GREEN)
    (frame,) = sampled(str(odd))
    assert_plain(frame, GREEN)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fit": "stretch"}, r"`fit` must be one of .* Received: fit='stretch'$"),
        ({"size": 0}, r"`size` must be positive\. Received: size=0$"),
        ({"timeout_seconds": 0.0}, r"Received: timeout_seconds=0\.0$"),
        ({"memory_limit_bytes": -1}, r"Received: memory_limit_bytes=-1$"),
        ({"threads": 0}, r"Received: threads=0$"),
    ],
)
def test_sampler_refuses_what_makes_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        FrameSampler(**options)
