"""How much of a post's time was seen: every stretch of event time is in exactly one state. Pure.

A look vouches for the time after it, up to the next look, and never for longer than `BRIDGE_S`; what nobody
vouches for is unknown::

    looks       |  |  |  |                    |  |  | (dark) |  |
    state       ├ staffed ────┤╌╌ unknown ╌╌╌╌├ staffed ┤╌╌╌╌╌├ unstaffed

Outside all shifts the state is `out`, whatever was seen. All is cut into *buckets*, by the ends of shifts and
midnights, and within a shift by the hall's own hours. Time is only ever added to a bucket's end, so whoever
keeps the time up to which each bucket is full counts no second twice, whatever is delivered again.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.schedule import Schedule, Span

Seen = Literal["staffed", "unstaffed", "covered", "unknown"]
State = Literal["staffed", "unstaffed", "covered", "unknown", "out"]
"""staffed, unstaffed: seen so; covered: seen, but an absence was allowed; unknown; out: of shift."""

LATE_S = 30.0
"""A look may come in this long after its picture; then the time is taken as not seen."""
_HOUR_MS = 3_600_000
_BRIDGE_MS = round(BRIDGE_S * 1000)


class Stretch(NamedTuple):
    """A post's state from ``start`` to ``end`` (exclusive); ``bucket`` is the start of its bucket. All in
    milliseconds since 1970 UTC."""

    bucket: int
    start: int
    end: int
    state: State


def seen_as(presence: bool | None, cover: str | None) -> Seen:
    """What one look says of a post: its presence, and the kind of the cover that allows an absence."""
    if presence is None:
        return "unknown"
    if cover is not None:
        return "covered"
    return "staffed" if presence else "unstaffed"


@dataclass(frozen=True, slots=True)
class Account:
    """One post's time, in milliseconds: accounted for up to ``until``; the last look and what it saw."""

    until: int
    looked_at: int | None = None
    seen: Seen = "unknown"

    def look(self, t: int, seen: Seen) -> tuple["Account", list[tuple[int, int, Seen]]]:
        """A look at ``t``: gives the time up to it with its states. Of time that is accounted for already
        only what comes after the look can still be its."""
        account, spans = self.reach(t)
        if self.looked_at is not None and t < self.looked_at:
            return account, spans
        return replace(account, looked_at=t, seen=seen), spans

    def reach(self, t: int) -> tuple["Account", list[tuple[int, int, Seen]]]:
        """Account for the time up to ``t`` by the last look."""
        if t <= self.until:
            return self, []
        vouched = self.until if self.looked_at is None else min(t, self.looked_at + _BRIDGE_MS)
        spans: list[tuple[int, int, Seen]] = []
        if vouched > self.until:
            spans.append((self.until, vouched, self.seen))
        if t > max(self.until, vouched):
            spans.append((max(self.until, vouched), t, "unknown"))
        return replace(self, until=t), spans


class WatchLog:
    """The accounts of a run's posts, and what of them was not taken yet. One thread at a time."""

    def __init__(self, calendar: Schedule) -> None:
        """``calendar`` are the hall's shifts."""
        self._cut = _Cutter(calendar)
        self._accounts: dict[str, Account] = {}
        self._reached: dict[str, int] = {}
        self._waiting: dict[str, list[Stretch]] = {}
        self.waiting_s = 0.0
        """Event time that waits to be taken, of the post of which most waits."""

    def look(self, post: str, t: float, seen: Seen) -> None:
        """A post was looked at, at event time ``t`` in seconds. A file's first look begins its account."""
        moment = _ms(t)
        account = self._accounts.get(post, Account(moment))
        self._keep(post, *account.look(moment, seen))

    def passed(self, posts: Collection[str], now: float) -> None:
        """Live posts' event time has come to ``now``: what no look tells of for `LATE_S` is unknown.

        The first call begins the accounts of posts that were not looked at yet.
        """
        moment = _ms(now)
        for post in posts:
            self._reached[post] = moment
            account = self._accounts.setdefault(post, Account(moment))
            self._keep(post, *account.reach(moment - _ms(LATE_S)))

    def close(self) -> None:
        """The run is over: account for live posts up to where their time has come."""
        for post, moment in self._reached.items():
            self._keep(post, *self._accounts[post].reach(moment))

    def take(self) -> Mapping[str, list[Stretch]]:
        """What was accounted for since the last time, by post and in order."""
        taken, self._waiting, self.waiting_s = self._waiting, {}, 0.0
        return taken

    def _keep(self, post: str, account: Account, spans: list[tuple[int, int, Seen]]) -> None:
        self._accounts[post] = account
        if not spans:
            return
        waiting = self._waiting.setdefault(post, [])
        for start, end, seen in spans:
            for piece in self._cut(start, end, seen):
                _join(waiting, piece)
        self.waiting_s = max(self.waiting_s, (waiting[-1].end - waiting[0].start) / 1000)


class _Cutter:
    """Cuts stretches of one state by the hours and shifts of a hall."""

    def __init__(self, calendar: Schedule) -> None:
        self._calendar = calendar
        self._around: tuple[Span, bool] = (Span(0.0, 0.0), False)

    def __call__(self, start: int, end: int, seen: Seen) -> Iterator[Stretch]:
        """Its pieces, in order."""
        while start < end:
            span, worked = self._stretch(start)
            bucket, until = _bound(span.start, start), min(end, _bound(span.end, end))
            if worked:
                hour = start - (start + self._offset(start)) % _HOUR_MS
                bucket, until = max(hour, _bound(span.start, hour)), min(until, hour + _HOUR_MS)
            yield Stretch(bucket, start, until, seen if worked else "out")
            start = until

    def _stretch(self, t: int) -> tuple[Span, bool]:
        span, _ = self._around
        if not span.start * 1000 <= t < span.end * 1000:
            self._around = self._calendar.stretch_at(t / 1000)
        return self._around

    def _offset(self, t: int) -> int:
        offset = datetime.fromtimestamp(t / 1000, UTC).astimezone(self._calendar.zone).utcoffset()
        return 0 if offset is None else round(offset.total_seconds() * 1000)


def _bound(t: float, otherwise: int) -> int:
    return otherwise if t in (float("-inf"), float("inf")) else _ms(t)


def _ms(t: float) -> int:
    return round(t * 1000)


def _join(waiting: list[Stretch], piece: Stretch) -> None:
    last = waiting[-1] if waiting else None
    if last is not None and (last.bucket, last.end, last.state) == (piece.bucket, piece.start, piece.state):
        waiting[-1] = last._replace(end=piece.end)
    else:
        waiting.append(piece)
