"""What ffmpeg says on stderr: the facts of a video, and why it failed."""

import re
from collections import deque
from dataclasses import dataclass
from os import PathLike, fsdecode
from typing import Literal, get_args

Reason = Literal[
    "not_found",
    "not_a_file",
    "empty_file",
    "unreadable",
    "download_failed",
    "not_a_video",
    "format_refused",
    "no_video_stream",
    "unsupported_codec",
    "no_frames",
    "timeout",
    "memory_limit",
    "lying_duration",
    "ffmpeg_failed",
]
"""Why a video gave no frames, or not all.

* `not_found`: no such file.
* `not_a_file`: a folder, a device or a pipe.
* `empty_file`: zero bytes.
* `unreadable`: the system, or the server that has it, refuses to open or read it;
  or it is larger than may be fetched.
* `download_failed`: it lies on another machine and could not be fetched whole; may
  work another time.
* `not_a_video`: no media file, or too damaged to open (an MP4 cut off before
  its index, for example).
* `format_refused`: a format that may not be opened, such as a playlist.
* `no_video_stream`: sound only, with or without a cover.
* `unsupported_codec`: ffmpeg has no decoder for it.
* `no_frames`: there is a video stream, but not one frame could be decoded.
* `timeout`: ffmpeg, or a file to be fetched, was waited for longer than
  `timeout_seconds`.
* `memory_limit`: decoding needs more than `memory_limit_bytes`.
* `lying_duration`: the frames contradict the declared duration; sample again
  with `trust_duration=False`.
* `ffmpeg_failed`: anything else; the detail quotes ffmpeg.
"""

REASONS: tuple[str, ...] = get_args(Reason)

# ffmpeg's words, the most telling first: one failure prints several lines.
_CAUSES: tuple[tuple[str, Reason, str], ...] = (
    (
        r"not on whitelist",
        "format_refused",
        "a playlist, or a format that is not opened",
    ),
    (
        r"matches no streams",
        "no_video_stream",
        "there is no video in it, only sound, text or a cover",
    ),
    (
        r"no decoder found|Decoder .*not found|Unknown decoder",
        "unsupported_codec",
        "this ffmpeg has no decoder for its video",
    ),
    (
        r"moov atom not found",
        "not_a_video",
        "cut off before its index, or no video file (moov atom not found)",
    ),
    (
        r"Invalid data found",
        "not_a_video",
        "no video file, or damaged beyond opening",
    ),
    (
        r"get_buffer\(\) failed",
        "memory_limit",
        "ffmpeg got no memory for a picture (`memory_limit_bytes`)",
    ),
    (r"Permission denied|Input/output error", "unreadable", "it cannot be read"),
)
_NO_MEMORY = re.compile(
    r"(?:Cannot|Could not|Failed to|Unable to) allocate|Error allocating|"
    # Threads need memory too.
    r"malloc .*failed|Resource temporarily unavailable",
    re.IGNORECASE,
)
_DAMAGE = re.compile(
    r"partial file|ended prematurely|corrupt|Invalid data found|Decoding error|"
    r"[Ee]rror while decoding|Invalid NAL|Truncat|truncat"
)

_KEPT_LINES = 40
# A colour description is one word where its three parts have one name.
_SINGLE_COLOURS = frozenset({"bt709", "smpte170m", "smpte240m"})


class VideoError(ValueError):
    """A video could not be decoded, wholly or in part.

    Args:
        path: The video.
        reason: One of `REASONS`.
        detail: One line for people.
    """

    path: str
    """The video, as the caller named it."""

    reason: Reason
    """One of `REASONS`."""

    detail: str
    """One line for people."""

    def __init__(self, path: str | PathLike[str], reason: Reason, detail: str) -> None:
        super().__init__(fsdecode(path), reason, detail)
        self.path = fsdecode(path)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}: {self.detail}"


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """What a file declares about its video stream."""

    duration_seconds: float | None
    """Duration of the whole file; `None` if it declares none."""

    width: int
    """Pixels in a row as stored, before rotation and pixel aspect."""

    height: int
    """Rows as stored."""

    codec: str
    """ffmpeg's name of the codec, such as `h264`."""

    pixel_format: str
    """ffmpeg's name of the pixel format, such as `yuv420p10le`."""

    primaries: str | None = None
    """ffmpeg's name of the colour primaries; `None` if undeclared."""

    transfer: str | None = None
    """ffmpeg's name of the transfer function, such as `smpte2084` for HDR10;
    `None` if undeclared."""


