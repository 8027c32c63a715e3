"""What people can do: an action's posture over one cycle, the thing in the hand, the rule it breaks. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from datasets.synthetic_hall import hands as h
from datasets.synthetic_hall import poses as p
from datasets.synthetic_hall.hands import Mix, Point
from datasets.synthetic_hall.poses import Pose, ease, with_hands

Posture = Callable[[float, str], Pose]


@dataclass(frozen=True)
class Action:
    """`posture(phase, side)` with phase 0..1; `prop` is held in the hand `side` while the action lasts."""

    posture: Posture
    prop: str | None = None
    rule: str | None = None
    seat: str = "any"


def pulse(phase: float, start: float, end: float, ramp: float = 0.09) -> float:
    """1 between `start` and `end` of a cycle, 0 outside, eased over `ramp`."""
    return ease((phase - start) / ramp + 0.5) * ease((end - phase) / ramp + 0.5)


def works(phase: float, _side: str) -> Pose:
    """Types, looks from keys to screen."""
    look = pulse(phase, 0.35, 0.9)
    return Pose(
        h.on_keys("left", phase),
        h.on_keys("right", phase),
        lean=0.13,
        head=(0.30 - 0.12 * look, 0.08 + 0.22 * look, 0),
    )


def clicks(phase: float, _side: str) -> Pose:
    """Works with the mouse, eyes on the screen."""
    return Pose(h.on_desk("left", 0.40), h.on_mouse(phase), lean=0.09, twist=0.08, head=(0.16, 0.30, 0))


def talks(phase: float, side: str) -> Pose:
    """Speaks with the visitor, one hand along."""
    nod = 0.06 * h.wave(phase, 3)
    return with_hands(
        side,
        h.gesturing(side, phase),
        h.on_desk(h.other(side)),
        lean=0.10,
        head=(0.06 + nod, -0.03, 0.02),
    )


def listens(phase: float, _side: str) -> Pose:
    """Faces the visitor, hands on the desk."""
    return Pose(
        h.on_desk("left"), h.on_desk("right"), lean=0.16, head=(0.08 + 0.04 * h.wave(phase, 2), 0.0, 0.04)
    )


def takes_call(_phase: float, side: str) -> Pose:
    """A phone at the ear."""
    s = h.sign_of(side)
    head: Point = (0.07, s * 0.10, s * 0.12)
    return with_hands(side, h.at_ear(side), h.on_desk(h.other(side)), lean=0.05, head=head)


def handles_phone(phase: float, side: str) -> Pose:
    """Looks down at a phone, a finger of the free hand on its screen."""
    free = Mix(h.on_desk(h.other(side)), h.tapping(h.other(side), phase), pulse(phase, 0.1, 0.75))
    head: Point = (0.46 + 0.03 * h.wave(phase, 2), h.sign_of(side) * 0.06, 0)
    return with_hands(side, h.before_chest(side, phase, 0.05), free, lean=0.14, head=head)


def thumbs_phone(phase: float, side: str) -> Pose:
    """Types on a phone with both thumbs."""
    main = h.before_chest(side, phase, 0.12, 0.6)
    free = h.before_chest(h.other(side), phase, 0.12, 0.6)
    return with_hands(side, main, free, lean=0.16, head=(0.50 + 0.02 * h.wave(phase, 2), 0, 0))


def phone_at_desk(phase: float, side: str) -> Pose:
    """Looks at a phone in the hand that rests on the desk, the other hand idle or on its screen."""
    free = Mix(h.on_desk(h.other(side)), h.tapping(h.other(side), phase, 0.2), pulse(phase, 0.2, 0.6))
    main = h.low_before_body(side, phase, 0.42, 0.86)
    return with_hands(side, main, free, lean=0.24, head=(0.50, h.sign_of(side) * 0.05, 0))


def phone_in_lap(phase: float, side: str) -> Pose:
    """Looks down at a phone held above the lap, behind the desk's edge."""
    main = h.low_before_body(side, phase, 0.20, 0.80)
    head: Point = (0.58 + 0.02 * h.wave(phase, 2), h.sign_of(side) * 0.05, 0)
    return with_hands(side, main, h.low_before_body(h.other(side), phase, 0.18, 0.77), lean=0.12, head=head)


def sorts_papers(phase: float, side: str) -> Pose:
    """Looks down at sheets low before the body, one hand leafing."""
    leaf = h.low_before_body(h.other(side), phase, 0.44 + 0.03 * h.wave(phase, 2), 0.84)
    return with_hands(side, h.holding_paper(side, phase), leaf, lean=0.2, head=(0.46, 0, 0))


def rests_hands(phase: float, _side: str) -> Pose:
    """Hands folded on the desk, eyes on the screen or down."""
    down = pulse(phase, 0.3, 0.7)
    return Pose(h.folded("left"), h.folded("right"), lean=0.14, head=(0.14 + 0.26 * down, 0.15, 0))


def smokes(phase: float, side: str) -> Pose:
    """Draws, then holds the cigarette beside the body."""
    draw = pulse(phase, 0.08, 0.50)
    hand = Mix(h.cigarette_aside(side), h.cigarette_at_mouth(side), draw)
    return with_hands(side, hand, h.on_desk(h.other(side)), lean=0.02, head=(-0.02 + 0.10 * draw, 0.08, 0))


