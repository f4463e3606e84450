"""What `vidcat doctor` looks at in Python, ffmpeg and the machine."""

import os
import shutil
import tempfile
from pathlib import Path

from vidcat.commands.doctor_checks.check import Check

_SOFTWARE_DECODERS = {
    "h264": {"h264", "libopenh264"},
    "hevc": {"hevc"},
    "vp9": {"vp9", "libvpx-vp9"},
    # ffmpeg's own `av1` works on graphics cards only.
    "av1": {"libdav1d", "libaom-av1"},
}
_GIB = 1 << 30
_LEAST_FREE_DISK_BYTES = 2 * _GIB
_LEAST_MEMORY_BYTES = 4 * _GIB


def check_python(version: tuple[int, int]) -> Check:
    """Whether this Python is one of those that vidcat is tested with."""
    found = ".".join(map(str, version))
    if (3, 11) <= version < (3, 14):
        return Check(name="python", status="ok", found=found)
    remedy = "Install vidcat under Python 3.11, 3.12 or 3.13."
    return Check(name="python", status="failure", found=found, remedy=remedy)


def check_ffmpeg() -> Check:
    """Whether there is an ffmpeg, new enough, and which."""
    from vidcat.inference.ffmpeg.program import (
        FfmpegMissing,
        ffmpeg_path,
        ffmpeg_version,
    )

    try:
        found = f"{ffmpeg_version()} at {ffmpeg_path()}"
    except FfmpegMissing as error:
        problem, _, remedy = str(error).partition(". ")
        return Check(name="ffmpeg", status="failure", found=problem, remedy=remedy)
    return Check(name="ffmpeg", status="ok", found=found)


def check_decoders() -> Check:
    """Whether ffmpeg decodes the codecs that uploads come in."""
    from vidcat.inference.ffmpeg.program import FfmpegMissing, ffmpeg_decoders

    try:
        decoders = ffmpeg_decoders()
    except FfmpegMissing:
        remedy = "Mend ffmpeg first."
        return Check(
            name="decoders", status="failure", found="not checked", remedy=remedy
        )
    lacking = [
        codec for codec, any_of in _SOFTWARE_DECODERS.items() if not any_of & decoders
    ]
    if not lacking:
        return Check(name="decoders", status="ok", found=", ".join(_SOFTWARE_DECODERS))
    return Check(
        name="decoders",
        status="failure" if "h264" in lacking else "warning",
        found=f"no decoder of {', '.join(lacking)}",
        remedy="Install a fuller ffmpeg, or the Python package imageio-ffmpeg and set "
        "VIDCAT_FFMPEG to the program it brings.",
    )


def check_cache(folder: Path) -> Check:
    """Whether weights can be kept in a folder, and whether the disk has room.

    Args:
        folder: Need not exist; the nearest folder above it is tried then.
    """
    nearest = folder
    while not nearest.exists():
        nearest = nearest.parent
    try:
        with tempfile.TemporaryFile(dir=nearest):
            free_bytes = shutil.disk_usage(nearest).free
    except OSError as error:
        return Check(
            name="cache",
            status="failure",
            found=f"{folder} cannot be written ({error.strerror})",
            remedy="Make it writable, or name another folder in the environment "
            "variable KERAS_HOME.",
        )
    found = f"{folder}, {free_bytes / _GIB:.1f} GiB free"
    if free_bytes >= _LEAST_FREE_DISK_BYTES:
        return Check(name="cache", status="ok", found=found)
    return Check(
        name="cache",
        status="warning",
        found=found,
        remedy="Free two GiB for weights and features.",
    )


def check_memory(total_bytes: int) -> Check:
    """Whether there is memory enough for training and for ffmpeg beside it."""
    found = f"{total_bytes / _GIB:.1f} GiB"
    if total_bytes >= _LEAST_MEMORY_BYTES:
        return Check(name="memory", status="ok", found=found)
    return Check(
        name="memory",
        status="warning",
        found=found,
        remedy="Describe with a smaller `--batch-size` and `--decoders 1`.",
    )


def usable_memory_bytes() -> int:
    """What this process may use: the machine's memory or its container's share."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")
    share = limit.read_text().strip() if limit.is_file() else "max"
    return total if share == "max" else min(total, int(share))
