"""The rows of `conduct bench store`: two years of a busy hall, the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pipelines import regulation
from pipelines.rules.events import ModelRef, RuleEvent, event_id
from service.store import Hall, Store, StoredPost
from service.store.tables import Base, EventRow, EvidenceRow, VerdictRow
from service.store.transactions import Transactions

POSTS = tuple(f"w{number:03}" for number in range(120))
_NEWEST = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_APART = timedelta(seconds=63)
"""Between two events of the hall; a million of them are two years."""
_ANSWERS = ("confirmed", "rejected", "unclear")
_UNJUDGED_EVERY = 20
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
    store.set_site(Hall("测量大厅", ZoneInfo("Asia/Shanghai")), posts)


def sample_events(seed: int, count: int) -> list[RuleEvent]:
    """Events one after another at all posts and of all rules; those of another seed are others."""
    chance, rules = random.Random(seed), list(regulation.load().rules.items())
    return [_event(chance, rules, _NEWEST + seed * count * _APART - n * _APART) for n in range(count)]


def judge_most(store: Store, events: Sequence[RuleEvent]) -> None:
    """Give all but one of twenty a verdict, as reviewers do."""
    for number, event in enumerate(events):
        if number % _UNJUDGED_EVERY:
            answer: Any = _ANSWERS[number % len(_ANSWERS)]
            store.give_verdict(event.id, answer, None, "", at=event.start + timedelta(hours=1))


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
    for begin in range(0, wanted, _BATCH):
        numbers = range(begin, min(begin + _BATCH, wanted))
        copies = [_copy(events, number, has_clip=number < clips) for number in numbers]
        judged = [
            _moved(verdicts[old["id"]], new["id"])
            for number, new in zip(numbers, copies, strict=True)
            if (old := events[number % len(events)])["id"] in verdicts
        ]
        with sql.write() as session:
            _add(session, EventRow, copies)
            _add(session, VerdictRow, judged)
            _add(session, EvidenceRow, [file for new in copies if new["clip"] for file in _files(new)])


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


def _copy(events: Sequence[dict[str, Any]], number: int, *, has_clip: bool) -> dict[str, Any]:
    row = dict(events[number % len(events)])
    back = (1 + number // len(events)) * len(events) * _APART
    row["start"], row["end"] = row["start"] - back, row["end"] - back
    row["id"] = event_id(row["post"], row["rule"], row["start"])
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
