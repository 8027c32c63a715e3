"""Light of the hall: panels and a window by day, a desk lamp a post and a dim ceiling at night. Watts."""

from __future__ import annotations

import math

import bpy

from datasets.synthetic_hall.layout import post_x
from datasets.synthetic_hall.scenario import Light
from datasets.synthetic_hall.shapes import Shapes, paint

WARM = (1.0, 0.80, 0.58)


def build(light: Light, posts: int) -> None:
    """Add lamps and sky to the scene."""
    s = Shapes()
    day = light.kind == "day"
    ceiling = (30.0 if day else 5.0) * light.strength
    panel = paint("panel", (1, 1, 1), glow=2.0 if day else 0.5)
    for x in (-2.4, 0.0, 2.4):
        for y in (-2.6, 0.5):
            s.light((x, y, 3.18), (1.2, 0.6), ceiling, (1, 0.97, 0.92) if day else WARM)
            s.box((1.2, 0.6, 0.01), (x, y, 3.215), panel, 0)
    if day:
        s.light((-4.4, -2.0, 1.9), (2.6, 1.6), 45 * light.strength, (0.82, 0.91, 1), (0, -math.pi / 2, 0))
    else:
        for k in range(posts):
            _desk_lamp(s, post_x(k, posts) + 0.34, -0.80, light.strength)
    _sky(0.33 if day else 0.035, light.strength)


def _desk_lamp(s: Shapes, x: float, y: float, strength: float) -> None:
    metal = paint("lamp_metal", (0.1, 0.1, 0.11), 0.3)
    s.cylinder(0.07, 0.02, (x, y, 0.77), metal)
    s.cylinder(0.008, 0.42, (x, y, 0.97), metal)
    s.cylinder(0.09, 0.08, (x - 0.05, y + 0.06, 1.20), metal, 0.04)
    s.light((x - 0.05, y + 0.06, 1.15), (0.12, 0.12), 5.0 * strength, WARM, (0.25, 0.25, 0))


def _sky(power: float, strength: float) -> None:
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs[0].default_value, background.inputs[1].default_value = (
        (0.9, 0.93, 1, 1),
        power * strength,
    )
