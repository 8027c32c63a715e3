"""Things people hold, at their real size (metres), and how they lie in the hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector

from datasets.synthetic_hall.body import turn
from datasets.synthetic_hall.hands import Hand, Point, holding_paper, pen_at_mouth, reaching, sign_of
from datasets.synthetic_hall.layout import PLACARD_GRIP
from datasets.synthetic_hall.shapes import Shapes, paint
from datasets.synthetic_hall.surface import Floats, moved

LABELS = {"phone": "cell phone", "handset": "telephone", "form": "paper"}
"""Names in the ground truth where they differ from the prop's own name (COCO's where COCO has one)."""


PHONE_BACKS = ((0.62, 0.63, 0.66), (0.10, 0.20, 0.36), (0.025, 0.026, 0.032))
PAPER_HELD = ((-0.05, -0.50, 1.0), -0.95)
"""Where a sheet that is read stands: its middle in the reader's own frame, and its tilt about x."""
AT_LIPS = ("pen_at_mouth", "paints_lips")
AT_LIPS_END = {"pen": 0.074, "lipstick": 0.033}
"""From the middle of what is held at the lips to its upper end."""
LIPS: Point = (0.0, -0.114, -0.018)
"""From the head's joint."""


def _phone(s: Shapes) -> None:
    variant = sum(ord(letter) for letter in s.name) % len(PHONE_BACKS)
    s.box((0.160, 0.076, 0.009), (0, 0, 0), paint(f"phone_back{variant}", PHONE_BACKS[variant], 0.18), 0.004)
    s.box((0.150, 0.069, 0.001), (0, 0, -0.0052), paint("phone_screen", (0.35, 0.50, 0.75), 0.2, glow=0.6), 0)
    s.box((0.034, 0.032, 0.003), (0.052, 0.014, 0.005), paint("phone_lens", (0.10, 0.10, 0.12), 0.1), 0.002)


def _cigarette(s: Shapes) -> None:
    s.cylinder(0.0043, 0.058, (0, 0, 0.005), paint("cigarette", (0.92, 0.92, 0.90), 0.8), sides=10)
    s.cylinder(0.0044, 0.027, (0, 0, -0.037), paint("filter", (0.75, 0.42, 0.16), 0.8), sides=10)
    s.cylinder(0.0045, 0.007, (0, 0, 0.037), paint("ember", (1, 0.22, 0.03), 0.8, glow=12), sides=10)


def _smoke(s: Shapes) -> None:
    haze = paint("smoke", (0.85, 0.87, 0.9), 1.0)
    shader = haze.node_tree.nodes["Principled BSDF"]
    shader.inputs["Alpha"].default_value, shader.inputs["Specular IOR Level"].default_value = 0.05, 0.0
    for i in range(9):
        size = 0.006 + 0.004 * i
        s.ball(
            (size, size, 0.030),
            (0.014 * math.sin(1.3 * i), 0.012 * math.cos(1.7 * i), 0.02 + 0.036 * i),
            haze,
        )


def _food(s: Shapes) -> None:
    crust, soft = (
        paint("crust", (0.60, 0.33, 0.11), 0.7, grain=0.5, scale=60),
        paint("soft", (0.86, 0.74, 0.52), 0.8),
    )
    s.ball((0.075, 0.040, 0.022), (0, 0, 0.018), crust)
    s.ball((0.074, 0.039, 0.016), (0, 0, -0.014), soft)
    s.box((0.125, 0.070, 0.008), (0, 0, 0.002), paint("lettuce", (0.16, 0.42, 0.08), 0.6), 0.004)


def _cup(s: Shapes) -> None:
    s.cylinder(0.034, 0.115, (0, 0, 0), paint("cup", (0.82, 0.83, 0.84), 0.35), 0.042)
    s.cylinder(0.0375, 0.05, (0, 0, 0), paint("cup_band", (0.08, 0.25, 0.45), 0.6), 0.0405)


def _bottle(s: Shapes) -> None:
    s.cylinder(0.033, 0.19, (0, 0, 0), paint("bottle", (0.10, 0.30, 0.16), 0.25))
    s.cylinder(0.024, 0.04, (0, 0, 0.11), paint("cap", (0.05, 0.05, 0.05), 0.5))


