"""Peak memory of `vidcat classify` on a video of an hour and on one of a minute.

Usage: python benchmarks/classify_memory.py BUNDLE

Makes both videos with ffmpeg (640x360, 12 frames a second), categorizes each in a
process of its own, and prints the peak resident memory of that process and of its
largest child. Takes about three minutes on two cores.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from vidcat.inference.ffmpeg.program import ffmpeg_path

LIMIT_MB = 300


def make_video(path: Path, seconds: int) -> None:
    source = f"testsrc2=size=640x360:rate=12:duration={seconds}"
    command = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", source]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, str(path)], check=True)


def peak_memory_mb(video: Path, bundle: Path) -> float:
    script = "from vidcat.commands.main import main; main()"
    words = [sys.executable, "-c", script, "classify", str(video)]
    pid = os.posix_spawn(
        sys.executable, [*words, "--bundle", str(bundle), "--json"], os.environ
    )
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"classify ended with status {status}")
    # Linux counts in KiB, macOS in bytes.
    return usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    bundle = parser.parse_args().bundle
    with tempfile.TemporaryDirectory() as folder:
        peaks = {}
        for name, seconds in (("one minute", 60), ("one hour", 3600)):
            video = Path(folder) / f"{seconds}.mp4"
            make_video(video, seconds)
            peaks[name] = peak_memory_mb(video, bundle)
    for name, peak in peaks.items():
        print(f"{name}: {peak:.0f} MB")
    more = peaks["one hour"] - peaks["one minute"]
    print(f"difference: {more:.0f} MB (aim: at most {LIMIT_MB} MB)")


if __name__ == "__main__":
    main()
