"""Postures as plain numbers: where hips, head, hands and feet are. Pure; metres, radians.

Frame: the avatar's own (faces -Y, left is +X, up is +Z, floor at 0). Movement inside an action repeats every
cycle: functions take a `phase` from 0 to 1 and use whole multiples of it, so equal phases are equal pictures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from datasets.synthetic_hall.hands import HandLike, Mix, Point, hanging, on_desk, wave

SEAT_HIP: Point = (0.0, 0.0, 0.62)
STAND_HIP: Point = (0.0, 0.03, 0.975)


@dataclass(frozen=True)
class Pose:
    """A whole posture. `base` = (x, y, yaw) in the room; `head` = (pitch down, yaw left, roll)."""

    left: HandLike
    right: HandLike
    base: Point = (0.0, 0.0, 0.0)
    hip: Point = SEAT_HIP
    hip_lean: float = 0.0
    hip_yaw: float = 0.0
    lean: float = 0.12
    twist: float = 0.0
    side: float = 0.0
    head: Point = (0.18, 0.0, 0.0)
    foot_left: Point = (0.13, -0.40, 0.10)
    foot_right: Point = (-0.13, -0.36, 0.10)
    toe_left: float = 0.0
    toe_right: float = 0.0


def with_hands(
    side: str, main: HandLike, free: HandLike, lean: float = 0.12, head: Point = (0.18, 0.0, 0.0)
) -> Pose:
    """A seated posture where `main` is the hand of that side and `free` the other one."""
    left, right = (main, free) if side == "left" else (free, main)
    return Pose(left, right, lean=lean, head=head)


def plus(a: Point, b: Point) -> Point:
    """Sum of two points."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def lerp(a: Point, b: Point, share: float) -> Point:
    """Point between two points."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def ease(share: float) -> float:
    """Smooth step of a share clipped to 0..1."""
    x = max(0.0, min(1.0, share))
    return x * x * (3 - 2 * x)


def blend(a: Pose, b: Pose, share: float) -> Pose:
    """Posture between two postures (share 0..1, already eased)."""
    if share <= 0:
        return a
    if share >= 1:
        return b
    points: dict[str, Any] = {
        n: lerp(getattr(a, n), getattr(b, n), share)
        for n in ("base", "hip", "head", "foot_left", "foot_right")
    }
    numbers: dict[str, Any] = {
        n: getattr(a, n) + (getattr(b, n) - getattr(a, n)) * share
        for n in ("hip_lean", "hip_yaw", "lean", "twist", "side", "toe_left", "toe_right")
    }
    return Pose(Mix(a.left, b.left, share), Mix(a.right, b.right, share), **points, **numbers)


def alive(pose: Pose, phase: float, shift: float) -> Pose:
    """Breath and the small movements of head and trunk that nobody is without."""
    pitch, yaw, roll = pose.head
    head = (
        pitch + 0.025 * wave(phase, 1, shift) + 0.012 * wave(phase, 3, shift),
        yaw + 0.05 * wave(phase, 1, shift + 0.3) + 0.02 * wave(phase, 2, shift),
        roll + 0.015 * wave(phase, 1, shift + 0.6),
    )
    lean = pose.lean + 0.008 * wave(phase, 2, shift)
    return replace(pose, head=head, lean=lean, twist=pose.twist + 0.015 * wave(phase, 1, shift + 0.1))


def standing(head: Point = (0.05, 0.0, 0.0)) -> Pose:
    """Upright with the arms down."""
    feet: dict[str, Any] = {"foot_left": (0.11, -0.02, 0.10), "foot_right": (-0.11, 0.02, 0.10)}
    return Pose(hanging("left"), hanging("right"), hip=STAND_HIP, lean=0.02, head=head, **feet)


def rising() -> Pose:
    """Half-way out of the chair, hands on the desk."""
    feet: dict[str, Any] = {"foot_left": (0.12, -0.12, 0.10), "foot_right": (-0.12, -0.10, 0.10)}
    left, right = on_desk("left", 0.40), on_desk("right", 0.40)
    return Pose(left, right, hip=(0.0, 0.0, 0.74), hip_lean=0.30, lean=0.22, head=(-0.05, 0, 0), **feet)


def walking(base: Point, metres: float) -> Pose:
    """A step cycle by distance walked (two steps in 1.35 m)."""
    gait = 2 * math.pi * metres / 1.35
    swing = 0.15 * math.cos(gait)
    pose = standing((0.08, 0.0, 0.0))
    return replace(
        pose,
        base=base,
        left=hanging("left", swing),
        right=hanging("right", -swing),
        hip=(0.0, 0.03, STAND_HIP[2] - 0.012 * (1 + math.cos(2 * gait))),
        hip_yaw=0.08 * math.cos(gait),
        twist=-0.16 * math.cos(gait),
        lean=0.05,
        foot_left=(0.09, -0.28 * math.cos(gait), 0.10 + 0.12 * max(0.0, math.sin(gait))),
        foot_right=(-0.09, 0.28 * math.cos(gait), 0.10 + 0.12 * max(0.0, -math.sin(gait))),
        toe_left=-0.3 * max(0.0, math.sin(gait + 0.7)),
        toe_right=-0.3 * max(0.0, -math.sin(gait + 0.7)),
    )
