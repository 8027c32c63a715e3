"""Which evidence goes and which stays. Pure: rows, the disk and the time in, ids out.

Each verdict has a term, counted from the event's end, or from when its files were
written where that is later. What is open or held (for an appeal, a finding by hand) stays. When less than a
floor of the disk is free, evidence that is least needed goes before its term: rejected first, then what
nobody has confirmed and is older than a day, oldest first. Confirmed evidence always stays its term, and so
does the newest: when that is not enough, somebody must be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

NEWEST = timedelta(days=1)
"""Unreviewed evidence younger than this never makes room."""


@dataclass(frozen=True)
class Kept:
    """An event with evidence: from when its age counts, its verdict (None: a question), bytes on this disk.

    ``elsewhere``: all of it is in a bucket, so deleting it makes no room here.
    """

    event: str
    last: datetime
    verdict: str | None
    size: int
    open: bool = False
    held: bool = False
    elsewhere: bool = False
    held_until: datetime | None = None

    def is_held(self, now: datetime) -> bool:
        """Whether it stays whatever its age: without an end, or until a time that has not come yet."""
        return self.held or (self.held_until is not None and now < self.held_until)


@dataclass(frozen=True)
class Terms:
    """How long evidence stays, by verdict, and how much of the disk must stay free (bytes)."""

    rejected: timedelta
    unreviewed: timedelta
    confirmed: timedelta
    floor: int

    def of(self, verdict: str | None) -> timedelta:
        """The term of a verdict; unclear is as good as unreviewed."""
        return {"rejected": self.rejected, "confirmed": self.confirmed}.get(verdict or "", self.unreviewed)


@dataclass(frozen=True)
class Plan:
    """Events whose evidence goes because its term is over, and to make room; bytes still short after that."""

    expired: tuple[str, ...]
    made_room: tuple[str, ...]
    short: int


def plan(kept: Sequence[Kept], terms: Terms, free: int, now: datetime) -> Plan:
    """What is to be deleted at ``now``, with ``free`` bytes of disk left."""
    loose = [one for one in kept if not one.open and not one.is_held(now)]
    expired = [one for one in loose if now - one.last > terms.of(one.verdict)]
    missing = terms.floor - free - sum(one.size for one in expired)
    rest = [one for one in loose if one not in expired]
    room: list[Kept] = []
    for one in _least_needed(rest, now):
        if missing <= 0:
            break
        room.append(one)
        missing -= one.size
    return Plan(_ids(expired), _ids(room), max(missing, 0))


def _least_needed(kept: Iterable[Kept], now: datetime) -> list[Kept]:
    """What may make room, the least needed first."""
    may_go = [
        one
        for one in kept
        if not one.elsewhere
        and (one.verdict == "rejected" or (one.verdict != "confirmed" and now - one.last > NEWEST))
    ]
    return sorted(may_go, key=lambda one: (one.verdict != "rejected", one.last, one.event))


def _ids(kept: Iterable[Kept]) -> tuple[str, ...]:
    return tuple(one.event for one in kept)
