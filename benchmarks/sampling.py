"""Frames a second of sampling, beside ffmpeg alone and OpenCV's `VideoCapture`.

Usage: python benchmarks/sampling.py [--seconds 90] [--repeats 5] [VIDEO]
                                     [--size 1280x720] [--kbits 3000]

Without VIDEO it makes one with ffmpeg (30 frames a second, moving and noisy, a key
frame every 5 s). The ways take turns, and each counts with its best
run, so that what else the machine does weighs little; on a busy machine the
processor's seconds say more than the clock's. `ffmpeg alone` is the very
command that the sampler runs, with its output thrown away by `cat`: the 5 % that
the sampler may cost over it are what Python does. OpenCV decodes every frame,
converts and shrinks the first of each second (of every fifth second beside the
key frames, which lie that far apart) in the same scaler's manner (bicubic).
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2

from vidcat.inference.backfill.processes import processor_seconds
from vidcat.inference.ffmpeg.command import build_command
from vidcat.inference.frames import FrameSampler, ffmpeg_path, ffmpeg_version
from vidcat.inference.sampling import Sampling

SIZE = 299
KEYFRAME_SECONDS = 5
LIMIT = 1.05


def make_video(path: Path, seconds: int, size: str, kbits: int) -> None:
    source = f"testsrc2=size={size}:rate=30:duration={seconds}"
    command = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", source]
    command += ["-vf", "noise=alls=20:allf=t", "-c:v", "libx264", "-b:v", f"{kbits}k"]
    command += ["-preset", "veryfast", "-g", str(30 * KEYFRAME_SECONDS)]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(path)], check=True)


def with_sampler(video: Path, sampling: Sampling) -> int:
    with FrameSampler(size=SIZE, sampling=sampling).sample(video) as frames:
        return sum(1 for _ in frames)


def with_ffmpeg(video: Path, sampling: Sampling) -> int:
    times, times_end = os.pipe()
    command = build_command(
        ffmpeg_path=ffmpeg_path(),
        source=str(video),
        times_pipe=times_end,
        size=SIZE,
        fit="squash",
        sampling=sampling,
        threads=None,
    )
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(times_end,),
    ) as process:
        os.close(times_end)
        subprocess.run(
            ["/bin/cat"], stdin=process.stdout, stdout=subprocess.DEVNULL, check=True
        )
    with open(times) as lines:  # noqa: PTH123
        return sum(not line.startswith("#") for line in lines)


def with_opencv(video: Path, seconds_between: float) -> int:
    capture = cv2.VideoCapture(str(video))
    count, due_seconds = 0, 0.0
    while capture.grab():
        if capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 + 1e-6 < due_seconds:
            continue
        _, picture = capture.retrieve()
        shrunk = cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        cv2.cvtColor(shrunk, cv2.COLOR_BGR2RGB)
        count += 1
        due_seconds += seconds_between
    capture.release()
    return count


class Best(NamedTuple):
    """The best of several runs of one way."""

    frames: int
    seconds: float
    cpu_seconds: float


def video_seconds(video: Path) -> float:
    with FrameSampler(size=SIZE).sample(video) as frames:
        next(frames)
        return frames.facts.duration_seconds


def best_of(ways: dict[str, Callable[[], int]], repeats: int) -> dict[str, Best]:
    best: dict[str, Best] = {}
    for _ in range(repeats):
        for name, way in ways.items():
            cpu_began, began = processor_seconds(), time.perf_counter()
            frames = way()
            seconds = time.perf_counter() - began
            cpu_seconds = processor_seconds() - cpu_began
            if name in best:
                seconds = min(seconds, best[name].seconds)
                cpu_seconds = min(cpu_seconds, best[name].cpu_seconds)
            best[name] = Best(frames, seconds, cpu_seconds)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, nargs="?")
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--size", default="1280x720", help="of the video it makes")
    parser.add_argument("--kbits", type=int, default=3000, help="bit rate of it")
    arguments = parser.parse_args()
    every, keys = Sampling(), Sampling(rule="keyframes")
    with tempfile.TemporaryDirectory() as folder:
        video = arguments.video
        if video is None:
            video = Path(folder) / "video.mp4"
            make_video(video, arguments.seconds, arguments.size, arguments.kbits)
        seconds = video_seconds(video)
        best = best_of(
            {
                "uniform, ffmpeg alone": lambda: with_ffmpeg(video, every),
                "uniform, vidcat": lambda: with_sampler(video, every),
                "uniform, OpenCV": lambda: with_opencv(video, 1.0),
                "keyframes, ffmpeg alone": lambda: with_ffmpeg(video, keys),
                "keyframes, vidcat": lambda: with_sampler(video, keys),
                "keyframes, OpenCV": lambda: with_opencv(video, KEYFRAME_SECONDS),
            },
            arguments.repeats,
        )
    print(
        f"ffmpeg {ffmpeg_version()}, OpenCV {cv2.__version__}, {os.cpu_count()} cores"
    )
    print("CPU/s: processor seconds a second of video")
    heads = ("frames", "seconds", "x ffmpeg", "CPU s", "x ffmpeg", "CPU/s", "frames/s")
    print(" " * 26 + "".join(f"{head:>10}" for head in heads))
    for name, run in best.items():
        alone = best[f"{name.split(',')[0]}, ffmpeg alone"]
        wall = f"{run.seconds:>10.2f}{run.seconds / alone.seconds:>10.3f}"
        cpu = f"{run.cpu_seconds:>10.2f}{run.cpu_seconds / alone.cpu_seconds:>10.3f}"
        cpu += f"{run.cpu_seconds / seconds:>10.4f}"
        print(f"{name:26}{run.frames:>10}{wall}{cpu}{run.frames / run.seconds:>10.1f}")
    print(f"The aim is at most {LIMIT} of ffmpeg alone.")


if __name__ == "__main__":
    main()
