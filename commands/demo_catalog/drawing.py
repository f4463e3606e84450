"""What the demo's scenes are drawn with: colours, surfaces, people, perspective."""

import colorsys
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""BGR image of shape `(height, width, 3)`, as OpenCV draws it."""
Colour = tuple[int, int, int]
"""Blue, green, red; each 0 to 255."""
Painter = Callable[[float], Picture]
"""Draws a scene as it is so many seconds after its start."""
Motion = Callable[[float], float]
"""Where something is so many seconds after the scene's start."""

Choice = TypeVar("Choice")

WIDTH, HEIGHT = 320, 180
WHITE: Colour = (245, 245, 245)
SKIN_TONES: tuple[Colour, ...] = ((170, 200, 240), (120, 160, 205), (60, 85, 125))


def shade(hue: float, saturation: float, value: float) -> Colour:
    """A colour by hue in degrees, saturation and value in [0, 1].

    >>> shade(120, 1, 1)
    (0, 255, 0)
    """
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)
    return round(255 * blue), round(255 * green), round(255 * red)


def bright(rng: Generator) -> Colour:
    """A strong colour of any hue, for shirts, cars and fish."""
    return shade(rng.uniform(0, 360), rng.uniform(0.6, 1), rng.uniform(0.6, 1))


def near(rng: Generator, colour: Colour, amount: int = 20) -> Colour:
    """A colour at most `amount` away in each channel."""
    moved = np.clip(np.array(colour) + rng.integers(-amount, amount + 1, 3), 0, 255)
    return int(moved[0]), int(moved[1]), int(moved[2])


def one_of(rng: Generator, choices: Sequence[Choice]) -> Choice:
    """One of the choices, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def sway(rng: Generator, centre: float, reach: float, seconds: float = 3.0) -> Motion:
    """A motion to and fro around `centre`, about `seconds` a period."""
    rate = 2 * math.pi / (seconds * rng.uniform(0.6, 1.5))
    phase = rng.uniform(0, 2 * math.pi)
    return lambda time: centre + reach * math.sin(rate * time + phase)


def fade(top: Colour, bottom: Colour, height: int = HEIGHT) -> Picture:
    """A picture that runs from one colour to another, for skies and water."""
    share = np.linspace(0, 1, height)[:, None]
    rows = (1 - share) * np.array(top) + share * np.array(bottom)
    return np.repeat(rows[:, None, :], WIDTH, axis=1).astype(np.uint8)


def texture(
    rng: Generator, size: tuple[int, int], colour: Colour, roughness: float, grain: int
) -> Picture:
    """A surface of one colour, unevenly lit in patches of `grain` pixels.

    Args:
        rng: Source of chance.
        size: Height and width in pixels.
        colour: Mean colour.
        roughness: Standard deviation of the unevenness, in grey levels.
        grain: Size of a patch.
    """
    height, width = size
    coarse = rng.normal(0, roughness, (height // grain + 2, width // grain + 2))
    uneven = cv2.resize(
        coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return np.clip(np.array(colour) + uneven[..., None], 0, 255).astype(np.uint8)


def crowd(rng: Generator) -> Picture:
    """A picture full of spectators: rows of many-coloured dots."""
    dots = rng.integers(20, 230, (HEIGHT // 3, WIDTH // 3, 3)).astype(np.uint8)
    stand = cv2.resize(dots, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    dark = np.array(shade(rng.uniform(0, 360), 0.3, 0.35))
    return (0.55 * stand + 0.45 * dark).astype(np.uint8)


def polygon(canvas: Picture, points: Sequence[tuple[float, float]], c: Colour) -> None:
    """Fills a polygon of `(x, y)` points."""
    corners = np.rint(np.array(points)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], c, cv2.LINE_AA)


def stroke(
    canvas: Picture, points: Sequence[tuple[float, float]], c: Colour, width: float = 1
) -> None:
    """Draws a line through `(x, y)` points."""
    corners = np.rint(np.array(points)).astype(np.int32)
    cv2.polylines(canvas, [corners], False, c, max(1, round(width)), cv2.LINE_AA)


def disc(canvas: Picture, x: float, y: float, radius: float, c: Colour) -> None:
    """Fills a circle."""
    centre = (round(x), round(y))
    cv2.circle(canvas, centre, max(1, round(radius)), c, -1, cv2.LINE_AA)


def oval(
    canvas: Picture, x: float, y: float, axes: tuple[float, float], c: Colour
) -> None:
    """Fills an ellipse of half axes `axes`."""
    half = (max(1, round(axes[0])), max(1, round(axes[1])))
    cv2.ellipse(canvas, (round(x), round(y)), half, 0, 0, 360, c, -1, cv2.LINE_AA)


def person(
    canvas: Picture,
    feet: tuple[float, float],
    height: float,
    colours: tuple[Colour, Colour, Colour],
    stride: float,
) -> None:
    """Draws somebody who runs.

    Args:
        canvas: Drawn into.
        feet: Where they stand, in pixels.
        height: From feet to crown, in pixels.
        colours: Of the shirt, the trousers and the skin.
        stride: Swing of arms and legs, -1 to 1.
    """
    x, y = feet
    shirt, trousers, skin = colours
    limb = height / 9
    hip, neck = y - 0.45 * height, y - 0.82 * height
    for side in (-1, 1):
        foot = (x + side * (0.06 + 0.14 * abs(stride)) * height, y)
        hand = (x + side * 0.25 * height, hip + side * stride * 0.12 * height)
        stroke(canvas, [(x, hip), foot], trousers, limb)
        stroke(canvas, [(x, neck + limb), hand], skin, limb * 0.8)
    stroke(canvas, [(x, neck), (x, hip)], shirt, height / 4.5)
    disc(canvas, x, y - 0.91 * height, height / 10, skin)


class Ground:
    """A flat field seen from a height, as a television camera sees it.

    Args:
        field: The field from above, one scale for both directions; its last row
            is nearest to the camera.
        behind: What is seen beyond the field.
        rng: Chooses where the camera stands.
        far_share: Widths of the far edge as a share of the near one, the range.
    """

    def __init__(
        self,
        field: Picture,
        behind: Picture,
        rng: Generator,
        far_share: tuple[float, float] = (0.5, 0.7),
    ) -> None:
        height, width = field.shape[:2]
        near_half = WIDTH * rng.uniform(0.85, 1.15)
        far_half = near_half * rng.uniform(*far_share)
        middle = WIDTH / 2 + rng.uniform(-25, 25)
        slant = rng.uniform(-30, 30)
        top, bottom = rng.uniform(28, 60), HEIGHT + rng.uniform(5, 40)
        seen = [
            (middle + slant - far_half, top),
            (middle + slant + far_half, top),
            (middle + near_half, bottom),
            (middle - near_half, bottom),
        ]
        flat = [(0, 0), (width, 0), (width, height), (0, height)]
        self._view = cv2.getPerspectiveTransform(
            np.array(flat, np.float32), np.array(seen, np.float32)
        )
        self.picture: Picture = cv2.warpPerspective(
            field,
            self._view,
            (WIDTH, HEIGHT),
            dst=behind.copy(),
            borderMode=cv2.BORDER_TRANSPARENT,
        )

    def place(self, across: float, along: float) -> tuple[float, float, float]:
        """Where a point of the field is seen, and its magnification there."""
        x, y, depth = self._view @ np.array([across, along, 1.0])
        right = self._view @ np.array([across + 1.0, along, 1.0])
        return x / depth, y / depth, float(right[0] / right[2] - x / depth)
