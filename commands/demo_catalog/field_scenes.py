"""Scenes on a marked field for the demo's clips: court, pitch, pool."""

import math

import cv2
import numpy as np
from numpy.random import Generator

from vidcat.commands.demo_catalog.drawing import (
    HEIGHT,
    SKIN_TONES,
    WHITE,
    WIDTH,
    Colour,
    Ground,
    Painter,
    Picture,
    bright,
    crowd,
    disc,
    fade,
    near,
    one_of,
    oval,
    person,
    shade,
    stroke,
    sway,
    texture,
)

Outfit = tuple[Colour, Colour, Colour]


def _outfit(rng: Generator) -> Outfit:
    return bright(rng), one_of(rng, (WHITE, (40, 40, 40))), one_of(rng, SKIN_TONES)


def _court(rng: Generator) -> Picture:
    # 40 by 34 metres at 10 pixels a metre; the court is 11 by 24.
    surround, inside = one_of(
        rng,
        (
            (shade(140, 0.5, 0.45), shade(215, 0.6, 0.6)),
            (shade(215, 0.4, 0.65), shade(225, 0.7, 0.5)),
            (shade(18, 0.65, 0.7), shade(20, 0.6, 0.75)),
            (shade(140, 0.5, 0.5), shade(120, 0.45, 0.55)),
            (shade(150, 0.4, 0.5), shade(275, 0.4, 0.5)),
        ),
    )
    field = texture(rng, (340, 400), near(rng, surround), 4, 20)
    cv2.rectangle(field, (145, 50), (255, 290), near(rng, inside), -1)
    for left, right in ((145, 255), (159, 241)):
        cv2.rectangle(field, (left, 50), (right, 290), WHITE, 2)
    cv2.rectangle(field, (159, 106), (241, 234), WHITE, 2)
    cv2.line(field, (200, 106), (200, 234), WHITE, 2)
    return field


