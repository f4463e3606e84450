"""Scenes of speed for the demo's clips: slope and race track."""

import math

import numpy as np
from numpy.random import Generator

from vidcat.commands.demo_catalog.drawing import (
    HEIGHT,
    SKIN_TONES,
    WHITE,
    WIDTH,
    Colour,
    Painter,
    Picture,
    bright,
    crowd,
    disc,
    fade,
    near,
    one_of,
    person,
    polygon,
    shade,
    stroke,
    sway,
)


def skiing(rng: Generator) -> Painter:
    """A snow slope with trees, gates, a skier and falling snow."""
    blue = shade(rng.uniform(195, 225), rng.uniform(0.1, 0.6), rng.uniform(0.65, 0.95))
    back = fade(blue, near(rng, (240, 235, 230), 12))
    ridge = [(x, rng.uniform(15, 70)) for x in range(-20, 360, 40)]
    polygon(back, [(-20, 120), *ridge, (340, 120)], shade(215, 0.35, 0.6))
    tilt = rng.uniform(-35, 35)
    snow = near(rng, (240, 232, 225), 14)
    slope = [(0, 75 + tilt), (WIDTH, 75 - tilt), (WIDTH, HEIGHT), (0, HEIGHT)]
    polygon(back, slope, snow)
    green = shade(rng.uniform(120, 170), 0.5, rng.uniform(0.15, 0.35))
    trees = rng.uniform((-10, 0), (WIDTH + 10, 1), (int(rng.integers(5, 18)), 2))
    gates = rng.random(int(rng.integers(0, 5)))
    flakes = rng.uniform((0, 0), (WIDTH, HEIGHT), (int(rng.integers(0, 120)), 2))
    outfit = (bright(rng), bright(rng), one_of(rng, SKIN_TONES))
    speed, track = rng.uniform(0.25, 0.5), sway(rng, 160, 70, 3)
    height = rng.uniform(38, 65)

    def paint(time: float) -> Picture:
        canvas = back.copy()
        for where, start in trees:
            down = (start - speed * time) % 1
            foot, size = 75 + 120 * down, 14 + 40 * down
            # The piste in the middle is kept free.
            x = where + math.copysign(40 + 60 * down, where - WIDTH / 2)
            for tier in (0.0, 0.35):
                top, half = foot - size * (1 + tier), size * (0.4 - tier / 3)
                base = foot - size * tier
                polygon(canvas, [(x - half, base), (x, top), (x + half, base)], green)
        for which, start in enumerate(gates):
            down = (start - speed * time) % 1
            x, foot = 160 + (70 if which % 2 else -70) * (0.5 + down), 80 + 110 * down
            polygon(
                canvas,
                [(x, foot), (x, foot - 30), (x + 16, foot - 30), (x + 16, foot - 14)],
                (40, 40, 220) if which % 2 else (220, 80, 30),
            )
        x, lean = track(time), 8 * math.cos(3 * time)
        stroke(
            canvas,
            [(track(time - s / 8), 150 - 9 * s) for s in range(8)],
            (205, 190, 180),
            4,
        )
        for ski in (-5, 5):
            tips = [(x + ski - lean - 4, 158), (x + ski + lean + 4, 146)]
            stroke(canvas, tips, (30, 30, 160), 3)
        person(canvas, (x, 152), height, outfit, 0.4 * math.sin(5 * time))
        fallen = flakes + np.array([9 * math.sin(time), 70 * time])
        columns, rows = (fallen % (WIDTH, HEIGHT)).astype(int).T
        canvas[rows, columns] = canvas[rows - 1, columns] = WHITE
        return canvas

    return paint


def _race_car(canvas: Picture, x: float, y: float, width: float, c: Colour) -> None:
    dark = (25, 25, 25)
    for side in (-0.5, 0.36):
        left = x + side * width
        wheel = [(left, y), (left, y - 0.3 * width), (left + 0.14 * width, y)]
        polygon(canvas, [*wheel[:2], (wheel[2][0], wheel[1][1]), wheel[2]], dark)
    half, top = 0.42 * width, y - 0.42 * width
    body = [(x - half, y - 0.08 * width), (x - 0.8 * half, top), (x + 0.8 * half, top)]
    polygon(canvas, [*body, (x + half, y - 0.08 * width)], c)
    stroke(canvas, [(x - half, top - 2), (x + half, top - 2)], dark, 0.09 * width)
    disc(canvas, x, top, 0.09 * width, WHITE)


def auto_racing(rng: Generator) -> Painter:
    """A track that bends away, kerbs, and cars seen from behind."""
    horizon = int(rng.integers(55, 85))
    sky = fade(
        shade(210, rng.uniform(0.1, 0.6), rng.uniform(0.6, 0.95)), (235, 225, 215)
    )
    stand = round(horizon - rng.uniform(8, 25))
    sky[stand:] = crowd(rng)[stand:]
    verge = one_of(
        rng, (shade(100, 0.6, 0.45), shade(40, 0.4, 0.7), shade(90, 0.5, 0.35))
    )
    asphalt = near(rng, (105, 100, 100), 28)
    kerb = one_of(rng, ((40, 40, 215), (210, 90, 30)))
    palette = np.array(
        [verge, near(rng, verge, 25), kerb, WHITE, asphalt, near(rng, asphalt, 8)],
        np.uint8,
    )
    deep = HEIGHT - horizon
    rows = (np.arange(deep, dtype=np.float32)[:, None] + 0.5) / deep
    columns = np.arange(WIDTH, dtype=np.float32)[None, :]
    bend, speed = sway(rng, 0, rng.uniform(60, 220), 6), rng.uniform(8, 16)
    width_near = rng.uniform(110, 170)
    cars = [
        (sway(rng, rng.uniform(0.15, 0.7), 0.14, 5), sway(rng, 0, 0.6, 4), bright(rng))
        for _ in range(int(rng.integers(1, 5)))
    ]

    def middle_at(down: float, time: float) -> float:
        return WIDTH / 2 + bend(time) * (1 - down) ** 2

    def paint(time: float) -> Picture:
        canvas = sky.copy()
        half = width_near * rows + 3
        off = np.abs(columns - (WIDTH / 2 + bend(time) * (1 - rows) ** 2))
        stripe = np.floor(2.5 / rows + speed * time).astype(np.uint8) % 2
        surface = np.where(off < half * 1.14, 2 + stripe, stripe)
        surface = np.where(off < half, 4 + stripe, surface)
        surface = np.where((off < half * 0.03) & (stripe == 1), 3, surface)
        canvas[horizon:] = palette[surface]
        for depth, lane, colour in sorted(cars, key=lambda car: car[0](time)):
            down = depth(time)
            half_here = width_near * down + 3
            x = middle_at(down, time) + lane(time) * half_here
            y = horizon + down * (HEIGHT - horizon) + 0.3 * half_here
            _race_car(canvas, x, y, half_here * 0.7, colour)
        return canvas

    return paint
