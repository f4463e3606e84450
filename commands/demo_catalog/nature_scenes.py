"""Scenes of nature for the demo's clips: aquarium, night sky, beach."""

import math

import cv2
import numpy as np
from numpy.random import Generator

from vidcat.commands.demo_catalog.drawing import (
    HEIGHT,
    WHITE,
    WIDTH,
    Colour,
    Painter,
    Picture,
    bright,
    disc,
    fade,
    near,
    one_of,
    oval,
    polygon,
    shade,
    stroke,
    sway,
    texture,
)


def _fish(
    canvas: Picture, at: tuple[float, float], size: float, c: Colour, tail: float
) -> None:
    x, y = at
    ahead = math.copysign(1, size)
    length = abs(size)
    back = x - ahead * length * 0.8
    fin = back - ahead * length * 0.7
    polygon(
        canvas,
        [(back, y), (fin, y - length * (0.4 + tail)), (fin, y + length * (0.4 - tail))],
        c,
    )
    oval(canvas, x, y, (length, length * 0.5), c)
    stroke(canvas, [(x, y - length * 0.45), (x, y + length * 0.45)], WHITE, length / 5)
    disc(canvas, x + ahead * length * 0.6, y - length * 0.1, length * 0.1, (10, 10, 10))


def aquarium(rng: Generator) -> Painter:
    """Fish of one or two kinds among plants and bubbles."""
    hue = rng.uniform(165, 225)
    water = fade(
        shade(hue, rng.uniform(0.5, 0.8), rng.uniform(0.5, 0.85)),
        shade(hue + 10, 0.9, rng.uniform(0.15, 0.4)),
    )
    gravel = texture(rng, (40, WIDTH), near(rng, (120, 160, 185), 40), 28, 4)
    floor = int(rng.integers(140, 165))
    water[floor:] = gravel[: HEIGHT - floor]
    plants = [
        (
            rng.uniform(0, WIDTH),
            rng.uniform(30, 110),
            shade(rng.uniform(80, 160), 0.7, 0.5),
        )
        for _ in range(int(rng.integers(4, 16)))
    ]
    kinds = [bright(rng), bright(rng)]
    fish = [
        (
            rng.uniform(0, WIDTH),
            sway(rng, rng.uniform(25, 135), 10),
            rng.uniform(7, 22) * one_of(rng, (-1, 1)),
            one_of(rng, kinds),
            rng.uniform(15, 55),
        )
        for _ in range(int(rng.integers(3, 13)))
    ]
    bubbles = rng.uniform((0, 0), (WIDTH, HEIGHT), (int(rng.integers(5, 30)), 2))

    def paint(time: float) -> Picture:
        canvas = water.copy()
        for foot, height, green in plants:
            blade = [
                (
                    foot + 10 * math.sin(time + foot + s / 2) * s / 6,
                    floor + 5 - height * s / 6,
                )
                for s in range(7)
            ]
            stroke(canvas, blade, green, 5)
        for start, level, size, colour, speed in fish:
            x = (start + math.copysign(speed, size) * time) % (WIDTH + 60) - 30
            _fish(
                canvas,
                (x, level(time)),
                size,
                colour,
                0.25 * math.sin(9 * time + start),
            )
        for x, y in bubbles:
            at = (
                round(x + 3 * math.sin(4 * time + x)),
                round((y - 45 * time) % HEIGHT),
            )
            cv2.circle(canvas, at, 2 + round(x) % 3, (250, 240, 215), 1, cv2.LINE_AA)
        return canvas

    return paint


def _night_sky(rng: Generator, side: int) -> Picture:
    sky = np.full((side, side, 3), near(rng, (22, 12, 8), 8), np.uint8)
    if rng.random() < 0.6:
        cloud = texture(rng, (side, side), (0, 0, 0), rng.uniform(30, 70), 60)
        tint = np.array(shade(rng.uniform(200, 400), 0.7, 0.8)) / 255
        sky = cv2.add(sky, (cloud * tint).astype(np.uint8))
    for x, y in rng.uniform(0, side, (int(rng.integers(80, 500)), 2)):
        light = int(rng.integers(90, 255))
        sky[int(y), int(x)] = near(rng, (light, light, light), 30)
    for x, y in rng.uniform(0, side, (int(rng.integers(3, 25)), 2)):
        disc(sky, x, y, 1, WHITE)
    return sky


