"""Counts of the events, which pages ask for all the time: in a very large store not counted each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from pipelines.rules.events import HealthEntry, RuleEvent

CHEAP_S = 0.1
"""What takes no longer is counted each time."""
SHARE = 20
"""Counting takes at most one part in so many of the time."""
LONGEST_S = 30.0
"""What another monitor over the same database has changed is known after so long at the latest."""
SETTLED_S = 1.0
"""A count so soon after a change is not kept: the change may not have been in it."""

Counts = dict[str, int]


@dataclass(frozen=True)
class _Kept:
    counts: Counts
    until: float


class Counting:
    """Remembers counts that were dear, until something changes that is counted. Any thread may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Hashable, _Kept] = {}
        self._changed = float("-inf")

    def get(self, key: Hashable, count: Callable[[], Counts]) -> Counts:
        """The counts under a key: those kept, else as `count` finds them now."""
        began, kept = self._clock(), self._kept.get(key)
        if kept is not None and began < kept.until:
            return dict(kept.counts)
        found = count()
        ended = self._clock()
        if ended - began > CHEAP_S and began - self._changed > SETTLED_S:
            self._kept[key] = _Kept(dict(found), ended + min(SHARE * (ended - began), LONGEST_S))
        return found

    def forget(self) -> None:
        """Something that is counted changes."""
        self._changed = self._clock()
        self._kept.clear()

    # -- a follower of the store

    def on_event(self, _session: Session, _event: RuleEvent) -> None:
        """An event was delivered."""
        self.forget()

    def on_verdict(self, _session: Session, _event: RuleEvent, _verdict: str) -> None:
        """An event was judged."""
        self.forget()

    def on_question_again(self, _session: Session, _event: RuleEvent) -> None:
        """A verdict was withdrawn."""
        self.forget()

    def on_health(self, _session: Session, _entry: HealthEntry) -> None:
        """Nothing that is counted."""

    def on_appeal(
        self, _session: Session, _event: RuleEvent, _appeal: int, _what: Literal["appealed", "decided"]
    ) -> None:
        """Nothing that is counted: a reversal is a verdict."""
