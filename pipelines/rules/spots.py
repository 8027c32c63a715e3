"""Which stretches of a post's time are shown to a reviewer although nothing was flagged in them. Pure.

What the monitor misses nobody is asked about, so it can only be estimated: by *spot checks*, drawn at random
from the time in which nothing was flagged. Event time is cut into equal stretches; each has the same chance
of a day, that hangs on a key and not on what happens::

    stretches   |      |      | drawn |      |      |
    looks       .  .  .  .  .  .  .  .  .  .  .  .  .  .  .      all of them plain, and in one shift
    flagged   ───┤     ╎                     ╎    ├────────      not nearer than `near_s`
                       ╎◄─────►       ◄─────►╎

A stretch is *unflagged* when every look in it could tell, no cover excused an absence, no hole was longer
than `BRIDGE_S`, and no event lies near it. A rule that only began to look broken flags nothing unless an
event came of it: that the monitor wavered and let go is just what is asked about. Where the rule has to be
broken for longer than a stretch lasts (an absence has minutes of grace), it flags as well: no clip so short
could tell.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from math import floor
from typing import NamedTuple

from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.engine import Ruling
from pipelines.rules.machine import Change, Machine
from pipelines.rules.regulation import Rule
from pipelines.rules.schedule import Schedule

LENGTH_S = 20.0
"""A reviewer sees so much at once."""
ONSET_S = 10.0
"""That something began is known no later than so long after, but for a belief that dithers."""
NEAR_S = 60.0
"""Nearer to an event than this nothing is drawn: who knows when that began."""


class Spot(NamedTuple):
    """A stretch that was drawn, from ``start`` up to ``end`` in event time, and what its chance was."""

    start: float
    end: float
    chance: float


@dataclass(frozen=True, slots=True)
class Draw:
    """How many stretches are drawn of a whole hall's day in shift, on average, and by which key.

    Raises ValueError for stretches that a hole between two looks could swallow.
    """

    per_day: float
    key: bytes = field(default=b"", repr=False)
    length_s: float = LENGTH_S
    near_s: float = NEAR_S

    def __post_init__(self) -> None:
        if not (self.length_s > BRIDGE_S and self.near_s >= 0 and self.per_day >= 0):
            raise ValueError(
                f"expected stretches longer than {BRIDGE_S:g} s, and no number below 0, "
                f"got {self.length_s:g} s, {self.near_s:g} s, {self.per_day:g} a day"
            )

    def bounds(self, t: float) -> tuple[float, float]:
        """The stretch in which event time ``t`` lies."""
        start = floor(t / self.length_s) * self.length_s
        return start, start + self.length_s

    def chance(self, start: float, posts: int, schedule: Schedule) -> float:
        """The chance of each stretch on the hall's day of ``start``, with so many posts: 0 to 1."""
        seconds = posts * day_in_shift_s(start, schedule)
        return min(1.0, self.per_day * self.length_s / seconds) if seconds > 0 else 0.0

    def takes(self, post: str, start: float, chance: float) -> bool:
        """Whether the stretch of a post that begins at ``start`` is drawn."""
        told = f"spot check\n{post}\n{round(start * 1000)}".encode()
        lot = int.from_bytes(hmac.new(self.key, told, hashlib.sha256).digest()[:8], "big")
        return lot < chance * 2**64


def day_in_shift_s(t: float, schedule: Schedule) -> float:
    """How many seconds of the hall's day around event time ``t`` lie in a shift."""
    today = datetime.fromtimestamp(t, UTC).astimezone(schedule.zone).date()
    low, high = (
        datetime.combine(today + timedelta(days=days), time(), schedule.zone).timestamp() for days in (0, 1)
    )
    return sum(max(0.0, min(span.end, high) - max(span.start, low)) for span in schedule.shifts_around(t))


class Flag(NamedTuple):
    """A time in which a rule was broken, or looked so; it flags what is nearer to it than ``margin``."""

    start: float
    end: float
    margin: float

    def meets(self, spot: Spot) -> bool:
        """Whether it flags a stretch."""
        return self.start - self.margin < spot.end and self.end + self.margin > spot.start


@dataclass(frozen=True, slots=True)
class _Going:
    """A rule that is pending or open."""

    start: float
    open: bool
    long: bool


class Found(NamedTuple):
    """What one look decides: a stretch that begins, those that come to nothing, those that stand."""

    begun: Spot | None
    dropped: list[Spot]
    kept: list[Spot]


