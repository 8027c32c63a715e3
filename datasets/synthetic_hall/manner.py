"""How one person does things: the same action with other habits, so that no two people sit alike. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from datasets.synthetic_hall.hands import Hand, HandLike, Mix, Point
from datasets.synthetic_hall.layout import DESK_TOP
from datasets.synthetic_hall.poses import Pose

WRIST_ABOVE_DESK = 0.03
REACH_M = {"seat": (0.06, 0.06, 0.03), "chest": (0.06, 0.06, 0.10), "head": (0.012, 0.012, 0.015)}
"""How far habits move a hand, by its frame: freely over the desk, hardly at the ear or the mouth."""


@dataclass(frozen=True)
class Manner:
    """Offsets to every posture: trunk and head in radians, hands in shares of `REACH_M`."""

    lean: float = 0.0
    twist: float = 0.0
    side: float = 0.0
    head: Point = (0.0, 0.0, 0.0)
    left: Point = (0.0, 0.0, 0.0)
    right: Point = (0.0, 0.0, 0.0)


def draw(random_: random.Random) -> Manner:
    """A random person's habits of the moment."""

    def share() -> Point:
        return (random_.uniform(-1, 1), random_.uniform(-1, 1), random_.uniform(-1, 1))

    return Manner(
        lean=random_.gauss(0.02, 0.07),
        twist=random_.gauss(0, 0.10),
        side=random_.gauss(0, 0.04),
        head=(random_.gauss(0.02, 0.09), random_.gauss(0, 0.14), random_.gauss(0, 0.05)),
        left=share(),
        right=share(),
    )


def done_by(pose: Pose, manner: Manner) -> Pose:
    """The posture in a person's manner; things in the hands go along."""
    pitch, yaw, roll = pose.head
    return replace(
        pose,
        lean=pose.lean + manner.lean,
        twist=pose.twist + manner.twist,
        side=pose.side + manner.side,
        head=(pitch + manner.head[0], yaw + manner.head[1], roll + manner.head[2]),
        left=_moved(pose.left, manner.left),
        right=_moved(pose.right, manner.right),
    )


def _moved(hand: HandLike, share: Point) -> HandLike:
    if isinstance(hand, Mix):
        return Mix(_moved(hand.start, share), _moved(hand.end, share), hand.share)
    reach = REACH_M.get(hand.frame)
    return hand if reach is None else _shifted(hand, reach, share)


def _shifted(hand: Hand, reach: Point, share: Point) -> Hand:
    x, y, z = (at + r * s for at, r, s in zip(hand.at, reach, share, strict=True))
    if hand.frame == "seat" and hand.at[2] >= DESK_TOP:
        z = max(z, DESK_TOP + WRIST_ABOVE_DESK)
    return replace(hand, at=(x, y, z))