def _pen(s: Shapes) -> None:
    s.cylinder(0.0045, 0.145, (0, 0, 0), paint("pen", (0.03, 0.07, 0.35), 0.3), sides=10)
    s.cylinder(0.0047, 0.018, (0, 0, 0.065), paint("pen_end", (0.6, 0.6, 0.62), 0.3, metal=0.8), sides=10)


def _paper(s: Shapes) -> None:
    s.box((0.21, 0.297, 0.002), (0, 0, 0), paint("paper", (0.82, 0.82, 0.80), 0.8), 0)


def _handset(s: Shapes) -> None:
    black = paint("black", (0.022, 0.022, 0.025), 0.45)
    s.box((0.21, 0.045, 0.026), (0, 0, 0.012), black, 0.012)
    for x in (-0.085, 0.085):
        s.box((0.052, 0.052, 0.036), (x, 0, -0.008), black, 0.014)


def _placard(s: Shapes) -> None:
    s.box((0.36, 0.014, 0.20), (0, 0, 0), paint("placard", (0.62, 0.03, 0.03), 0.4), 0.003)
    s.box((0.36, 0.10, 0.012), (0, 0.03, -0.10), paint("steel", (0.5, 0.5, 0.52), 0.3, metal=0.9), 0.003)
    s.letters("暂停服务", 0.195, (0, -0.009, 0), paint("white", (0.85, 0.85, 0.84), 0.5))


def _lipstick(s: Shapes) -> None:
    s.cylinder(0.009, 0.045, (0, 0, -0.01), paint("lipstick_case", (0.02, 0.02, 0.02), 0.2), sides=12)
    s.cylinder(0.006, 0.022, (0, 0, 0.022), paint("lipstick", (0.55, 0.02, 0.06), 0.4), sides=12)


def _headset(s: Shapes) -> None:
    black = paint("black", (0.022, 0.022, 0.025), 0.45)
    for i in range(9):
        angle = math.pi * (i + 0.5) / 9
        at = (0.088 * math.cos(angle), 0, 0.03 + 0.118 * math.sin(angle))
        s.box((0.012, 0.020, 0.042), at, black, 0.003, (0, math.pi / 2 - angle + math.pi / 2, 0))
    for x in (-0.084, 0.084):
        s.ball((0.018, 0.032, 0.036), (x, 0, 0.02), black)
    s.box((0.008, 0.11, 0.008), (-0.078, -0.065, -0.045), black, 0.002, (0.35, 0, -0.25))
    s.ball((0.010, 0.010, 0.010), (-0.055, -0.118, -0.066), black)


SHAPES: dict[str, Callable[[Shapes], None]] = {
    "phone": _phone,
    "cigarette": _cigarette,
    "smoke": _smoke,
    "food": _food,
    "cup": _cup,
    "bottle": _bottle,
    "pen": _pen,
    "lipstick": _lipstick,
    "headset": _headset,
    "paper": _paper,
    "form": _paper,
    "handset": _handset,
    "placard": _placard,
}


def make(prop: str, name: str) -> Any:
    """The prop's root object; children are its parts."""
    group = Shapes().group(f"{name}_{prop}")
    SHAPES[prop](group)
    return group.parent


def parts(root: Any) -> list[Any]:
    """The solid parts of a prop: meshes and letters."""
    return [c for c in root.children if c.type in ("MESH", "FONT")]


def triangles(root: Any) -> Floats:
    """All triangles (N, 3, 3) of a prop's parts as they are rendered, in the root's frame."""
    graph = bpy.context.evaluated_depsgraph_get()
    home = np.linalg.inv(np.array(root.matrix_world))
    found = []
    for part in parts(root):
        solid = part.evaluated_get(graph)
        mesh = solid.to_mesh()
        mesh.calc_loop_triangles()
        corners = np.array([v.co for v in mesh.vertices], np.float64).reshape(-1, 3)
        faces = np.array([t.vertices for t in mesh.loop_triangles], np.int64).reshape(-1, 3)
        found.append(moved(corners, home @ np.array(solid.matrix_world))[faces])
        solid.to_mesh_clear()
    return np.concatenate(found)


