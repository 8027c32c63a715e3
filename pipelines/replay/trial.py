"""Other rules over the kept looks of the last while: what they would still ask, no longer, or anew.

Both the present and the wanted rules are played over the same looks, so that what differs comes from the
rules alone. Looks from before that while are played too, for beliefs and counted seconds need a run-up; what
began in it is not told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Literal

import numpy as np

from pipelines.evaluate import Interval, evaluate
from pipelines.hall.covers import HallCovers
from pipelines.replay.journal import Place, read_kept
from pipelines.replay.looks import LooksError, PostLooks, time_of
from pipelines.replay.play import Asked, replay
from pipelines.rules.engine import RuleEngine

RUN_UP_S = 3600.0
Outcome = Literal["still", "gone", "new"]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules, and the covers that go with their schedule."""

    engine: RuleEngine
    covers: HallCovers


@dataclass(frozen=True, slots=True)
class Told:
    """One question, and whether both rules ask it (still), only the present (gone) or the wanted ones (new).

    ``asked`` is as the wanted rules ask it, of one that is gone as the present ones do.
    """

    outcome: Outcome
    asked: Asked


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; ``since`` and ``until`` are event times, ``posts`` those with looks in between."""

    since: float
    until: float
    looks: int
    posts: frozenset[str]
    told: tuple[Told, ...]


def try_rules(
    present: RuleSet, wanted: RuleSet, kept: Mapping[Place, Sequence[Path]], span_s: float, zone: tzinfo
) -> Trial:
    """Play both over the last ``span_s`` seconds of which there are looks; ``zone`` names the journal's days.

    Raises LooksError where there are none.
    """
    until = _newest(kept)
    since = until - span_s
    looks = [_after(one, since - RUN_UP_S) for one in _read(kept, since - RUN_UP_S, zone)]
    looks = [one for one in looks if len(one) and one.t[-1] >= since]
    now, then = (replay(rules.engine, looks, rules.covers) for rules in (present, wanted))
    within = [_after(one, since) for one in looks]
    told = [one for one in compared(now, then, until) if one.asked.start >= since]
    first, _ = time_of(within)
    return Trial(first, until, sum(map(len, within)), frozenset(one.post for one in within), tuple(told))


def compared(now: Iterable[Asked], then: Iterable[Asked], until: float) -> list[Told]:
    """What present rules ask ``now`` and wanted ones ``then``, by start, post and rule.

    One to one, most overlap first, as events are compared with ground truth.
    """
    old, new = ({_interval(one, until): one for one in asked} for asked in (now, then))
    told = []
    for score in evaluate(new, old):
        told += [Told("still", new[match.event]) for match in score.matched]
        told += [Told("gone", old[one]) for one in score.missed]
        told += [Told("new", new[one]) for one in score.false]
    return sorted(told, key=lambda one: (one.asked.start, one.asked.post, one.asked.rule))


def _newest(kept: Mapping[Place, Sequence[Path]]) -> float:
    """Event time of the last look of all."""
    last = max((files[-1].parent.name for files in kept.values() if files), default="")
    newest = [
        float(looks.t[-1])
        for place, files in kept.items()
        if files and files[-1].parent.name == last and len(looks := read_kept(place, files[-1:]))
    ]
    if not newest:
        raise LooksError("expected kept looks at these posts, found none")
    return max(newest)


def _read(kept: Mapping[Place, Sequence[Path]], since: float, zone: tzinfo) -> Iterable[PostLooks]:
    first = datetime.fromtimestamp(since, UTC).astimezone(zone).date().isoformat()
    for place, files in kept.items():
        yield read_kept(place, [path for path in files if path.parent.name >= first])


def _after(looks: PostLooks, since: float) -> PostLooks:
    return looks.part(int(np.searchsorted(looks.t, since)), len(looks))


def _interval(asked: Asked, until: float) -> Interval:
    return Interval(asked.post, asked.rule, asked.start, until if asked.end is None else asked.end)