def eats(phase: float, side: str) -> Pose:
    """Bites, chews with the food before the chin, bites."""
    away = 0.14 * (1 - pulse(phase * 2 % 1.0, 0.15, 0.62, 0.16))
    head: Point = (0.17 + 0.03 * h.wave(phase, 8), 0, 0)
    return with_hands(side, h.food_at_mouth(side, away), h.on_desk(h.other(side)), lean=0.15, head=head)


def drinks(phase: float, side: str) -> Pose:
    """Sips from a cup."""
    sip = pulse(phase, 0.15, 0.6, 0.14)
    hand = h.cup_at_mouth(side, 0.16 * (1 - sip))
    return with_hands(side, hand, h.on_desk(h.other(side)), lean=0.05, head=(0.08 - 0.22 * sip, 0, 0))


def stretches(_phase: float, _side: str) -> Pose:
    """Arms up, leans back."""
    return Pose(h.stretched("left"), h.stretched("right"), lean=-0.10, head=(-0.15, 0.05, 0))


def touches_ear(_phase: float, side: str) -> Pose:
    """An empty hand at the ear."""
    s = h.sign_of(side)
    return with_hands(
        side, h.at_own_ear(side), h.on_desk(h.other(side)), lean=0.08, head=(0.10, s * 0.08, s * 0.08)
    )


def rests_chin(_phase: float, side: str) -> Pose:
    """Chin on the hand, reading the screen."""
    s = h.sign_of(side)
    return with_hands(
        side, h.at_chin(side), h.on_desk(h.other(side)), lean=0.50, head=(-0.04, 0.22, s * 0.06)
    )


def writes(phase: float, side: str) -> Pose:
    """Writes on paper."""
    return with_hands(
        side, h.writing(side, phase), h.on_desk(h.other(side), 0.38), lean=0.22, head=(0.48, 0.02, 0)
    )


def pen_at_mouth(_phase: float, side: str) -> Pose:
    """Thinks with the end of a pen at the lips."""
    return with_hands(side, h.pen_at_mouth(side), h.on_desk(h.other(side)), lean=0.10, head=(0.10, 0.15, 0))


def reads(phase: float, _side: str) -> Pose:
    """Holds a sheet up with both hands."""
    return Pose(
        h.holding_paper("left", phase),
        h.holding_paper("right", phase),
        lean=0.10,
        head=(0.38, 0.05 * h.wave(phase, 1), 0),
    )


def stands(phase: float, _side: str) -> Pose:
    """Stands at the place."""
    return p.standing((0.10, 0.05 * h.wave(phase, 1), 0))


def waits(phase: float, _side: str) -> Pose:
    """A seated visitor, hands in the lap."""
    return Pose(
        h.on_lap("left"),
        h.on_lap("right"),
        lean=0.05,
        head=(0.10 + 0.05 * h.wave(phase, 1), 0.06 * h.wave(phase, 1, 0.2), 0),
    )


def tells(phase: float, side: str) -> Pose:
    """A seated visitor who explains, one hand along."""
    nod = 0.05 * h.wave(phase, 2)
    return with_hands(
        side,
        h.gesturing(side, phase),
        h.on_lap(h.other(side)),
        lean=0.12,
        head=(0.06 + nod, 0.0, 0.02),
    )


def leans_over(phase: float, _side: str) -> Pose:
    """A standing visitor with both hands on the counter."""
    pose = p.standing((0.12, 0.08 * h.wave(phase, 1), 0))
    return replace(pose, left=h.leaning_hand("left"), right=h.leaning_hand("right"), lean=0.42, hip_lean=0.12)


ACTIONS: dict[str, Action] = {
    "works": Action(works),
    "clicks": Action(clicks),
    "talks": Action(talks),
    "listens": Action(listens),
    "takes_call": Action(takes_call, "phone", "phone_use"),
    "handles_phone": Action(handles_phone, "phone", "phone_use"),
    "thumbs_phone": Action(thumbs_phone, "phone", "phone_use"),
    "phone_at_desk": Action(phone_at_desk, "phone", "phone_use"),
    "phone_in_lap": Action(phone_in_lap, "phone", "phone_use"),
    "smokes": Action(smokes, "cigarette", "smoking"),
    "eats": Action(eats, "food", "eating"),
    "drinks": Action(drinks, "cup"),
    "stretches": Action(stretches),
    "touches_ear": Action(touches_ear),
    "rests_chin": Action(rests_chin),
    "writes": Action(writes, "pen"),
    "pen_at_mouth": Action(pen_at_mouth, "pen"),
    "reads": Action(reads, "paper"),
    "sorts_papers": Action(sorts_papers, "paper"),
    "rests_hands": Action(rests_hands),
    "desk_phone": Action(takes_call, "handset"),
    "drinks_tea": Action(drinks, "bottle"),
    "paints_lips": Action(pen_at_mouth, "lipstick"),
    "wears_headset": Action(works, "headset"),
    "waits": Action(waits),
    "tells": Action(tells),
    "stands": Action(stands, seat="standing"),
    "leans_over": Action(leans_over, seat="standing"),
}
"""Actions by name; `desk_phone` looks like a call and breaks no rule, the telephone is the post's own."""

MOVES = ("leaves", "comes_back", "puts_up_placard", "takes_down_placard")
"""Actions that take their own time and then end by themselves."""
