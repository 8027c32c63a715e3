"""Hands as plain numbers: wrist, directions of fingers and palm, elbow, curl. Pure; metres, radians.

Frames: the avatar's own (faces -Y, left is +X, up is +Z), or from a joint of head, chest or hips. Movement
repeats every cycle: functions take a `phase` from 0 to 1 and use whole multiples of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Hand:
    """One hand: wrist at `at` (metres) in `frame`, directions of fingers and palm, where the elbow points."""

    side: str
    at: Point
    fingers: Point
    palm: Point
    pole: Point
    frame: str = "seat"
    curl: tuple[float, float, float, float] = (0.35, 0.35, 0.35, 0.35)
    thumb: float = 0.3


@dataclass(frozen=True)
class Mix:
    """A hand on its way from `start` to `end`; share 0..1."""

    start: HandLike
    end: HandLike
    share: float


HandLike = Hand | Mix


def wave(phase: float, times: int, shift: float = 0.0) -> float:
    """Sine that repeats `times` times a cycle."""
    return math.sin(2 * math.pi * (times * phase + shift))


def sign_of(side: str) -> float:
    """+1 for the left hand, -1 for the right: the sign of its x."""
    return 1.0 if side == "left" else -1.0


def other(side: str) -> str:
    """The other side."""
    return "left" if side == "right" else "right"


def offset(point: Point, direction: Point, metres: float) -> Point:
    """Point moved along a direction (made a unit vector)."""
    size = math.sqrt(sum(c * c for c in direction))
    return (
        point[0] + direction[0] / size * metres,
        point[1] + direction[1] / size * metres,
        point[2] + direction[2] / size * metres,
    )


def flat(curl: float) -> tuple[float, float, float, float]:
    """The same curl for the four fingers."""
    return (curl, curl, curl, curl)


def on_keys(side: str, phase: float) -> Hand:
    """Typing."""
    s = sign_of(side)
    at = (s * 0.11 + 0.008 * wave(phase, 5, 0.3 * s), -0.40 + 0.008 * wave(phase, 7, 0.2 * s), 0.805)
    at = (at[0], at[1], at[2] + 0.010 * wave(phase, 11, 0.4 * s))
    return Hand(
        side,
        at,
        (-s * 0.25, -1, -0.12),
        (-s * 0.1, 0, -1),
        (s * 0.55, 0.35, -0.75),
        curl=flat(0.35),
        thumb=0.2,
    )


def on_mouse(phase: float) -> Hand:
    """Right hand on the mouse."""
    at = (-0.31 + 0.02 * wave(phase, 3), -0.41 + 0.015 * wave(phase, 4, 0.2), 0.80)
    return Hand("right", at, (0.05, -1, -0.1), (0.1, 0, -1), (-0.6, 0.3, -0.7), curl=flat(0.25), thumb=0.2)


def on_desk(side: str, forward: float = 0.42) -> Hand:
    """Lying on the desk in front of the body."""
    s = sign_of(side)
    fingers = (-s * 0.6, -0.8, -0.02)
    return Hand(
        side, (s * 0.2, -forward, 0.80), fingers, (0, 0, -1), (s * 0.7, 0.2, -0.6), curl=flat(0.3), thumb=0.2
    )


def on_lap(side: str) -> Hand:
    """A seated visitor's hand on the thigh."""
    s = sign_of(side)
    return Hand(
        side,
        (s * 0.14, -0.24, 0.70),
        (-s * 0.35, -0.9, -0.15),
        (0, 0, -1),
        (s * 0.6, 0.5, -0.5),
        curl=flat(0.3),
    )


def reaching(side: str, to: Point) -> Hand:
    """Taking something from the desk at `to`."""
    s = sign_of(side)
    fingers = (-s * 0.1, -1, -0.2)
    return Hand(
        side, offset(to, fingers, -0.11), fingers, (0, 0, -1), (s * 0.6, 0.3, -0.7), curl=flat(0.5), thumb=0.4
    )


def hanging(side: str, swing: float = 0.0) -> Hand:
    """At the side of a standing body; `swing` metres forward."""
    s = sign_of(side)
    at = (s * 0.27, 0.02 - swing, -0.15 + abs(swing) * 0.15)
    return Hand(
        side, at, (s * 0.05, -0.25 - swing, -1), (-s, 0.1, 0), (s * 0.3, 1, -0.1), "hips", flat(0.45), 0.3
    )


