"""The ffmpeg command that decodes a video into frames and their times."""

from typing import Any, Literal

import ffmpeg

from vidcat.inference.sampling import TIME_TOLERANCE_BUCKETS, Sampling

RESIZE_FILTER = "bicubic+accurate_rnd+full_chroma_int+bitexact"
"""Flags of ffmpeg's scaler; part of the feature space. The last three make it
give the same bytes on every processor."""

FITS = ("squash", "crop")

CONTAINERS = (
    *("mov", "matroska", "mpegts", "mpeg", "avi", "flv", "asf", "ogg"),
    *("mxf", "mxf_opatom", "gxf", "dv", "rm", "nut", "ivf", "gif", "wtv"),
    "yuv4mpegpipe",
    # Without pictures, or with a cover: opened, so that the error can say so.
    *("mp3", "wav", "flac", "aac", "w64", "aiff", "amr", "ac3"),
)
"""Demuxers that may open a video: containers, none of which names other files.

Playlists (hls, dash, concat), picture sequences, devices and session
descriptions are left out on purpose.
"""

# Microseconds: finer than any container's clock that matters here.
TIME_BASE = "1/1000000"


def build_command(
    *,
    ffmpeg_path: str,
    source: str,
    times_pipe: int,
    size: int,
    fit: Literal["squash", "crop"],
    sampling: Sampling,
    threads: int | None,
) -> list[str]:
    """The command that writes frames to stdout and their times to a pipe.

    Args:
        ffmpeg_path: The binary.
        source: Path of the input as ffmpeg's `file` protocol takes it.
        times_pipe: Descriptor that gets one line of ffmpeg's `framecrc` format
            for each frame, with its time in microseconds.
        size: Side of the square frames, in pixels.
        fit: `"squash"` scales the whole picture; `"crop"` its central square
            as displayed, pixel aspect and rotation included.
        sampling: The rule. The command chooses the first frame of every bucket
            of `1 / frames_per_second`; thinning to `max_frames` is the reader's.
        threads: Threads of the decoder; `None` leaves it to ffmpeg.

    Returns:
        Program and arguments.
    """
    options: dict[str, Any] = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(CONTAINERS),
    }
    if sampling.rule == "keyframes":
        # `genpts`, because AVI has no presentation times, and those that the
        # decoder would guess between key frames are wrong by seconds. Not
        # `discard`, by which the demuxer would drop the others sooner: that makes
        # the times of MP4 wrong as well.
        options |= {"skip_frame": "nokey", "fflags": "genpts"}
    if threads is not None:
        options["threads"] = threads
    # Capital V: the cover of an audio file is a picture, but no video.
    stream = ffmpeg.input(f"file:{source}", **options)["V:0"]
    chosen = stream.filter("select", _first_of_bucket(sampling.frames_per_second))
    if fit == "crop":
        chosen = chosen.filter("crop", w="min(iw,ih/sar)", h="min(ih,iw*sar)", exact=1)
    scaled = chosen.filter("scale", size, size, flags=RESIZE_FILTER)
    copies = scaled.filter("format", "rgb24").filter_multi_output("split")
    # A rawvideo encoder with threads gives a frame only when others came after it.
    timing: dict[str, Any] = {
        "fps_mode": "passthrough",
        "flush_packets": 1,
        "threads": 1,
    }
    # Times first: ffmpeg 5 serves outputs in turn, and a frame that waits for
    # its reader would keep the time behind it from being written.
    times = copies[0].output(
        f"pipe:{times_pipe}", format="framecrc", enc_time_base=TIME_BASE, **timing
    )
    frames = copies[1].output("pipe:1", format="rawvideo", **timing)
    quiet = ("-nostdin", "-hide_banner", "-loglevel", "info", "-nostats")
    # One small picture a second needs no threads; their stacks, one for each
    # core of the machine, would count against the memory limit.
    lean = ("-filter_complex_threads", "1")
    command: list[str] = (
        ffmpeg.merge_outputs(times, frames)
        .global_args(*quiet, *lean)
        .compile(cmd=ffmpeg_path)
    )
    return command


def _first_of_bucket(frames_per_second: float) -> str:
    def index(time: str) -> str:
        return f"floor(max({time},0)*{frames_per_second!r}+{TIME_TOLERANCE_BUCKETS!r})"

    return f"isnan(prev_selected_t)+gt({index('t')},{index('prev_selected_t')})"
