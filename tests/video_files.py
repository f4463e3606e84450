"""Makes the small videos that tests decode, with the ffmpeg under test."""

import subprocess
from pathlib import Path

import numpy as np

from vidcat.inference.frames import ffmpeg_path

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
WHITE, BLACK, GREY = (255, 255, 255), (0, 0, 0), (128, 128, 128)

# Colours keep their values to a few steps; encoding takes milliseconds.
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-threads", "1")


def run_ffmpeg(*arguments, stdin=b""):
    """Runs ffmpeg with these arguments; what it writes to stdout."""
    command = [ffmpeg_path(), "-hide_banner", "-loglevel", "error", "-y"]
    done = subprocess.run(
        [*command, *map(str, arguments)], input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def encode(path, pictures, *, fps=10, options=(*H264, "-pix_fmt", "yuv420p")):
    """Writes `uint8[frames, height, width, 3]` as a video; the path."""
    _, height, width, _ = pictures.shape
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}")
    run_ffmpeg(
        *source, "-r", fps, "-i", "pipe:0", *options, path, stdin=pictures.tobytes()
    )
    return Path(path)


def plain_pictures(colours, *, each=1, size=(64, 48)):
    """`each` pictures of every colour, of `(width, height)` pixels."""
    width, height = size
    flat = np.repeat(np.array(colours, "uint8"), each, axis=0)
    shape = (len(flat), height, width, 3)
    return np.ascontiguousarray(np.broadcast_to(flat[:, None, None], shape))


def make_colour_video(
    path, colours, seconds_each=1.0, fps=10, *, size=(64, 48), options=()
):
    """Writes a video that shows one plain colour after the other; the path.

    The container follows the suffix. `options` are ffmpeg's, for the output;
    they come last, so they override the codec and pixel format.
    """
    pictures = plain_pictures(colours, each=round(seconds_each * fps), size=size)
    return encode(
        path, pictures, fps=fps, options=(*H264, "-pix_fmt", "yuv420p", *options)
    )


def grey_of_second(second):
    """The grey of `make_clock_video` at a second below 60."""
    return 20 + 3 * second


def make_clock_video(path, seconds, *, fps=5, size=(32, 32), options=()):
    """Writes a video of at most 60 s, whose grey tells the second; the path."""
    greys = [(grey_of_second(second),) * 3 for second in range(seconds)]
    return make_colour_video(path, greys, 1.0, fps, size=size, options=options)


def make_sound(path, seconds=1.0, options=()):
    """Writes a file with a tone and no picture; the path."""
    tone = ("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}")
    run_ffmpeg(*tone, *options, path)
    return Path(path)


def patch_bytes(path, mark, offset, new):
    """Overwrites the bytes `offset` after the end of `mark`, wherever it occurs."""
    content = bytearray(Path(path).read_bytes())
    found = content.find(mark)
    assert found >= 0, f"{mark!r} is not in {path}"
    while found >= 0:
        start = found + len(mark) + offset
        content[start : start + len(new)] = new
        found = content.find(mark, found + 1)
    Path(path).write_bytes(content)
