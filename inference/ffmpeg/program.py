"""Finds the ffmpeg to use."""

import os
import re
import shutil
import subprocess
from functools import lru_cache

OLDEST_FFMPEG = "5.1"
# The library version that belongs to it; builds from git print no other number.
_OLDEST_LIBAVUTIL = (57, 28)

FFMPEG_VARIABLE = "VIDCAT_FFMPEG"
"""Environment variable that names the ffmpeg to use."""

_REMEDY = (
    f"Install ffmpeg {OLDEST_FFMPEG} or newer, or the Python package imageio-ffmpeg, "
    f"or name the program in the environment variable {FFMPEG_VARIABLE}."
)


class FfmpegMissing(RuntimeError):
    """There is no ffmpeg that can be used."""


def ffmpeg_path() -> str:
    """The ffmpeg that is used.

    It is the one that the environment variable `VIDCAT_FFMPEG` names; else the
    system's, if it is new enough; else the one of the package imageio-ffmpeg.

    Raises:
        FfmpegMissing: If there is none, or the named one cannot be used.
    """
    named = os.environ.get(FFMPEG_VARIABLE)
    if named is not None:
        _require_usable(named)
        return named
    system = shutil.which("ffmpeg")
    if system is not None and is_new_enough(_version_text(system)):
        return system
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        bundled = str(get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        found = "none was found" if system is None else f"{system} is too old"
        raise FfmpegMissing(f"No usable ffmpeg: {found}. {_REMEDY}") from None
    _require_usable(bundled)
    return bundled


def ffmpeg_version() -> str:
    """The version of the ffmpeg that is used, such as `"5.1.9-0+deb12u1"`.

    Raises:
        FfmpegMissing: As `ffmpeg_path`.
    """
    return version_name(_version_text(ffmpeg_path()))


def ffmpeg_decoders() -> frozenset[str]:
    """The names of the decoders that the ffmpeg used was built with.

    Raises:
        FfmpegMissing: As `ffmpeg_path`.
    """
    return decoder_names(_printed(ffmpeg_path(), "-decoders"))


def _require_usable(path: str) -> None:
    text = _version_text(path)
    if not text:
        raise FfmpegMissing(f"{path!r} cannot be run as ffmpeg. {_REMEDY}")
    if not is_new_enough(text):
        raise FfmpegMissing(
            f"{path!r} is version {version_name(text)}, too old. {_REMEDY}"
        )


@lru_cache(maxsize=8)
def _version_text(path: str) -> str:
    return _printed(path, "-version")


def _printed(path: str, option: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            [path, option],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")


def is_new_enough(version_text: str) -> bool:
    """Whether `ffmpeg -version` printed 5.1 or newer; `False` if it is no ffmpeg."""
    match = re.search(r"^libavutil\s+(\d+)\.\s*(\d+)\.", version_text, re.MULTILINE)
    return match is not None and (int(match[1]), int(match[2])) >= _OLDEST_LIBAVUTIL


def version_name(version_text: str) -> str:
    """The version in the first line of what `ffmpeg -version` printed.

    >>> version_name("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026")
    '5.1.9-0+deb12u1'
    """
    match = re.match(r"ffmpeg version (\S+)", version_text)
    return "unknown" if match is None else match[1]


def decoder_names(decoders_text: str) -> frozenset[str]:
    r"""The names in what `ffmpeg -decoders` printed.

    >>> decoder_names(" V..... = Video\n ------\n VFS..D h264    H.264 / AVC")
    frozenset({'h264'})
    """
    _, _, listing = decoders_text.partition("------")
    return frozenset(line.split()[1] for line in listing.splitlines() if line.strip())
