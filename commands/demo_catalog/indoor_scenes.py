"""Scenes at home for the demo's clips: kitchen, game, and some of no category."""

import math

import cv2
import numpy as np
from numpy.random import Generator

from vidcat.commands.demo_catalog.drawing import (
    HEIGHT,
    SKIN_TONES,
    WHITE,
    WIDTH,
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


def _worktop(rng: Generator) -> Picture:
    surface = one_of(
        rng, ((55, 55, 58), (90, 130, 170), (205, 205, 205), (70, 95, 120))
    )
    top = texture(rng, (HEIGHT, WIDTH), near(rng, surface, 25), 7, 10)
    if rng.random() < 0.6:
        for x, y in ((60, 40), (260, 40), (60, 150), (260, 150)):
            cv2.circle(top, (x, y), 34, (30, 30, 30), 5, cv2.LINE_AA)
    return top


def cooking(rng: Generator) -> Painter:
    """A pan from above: food stirred with a spoon, steam."""
    top = _worktop(rng)
    x, y = rng.uniform(130, 190), rng.uniform(82, 98)
    radius = rng.uniform(55, 78)
    turn = rng.uniform(0, 2 * math.pi)
    handle = (x + 230 * math.cos(turn), y + 230 * math.sin(turn))
    stroke(top, [(x, y), handle], one_of(rng, ((20, 20, 20), (50, 80, 120))), 16)
    disc(top, x, y, radius + 6, near(rng, (120, 120, 125), 30))
    sauce = one_of(rng, ((45, 45, 48), shade(15, 0.8, 0.7), shade(45, 0.6, 0.8)))
    disc(top, x, y, radius, near(rng, sauce, 15))
    foods = [shade(hue, 0.8, 0.8) for hue in (5, 28, 50, 95, 110, 30)]
    pieces = [
        (
            radius * 0.85 * math.sqrt(rng.random()),
            rng.uniform(0, 6.28),
            one_of(rng, foods),
        )
        for _ in range(int(rng.integers(8, 40)))
    ]
    size, stir = rng.uniform(4, 10), rng.uniform(0.5, 2) * one_of(rng, (-1, 1))
    steam = texture(rng, (2 * HEIGHT, WIDTH), (0, 0, 0), rng.uniform(5, 32), 36)
    spoon = near(rng, (90, 140, 185), 30)

    def paint(time: float) -> Picture:
        canvas = top.copy()
        for which, (out, start, colour) in enumerate(pieces):
            angle = start + stir * time * (1.2 - out / radius)
            at = (x + out * math.cos(angle), y + out * math.sin(angle))
            oval(canvas, *at, (size, size * (0.6 + which % 3 / 5)), colour)
        angle = stir * time * 1.5
        tip = (x + radius * 0.6 * math.cos(angle), y + radius * 0.6 * math.sin(angle))
        stroke(canvas, [tip, (tip[0] + 140, tip[1] - 110)], spoon, 7)
        oval(canvas, *tip, (13, 9), spoon)
        rise = int(40 * time) % HEIGHT
        return cv2.add(canvas, np.ascontiguousarray(steam[rise : rise + HEIGHT]))

    return paint


def _platform_level(rng: Generator) -> tuple[Picture, Picture]:
    """A long strip of a platform game, in game pixels, and its sprites' colours."""
    hue = rng.uniform(0, 360)
    sky = one_of(rng, (shade(210, 0.6, 0.95), (25, 10, 15), shade(hue, 0.5, 0.5)))
    level = np.full((45, 320, 3), sky, np.uint8)
    soil, top = near(rng, shade(hue, 0.6, 0.55), 30), bright(rng)
    heights = np.repeat(rng.integers(4, 16, 40), 8)
    for x, height in enumerate(heights):
        level[45 - height :, x] = soil if (x // 2) % 2 else near(rng, soil, 6)
        level[45 - height : 47 - height, x] = top
    for x in rng.integers(0, 310, 30):
        y = int(rng.integers(12, 28))
        level[y : y + 3, x : x + 9] = bright(rng)
        level[y - 4 : y - 2, x + 3 : x + 5] = (40, 215, 250)
    return level, heights.astype(np.uint8)[:, None, None]


def video_gaming(rng: Generator) -> Painter:
    """A platform game or a shooter in large pixels, with score and lives."""
    level, heights = _platform_level(rng)
    hero, enemy = bright(rng), bright(rng)
    speed, jump = rng.uniform(10, 28), rng.uniform(0.6, 1.2)
    shooter = rng.random() < 0.35
    rows, columns = int(rng.integers(2, 5)), int(rng.integers(5, 9))

    def platform(time: float) -> Picture:
        start = int(speed * time) % 240
        screen = level[:, start : start + 80].copy()
        ground = 45 - int(heights[start + 24, 0, 0])
        y = max(6, ground - int(14 * abs(math.sin(math.pi * time / jump))))
        screen[y - 6 : y - 3, 22:26] = (150, 190, 240)
        screen[y - 3 : y, 21:27] = hero
        for which in range(3):
            x = int(40 + 17 * which + 5 * math.sin(2 * time + which))
            y = 45 - int(heights[start + x, 0, 0])
            screen[max(0, y - 4) : y, x : x + 5] = enemy
            screen[max(0, y - 3), x + 1 : x + 5 : 2] = WHITE
        return screen

    def shoot(time: float) -> Picture:
        screen = np.full((45, 80, 3), (20, 8, 8), np.uint8)
        shift = int(6 + 6 * math.sin(time))
        for row in range(rows):
            for column in range(columns):
                y, x = 6 + 6 * row, shift + 8 * column
                screen[y : y + 3, x : x + 5] = enemy
                screen[y + 3, x : x + 5 : 2 + 2 * (int(3 * time) % 2)] = enemy
        x = int(38 + 25 * math.sin(0.9 * time))
        screen[40:43, x : x + 7] = hero
        screen[38:40, x + 3] = hero
        for shot in range(4):
            y = 38 - int(50 * time + 10 * shot) % 38
            screen[y : y + 2, x + 3] = (60, 255, 255)
        return screen

    def paint(time: float) -> Picture:
        screen = shoot(time) if shooter else platform(time)
        screen[1:4, 2 : 10 + int(5 * time) % 12] = WHITE
        for life in range(3):
            screen[1:4, 66 + 4 * life : 69 + 4 * life] = (60, 60, 235)
        return cv2.resize(screen, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)

    return paint


def presenter(rng: Generator) -> Painter:
    """Somebody who talks to the camera: of no category."""
    wall = fade(near(rng, (150, 150, 150), 90), near(rng, (110, 110, 110), 70))
    for _ in range(int(rng.integers(1, 6))):
        x, y = int(rng.integers(0, WIDTH)), int(rng.integers(0, 90))
        corner = (x + int(rng.integers(20, 70)), y + int(rng.integers(20, 60)))
        cv2.rectangle(wall, (x, y), corner, near(rng, (120, 120, 120), 110), -1)
    skin, shirt = one_of(rng, SKIN_TONES), near(rng, (120, 120, 120), 115)
    hair = near(rng, (60, 60, 60), 50)
    across, nod = sway(rng, rng.uniform(100, 220), 7), sway(rng, 88, 3, 1.5)

    def paint(time: float) -> Picture:
        canvas = wall.copy()
        x, y = across(time), nod(time)
        oval(canvas, x, 190, (72, 62), shirt)
        stroke(canvas, [(x, y + 30), (x, 135)], skin, 22)
        oval(canvas, x, y - 8, (33, 40), hair)
        oval(canvas, x, y, (27, 36), skin)
        for eye in (-10, 10):
            disc(canvas, x + eye, y - 6, 3, (30, 30, 30))
        oval(canvas, x, y + 17, (9, 1 + 5 * abs(math.sin(7 * time))), (50, 40, 120))
        return canvas

    return paint


def title_card(rng: Generator) -> Painter:
    """Lines of moving text over a fade: of no category."""
    back = fade(near(rng, (120, 120, 120), 120), near(rng, (120, 120, 120), 120))
    words = [
        one_of(rng, ("WELCOME", "EPISODE", "CHANNEL", "SUBSCRIBE", "NEWS", "PART 2"))
        for _ in range(int(rng.integers(1, 4)))
    ]
    ink, drift = near(rng, (128, 128, 128), 127), sway(rng, 45, 25, 4)

    def paint(time: float) -> Picture:
        canvas = back.copy()
        for line, word in enumerate(words):
            at = (round(drift(time) + 12 * line), 70 + 40 * line)
            cv2.putText(
                canvas, word, at, cv2.FONT_HERSHEY_DUPLEX, 1.1, ink, 2, cv2.LINE_AA
            )
        return canvas

    return paint


def screensaver(rng: Generator) -> Painter:
    """Coloured shapes that drift: of no category."""
    back = fade(near(rng, (120, 120, 120), 120), near(rng, (120, 120, 120), 120))
    shapes = [
        (sway(rng, 160, 140, 5), sway(rng, 90, 75, 4), rng.uniform(8, 45), bright(rng))
        for _ in range(int(rng.integers(3, 14)))
    ]

    def paint(time: float) -> Picture:
        canvas = back.copy()
        for which, (across, down, size, colour) in enumerate(shapes):
            x, y = across(time), down(time)
            if which % 2:
                disc(canvas, x, y, size, colour)
            else:
                polygon(
                    canvas, [(x, y - size), (x + size, y + size), (x - size, y)], colour
                )
        return canvas

    return paint
