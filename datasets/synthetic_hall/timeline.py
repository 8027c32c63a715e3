"""Who does what at which second: a timetable becomes beats, and beats become a posture at any time. Pure.

A *beat* is a posture that is reached from the one before within `blend` seconds and kept until the next beat.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from datasets.synthetic_hall import hands
from datasets.synthetic_hall import poses as p
from datasets.synthetic_hall.actions import ACTIONS
from datasets.synthetic_hall.hands import Point
from datasets.synthetic_hall.layout import (
    DESK_SPOTS,
    DRAWER,
    LIFTED,
    PLACARD_GRIP,
    VISITOR_STANDING_Y,
    VISITOR_Y,
    post_x,
)
from datasets.synthetic_hall.poses import Pose
from datasets.synthetic_hall.scenario import Entry, Person, Scenario

REACH_S = 0.7
BLEND_S = 0.9
RISE_S = 0.8
TURN_S = 0.6
WALK_M_S = 1.15
AT_POST_M = 0.8
WAITING_STEPS = 15
"""Who only waits moves this often a cycle: fewer different pictures to render."""


@dataclass(frozen=True)
class Beat:
    """From `start` s on to `posture` within `blend` s; `held` are things in hands: prop -> side."""

    start: float
    blend: float
    posture: str
    action: str
    side: str = "right"
    held: dict[str, str] = field(default_factory=dict)
    reach: Point | None = None
    path: tuple[tuple[float, float], ...] = ()
    wears: str = ""
    placard: bool = False


@dataclass(frozen=True)
class Moment:
    """One person at one time."""

    pose: Pose
    action: str
    wears: str
    held: dict[str, str]
    present: bool
    at_post: bool
    placard: bool
    chair: float
    phase: float


def seat_of(scenario: Scenario, person: Person) -> Point:
    """Base (x, y, yaw) of the person's place: behind the counter for staff, before it for visitors."""
    count, index = len(scenario.posts), scenario.post_index(person.post)
    x = post_x(index, count) + person.shift_x_m
    if person.role == "staff":
        return (x, 0.0, 0.0)
    return (x, VISITOR_STANDING_Y if person.starts == "standing" else VISITOR_Y, math.pi)


def length(path: tuple[tuple[float, float], ...]) -> float:
    """Metres along a path."""
    return sum(math.dist(a, b) for a, b in pairwise(path))


def along(path: tuple[tuple[float, float], ...], metres: float) -> Point:
    """Point and heading (x, y, yaw) after walking `metres` along a path."""
    for a, b in pairwise(path):
        step = math.dist(a, b)
        if metres <= step and step > 0:
            share = max(0.0, metres) / step
            heading = math.atan2(b[0] - a[0], a[1] - b[1])
            return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, heading)
        metres -= step
    a, b = path[-2], path[-1]
    return (b[0], b[1], math.atan2(b[0] - a[0], a[1] - b[1]))


