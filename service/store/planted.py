"""What a reviewer finds, claims and answers of the known clips among their questions, inside a transaction.

Everything looks as with events (`service.store.page`, `.verdicts`, `.claims`), for it must not be told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import Session

from pipelines.rules.events import RuleEvent
from service.audit import Act
from service.review import claims
from service.review.claims import Claim
from service.review.standing import Reader, Stage, check_withdrawal, counting, effective
from service.review.verdicts import Verdict, judge
from service.store.audit import record
from service.store.page import EventFilter, Order, Place, Segment
from service.store.plant_tables import KnownRow, PlantRow, unjudged
from service.store.rank import rank_of
from service.store.records import JudgedEvent
from service.store.tables import EventRow
from service.store.transactions import Transactions

_QUEUE = (PlantRow.queue_rank, PlantRow.start, PlantRow.id)
_NEWEST = (PlantRow.start, PlantRow.id)
_WAITS = PlantRow.queue_rank.is_not(None)


def planted(session: Session, event_id: str, who: str | None) -> PlantRow | None:
    """The known clip that somebody is shown under an id."""
    row = session.get(PlantRow, event_id) if who else None
    return row if row is not None and row.reviewer == who and row.shown_at is not None else None


def is_hidden(session: Session, event_id: str, reader: Reader) -> bool:
    """Whether an event does not exist for a reader, who may be shown it as a known clip, or was."""
    if reader.name is None or not reader.is_tested:
        return False
    return session.scalar(unjudged(reader.name).where(KnownRow.event == event_id)) is not None


def locked(sql: Transactions, session: Session, event_id: str, who: str | None) -> PlantRow | None:
    """The same, and nobody else changes it until this transaction ends."""
    if planted(session, event_id, who) is None:
        return None
    sql.lock(session, PlantRow, event_id)
    session.expire_all()
    return planted(session, event_id, who)


def found(
    session: Session,
    wanted: EventFilter,
    reader: Reader,
    order: Order,
    segment: Segment,
    place: Place | None,
    limit: int,
) -> list[PlantRow]:
    """Those of a reader that belong into a segment of a page behind a place, in the segment's order."""
    if reader.name is None:
        return []
    query = select(PlantRow).where(*_conditions(wanted, reader.name))
    if segment == "waiting":
        query = query.where(_WAITS).order_by(*_QUEUE)
    elif order == "queue":
        query = query.where(~_WAITS)
    if segment == "newest":
        query = query.order_by(*(column.desc() for column in _NEWEST))
    if place is not None and place.segment == segment:
        query = query.where(_behind(place))
    return list(session.scalars(query.limit(limit)))


def waiting(
    session: Session, wanted: EventFilter, reader: Reader, place: Place | None, limit: int
) -> list[PlantRow]:
    """Those that wait for a reader behind a place, the first in the queue first."""
    return found(session, wanted, reader, "queue", "waiting", place, limit)


def count(session: Session, reader: Reader, posts: Collection[str] | None) -> Counter[str | None]:
    """By answer (None: it waits), how many more events a reader sees at these posts, or at all, than exist.

    Fewer where the known clips are hidden themselves.
    """
    if reader.name is None:
        return Counter()
    seen = EventFilter(posts=None if posts is None else frozenset(posts))
    query = select(PlantRow.answer, func.count()).where(*_conditions(seen, reader.name))
    found: Counter[str | None] = Counter()
    for answer_, number in session.execute(query.group_by(PlantRow.answer)):
        found[answer_] += number
    if reader.is_tested:
        query = select(EventRow.verdict, func.count()).where(EventRow.id.in_(unjudged(reader.name)))
        if posts is not None:
            query = query.where(EventRow.post.in_(posts))
        for answer_, number in session.execute(query.group_by(EventRow.verdict)):
            found[answer_] -= number
    return found


def judged(row: PlantRow, zone: ZoneInfo, at: datetime | None = None) -> JudgedEvent:
    """What it looks like, with a claim that holds `at` a time."""
    verdict = counting(history(row, zone))
    stage: Stage = "question" if verdict is None else "done"
    by = (None if verdict is None else verdict.by, None)
    claim = None if at is None else claims.live(claim_of(row), at)
    if claim is not None:
        times = {"taken_at": claim.taken_at.astimezone(zone), "until": claim.until.astimezone(zone)}
        claim = claim.model_copy(update=times)
    return JudgedEvent(event_of(row, zone), verdict, stage, by, row.queue_rank, claim, row.known)


def event_of(row: PlantRow, zone: ZoneInfo) -> RuleEvent:
    """The event that it looks like."""
    event = RuleEvent.model_validate(row.event)
    assert event.end is not None
    times = {"start": event.start.astimezone(zone), "end": event.end.astimezone(zone)}
    gone = dict.fromkeys(("clip", "snapshot", "timeline"), None) if row.gone_at is not None else {}
    return event.model_copy(update={**times, **gone, **({"clip_missing": "expired"} if gone else {})})


