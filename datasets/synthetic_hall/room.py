"""The hall itself: counter with three or more posts, wall with its sign, cabinets, door, plants. Metres.

Staff sit at y = 0 and face -Y, towards camera and visitors; post k stands at x = PITCH * (k - middle).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

import bpy

from datasets.synthetic_hall.layout import DESK_TOP, LEDGE_TOP, PITCH, TELEPHONE, post_x
from datasets.synthetic_hall.shapes import Colour, Shapes, clear, paint, tiles, wood

BACK_WALL_Y = 2.3
DOOR_X = 0.72
VISITOR_X = (0.10, -0.15, -0.38)
"""Where visitor chairs stand from the seat opposite, so that all are in the picture."""


@dataclass(frozen=True)
class Finish:
    """Colours of one hall."""

    wall: Colour = (0.70, 0.70, 0.67)
    front: Colour = (0.72, 0.73, 0.74)
    accent: Colour = (0.05, 0.17, 0.42)
    wood_dark: Colour = (0.33, 0.20, 0.11)
    wood_bright: Colour = (0.46, 0.30, 0.17)
    floor: Colour = (0.50, 0.49, 0.46)


def build(names: list[str], sign: str, seed: int, finish: Finish | None = None) -> list[Any]:
    """Build the hall for posts with the given names; returns the staff's chairs, one a post."""
    finish, random_ = finish or Finish(), random.Random(seed)
    s = Shapes()
    _shell(s, finish, sign)
    _cabinets(s, random_)
    _plant(s, -2.95, 1.85, random_)
    _counter(s, len(names), finish)
    for index, name in enumerate(names):
        x = post_x(index, len(names))
        _workplace(s.group("workplace", (x, 0, 0)), name, index, finish, random_)
    for index in range(len(names)):
        visitor_chair(s, post_x(index, len(names)) + VISITOR_X[index % len(VISITOR_X)], -1.80)
    _waiting_row(s)
    return [staff_chair(s, post_x(i, len(names)), 0.07) for i in range(len(names))]


def _shell(s: Shapes, finish: Finish, sign: str) -> None:
    wall = paint("wall", finish.wall, 0.85, grain=0.10, scale=1.5)
    veneer = wood("dado", finish.wood_dark, finish.wood_bright, upright=True)
    steel = paint("steel", (0.5, 0.5, 0.52), 0.3, metal=0.9)
    s.box((14, 14, 0.02), (0, -2, -0.01), tiles("floor", finish.floor, (0.3, 0.29, 0.27)), 0)
    left, right = DOOR_X - 0.5, DOOR_X + 0.5
    s.box((7 + left, 0.1, 3.2), ((left - 7) / 2, BACK_WALL_Y, 1.6), wall, 0)
    s.box((7 - right, 0.1, 3.2), ((right + 7) / 2, BACK_WALL_Y, 1.6), wall, 0)
    s.box((1.0, 0.1, 1.1), (DOOR_X, BACK_WALL_Y, 2.65), wall, 0)
    for a, b in ((-7, left), (right, 7)):
        s.box((b - a, 0.02, 1.05), ((a + b) / 2, BACK_WALL_Y - 0.06, 0.525), veneer, 0.003)
        s.box((b - a, 0.03, 0.03), ((a + b) / 2, BACK_WALL_Y - 0.065, 1.06), steel, 0.003)
    for x in (left, right):
        s.box((0.07, 0.16, 2.1), (x, BACK_WALL_Y, 1.05), veneer, 0.004)
    s.box((1.07, 0.16, 0.07), (DOOR_X, BACK_WALL_Y, 2.12), veneer, 0.004)
    s.box((3, 0.1, 3.2), (DOOR_X, BACK_WALL_Y + 1.4, 1.6), paint("corridor", (0.75, 0.74, 0.70), 0.9), 0)
    s.box((0.1, 14, 3.2), (-4.6, -2, 1.6), wall, 0)
    s.box((0.1, 14, 3.2), (4.8, -2, 1.6), wall, 0)
    s.box((14, 14, 0.05), (0, -2, 3.25), paint("ceiling", (0.8, 0.8, 0.8), 0.9), 0)
    red = paint("sign", (0.60, 0.02, 0.02), 0.35)
    s.letters(sign, 0.56, (-1.05, BACK_WALL_Y - 0.07, 1.50), red, depth=0.02)
    s.letters("为人民服务", 0.34, (2.25, BACK_WALL_Y - 0.07, 1.52), red, depth=0.01)
    s.letters(
        "依法行政  便民高效  廉洁公正",
        0.14,
        (-1.05, BACK_WALL_Y - 0.07, 1.20),
        paint("ink", (0.05, 0.05, 0.06)),
    )