class Timeline:
    """A person's whole clip."""

    def __init__(self, scenario: Scenario, person: Person) -> None:
        self.person, self.cycle_s, self.step_s = person, scenario.cycle_s, scenario.step_s
        self.seat = seat_of(scenario, person)
        self.shift = (sum(map(ord, person.id)) * 0.137 + scenario.seed * 0.311) % 1.0
        post = next(q for q in scenario.posts if q.id == person.post)
        way = (
            [tuple(w) for w in post.exit]
            if person.role == "staff"
            else [(self.seat[0] + 0.35, -2.6), (self.seat[0] + 0.5, -4.0)]
        )
        self.path = ((self.seat[0], self.seat[1]), *way)
        self.beats = list(self._beats())
        self.starts = [b.start for b in self.beats]

    def _beats(self) -> Iterator[Beat]:
        first = {"seated": "works", "standing": "stands", "away": "away"}[self.person.starts]
        if self.person.role == "visitor" and first == "works":
            first = "waits"
        last = Beat(-1.0, 0.0, first, first, wears=self.person.wears)
        yield last
        for entry in self.person.do:
            for beat in self._entry(entry, last):
                if beat.start < last.start - 1e-9:
                    raise ValueError(_too_early(self.person, entry, last))
                last = beat
                yield beat

    def _entry(self, entry: Entry, last: Beat) -> Iterator[Beat]:
        at, last_held = entry.at, dict(last.held)
        if last_held and ACTIONS.get(entry.action) and set(last_held) == {ACTIONS[entry.action].prop}:
            yield replace(last, start=at, blend=BLEND_S, posture=entry.action, action=entry.action)
            return
        for prop, side in last_held.items():
            yield replace(last, start=at, blend=REACH_S, posture="reach", reach=DESK_SPOTS[prop], side=side)
            at, last = at + REACH_S, replace(last, held={})
        if entry.action in ("leaves", "comes_back"):
            yield from self._walk(entry, at, last)
        elif entry.action in ("puts_up_placard", "takes_down_placard"):
            yield from self._placard(entry, at, last)
        else:
            yield from self._act(entry, at, last)

    def _act(self, entry: Entry, at: float, last: Beat) -> Iterator[Beat]:
        prop = ACTIONS[entry.action].prop
        held = {prop: str(entry.hand)} if prop else {}
        if prop:
            reach = DESK_SPOTS[prop]
            yield replace(
                last,
                start=at,
                blend=REACH_S,
                posture="reach",
                action="works",
                side=entry.hand,
                held={},
                reach=reach,
            )
            at += REACH_S
        rises = ACTIONS[entry.action].seat == "standing"
        if rises != self._upright(last):
            yield replace(last, start=at, blend=RISE_S, posture="rise", action="stands", held={})
            at += RISE_S
        yield replace(
            last,
            start=at,
            blend=BLEND_S,
            posture=entry.action,
            action=entry.action,
            side=entry.hand,
            held=held,
        )

    @staticmethod
    def _upright(beat: Beat) -> bool:
        return beat.posture in ACTIONS and ACTIONS[beat.posture].seat == "standing"

    def _walk(self, entry: Entry, at: float, last: Beat) -> Iterator[Beat]:
        walk_s = length(self.path) / WALK_M_S
        if entry.action == "leaves":
            if not self._upright(last):
                yield replace(last, start=at, blend=RISE_S, posture="rise", action="stands", held={})
                at += RISE_S
            yield replace(last, start=at, blend=TURN_S, posture="stands", action="stands", held={})
            at += TURN_S
            yield replace(
                last, start=at, blend=TURN_S, posture="walk", action="leaves", held={}, path=self.path
            )
            yield replace(last, start=at + walk_s, blend=0.0, posture="away", action="away", held={})
            return
        wears = entry.wears or last.wears
        back = tuple(reversed(self.path))
        yield replace(last, start=at, blend=0.0, posture="walk", action="comes_back", path=back, wears=wears)
        at += walk_s
        yield replace(last, start=at, blend=TURN_S, posture="stands", action="stands", path=(), wears=wears)
        yield replace(last, start=at + TURN_S, blend=RISE_S, posture="rise", action="stands", wears=wears)
        done = "works" if self.person.role == "staff" else "waits"
        yield replace(last, start=at + TURN_S + RISE_S, blend=RISE_S, posture=done, action=done, wears=wears)

    def _placard(self, entry: Entry, at: float, last: Beat) -> Iterator[Beat]:
        """Out of the drawer, up over the desk's edge, onto the counter; or the same way back."""
        up = entry.action == "puts_up_placard"
        s = hands.sign_of(entry.hand)
        grip = p.plus(DESK_SPOTS["placard"], PLACARD_GRIP)
        reach = replace(
            last,
            blend=REACH_S,
            posture="reach",
            action=entry.action,
            side=entry.hand,
            held={},
            placard=not up,
        )
        drawer, lifted = (
            replace(reach, reach=(s * DRAWER[0], *DRAWER[1:])),
            replace(reach, reach=(s * LIFTED[0], *LIFTED[1:])),
        )
        counter = replace(reach, blend=BLEND_S, posture="bend", reach=grip)
        ways = (drawer, lifted, counter) if up else (counter, lifted, drawer)
        carried = {"placard": str(entry.hand)}
        for step, way in enumerate(ways):
            in_hand = {"held": carried, "placard": False} if step else {}
            yield replace(way, start=at, **in_hand)
            at += way.blend
        yield replace(last, start=at, blend=BLEND_S, posture="works", action="works", held={}, placard=up)

    def at(self, t: float) -> Moment:
        """The person at `t` seconds."""
        index = bisect_right(self.starts, t + 1e-9) - 1
        beat, before = self.beats[index], self.beats[max(0, index - 1)]
        phase = self._phase(t, beat.action)
        share = p.ease((t - beat.start) / beat.blend) if beat.blend else 1.0
        now = self._pose(beat, t, phase)
        if share < 1:
            then = self._pose(before, t, phase)
            now = p.blend(then, _nearest_turn(now, then), share)
        if beat.posture not in ("walk", "away"):
            now = p.alive(now, phase, self.shift)
        present = beat.posture != "away"
        near = math.dist(now.base[:2], self.seat[:2]) < AT_POST_M
        chair = self._chair(before) + (self._chair(beat) - self._chair(before)) * share
        return Moment(
            now, beat.action, beat.wears, beat.held, present, present and near, beat.placard, chair, phase
        )

    def _phase(self, t: float, action: str) -> float:
        """Share of the cycle at `t`; it advances in steps, as equal pictures are rendered once."""
        phase = round(t / self.cycle_s % 1.0, 6) % 1.0
        if action == "waits":
            return int(phase * WAITING_STEPS) / WAITING_STEPS
        return round(int(phase * self.cycle_s / self.step_s + 1e-3) * self.step_s / self.cycle_s, 6)

    def _pose(self, beat: Beat, t: float, phase: float) -> Pose:
        if beat.posture == "walk":
            metres = max(0.0, min((t - beat.start) * WALK_M_S, length(beat.path)))
            return p.walking(along(beat.path, metres), metres)
        base = (
            self.seat[0],
            self.seat[1] + (0.12 if self.person.role == "staff" and self._upright(beat) else 0.0),
            self.seat[2],
        )
        if beat.posture == "away":
            return replace(p.standing(), base=(*self.path[-1], 0.0))
        if beat.posture == "rise":
            return replace(p.rising(), base=base)
        if beat.posture in ("reach", "bend"):
            return self._toward(beat, base)
        return replace(ACTIONS[beat.posture].posture(phase, beat.side), base=base)

    @staticmethod
    def _toward(beat: Beat, base: Point) -> Pose:
        """Reaching for something on the desk, or bending over to the ledge."""
        far = beat.posture == "bend"
        hand = hands.reaching(beat.side, beat.reach or DESK_SPOTS["phone"])
        head = (0.12 if far else 0.34, -0.10, 0.0)
        pose = p.with_hands(
            beat.side, hand, hands.on_desk(hands.other(beat.side)), 0.55 if far else 0.20, head
        )
        return replace(pose, base=base, hip=(0.0, -0.08, 0.66) if far else p.SEAT_HIP)

    @staticmethod
    def _chair(beat: Beat) -> float:
        """0 = the chair is under the person, 1 = pushed back."""
        away = beat.posture in ("walk", "away", "stands", "leans_over")
        return 1.0 if away else 0.0


def _too_early(person: Person, entry: Entry, last: Beat) -> str:
    what = f"person {person.id!r}: {entry.action!r} at {entry.at} s"
    return f"{what} begins before the last action has ended, {last.start:.1f} s"


def _nearest_turn(pose: Pose, before: Pose) -> Pose:
    """The same heading, written so that the turn from `before` is the short one."""
    x, y, yaw = pose.base
    turn = (yaw - before.base[2] + math.pi) % (2 * math.pi) - math.pi
    return replace(pose, base=(x, y, before.base[2] + turn))
