"""Known clips among the questions: which reviewer is asked again what is known already, and when. Pure.

After a share of a reviewer's answers a *known clip* - an event whose answer is settled, chosen by an
adjudicator - is put among their questions once more, as an event of its own with a new time. The choice
hangs on a key of the installation (see `review.sampling`): it is the same each time and nobody can foretell
it. What is answered counts for nothing but the reviewer's *attention*.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pipelines.evidence.timeline import CLIPS, SUFFIXES
from pipelines.rules.events import RuleEvent, event_id, iso
from pipelines.rules.schedule import Schedule
from service.review.shares import wilson

RECENT_S = (20.0, 140.0)
"""So many seconds ago it seems to have ended; out of shift, before the shift's end."""
_DAY_S = 86400.0
_DAYS = 14
"""So far back the last shift is looked for."""


@dataclass(frozen=True)
class Planting:
    """After which share of answers (0 to 1) a known clip is put among the reviewer's questions."""

    share: float = 0.0
    key: bytes = field(default=b"", repr=False)

    def draws(self, reviewer: str, answered: str) -> bool:
        """Whether a reviewer is shown a known clip after they have answered this event."""
        return self._lot("draw", reviewer, answered) < self.share

    def choose(self, known: Sequence[str], reviewer: str, answered: str) -> str | None:
        """Which of these known clips is shown; None without any."""
        return min(known, key=lambda one: self._lot("choose", reviewer, answered, one), default=None)

    def age_s(self, reviewer: str, answered: str) -> float:
        """How many seconds ago it is to have ended."""
        low, high = RECENT_S
        return low + (high - low) * self._lot("age", reviewer, answered)

    def _lot(self, *what: str) -> float:
        """A number from 0 up to 1 that hangs on the key."""
        digest = hmac.new(self.key, "\n".join(("known clips", *what)).encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8], "big") / 2**64


NO_PLANTING = Planting()


def in_shift(t: float, schedule: Schedule) -> float:
    """The last moment up to ``t`` (seconds since the epoch) that lies in a shift; ``t`` without one."""
    if schedule.shift_at(t) is not None:
        return t
    for days in range(_DAYS):
        ended = [span.end for span in schedule.shifts_around(t - days * _DAY_S) if span.end <= t]
        if ended:
            return max(ended)
    return t


def disguised(known: RuleEvent, end: datetime, newest: RuleEvent) -> RuleEvent:
    """A known event as one that ended at ``end``.

    Its id is made of post, rule and start like every event's, for whoever reads it can compute that. Model
    and version are those of the ``newest`` event of its rule.
    """
    assert known.end is not None
    start = end - (known.end - known.start)
    id_ = event_id(known.post, known.rule, start)
    files = {
        kind: f"{CLIPS}/{id_}.{end_}" if getattr(known, kind) else None for kind, end_ in SUFFIXES.items()
    }
    new = {"model": newest.model, "rule_version": newest.rule_version, "clause": newest.clause}
    return known.model_copy(update={"id": id_, "start": start, "end": end, **files, **new})


def disguised_timeline(timeline: dict[str, Any], known: RuleEvent, shown: RuleEvent) -> dict[str, Any]:
    """The timeline of a known event as that of the event that it is shown as."""
    t0 = datetime.fromisoformat(timeline["t0"]) + (shown.start - known.start)
    return {**timeline, "event": shown.id, "clip": shown.clip, "t0": iso(t0.astimezone(shown.start.tzinfo))}


def moment_before(at: datetime, age_s: float, schedule: Schedule) -> datetime:
    """When something is to have ended that is shown ``at`` a time: ``age_s`` before, in a shift."""
    last = datetime.fromtimestamp(in_shift(at.timestamp(), schedule), schedule.zone)
    end = last - timedelta(seconds=age_s)
    return end.replace(microsecond=end.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Attention:
    """How many known clips a reviewer has answered, and how many of them right."""

    shown: int
    right: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the share that was right, 95 % (Wilson 1927); None before the first."""
        return wilson(self.right, self.shown) if self.shown else None