def _cabinets(s: Shapes, random_: random.Random) -> None:
    body, gap = paint("cabinet", (0.58, 0.60, 0.60), 0.45), paint("gap", (0.06, 0.06, 0.06), 0.9)
    colours: list[Colour] = [
        (0.05, 0.1, 0.3),
        (0.32, 0.05, 0.05),
        (0.06, 0.2, 0.1),
        (0.65, 0.65, 0.6),
        (0.1, 0.1, 0.1),
    ]
    for x in (-2.2, -1.2, 1.9, 2.9):
        s.box((0.96, 0.40, 0.92), (x, BACK_WALL_Y - 0.28, 0.46), body)
        for z in (0.06, 0.49):
            s.box((0.88, 0.02, 0.38), (x, BACK_WALL_Y - 0.485, z + 0.20), gap, 0)
            edge = x - 0.42
            while edge < x + 0.37:
                width, tone = random_.uniform(0.035, 0.065), random_.randrange(len(colours))
                height = random_.uniform(0.27, 0.32)
                binder = paint(f"binder{tone}", colours[tone])
                s.box(
                    (width * 0.92, 0.03, height),
                    (edge + width / 2, BACK_WALL_Y - 0.50, z + 0.02 + height / 2),
                    binder,
                    0.002,
                )
                edge += width
    paper, printer = paint("paper", (0.82, 0.82, 0.80), 0.8), paint("printer", (0.55, 0.55, 0.53), 0.5)
    s.box((0.42, 0.36, 0.24), (-2.3, BACK_WALL_Y - 0.28, 1.04), printer, 0.02)
    s.box((0.30, 0.22, 0.05), (-2.3, BACK_WALL_Y - 0.30, 1.18), paper, 0.002)
    for i in range(3):
        s.box(
            (0.30, 0.22, 0.06),
            (-1.3 + 0.02 * i, BACK_WALL_Y - 0.28, 0.95 + 0.06 * i),
            paint(f"binder{i}", colours[i]),
            0.004,
        )
    s.cylinder(0.10, 0.26, (2.2, BACK_WALL_Y - 0.28, 1.05), paint("flask", (0.45, 0.06, 0.05), 0.3))


def _plant(s: Shapes, x: float, y: float, random_: random.Random) -> None:
    s.cylinder(0.15, 0.34, (x, y, 0.17), paint("pot", (0.75, 0.74, 0.70), 0.4), 0.19)
    leaf = paint("leaf", (0.04, 0.17, 0.04), 0.5)
    for _ in range(60):
        length, lift, around = (
            random_.uniform(0.35, 0.8),
            random_.uniform(0.2, 1.2),
            random_.uniform(0, 2 * math.pi),
        )
        mesh = bpy.data.meshes.new("leaf")
        mesh.from_pydata(
            [(0, 0, 0), (0.05, 0.5 * length, 0), (0, length, -0.12), (-0.05, 0.5 * length, 0)],
            [],
            [(0, 1, 2, 3)],
        )
        mesh.materials.append(leaf)
        made = bpy.data.objects.new("leaf", mesh)
        bpy.context.scene.collection.objects.link(made)
        made.location, made.rotation_euler = (x, y, 0.34 + random_.uniform(0, 0.35)), (lift, 0, around)


def _counter(s: Shapes, count: int, finish: Finish) -> None:
    width = PITCH * count + 1.2
    front = paint("front", finish.front, 0.4)
    s.box(
        (width, 0.66, 0.035),
        (0, -0.62, DESK_TOP - 0.018),
        wood("desk", (0.52, 0.42, 0.30), (0.60, 0.49, 0.36)),
    )
    s.box((width, 0.04, LEDGE_TOP - 0.04), (0, -0.96, (LEDGE_TOP - 0.04) / 2), front)
    s.box(
        (width, 0.30, 0.04),
        (0, -1.08, LEDGE_TOP - 0.02),
        paint("ledge", (0.70, 0.69, 0.66), 0.18, grain=0.15, scale=25),
        0.008,
    )
    s.box((width, 0.045, 0.06), (0, -0.965, 0.03), paint("steel", (0.5, 0.5, 0.52), 0.3, metal=0.9), 0.002)
    s.box((width, 0.008, 0.10), (0, -0.984, 0.76), paint("accent", finish.accent, 0.35), 0.001)
    divider = clear("divider")
    for k in range(count + 1):
        x = PITCH * (k - count / 2)
        s.box((0.035, 0.60, 0.70), (x, -0.62, 0.37), front)
        s.box((0.010, 0.62, 0.28), (x, -0.66, DESK_TOP + 0.16), divider, 0.002)