def claim_of(row: PlantRow) -> Claim | None:
    """The reviewer's claim, whether or not it has run out."""
    if row.taken_at is None or row.until is None:
        return None
    return Claim(holder=row.reviewer, taken_at=row.taken_at, until=row.until, ahead=row.ahead)


def take(session: Session, row: PlantRow, act: Act, lease: timedelta, *, ahead: bool) -> Claim | None:
    """Claim it or prolong the claim; None when it waits no more."""
    if row.queue_rank is None:
        return None
    claim = claims.taken(claim_of(row), row.reviewer, act.at, lease, ahead=ahead)
    row.taken_at, row.until, row.ahead = claim.taken_at, claim.until, claim.ahead
    if claim.taken_at == act.at and not claim.ahead:
        record(session, told(act, row))
    return claim


def release(row: PlantRow) -> None:
    """Give up the claim."""
    row.taken_at = row.until = None


def answer(
    session: Session, row: PlantRow, said: Verdict, act: Act, zone: ZoneInfo, *, claimed: bool
) -> Verdict:
    """Take down what the reviewer says; what was said word for word before is given back.

    Raises VerdictRefusedError, VerdictClashError.
    """
    assert said.verdict != "withdrawn"
    answers = effective(history(row, zone))
    stands = judge(answers, said.verdict, said.reason, said.note, said.at, said.by, said.object)
    if answers and stands is answers[-1]:
        return stands
    waits = row.queue_rank is not None
    claims.check_answer(claim_of(row), row.reviewer, said.at, waits=waits, claimed=claimed, take_over=False)
    record(session, told(act, row))
    release(row)
    _say(row, stands, act.at, zone)
    return stands


def withdraw(session: Session, row: PlantRow, act: Act, zone: ZoneInfo) -> Verdict:
    """Take the newest answer back. Raises VerdictClashError."""
    answers = effective(history(row, zone))
    check_withdrawal(answers, act.who or None, act.at)
    fields = {
        "verdict": "withdrawn",
        "reason": None,
        "object": None,
        "note": "",
        "at": act.at.astimezone(zone),
    }
    entry = answers[-1].model_copy(update=fields)
    record(
        session, told(act.model_copy(update={"detail": {**act.detail, "verdict": answers[-1].verdict}}), row)
    )
    _say(row, entry, act.at, zone)
    return entry


def told(act: Act, row: PlantRow) -> Act:
    """An act for the audit log, which says what was really seen."""
    return act.model_copy(update={"detail": {**act.detail, "known_clip": row.known}})


def _say(row: PlantRow, entry: Verdict, at: datetime, zone: ZoneInfo) -> None:
    row.history = [*row.history, entry.model_dump(mode="json")]
    counts = counting(history(row, zone))
    row.answer = None if counts is None else counts.verdict
    row.answered_at = None if counts is None else at
    event = event_of(row, zone)
    row.queue_rank = rank_of(event.rule, event.confidence, "question" if counts is None else "done")


def history(row: PlantRow, zone: ZoneInfo) -> list[Verdict]:
    """What was said to it, oldest first."""
    entries = [Verdict.model_validate(entry) for entry in row.history]
    return [entry.model_copy(update={"at": entry.at.astimezone(zone)}) for entry in entries]


def _conditions(wanted: EventFilter, who: str) -> list[ColumnElement[bool]]:
    conditions = [PlantRow.reviewer == who, PlantRow.shown_at.is_not(None)]
    equal = {PlantRow.post: wanted.post, PlantRow.rule: wanted.rule}
    conditions += [column == value for column, value in equal.items() if value is not None]
    if wanted.posts is not None:
        conditions.append(PlantRow.post.in_(wanted.posts))
    if wanted.verdict is not None:
        answer_ = None if wanted.verdict == "none" else wanted.verdict
        conditions.append(PlantRow.answer.is_not_distinct_from(answer_))
    if wanted.by is not None:
        conditions += [PlantRow.answer.is_not(None), PlantRow.reviewer == wanted.by]
    if wanted.start_from is not None:
        conditions.append(PlantRow.start >= wanted.start_from)
    if wanted.start_to is not None:
        conditions.append(PlantRow.start < wanted.start_to)
    if wanted.disputed or wanted.state == "open":
        conditions.append(PlantRow.id.is_(None))
    return conditions


def _behind(place: Place) -> ColumnElement[bool]:
    start = literal(place.start, PlantRow.start.type)
    if place.segment == "waiting":
        return tuple_(*_QUEUE) > tuple_(place.rank, start, place.event)
    return tuple_(*_NEWEST) < tuple_(start, place.event)
