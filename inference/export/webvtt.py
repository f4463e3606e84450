"""The seconds that speak for a video's categories, as captions of a player."""

import re
from typing import Final

from vidcat.inference.results import Categorization, EvidenceSpan

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def webvtt(result: Categorization) -> str:
    """Writes the evidence of a result as WebVTT.

    One cue a stretch, in order of time; categories that share a stretch share the
    cue, a line each, as `name (weight)`. A result without evidence gives a file
    without cues.

    Args:
        result: What was said of the video.

    Returns:
        The text of the file.

    Reference:
        W3C, "WebVTT: The Web Video Text Tracks Format", section 4,
        https://www.w3.org/TR/webvtt1/
    """
    lines: dict[tuple[float, float], list[str]] = {}
    for category in result.categories:
        for span in category.evidence:
            line = f"{_escaped(category.name)} ({span.weight:.2f})"
            lines.setdefault(_stretch(span), []).append(line)
    cues = [
        f"{_timestamp(start)} --> {_timestamp(end)}\n" + "\n".join(lines[start, end])
        for start, end in sorted(lines)
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def _stretch(span: EvidenceSpan) -> tuple[float, float]:
    # A cue must end after it begins.
    start = round(span.start_seconds, 3)
    return start, max(round(span.end_seconds, 3), round(start + 0.001, 3))


def _timestamp(seconds: float) -> str:
    """Hours, minutes, seconds and thousandths of a time."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _escaped(name: str) -> str:
    """A name on one line; an empty line would end the cue."""
    words = re.sub(r"[\s\0]+", " ", name).strip()
    return "".join(_ESCAPES.get(letter, letter) for letter in words)