def _workplace(s: Shapes, name: str, index: int, finish: Finish, random_: random.Random) -> None:
    black, paper = paint("black", (0.022, 0.022, 0.025), 0.45), paint("paper", (0.82, 0.82, 0.80), 0.8)
    white, accent = paint("white", (0.85, 0.85, 0.84), 0.5), paint("accent", finish.accent, 0.35)
    screen = s.group("screen", (0.50, -0.66, 0), -0.55)
    screen.box((0.50, 0.03, 0.30), (0, 0, 1.00), black, 0.006)
    screen.box((0.48, 0.004, 0.28), (0, 0.017, 1.00), paint("lit", (0.35, 0.5, 0.8), 0.3, glow=1.1), 0)
    screen.box((0.05, 0.03, 0.16), (0, -0.02, 0.84), black)
    screen.box((0.22, 0.18, 0.015), (0, -0.01, 0.765), black)
    s.box((0.42, 0.14, 0.02), (0.0, -0.50, 0.768), black)
    s.box((0.06, 0.10, 0.03), (-0.31, -0.50, 0.772), black, 0.012)
    for i in range(3):
        at = (-0.38 + 0.012 * i, -0.74 - 0.012 * i, 0.758 + 0.006 * i)
        s.box((0.21, 0.297, 0.006), at, paper, 0, (0, 0, 0.15 * i - 0.1 + random_.uniform(-0.1, 0.1)))
    s.box((0.25, 0.32, 0.05), (0.60, -0.40, 0.78), paint("tray", (0.28, 0.30, 0.33), 0.5), 0.006)
    s.box((0.21, 0.29, 0.03), (0.60, -0.40, 0.812), paper, 0.002)
    s.cylinder(0.04, 0.10, (-0.56, -0.80, 0.805), paint("penpot", (0.15, 0.15, 0.16), 0.5))
    for i, tone in enumerate(((0.6, 0.05, 0.05), (0.05, 0.1, 0.5), (0.02, 0.02, 0.02))):
        s.cylinder(
            0.004,
            0.15,
            (-0.57 + 0.012 * i, -0.80, 0.86),
            paint(f"pen{i}", tone),
            turn=(0.15 * i - 0.1, 0.1, 0),
        )
    _telephone(s, black)
    plate = s.group("plate", (-0.30, -1.10, LEDGE_TOP))
    plate.box((0.30, 0.03, 0.15), (0, 0, 0.075), accent, 0.004, (-0.12, 0, 0))
    plate.letters(f"{index + 1:02d}", 0.19, (-0.05, -0.027, 0.075), white, (math.pi / 2 - 0.12, 0, 0))
    plate.letters("号", 0.12, (0.09, -0.027, 0.070), white, (math.pi / 2 - 0.12, 0, 0))
    s.letters(
        name.split()[-1], 0.20, (-0.05, -0.985, 0.60), paint("gold", (0.05, 0.13, 0.36), 0.4), depth=0.004
    )


def _telephone(s: Shapes, black: Any) -> None:
    base = s.group("telephone", TELEPHONE, 0.3)
    base.box((0.17, 0.20, 0.035), (0, 0, 0.022), black, 0.01, (0.10, 0, 0))
    base.box((0.07, 0.09, 0.01), (0.04, -0.02, 0.045), paint("keys", (0.35, 0.35, 0.36), 0.6), 0.002)


def staff_chair(s: Shapes, x: float, y: float) -> Any:
    """A black swivel chair; the returned object moves it."""
    c = s.group("chair", (x, y, 0))
    cloth, plastic = paint("cloth", (0.030, 0.030, 0.036), 0.9), paint("plastic", (0.02, 0.02, 0.02), 0.4)
    c.box((0.48, 0.46, 0.07), (0, 0, 0.44), cloth, 0.03)
    c.box((0.44, 0.06, 0.58), (0, 0.27, 0.84), cloth, 0.028, (-0.12, 0, 0))
    c.box((0.07, 0.03, 0.35), (0, 0.27, 0.55), plastic)
    c.cylinder(0.03, 0.3, (0, 0, 0.25), plastic)
    for i in range(5):
        a = 2 * math.pi * i / 5
        c.box((0.3, 0.04, 0.04), (0.15 * math.cos(a), 0.15 * math.sin(a), 0.08), plastic, 0.01, (0, 0, a))
    return c.parent


def visitor_chair(s: Shapes, x: float, y: float) -> Any:
    """A chair in front of the counter, facing it (+Y)."""
    c = s.group("visitor_chair", (x, y, 0))
    cloth, steel = (
        paint("visitor_cloth", (0.06, 0.11, 0.20), 0.8),
        paint("steel", (0.5, 0.5, 0.52), 0.3, metal=0.9),
    )
    c.box((0.46, 0.44, 0.06), (0, 0, 0.44), cloth, 0.02)
    c.box((0.44, 0.04, 0.34), (0, -0.22, 0.70), cloth, 0.02, (0.12, 0, 0))
    for a in (-1, 1):
        for b in (-1, 1):
            c.cylinder(0.012, 0.43, (0.2 * a, 0.19 * b, 0.215), steel)
        c.cylinder(0.012, 0.30, (0.2 * a, -0.21, 0.58), steel)
    return c.parent


def _waiting_row(s: Shapes) -> None:
    steel = paint("steel", (0.5, 0.5, 0.52), 0.3, metal=0.9)
    for x in (-1.6, -1.05, -0.5):
        s.box((0.50, 0.45, 0.03), (x, -3.6, 0.43), steel, 0.01)
