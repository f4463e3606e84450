"""The ffmpeg process: what it may do, how long it lives, which one it is."""

import http.server
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from video_files import (
    GREEN,
    encode,
    make_clock_video,
    plain_pictures,
    run_ffmpeg,
)

from vidcat.inference.ffmpeg.command import build_command
from vidcat.inference.frames import (
    FfmpegMissing,
    FrameSampler,
    VideoError,
    ffmpeg_path,
    ffmpeg_version,
)
from vidcat.inference.sampling import Sampling

EVERY_FRAME = Sampling(frames_per_second=50.0, max_frames=10_000)


def children():
    """Processes that this one has started and not yet buried."""
    mine = Path("/proc/self/task")
    return {
        int(child)
        for task in mine.iterdir()
        for child in (task / "children").read_text().split()
    }


needs_proc = pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(),
    reason="counts processes in /proc",
)


@pytest.fixture(scope="module")
def long_video(tmp_path_factory):
    """200 frames: sampled at 160 pixels, 15 times what the pipe holds."""
    folder = tmp_path_factory.mktemp("videos")
    return make_clock_video(folder / "v.mp4", 20, fps=10)


@pytest.fixture
def started():
    """The children that a test has started."""
    before = children()
    return lambda: children() - before


@needs_proc
def test_first_frame_comes_before_the_last_is_decoded(long_video, started):
    with FrameSampler(size=160, sampling=EVERY_FRAME).sample(long_video) as stream:
        next(stream)
        time.sleep(0.5)
        assert len(started()) == 1, "ffmpeg is done, or was never there"
        assert len(list(stream)) == 199
    assert not started()


@needs_proc
@pytest.mark.parametrize("end", ["close", "with", "forget", "raise", "exhaust"])
def test_nothing_is_left_running(long_video, started, end):
    stream = FrameSampler(size=160, sampling=EVERY_FRAME).sample(long_video)
    next(stream)
    assert len(started()) == 1
    if end == "close":
        stream.close()
        stream.close()
        assert next(stream, None) is None
    elif end == "with":
        with stream:
            pass
    elif end == "forget":
        del stream
    elif end == "raise":
        with pytest.raises(KeyError), stream:
            raise KeyError
    else:
        assert len(list(stream)) == 199
    assert not started()


@needs_proc
def test_nothing_is_left_after_an_error(long_video, started):
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    broken = FrameSampler(size=16, timeout_seconds=1e-4)
    for _ in range(3):
        with pytest.raises(VideoError, match=r": timeout: "):
            list(broken.sample(long_video))
    assert not started()
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


@needs_proc
def test_interrupting_us_does_not_interrupt_ffmpeg(long_video, started):
    with FrameSampler(size=160, sampling=EVERY_FRAME).sample(long_video) as stream:
        next(stream)
        (child,) = started()
        # A terminal sends Ctrl-C to the whole group of processes.
        assert os.getpgid(child) != os.getpgid(0)


def test_time_that_the_reader_takes_does_not_count(long_video):
    sampler = FrameSampler(size=160, sampling=EVERY_FRAME, timeout_seconds=2.0)
    with sampler.sample(long_video) as stream:
        next(stream)
        time.sleep(2.2)
        assert len(list(stream)) == 199


def stand_in(path, *commands):
    """A program that gives ffmpeg's version and then does something else."""
    lines = "\n".join(commands)
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = -version ]; then exec {ffmpeg_path()} -version; fi\n'
        f"{lines}\n"
    )
    path.chmod(0o755)
    return str(path)


@needs_proc
def test_ffmpeg_that_hangs_is_ended(long_video, tmp_path, monkeypatch, started):
    program = stand_in(tmp_path / "hangs", "exec sleep 60")
    monkeypatch.setenv("VIDCAT_FFMPEG", program)
    began = time.monotonic()
    with pytest.raises(VideoError) as caught:
        list(FrameSampler(size=16, timeout_seconds=0.5).sample(long_video))
    assert time.monotonic() - began < 20
    assert caught.value.reason == "timeout"
    assert caught.value.detail.endswith("longer than `timeout_seconds`=0.5")
    assert not started()


@pytest.mark.parametrize(
    ("command", "detail"),
    [
        ("kill -SEGV $$", "ffmpeg was ended by signal 11"),
        ("echo '[x @ 0x1] the moon is full' >&2; exit 3", "the moon is full"),
    ],
)
def test_ffmpeg_that_breaks_down_is_quoted(
    long_video, tmp_path, monkeypatch, command, detail
):
    program = stand_in(tmp_path / "breaks", command)
    monkeypatch.setenv("VIDCAT_FFMPEG", program)
    with pytest.raises(VideoError) as caught:
        list(FrameSampler(size=16).sample(long_video))
    assert (caught.value.reason, caught.value.detail) == ("ffmpeg_failed", detail)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory on Linux only")
def test_memory_is_limited(tmp_path):
    picture = plain_pictures([GREEN], size=(3840, 2160))
    video = encode(tmp_path / "v.mp4", picture)
    few = FrameSampler(size=16, memory_limit_bytes=40 << 20, threads=1)
    with pytest.raises(VideoError) as caught:
        list(few.sample(video))
    assert caught.value.reason == "memory_limit"
    assert "`memory_limit_bytes`" in caught.value.detail
    assert len(list(FrameSampler(size=16, threads=1).sample(video))) == 1


class CountingServer(http.server.ThreadingHTTPServer):
    """Serves one video under any name; counts who asks."""

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), CountingHandler)
        self.content = content
        self.requests = []


class CountingHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def secret(tmp_path):
    """A video that no upload may show, as a file and on a server."""
    video = make_clock_video(tmp_path / "secret.ts", 4)
    server = CountingServer(video.read_bytes())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield video, server
    server.shutdown()
    thread.join()
    server.server_close()


def hls(target):
    return (
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-VERSION:3\n"
        f"#EXTINF:4,\n{target}\n#EXT-X-ENDLIST\n"
    )


def concat(target):
    return f"ffconcat version 1.0\nfile '{target}'\n"


def dash(target):
    return (
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" '
        'type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet '
        'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>'
        f"{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )


def session(target):
    return (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={target}\nc=IN IP4 127.0.0.1\n"
        "t=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    )


@pytest.mark.parametrize("suffix", ["mp4", "m3u8", "ffconcat", "mpd", "sdp"])
@pytest.mark.parametrize("script", [hls, concat, dash, session])
def test_playlist_reads_no_file_and_reaches_no_address(
    tmp_path, secret, script, suffix
):
    video, server = secret
    port = server.server_address[1]
    for target in (video, f"http://127.0.0.1:{port}/secret.ts"):
        upload = tmp_path / f"upload.{suffix}"
        upload.write_text(script(target))
        with pytest.raises(VideoError) as caught:
            list(FrameSampler(size=16).sample(upload))
        assert caught.value.reason == "format_refused"
    assert server.requests == []


def decode_unchecked(path, *, formats=None):
    """What ffmpeg says of a file that our own look at its head has let through."""
    command = build_command(
        ffmpeg_path=ffmpeg_path(),
        source=str(path),
        times_pipe=2,
        size=16,
        fit="squash",
        sampling=Sampling(),
        threads=None,
    )
    if formats is not None:
        command[command.index("-format_whitelist") + 1] = formats
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stdout == b""
    return done.stderr.decode()


@pytest.mark.parametrize("script", [hls, concat])
def test_ffmpeg_itself_refuses_playlists(tmp_path, secret, script):
    video, server = secret
    for target in (video, f"http://127.0.0.1:{server.server_address[1]}/secret.ts"):
        upload = tmp_path / "upload.m3u8"
        upload.write_text(script(target))
        assert "Format not on whitelist" in decode_unchecked(upload)
    assert server.requests == []


def test_playlist_that_were_opened_could_reach_no_address(tmp_path, secret):
    video, server = secret
    upload = tmp_path / "upload.m3u8"
    upload.write_text(hls(f"http://127.0.0.1:{server.server_address[1]}/secret.ts"))
    said = decode_unchecked(upload, formats="hls,mpegts")
    assert "Protocol 'http' not on whitelist 'file'" in said
    assert server.requests == []
    # The trap works: who is careless falls into it.
    careless = ("-protocol_whitelist", "file,http,tcp")
    run_ffmpeg(*careless, "-i", upload, "-f", "null", "-")
    assert server.requests == ["/secret.ts"]
    upload.write_text(hls(video))
    run_ffmpeg("-i", upload, "-f", "null", "-")


def test_report_that_the_environment_asks_for_is_not_written(
    long_video, tmp_path, monkeypatch
):
    monkeypatch.setenv("FFREPORT", f"file={tmp_path}/report.log")
    monkeypatch.setenv("AV_LOG_FORCE_COLOR", "1")
    with FrameSampler(size=16).sample(long_video) as stream:
        assert len(list(stream)) == 20
    assert stream.facts.duration_seconds == 20.0
    assert not (tmp_path / "report.log").exists()


@pytest.fixture
def nothing_installed(tmp_path, monkeypatch):
    """A system without ffmpeg and ffprobe."""
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.delenv("VIDCAT_FFMPEG", raising=False)
    return empty


def test_without_a_system_ffmpeg_the_wheel_s_is_used(nothing_installed, long_video):
    pytest.importorskip("imageio_ffmpeg")
    assert "imageio_ffmpeg" in ffmpeg_path()
    assert ffmpeg_version()[0].isalnum()
    frames = list(FrameSampler(size=16).sample(long_video))
    assert len(frames) == 20
    assert np.ptp([frame.pixels.mean() for frame in frames]) > 50


OLD_FFMPEG = """#!/bin/sh
echo 'ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021'
echo 'libavutil      56. 70.100 / 56. 70.100'
"""


def test_system_ffmpeg_that_is_too_old_is_passed_over(nothing_installed):
    pytest.importorskip("imageio_ffmpeg")
    old = nothing_installed / "ffmpeg"
    old.write_text(OLD_FFMPEG)
    old.chmod(0o755)
    assert ffmpeg_path() != str(old)


def test_named_ffmpeg_that_cannot_be_used_is_an_error(tmp_path, monkeypatch):
    old = tmp_path / "old"
    old.write_text(OLD_FFMPEG)
    old.chmod(0o755)
    monkeypatch.setenv("VIDCAT_FFMPEG", str(old))
    with pytest.raises(
        FfmpegMissing, match=r"version 4\.4\.2-0ubuntu0\.22\.04\.1, too old\. Install"
    ):
        ffmpeg_path()
    monkeypatch.setenv("VIDCAT_FFMPEG", str(tmp_path / "none"))
    with pytest.raises(FfmpegMissing, match=r"none' cannot be run as ffmpeg\. Install"):
        ffmpeg_path()


def test_importing_frames_stays_light():
    probe = (
        "import sys, vidcat.inference.frames; "
        "print(sorted({'cv2', 'keras', 'tensorflow'} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    assert out.stdout == "[]\n", out.stderr