def _planet(rng: Generator) -> tuple[Picture, Picture]:
    """A planet in the middle of a strip two pictures wide, and where it covers."""
    radius, level = int(rng.integers(14, 70)), int(rng.integers(50, 130))
    colour = shade(rng.uniform(0, 360), rng.uniform(0, 0.8), rng.uniform(0.6, 0.95))
    bands = [near(rng, colour, 30) for _ in range(7)]
    dusk = rng.uniform(-0.7, 0.9)
    strip = np.zeros((HEIGHT, 2 * WIDTH, 3), np.uint8)
    for row in range(-radius, radius + 1):
        half, y = math.sqrt(radius**2 - row**2), level + row
        day = bands[(row + radius) * 7 // (2 * radius + 1)]
        night = (day[0] // 6 + 1, day[1] // 6, day[2] // 6)
        stroke(strip, [(WIDTH - half, y), (WIDTH + dusk * half, y)], day)
        stroke(strip, [(WIDTH + dusk * half, y), (WIDTH + half, y)], night)
    if rng.random() < 0.4:
        axes, light = (round(radius * 1.8), round(radius * 0.5)), (200, 215, 225)
        cv2.ellipse(strip, (WIDTH, level), axes, 15, -35, 215, light, 3, cv2.LINE_AA)
    return strip, 255 * (strip.max(axis=2) > 0).astype(np.uint8)


def space(rng: Generator) -> Painter:
    """Turning stars, a nebula, a planet with or without ring, a meteor."""
    side = 400
    sky = _night_sky(rng, side)
    planet = _planet(rng) if rng.random() < 0.75 else None
    across = sway(rng, rng.uniform(70, 250), 20, 9)
    turn, meteor = rng.uniform(-4, 4), rng.uniform(0.5, 2.5)

    def paint(time: float) -> Picture:
        move = cv2.getRotationMatrix2D((side / 2, side / 2), turn * time, 1.0)
        move[:, 2] -= ((side - WIDTH) / 2, (side - HEIGHT) / 2)
        canvas: Picture = cv2.warpAffine(sky, move, (WIDTH, HEIGHT))
        if planet is not None:
            left = WIDTH - round(across(time))
            strip, covers = (part[:, left : left + WIDTH] for part in planet)
            cv2.copyTo(strip, covers, canvas)
        flight = (time - meteor) / 0.5
        if 0 <= flight < 1:
            head = (40 + 200 * flight, 15 + 70 * flight)
            stroke(canvas, [(head[0] - 40, head[1] - 14), head], WHITE, 2)
        return canvas

    return paint


def _palm(canvas: Picture, x: float, lean: float, sweep: float) -> None:
    crown = (x + lean, 40.0)
    stroke(canvas, [(x, 170), (x + lean * 0.3, 105), crown], (50, 80, 110), 6)
    for leaf in range(7):
        angle = math.pi * (leaf + 0.5) / 7 + sweep
        middle = (crown[0] + 24 * math.cos(angle), crown[1] - 14 * math.sin(angle))
        tip = (crown[0] + 42 * math.cos(angle), crown[1] + 12 - 6 * math.sin(angle))
        stroke(canvas, [crown, middle, tip], (45, 110 + 8 * leaf, 40), 4)


def beach(rng: Generator) -> Painter:
    """Sea, surf and sand, parasols, perhaps palms and a low sun."""
    evening = rng.random() < 0.3
    sky = fade(
        shade(265 if evening else 205, 0.5, rng.uniform(0.6, 0.95)),
        shade(25, 0.65, 0.95) if evening else (245, 235, 215),
    )
    horizon = int(rng.integers(50, 85))
    sea = fade(
        shade(rng.uniform(195, 215), 0.8, 0.45 if evening else 0.6),
        shade(rng.uniform(165, 190), 0.5, 0.6 if evening else 0.85),
    )
    sky[horizon:] = sea[horizon:]
    disc(sky, rng.uniform(30, 290), horizon - rng.uniform(5, 40), 12, (170, 235, 255))
    sand = near(rng, shade(38, 0.4, 0.6 if evening else 0.88), 15)
    shore = sway(rng, rng.uniform(108, 130), 6, 3)
    tilt = rng.uniform(-0.12, 0.12)
    parasols = [
        (rng.uniform(10, 310), rng.uniform(145, 175), bright(rng))
        for _ in range(int(rng.integers(1, 7)))
    ]
    palms = [
        (rng.uniform(5, 315), rng.uniform(-35, 35)) for _ in range(int(rng.integers(3)))
    ]
    wind, boat = sway(rng, 0, 0.12, 2), sway(rng, 160, 120, 20)

    def edge(time: float, push: float) -> list[tuple[float, float]]:
        return [
            (x, shore(time) + push + tilt * (x - 160) + 3 * math.sin(x / 23 + 2 * time))
            for x in range(0, WIDTH + 20, 20)
        ]

    def paint(time: float) -> Picture:
        canvas = sky.copy()
        for wave in range(5):
            level = horizon + 6 + 9 * wave
            start = (37 * wave + 30 * time) % 120 - 60
            for crest in range(0, WIDTH, 110):
                foam = [(crest + start, level), (crest + start + 30, level)]
                stroke(canvas, foam, (235, 225, 200))
        mast = boat(time)
        sail = [(mast, horizon - 20), (mast, horizon), (mast + 13, horizon)]
        polygon(canvas, sail, WHITE)
        polygon(canvas, [*edge(time, 0), (WIDTH, HEIGHT), (0, HEIGHT)], sand)
        stroke(canvas, edge(time, -1), WHITE, 4)
        for x, y, colour in parasols:
            stroke(canvas, [(x, y), (x, y - 34)], (200, 200, 200), 2)
            for part in range(4):
                left, right = x - 22 + 11 * part, x - 11 + 11 * part
                tone = WHITE if part % 2 else colour
                polygon(canvas, [(left, y - 28), (x, y - 42), (right, y - 28)], tone)
            oval(canvas, x + 14, y + 2, (16, 3), colour)
        for x, lean in palms:
            _palm(canvas, x, lean, wind(time))
        return canvas

    return paint