def at_ear(side: str) -> Hand:
    """Holding something at the ear."""
    s = sign_of(side)
    fingers = (-s * 0.10, 0.22, 0.96)
    at = offset((s * 0.135, -0.02, 0.015), fingers, -0.105)
    return Hand(side, at, fingers, (-s * 0.9, 0.42, 0.05), (s * 0.75, -0.25, -0.8), "head", flat(0.5), 0.5)


def before_chest(side: str, phase: float, low: float = 0.0, tilt: float = 0.85) -> Hand:
    """Holding something to look at in front of the chest (a phone)."""
    s = sign_of(side)
    fingers = (-s * 0.25, -0.55, tilt)
    at = offset((s * 0.07, -0.36, -0.02 - low + 0.006 * wave(phase, 3)), fingers, -0.08)
    return Hand(
        side,
        at,
        fingers,
        (-s * 0.1, 0.85, 0.5),
        (s * 0.6, 0.25, -0.75),
        "chest",
        flat(0.45),
        0.4 + 0.2 * wave(phase, 9),
    )


def tapping(side: str, phase: float, low: float = 0.0) -> Hand:
    """A finger of the free hand on a phone's screen."""
    s = sign_of(side)
    fingers = (-s * 0.75, -0.55, 0.25)
    tap = 0.012 * wave(phase, 9)
    at = offset((-s * 0.06, -0.34, 0.03 - low + tap), fingers, -0.17)
    return Hand(
        side, at, fingers, (-s * 0.2, 0.2, -0.9), (s * 0.7, 0.2, -0.7), "chest", (0.1, 0.7, 0.8, 0.9), 0.3
    )


def low_before_body(side: str, phase: float, forward: float, high: float) -> Hand:
    """Holding something to look at low before the body: over the desk's edge or above the lap."""
    s = sign_of(side)
    fingers = (-s * 0.35, -0.75, 0.55)
    at = offset((s * 0.05, -forward, high + 0.004 * wave(phase, 3)), fingers, -0.08)
    return Hand(
        side,
        at,
        fingers,
        (-s * 0.1, 0.75, 0.65),
        (s * 0.6, 0.35, -0.7),
        curl=flat(0.45),
        thumb=0.4 + 0.2 * wave(phase, 9),
    )


def folded(side: str) -> Hand:
    """One of two hands folded on the desk's edge."""
    s = sign_of(side)
    fingers = (-s * 0.9, -0.4, 0.0)
    at = (s * 0.085, -0.36, 0.80)
    return Hand(side, at, fingers, (0, 0.2, -1), (s * 0.7, 0.2, -0.6), curl=flat(0.4), thumb=0.3)


def cigarette_at_mouth(side: str) -> Hand:
    """Two straight fingers at the lips."""
    s = sign_of(side)
    fingers = (-s * 0.55, 0.12, 0.83)
    at = offset((s * 0.030, -0.150, -0.062), fingers, -0.125)
    return Hand(
        side, at, fingers, (-s * 0.25, 1, 0.1), (s * 0.7, -0.15, -0.75), "head", (0.12, 0.15, 0.9, 1.0), 0.5
    )


def cigarette_aside(side: str) -> Hand:
    """Forearm up beside the body, cigarette between two fingers."""
    s = sign_of(side)
    at = (s * 0.33, -0.36, 0.98)
    return Hand(
        side,
        at,
        (s * 0.1, -0.5, 0.85),
        (-s * 0.8, 0.5, 0.2),
        (s * 0.6, 0.3, -0.7),
        curl=(0.12, 0.15, 0.9, 1.0),
        thumb=0.5,
    )


def food_at_mouth(side: str, away: float = 0.0) -> Hand:
    """Holding food at the mouth, or `away` metres before it."""
    s = sign_of(side)
    fingers = (-s * 0.75, 0.38, 0.5)
    at = offset((s * 0.01, -0.155 - away, -0.072 - away * 0.6), fingers, -0.15)
    return Hand(side, at, fingers, (-s * 0.3, 0.8, 0.55), (s * 0.75, -0.1, -0.75), "head", flat(0.55), 0.6)