class FfmpegLog:
    """Reads ffmpeg's log line by line; keeps the facts and the last lines."""

    def __init__(self) -> None:
        self.facts: VideoFacts | None = None
        """The facts of the decoded stream, from the line that maps it on."""

        self.duration_is_estimated = False
        """Whether ffmpeg worked the duration out from the bit rate."""

        self.out_of_memory = False
        """Whether ffmpeg asked for memory and got none. Some versions then ask
        again for ever."""

        self.damage: str | None = None
        """The first complaint of torn or broken content; `None` without one."""

        self._duration_seconds: float | None = None
        self._streams: dict[str, str] = {}
        self._last_lines: deque[str] = deque(maxlen=_KEPT_LINES)

    def add(self, line: str) -> None:
        """Takes the next line, without its end."""
        if line.startswith("  "):
            # Titles and the like are indented: what a file says of itself is
            # no complaint, whatever its words.
            self._add_description(line)
            return
        self._last_lines.append(line)
        if "Estimating duration from bitrate" in line:
            self.duration_is_estimated = True
        if _NO_MEMORY.search(line):
            self.out_of_memory = True
        if self.damage is None and _DAMAGE.search(line):
            self.damage = _without_prefix(line)

    def _add_description(self, line: str) -> None:
        if self.facts is not None:
            return
        if match := re.match(r"  Duration: (\d+):(\d\d):(\d\d\.\d+)", line):
            hours, minutes, seconds = match.groups()
            self._duration_seconds = (
                int(hours) * 3600 + int(minutes) * 60 + float(seconds)
            )
        elif match := re.match(r"  Stream #0:(\d+).*?: Video: (.*)", line):
            self._streams[match[1]] = match[2]
        elif match := re.match(r"  Stream #0:(\d+) .*-> ", line):
            self.facts = video_facts(
                self._streams.get(match[1], ""), self._duration_seconds
            )

    def failure(self, exit_status: int) -> tuple[Reason, str]:
        """Reason and detail for a process that gave no frame, or broke down.

        Args:
            exit_status: As `subprocess` gives it, negative for a signal.
        """
        for pattern, reason, detail in _CAUSES:
            # Once a stream is being decoded, the file was opened.
            if reason == "not_a_video" and self.facts is not None:
                continue
            if any(re.search(pattern, line) for line in self._last_lines):
                return reason, detail
        if exit_status < 0:
            return "ffmpeg_failed", f"ffmpeg was ended by signal {-exit_status}"
        if exit_status == 0 or self.facts is not None:
            why = "" if self.damage is None else f" ({self.damage})"
            return "no_frames", f"no frame of its video could be decoded{why}"
        said = [_without_prefix(line) for line in self._last_lines if line.strip()]
        return "ffmpeg_failed", said[-1] if said else f"exit status {exit_status}"


def video_facts(stream: str, duration_seconds: float | None) -> VideoFacts:
    """The facts in ffmpeg's description of a video stream.

    >>> video_facts("vp9, yuv420p10le(tv, bt2020nc/bt2020/smpte2084), 64x36", 2.5)
    ... # doctest: +NORMALIZE_WHITESPACE
    VideoFacts(duration_seconds=2.5, width=64, height=36, codec='vp9',
               pixel_format='yuv420p10le', primaries='bt2020', transfer='smpte2084')
    """
    # Commas inside brackets belong to one item.
    items = re.findall(r"(?:[^,(\[]|\([^)]*\)|\[[^\]]*\])+", stream)
    codec = items[0].split()[0] if items else "unknown"
    pixels = items[1].strip() if len(items) > 1 else "unknown"
    side = re.search(r", (\d+)x(\d+)", stream)
    colours = [word.strip() for word in pixels.partition("(")[2].rstrip(")").split(",")]
    primaries, transfer = None, None
    for word in colours:
        if word.count("/") == 2:
            _, primaries, transfer = word.split("/")
        elif word in _SINGLE_COLOURS:
            primaries, transfer = word, word
    return VideoFacts(
        duration_seconds=duration_seconds or None,
        width=0 if side is None else int(side[1]),
        height=0 if side is None else int(side[2]),
        codec=codec,
        pixel_format=pixels.partition("(")[0],
        primaries=None if primaries == "unknown" else primaries,
        transfer=None if transfer == "unknown" else transfer,
    )


def _without_prefix(line: str) -> str:
    return re.sub(r"^(?:\[[^\]]*\] )+", "", line).strip()