def in_hand(prop: str, side: str, action: str = "") -> tuple[str, Matrix]:
    """Bone that carries the prop during an action, and its place from that bone's joint in the rest pose."""
    s = 1.0 if side == "left" else -1.0
    hand = "Left" if s > 0 else "Right"
    if action in AT_LIPS:
        return f"{hand}Hand", _at_lips(side, prop)
    if prop == "headset":
        return "Head", Matrix.Translation((0.0, -0.012, 0.02))
    if prop == "cigarette":
        return f"{hand}HandIndex2", Matrix.Translation((s * 0.012, 0.010, 0.006)) @ Matrix.Rotation(
            0.75, 4, "X"
        )
    spin: Callable[[float, str], Matrix] = lambda angle, axis: Matrix.Rotation(angle, 4, axis)  # noqa: E731
    place = {
        "phone": Matrix.Translation((s * 0.145, -0.042, -0.034))
        @ spin(-s * 0.25, "Z")
        @ (spin(math.pi, "Z") if s < 0 else spin(0, "Z")),
        "food": Matrix.Translation((s * 0.125, -0.045, -0.05)) @ spin(s * 0.9, "Z"),
        "cup": Matrix.Translation((s * 0.095, -0.015, -0.06)) @ spin(math.pi / 2, "X"),
        "bottle": Matrix.Translation((s * 0.095, -0.015, -0.06)) @ spin(math.pi / 2, "X"),
        "pen": Matrix.Translation((s * 0.10, -0.05, -0.035)) @ spin(-s * 0.9, "Y") @ spin(0.5, "X"),
        "lipstick": Matrix.Translation((s * 0.11, -0.05, -0.035)) @ spin(-s * 0.9, "Y") @ spin(0.5, "X"),
        "paper": _between_hands(side),
        "handset": Matrix.Translation((s * 0.105, -0.022, -0.036)) @ spin(-s * 0.25, "Z"),
        "placard": _from_hand(reaching(side, PLACARD_GRIP), Matrix.Identity(4)),
    }[prop]
    return f"{hand}Hand", place


def _between_hands(side: str) -> Matrix:
    """A sheet held up by both hands, as seen from the hand that took it."""
    middle, tilt = PAPER_HELD
    held = Matrix.Translation(middle) @ Matrix.Rotation(tilt, 4, "X")
    return _from_hand(holding_paper(side, 0.0), held)


def _at_lips(side: str, prop: str) -> Matrix:
    """A pen or lipstick with its upper end at the lips, the rest of it outwards and down into the hand."""
    out = Vector((sign_of(side) * 0.80, -0.50, -0.35)).normalized()
    middle = Vector(LIPS) + out * AT_LIPS_END[prop]
    held = (-out).to_track_quat("Z", "Y").to_matrix().to_4x4()
    held.translation = middle
    return _from_hand(pen_at_mouth(side), held)


def _from_hand(hand: Hand, held: Matrix) -> Matrix:
    """What `held` (in the frame of the hand's posture) is as seen from the hand's joint in the rest pose."""
    rest = Vector((sign_of(hand.side), 0, 0)), Vector((0, 0, -1))
    placed = turn(*rest, Vector(hand.fingers), Vector(hand.palm)).to_4x4()
    placed.translation = Vector(hand.at)
    return placed.inverted() @ held


def on_desk(prop: str) -> Matrix:
    """How a thing lies on the desk (rotation only)."""
    if prop == "pen":
        return Matrix.Rotation(math.pi / 2, 4, "X") @ Matrix.Rotation(0.4, 4, "Y")
    if prop == "phone":
        return Matrix.Rotation(1.35, 4, "Z")
    if prop == "form":
        return Matrix.Rotation(-0.08, 4, "Z")
    if prop == "handset":
        return Matrix.Rotation(math.pi / 2 + 0.3, 4, "Z")
    return Matrix.Identity(4)