def cup_at_mouth(side: str, away: float = 0.0) -> Hand:
    """Drinking."""
    s = sign_of(side)
    fingers = (-s * 0.8, -0.35, 0.25)
    at = offset((s * 0.055, -0.20 - away, -0.085 - away), fingers, -0.11)
    return Hand(side, at, fingers, (-s * 0.25, 0.95, -0.1), (s * 0.8, -0.1, -0.7), "head", flat(0.75), 0.6)


def at_chin(side: str) -> Hand:
    """Chin on the hand, elbow towards the desk."""
    s = sign_of(side)
    fingers = (-s * 0.35, 0.1, 0.9)
    at = offset((s * 0.050, -0.105, -0.050), fingers, -0.072)
    return Hand(side, at, fingers, (-s * 0.2, 1, 0.25), (s * 0.5, -0.7, -0.8), "head", flat(0.9), 0.4)


def at_own_ear(side: str) -> Hand:
    """Fingers at the ear, nothing in the hand."""
    s = sign_of(side)
    fingers = (-s * 0.45, 0.3, 0.8)
    at = offset((s * 0.10, -0.02, 0.03), fingers, -0.165)
    return Hand(
        side, at, fingers, (-s * 0.9, 0.3, -0.3), (s * 0.9, -0.1, -0.5), "head", (0.2, 0.3, 0.5, 0.6), 0.3
    )


def pen_at_mouth(side: str) -> Hand:
    """The end of a pen at the lips."""
    s = sign_of(side)
    fingers = (-s * 0.6, 0.25, 0.7)
    at = offset((s * 0.04, -0.160, -0.050), fingers, -0.10)
    return Hand(
        side, at, fingers, (-s * 0.3, 0.9, 0.2), (s * 0.6, -0.3, -0.8), "head", (0.55, 0.6, 0.9, 1.0), 0.6
    )


def writing(side: str, phase: float) -> Hand:
    """Pen on paper."""
    s = sign_of(side)
    at = (
        s * 0.10 - s * 0.06 * (phase * 4 % 1.0),
        -0.40 + 0.008 * wave(phase, 16),
        0.80 + 0.004 * wave(phase, 20),
    )
    return Hand(
        side,
        at,
        (-s * 0.5, -0.9, -0.15),
        (-s * 0.6, 0.1, -0.8),
        (s * 0.7, 0.2, -0.6),
        curl=(0.6, 0.65, 0.8, 0.9),
        thumb=0.5,
    )


def holding_paper(side: str, phase: float) -> Hand:
    """Both hands hold a sheet up to read."""
    s = sign_of(side)
    at = (s * 0.13, -0.40, 0.93 + 0.006 * wave(phase, 2))
    return Hand(
        side,
        at,
        (-s * 0.25, -0.75, 0.5),
        (-s * 0.5, 0.3, 0.6),
        (s * 0.7, 0.2, -0.7),
        curl=flat(0.4),
        thumb=0.5,
    )


def stretched(side: str) -> Hand:
    """Arms up above the head."""
    s = sign_of(side)
    return Hand(
        side,
        (s * 0.16, 0.06, 0.36),
        (-s * 0.3, 0.1, 1),
        (-s * 0.3, -1, 0),
        (s * 1, 0.1, 0.1),
        "head",
        flat(0.6),
        0.3,
    )


def gesturing(side: str, phase: float) -> Hand:
    """A hand that talks along."""
    s = sign_of(side)
    at = (
        s * (0.20 + 0.03 * wave(phase, 2)),
        -0.42 + 0.03 * wave(phase, 3, 0.1),
        0.92 + 0.04 * wave(phase, 2, 0.3),
    )
    return Hand(
        side,
        at,
        (-s * 0.2, -0.9, 0.4),
        (-s * 0.5, 0.1, 0.6),
        (s * 0.7, 0.25, -0.7),
        curl=flat(0.3),
        thumb=0.2,
    )


def leaning_hand(side: str) -> Hand:
    """A standing visitor's hand on the counter."""
    s = sign_of(side)
    return Hand(
        side, (s * 0.22, -0.42, 0.91), (-s * 0.2, -1, 0), (0, 0, -1), (s * 0.6, 0.5, -0.6), curl=flat(0.25)
    )
