"""The rows of `conduct bench store`: a year of a very busy hall, the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pipelines import regulation
from pipelines.hall.holidays import calendar_of
from pipelines.rules.events import ModelRef, RuleEvent, event_id
from pipelines.rules.schedule import ScheduleSettings
from service.reports.period import Period
from service.reports.segments import segments_of
from service.review.verdicts import waited_s
from service.store import Hall, Store, StoredPost
from service.store.tables import Base, EventRow, EvidenceRow, VerdictRow
from service.store.transactions import Transactions
from service.store.watched_table import STATES, WatchedRow

POSTS = tuple(f"w{number:03}" for number in range(120))
ZONE = ZoneInfo("Asia/Shanghai")
SPAN = Period(date(2025, 1, 1), date(2025, 12, 31), ZONE)
"""The days that are filled."""
_APART = timedelta(seconds=31.5)
"""Between two events of the hall; a million of them are a year."""
_SHIFTS = ScheduleSettings.model_validate(
    {
        "shifts": [
            {"days": "mon-fri", "from": "09:00", "to": "12:00"},
            {"days": "mon-fri", "from": "14:00", "to": "17:30"},
        ]
    }
)
_ANSWERS = ("confirmed", "rejected", "unclear")
_UNJUDGED_EVERY = 20
_WAITED = 1 / timedelta(hours=3).total_seconds()
"""Of the hours until a verdict: half come within two, some after a day."""
_HOUR_S, _DAY_S = 3600.0, 86_400.0
_BATCH = 2000
_FILES = {"clip": "mp4", "snapshot": "jpg", "timeline": "json"}


def take_posts(store: Store) -> None:
    """A hall with its posts."""
    zone = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5))
    posts = [
        StoredPost(
            id=id, name=f"{id} 社会保障", camera=f"c{n // 2}", staff_zone=zone, visitor_zone=None, active=True
        )
        for n, id in enumerate(POSTS)
    ]
    store.set_site(Hall("测量大厅", ZONE, _SHIFTS), posts)


def sample_events(seed: int, count: int) -> list[RuleEvent]:
    """Events one after another at all posts and of all rules; those of another seed are others."""
    chance, rules = random.Random(seed), list(regulation.load().rules.items())
    newest = SPAN.end + (seed * count - 1) * _APART
    return [_event(chance, rules, newest - n * _APART) for n in range(count)]


def judge_most(store: Store, events: Sequence[RuleEvent]) -> None:
    """Give all but one of twenty a verdict, as reviewers do."""
    chance = random.Random(len(events))
    for number, event in enumerate(events):
        if number % _UNJUDGED_EVERY:
            answer: Any = _ANSWERS[number % len(_ANSWERS)]
            waited = timedelta(seconds=chance.expovariate(_WAITED))
            store.give_verdict(event.id, answer, None, "", at=(event.end or event.start) + waited)


def fill(sql: Transactions, wanted: int, clips: int) -> None:
    """Copy what is there, each time under new ids and further back, until there are so many copies.

    The newest ``clips`` have evidence; that of the others is expired.
    """
    with sql.read() as session:
        events = [dict(row) for row in session.execute(select(EventRow.__table__)).mappings()]
        verdicts = {
            row["event"]: dict(row) for row in session.execute(select(VerdictRow.__table__)).mappings()
        }
    events.sort(key=lambda row: row["start"], reverse=True)
    chance = random.Random(wanted)
    for begin in range(0, wanted, _BATCH):
        numbers = range(begin, min(begin + _BATCH, wanted))
        copies = [_copy(events, number, chance, has_clip=number < clips) for number in numbers]
        judged = [
            _moved(verdicts[old["id"]], new["id"])
            for number, new in zip(numbers, copies, strict=True)
            if (old := events[number % len(events)])["id"] in verdicts
        ]
        with sql.write() as session:
            _add(session, EventRow, copies)
            _add(session, VerdictRow, judged)
            _add(session, EvidenceRow, [file for new in copies if new["clip"] for file in _files(new)])


def fill_hours(sql: Transactions) -> None:
    """What a year of watching leaves: at each post a row for each hour of a shift and each time between."""
    for segment in segments_of(SPAN, calendar_of(_SHIFTS, ZONE)):
        begins = np.arange(segment.start, segment.end, _HOUR_S if segment.in_shift else _DAY_S)
        ends = np.minimum(begins + _HOUR_S, segment.end) if segment.in_shift else [segment.end]
        with sql.write() as session:
            for begin, end in zip(begins, ends, strict=True):
                rows = [_watched(post, float(begin), float(end), segment.in_shift) for post in POSTS]
                _add(session, WatchedRow, rows)


def _watched(post: str, begin: float, end: float, in_shift: bool) -> dict[str, Any]:
    ms = round((end - begin) * 1000)
    spent = dict.fromkeys((f"{state}_ms" for state in STATES), 0)
    spent |= {"staffed_ms": ms * 9 // 10, "unknown_ms": ms // 10} if in_shift else {"out_ms": ms}
    bucket, until = (datetime.fromtimestamp(t, UTC) for t in (begin, end))
    return {"post": post, "bucket": bucket, "until": until, **spent}


def _event(chance: random.Random, rules: Sequence[tuple[str, Any]], start: datetime) -> RuleEvent:
    (rule, told), post = chance.choice(rules), chance.choice(POSTS)
    length = timedelta(seconds=chance.randint(10, 600))
    return RuleEvent(
        id=event_id(post, rule, start),
        rule=rule,
        clause=told.clause,
        post=post,
        camera=f"c{POSTS.index(post) // 2}",
        start=start,
        end=start + length,
        state="closed",
        confidence=round(chance.uniform(0.9, 1), 3),
        why="a phone in the hand (93 %)",
        clip=None,
        snapshot=None,
        timeline=None,
        model=ModelRef(name="hall_detector_n", sha256="ab" * 32),
        rule_version="1-12345678",
    )


def _copy(
    events: Sequence[dict[str, Any]], number: int, chance: random.Random, *, has_clip: bool
) -> dict[str, Any]:
    row = dict(events[number % len(events)])
    back = (1 + number // len(events)) * len(events) * _APART
    row["start"], row["end"] = row["start"] - back, row["end"] - back
    row["id"] = event_id(row["post"], row["rule"], row["start"])
    if row["judged_after_s"] is not None:
        judged = row["end"] + timedelta(seconds=chance.expovariate(_WAITED))
        row["judged_after_s"] = waited_s(row["end"], judged)
    row["clip_missing"] = None if has_clip else "expired"
    for kind, end in _FILES.items():
        row[kind] = f"clips/{row['id']}.{end}" if has_clip else None
    return row


def _moved(verdict: dict[str, Any], event: str) -> dict[str, Any]:
    return {**{name: value for name, value in verdict.items() if name != "id"}, "event": event}


def _files(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in _FILES:
        yield {
            "event": event["id"],
            "kind": kind,
            "path": event[kind],
            "sha256": "cd" * 32,
            "size": 2_000_000,
            "filed_at": event["end"],
            "gone_at": None,
            "bucket": None,
        }


def _add(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table.__table__), rows)  # type: ignore[arg-type]  # it is a table