def tennis(rng: Generator) -> Painter:
    """A court with net, two or four players and a ball in play."""
    ground = Ground(_court(rng), crowd(rng), rng, (0.42, 0.6))
    spots = [(200.0, 45.0), (200.0, 285.0)]
    if rng.random() < 0.3:
        spots = [(172.0, 70.0), (228.0, 70.0), (172.0, 285.0), (228.0, 285.0)]
    players = [(sway(rng, u, 30), v, _outfit(rng)) for u, v in spots]
    aim = sway(rng, 200, 35, 2)
    half_rally = rng.uniform(0.7, 1.1)

    def player(canvas: Picture, which: int, time: float) -> None:
        move, along, outfit = players[which]
        x, y, scale = ground.place(move(time), along)
        person(canvas, (x, y), 26 * scale, outfit, math.sin(9 * time + which))
        racket = (x + 9 * scale, y - 14 * scale)
        oval(canvas, *racket, (3.5 * scale, 4.5 * scale), (60, 200, 220))

    def paint(time: float) -> Picture:
        canvas = ground.picture.copy()
        half = len(players) // 2
        for which in range(half):
            player(canvas, which, time)
        left, right = ground.place(138, 170), ground.place(262, 170)
        for row in range(5):
            lift = row * 2.4 * left[2]
            ends = [(left[0], left[1] - lift), (right[0], right[1] - lift)]
            stroke(canvas, ends, WHITE if row == 4 else (70, 70, 70), 1 + row // 4)
        flight = (time / half_rally) % 2
        share = min(flight, 2 - flight)
        x, y, scale = ground.place(aim(time), 60 + 220 * share)
        height = 28 * math.sin(math.pi * share) + 6
        disc(canvas, x, y - height * scale, 1.8 * scale + 0.5, (60, 255, 225))
        for which in range(half, len(players)):
            player(canvas, which, time)
        return canvas

    return paint


def _pitch(rng: Generator) -> Picture:
    # 105 by 68 metres at 6 pixels a metre, with a margin of 60 pixels.
    grass = shade(rng.uniform(85, 125), rng.uniform(0.5, 0.8), rng.uniform(0.4, 0.65))
    field = texture(rng, (528, 750), grass, 5, 12)
    stripe = int(rng.integers(35, 70))
    for start in range(0, 750, 2 * stripe):
        part = field[:, start : start + stripe]
        field[:, start : start + stripe] = (part * 0.86).astype(np.uint8)
    cv2.rectangle(field, (60, 60), (690, 468), WHITE, 3)
    cv2.line(field, (375, 60), (375, 468), WHITE, 3)
    cv2.circle(field, (375, 264), 55, WHITE, 3, cv2.LINE_AA)
    for goal, depth in ((60, 99), (690, -99)):
        cv2.rectangle(field, (goal, 143), (goal + depth, 385), WHITE, 3)
        cv2.rectangle(field, (goal, 209), (goal + depth // 3, 319), WHITE, 3)
    return field


def soccer(rng: Generator) -> Painter:
    """A striped pitch seen from the stand, two teams and a ball."""
    field = _pitch(rng)
    middle = int(rng.integers(230, 520))
    close = int(rng.integers(170, 230))
    part = np.ascontiguousarray(field[:, middle - close : middle + close])
    ground = Ground(part, crowd(rng), rng)
    teams = [_outfit(rng), _outfit(rng)]
    players = sorted(
        (rng.uniform(80, 470), rng.uniform(40, 2 * close - 40), team)
        for team in (0, 1)
        for _ in range(int(rng.integers(4, 10)))
    )
    moves = [sway(rng, across, 35, 4) for _, across, _ in players]
    ball = sway(rng, close, close * 0.6, 5), sway(rng, 270, 120, 4)

    def paint(time: float) -> Picture:
        canvas = ground.picture.copy()
        for which, (along, _, team) in enumerate(players):
            x, y, scale = ground.place(moves[which](time), along)
            oval(canvas, x, y, (6 * scale, 2 * scale), (25, 60, 25))
            swing = math.sin(8 * time + which)
            person(canvas, (x, y), 34 * scale, teams[team], swing)
        x, y, scale = ground.place(ball[0](time), ball[1](time))
        disc(canvas, x, y - 4 * scale * abs(math.sin(4 * time)), 3 * scale, WHITE)
        return canvas

    return paint


def swimming(rng: Generator) -> Painter:
    """Lanes between ropes, a swimmer in most of them."""
    lanes = int(rng.integers(4, 8))
    water = shade(rng.uniform(180, 212), rng.uniform(0.5, 0.85), rng.uniform(0.55, 0.9))
    pool = texture(rng, (300, 400), water, 12, 9)
    tiles = near(rng, shade(rng.uniform(20, 220), 0.1, 0.75), 15)
    deck = fade(near(rng, (120, 120, 120), 50), tiles)
    pool[:14] = tiles
    lane_height = 286 / lanes
    ropes = [bright(rng), WHITE]
    for rope in range(lanes + 1):
        y = round(14 + rope * lane_height)
        for piece, x in enumerate(range(0, 400, 10)):
            cv2.line(pool, (x, y), (x + 9, y), ropes[piece // 3 % 2], 3)
    ground = Ground(pool, deck, rng, (0.7, 0.9))
    glints = texture(rng, (HEIGHT, 2 * WIDTH), (0, 0, 0), 26, 5)
    caps = [bright(rng) for _ in range(lanes)]
    starts = [
        rng.uniform(-40, 300) if rng.random() < 0.85 else None for _ in range(lanes)
    ]
    speeds = rng.uniform(25, 50, lanes) * one_of(rng, (-1, 1))
    skin = one_of(rng, SKIN_TONES)

    def paint(time: float) -> Picture:
        shift = int(30 * time) % WIDTH
        wet = np.ascontiguousarray(glints[:, shift : shift + WIDTH])
        canvas = cv2.add(ground.picture, wet)
        for lane, start in enumerate(starts):
            if start is None:
                continue
            ahead = math.copysign(1, speeds[lane])
            across = (start + speeds[lane] * time) % 400
            x, y, scale = ground.place(across, 14 + (lane + 0.5) * lane_height)
            size = 5 * scale
            for drop in range(4):
                disc(canvas, x - ahead * (4 + drop) * size, y, size / 2, WHITE)
            oval(canvas, x - ahead * 2.5 * size, y, (3 * size, 0.7 * size), skin)
            reach = math.sin(7 * time + lane)
            hand = (x + ahead * (1 + 2 * reach) * size, y - 1.4 * size * abs(reach))
            stroke(canvas, [(x - ahead * size, y), hand], skin, 0.6 * size)
            disc(canvas, x, y, size, caps[lane])
        return canvas

    return paint