class PostSpots:
    """The spot checks of one post. Looks come in the order of time, each with its rulings."""

    def __init__(self, post: str, draw: Draw, posts: int, schedule: Schedule) -> None:
        """``posts`` are those of the whole hall, whose day it is that the draw divides."""
        self._post, self._draw, self._posts, self._schedule = post, draw, posts, schedule
        self._born: float | None = None
        self._last = float("-inf")
        self._plain_since: float | None = None
        self._asked_at: float | None = None
        self._growing: Spot | None = None
        self._waiting: list[Spot] = []
        self._going: dict[str, _Going] = {}
        self._flags: list[Flag] = []

    def go_on(self, rules: Iterable[Rule], machines: Mapping[str, Machine]) -> None:
        """Know what is pending or open from an earlier process."""
        for rule in rules:
            machine = machines[rule.name]
            if machine.start is not None:
                self._going[rule.name] = _Going(machine.start, machine.open, self._is_long(rule))

    def look(self, t: float, plain: bool, rulings: Iterable[Ruling]) -> Found:
        """A look at ``t``, which could tell something of the post that no cover excused, or not."""
        for ruling in rulings:
            self._note(ruling)
        hole = t - self._last > BRIDGE_S
        self._born, self._last = (t if self._born is None else self._born), t
        if not plain:
            self._plain_since = None
        elif hole or self._plain_since is None:
            self._plain_since = t
        dropped = self._see_through(t)
        begun = self._begin(t)
        return self._decide(t, begun, dropped)

    def forget(self, spot: Spot) -> None:
        """A stretch has come to nothing for another reason."""
        self._growing = None if self._growing == spot else self._growing
        self._waiting = [one for one in self._waiting if one != spot]

    def _is_long(self, rule: Rule) -> bool:
        return rule.hold_s > self._draw.length_s

    def _note(self, ruling: Ruling) -> None:
        change, name = ruling.transition, ruling.rule.name
        long = self._is_long(ruling.rule)
        if change.change in (Change.PENDING, Change.OPENED):
            self._going[name] = _Going(change.start, change.change is Change.OPENED, long)
            return
        self._going.pop(name, None)
        end = change.t if change.end is None else change.end
        if change.change is Change.CLOSED:
            self._flags.append(Flag(change.start, end, self._draw.near_s))
        elif long:
            self._flags.append(Flag(change.start, end, 0.0))

    def _see_through(self, t: float) -> list[Spot]:
        """Follow the stretch that is being seen to its end; gives it when it was not seen throughout."""
        spot = self._growing
        if spot is None:
            return []
        if self._plain_since is None or self._plain_since > spot.start:
            self._growing = None
            return [spot]
        if t >= spot.end:
            self._growing = None
            self._waiting.append(spot)
        return []

    def _begin(self, t: float) -> Spot | None:
        start, end = self._draw.bounds(t)
        if start == self._asked_at:
            return None
        self._asked_at = start
        if self._plain_since is None or self._plain_since > start:
            return None
        if self._born is None or self._born > start - self._draw.near_s:
            return None  # what was before is not known
        shift = self._schedule.shift_at(start)
        if shift is None or shift.end < end:
            return None
        chance = self._draw.chance(start, self._posts, self._schedule)
        if not self._draw.takes(self._post, start, chance):
            return None
        self._growing = Spot(start, end, chance)
        return self._growing

    def _decide(self, t: float, begun: Spot | None, dropped: list[Spot]) -> Found:
        flags = [*self._flags, *self._standing()]
        growing, kept, waiting = self._growing, list[Spot](), list[Spot]()
        if growing is not None and any(flag.meets(growing) for flag in flags):
            dropped.append(growing)
            self._growing = None
        for spot in self._waiting:
            if any(flag.meets(spot) for flag in flags):
                dropped.append(spot)
            elif t >= spot.end + self._draw.near_s + ONSET_S and not self._is_open_question(spot):
                kept.append(spot)
            else:
                waiting.append(spot)
        self._waiting = waiting
        self._tidy(t)
        return Found(begun if begun == self._growing else None, [s for s in dropped if s != begun], kept)

    def _standing(self) -> list[Flag]:
        """What flags although it is not over."""
        near, for_ever = self._draw.near_s, float("inf")
        return [
            Flag(one.start, for_ever, near if one.open else 0.0)
            for one in self._going.values()
            if one.open or one.long
        ]

    def _is_open_question(self, spot: Spot) -> bool:
        """Whether an event may still come of something that is pending near a stretch."""
        return any(one.start - self._draw.near_s < spot.end for one in self._going.values())

    def _tidy(self, t: float) -> None:
        """Forget what can flag nothing any more."""
        spots = [*self._waiting, *([] if self._growing is None else [self._growing])]
        since = min([self._draw.bounds(t)[0], *(spot.start for spot in spots)])
        self._flags = [flag for flag in self._flags if flag.end + flag.margin > since]
