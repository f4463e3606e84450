"""The demo's scenes and the camera that films them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from vidcat.commands.demo_catalog.drawing import (
    HEIGHT,
    WIDTH,
    Painter,
    Picture,
    bright,
    one_of,
)
from vidcat.commands.demo_catalog.field_scenes import soccer, swimming, tennis
from vidcat.commands.demo_catalog.indoor_scenes import (
    cooking,
    presenter,
    screensaver,
    title_card,
    video_gaming,
)
from vidcat.commands.demo_catalog.nature_scenes import aquarium, beach, space
from vidcat.commands.demo_catalog.speed_scenes import auto_racing, skiing

SCENES = {
    "539": tennis,
    "533": soccer,
    "537": swimming,
    "531": skiing,
    "518": auto_racing,
    "216": cooking,
    "426": aquarium,
    "472": space,
    "673": beach,
    "680": video_gaming,
}
"""By IAB 3.1 category id: what sets up a scene of that category."""

FILLERS = (presenter, title_card, screensaver)
"""Scenes of no category."""


class Camera:
    """Films scenes: movement, light and the faults of cheap cameras, by chance.

    Args:
        rng: Chooses the camera and how it is held.
    """

    def __init__(self, rng: Generator) -> None:
        self._pan = rng.uniform(-6, 6, 2)
        self._shake = rng.uniform(0, 1.5)
        self._zoom = rng.uniform(1.06, 1.35), rng.uniform(-0.03, 0.03)
        self._roll_degrees = rng.normal(0, 2.5)
        self._levels = _light(rng)
        self._grey = rng.random() < 0.03
        self._blur = rng.random() < 0.1
        self._bars = int(rng.integers(14, 24)) if rng.random() < 0.08 else 0
        self._logo = bright(rng) if rng.random() < 0.3 else None
        grain = np.abs(rng.normal(0, rng.uniform(1, 7), (HEIGHT + 32, WIDTH + 32, 3)))
        self._grain: Picture = grain.astype(np.uint8)
        self._rng = rng

    def film(
        self,
        scene: Painter,
        start_seconds: float,
        frames: int,
        frames_per_second: float,
    ) -> Iterator[Picture]:
        """Yields pictures of the scene, each `(180, 320, 3)`, BGR."""
        for index in range(frames):
            time = start_seconds + index / frames_per_second
            yield self._expose(scene(time), time)

    def _expose(self, picture: Picture, time: float) -> Picture:
        seen = cv2.warpAffine(
            picture, self._aim(time), (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT
        )
        if self._blur:
            seen = cv2.GaussianBlur(seen, (0, 0), 1.6)
        if self._grey:
            seen = cv2.cvtColor(
                cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR
            )
        seen = cv2.LUT(seen, self._levels)
        down, right = self._rng.integers(0, 32, 2)
        grain = np.ascontiguousarray(self._grain[down:, right:][:HEIGHT, :WIDTH])
        seen = cv2.add(seen, grain)
        if self._bars:
            seen[: self._bars] = seen[HEIGHT - self._bars :] = 0
        if self._logo is not None:
            cv2.rectangle(seen, (WIDTH - 40, 10), (WIDTH - 12, 24), self._logo, -1)
        return seen

    def _aim(self, time: float) -> Picture:
        zoom = self._zoom[0] + self._zoom[1] * time
        move = cv2.getRotationMatrix2D(
            (WIDTH / 2, HEIGHT / 2), self._roll_degrees, zoom
        )
        move[:, 2] += (
            self._pan * math.sin(time) + self._rng.normal(0, 1, 2) * self._shake
        )
        return move


def _light(rng: Generator) -> Picture:
    """Look-up table of shape `(1, 256, 3)`: brightness, contrast, colour cast."""
    grey = np.linspace(0, 1, 256)[:, None]
    gain = rng.uniform(0.75, 1.12) * rng.uniform(0.92, 1.06, 3)
    curve = grey ** rng.uniform(0.8, 1.25) * gain + rng.uniform(0, 0.08)
    return np.clip(255 * curve, 0, 255).astype(np.uint8)[None]


def film_clip(
    rng: Generator, categories: Sequence[str], frames: int, frames_per_second: float
) -> Iterator[Picture]:
    """Films the categories' scenes one after the other.

    A clip without category shows a filler; some of the others begin with one, as
    an uploader's opening.

    Args:
        rng: Source of chance.
        categories: Keys of `SCENES`; may be empty.
        frames: How many frames in all, more than four for each category.
        frames_per_second: Rate at which they will be played.

    Yields:
        Pictures of shape `(180, 320, 3)`, BGR.
    """
    scenes = [SCENES[category](rng) for category in categories]
    shares = list(rng.uniform(1, 1.5, len(scenes)))
    if not scenes or rng.random() < 0.15:
        scenes.insert(0, one_of(rng, FILLERS)(rng))
        shares.insert(0, 0.3)
    ends = np.rint(np.cumsum(shares) / sum(shares) * frames).astype(int)
    start = 0
    for scene, end in zip(scenes, ends, strict=True):
        yield from Camera(rng).film(
            scene, start / frames_per_second, int(end) - start, frames_per_second
        )
        start = int(end)


def write_mp4(
    path: Path, pictures: Iterable[Picture], frames_per_second: float
) -> None:
    """Encodes pictures of shape `(180, 320, 3)`, BGR, as MPEG-4 part 2 in MP4.

    Raises:
        OSError: If the file cannot be written.
    """
    code = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), code, frames_per_second, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise OSError(f"{path}: OpenCV cannot write an MP4 file there.")
    try:
        for picture in pictures:
            writer.write(picture)
    finally:
        writer.release()
