"""Frames a second of describing, beside the plain compiled model and OpenCV.

Usage: python benchmarks/describing.py [--encoder NAME] [--batch-size 24] [--repeats 4]

Weights are random: they do not change the speed. `plain model` is the very network
on batches that lie ready (`predict_on_batch`); describing should reach 90 % of it,
with full batches. From a video, `describe_videos` is set against OpenCV's
`VideoCapture` followed by `model.predict`. The machine's rate is that of NumPy's
product of two float32 matrices. The ways take turns, and each counts with its best
run, by the clock and by the processor: on a busy machine the second says more, but it
sees nothing of ffmpeg's process. The aim is reached if either says so. Takes about two
minutes on two cores that have nothing else to do; KERAS_BACKEND=jax runs it under JAX.
"""

import argparse
import math
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import keras
import numpy as np

from vidcat.inference.describing.describing import describe_videos
from vidcat.inference.frame_encoder import FrameEncoder
from vidcat.inference.frames import FrameSampler, ffmpeg_path
from vidcat.inference.video import Video

AIM = 0.90
MATRIX_SIDE = 2048


def operations_per_frame(model: Any) -> int:
    """Two for each multiply-add of its convolutions and dense layers."""
    total = 0
    for layer in model.layers:
        if hasattr(layer, "layers"):
            total += operations_per_frame(layer)
            continue
        for weight in layer.weights:
            if "kernel" in weight.name:
                places = math.prod(layer.output.shape[1:-1])
                total += 2 * math.prod(weight.shape) * places
    return total


class Spent(NamedTuple):
    """Seconds of the clock, and of the processor in this process."""

    clock: float
    processor: float


def best_of(repeats: int, ways: dict[str, Callable[[], object]]) -> dict[str, Spent]:
    """The least that each way took; they take turns."""
    best = dict.fromkeys(ways, Spent(math.inf, math.inf))
    for turn in range(repeats + 1):
        for name, way in ways.items():
            started, worked = time.perf_counter(), time.process_time()
            way()
            clock = time.perf_counter() - started
            processor = time.process_time() - worked
            # The first turn compiles.
            if turn:
                best[name] = Spent(*map(min, best[name], (clock, processor)))
    return best


def matrix_rate(repeats: int) -> float:
    """Floating-point operations a second of a matrix product."""
    matrix = np.random.default_rng(0).random((MATRIX_SIDE, MATRIX_SIDE), np.float32)
    spent = best_of(repeats, {"product": lambda: matrix @ matrix})["product"]
    return 2 * MATRIX_SIDE**3 / spent.clock


def make_video(path: Path, seconds: int) -> None:
    source = f"testsrc2=size=640x360:rate=30:duration={seconds}"
    command = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", source]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, str(path)], check=True)


def with_opencv(video: Path, encoder: Any) -> int:
    """Describes a frame a second as it is often done: read all, then predict."""
    capture = cv2.VideoCapture(str(video))
    rate = capture.get(cv2.CAP_PROP_FPS)
    size = (encoder.input_size, encoder.input_size)
    frames = []
    number = 0
    while True:
        found, picture = capture.read()
        if not found:
            break
        if number % round(rate) == 0:
            resized = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
            frames.append(cv2.cvtColor(resized, cv2.COLOR_BGR2RGB))
        number += 1
    capture.release()
    stacked = np.stack(frames)
    return len(encoder.model.predict(stacked, batch_size=encoder.batch_size, verbose=0))


def with_describe_videos(video: Path, encoder: FrameEncoder) -> int:
    sampler = FrameSampler(size=encoder.input_size)
    row = Video(id="video", path=str(video))
    (described,) = describe_videos([row], sampler, encoder)
    return len(described.features)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoder", default="inception_v3")
    parser.add_argument("--batch-size", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=4)
    given = parser.parse_args()

    encoder: Any = FrameEncoder.load(given.encoder, "random", given.batch_size)
    shape = (given.batch_size, encoder.input_size, encoder.input_size, 3)
    batch = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    ready = batch[: encoder.frames_per_call]
    rate = matrix_rate(given.repeats)
    spent = best_of(
        given.repeats,
        {
            "plain model": lambda: encoder.model.predict_on_batch(batch),
            "FrameEncoder.describe": lambda: encoder.describe(ready),
        },
    )
    counts = {"plain model": len(batch), "FrameEncoder.describe": len(ready)}
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "video.mp4"
        count = 2 * encoder.frames_per_call
        make_video(video, count)
        ways: dict[str, Callable[[], int]] = {
            "describe_videos": lambda: with_describe_videos(video, encoder),
            "VideoCapture + model.predict": lambda: with_opencv(video, encoder),
        }
        assert {way() for way in ways.values()} == {count}  # noqa: S101
        spent |= best_of(max(1, given.repeats // 2), dict(ways))
        counts |= dict.fromkeys(ways, count)

    operations = operations_per_frame(encoder.model)
    print(f"{given.encoder}, Keras on {keras.backend.backend()}, ", end="")
    print(f"{operations / 1e9:.2f} GFLOP a frame, batches of {given.batch_size}")
    print(f"matrix product: {rate / 1e9:.0f} GFLOP/s")
    shares = report(spent, counts, operations, rate)
    print(f"aim: describe at {AIM:.0%} of the plain model or more: ", end="")
    print("reached" if max(shares["FrameEncoder.describe"]) >= AIM else "MISSED")


def report(
    spent: dict[str, Spent], counts: dict[str, int], operations: int, rate: float
) -> dict[str, Spent]:
    """Prints a line for each way; the shares of the plain model's rates."""
    plain = [seconds / counts["plain model"] for seconds in spent["plain model"]]
    shares = {}
    for name, seconds in spent.items():
        each = [part / counts[name] for part in seconds]
        shares[name] = Spent(plain[0] / each[0], plain[1] / each[1])
        reached = operations / each[0]
        print(
            f"{name:29}{1 / each[0]:7.2f} frames/s, {reached / 1e9:4.0f} GFLOP/s "
            f"({reached / rate:.0%} of the product); of the plain model "
            f"{shares[name].clock:.0%} by the clock, "
            f"{shares[name].processor:.0%} by the processor"
        )
    return shares


if __name__ == "__main__":
    main()
