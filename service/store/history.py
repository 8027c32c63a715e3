"""The verdicts on events and where they stand, for every part of the store that needs them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.review.standing import Standing
from service.review.verdicts import Verdict
from service.store.rank import rank_of
from service.store.records import UnknownEventError
from service.store.tables import EventRow, VerdictRow
from service.store.transactions import Transactions

_FIELDS = ("verdict", "reason", "object", "note", "by", "part")


def histories(session: Session, event_ids: Sequence[str], zone: ZoneInfo) -> dict[str, list[Verdict]]:
    """Every entry on these events, oldest first each; an event without any gives an empty list."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    query = select(VerdictRow).where(VerdictRow.event.in_(event_ids)).order_by(VerdictRow.id)
    for row in session.scalars(query):
        fields = {name: getattr(row, name) for name in _FIELDS}
        found[row.event].append(Verdict.model_validate({**fields, "at": row.given_at.astimezone(zone)}))
    return found


def locked_event(sql: Transactions, session: Session, event_id: str) -> EventRow:
    """An event that nobody else changes until this transaction ends: always the first lock that is taken.

    Raises UnknownEventError.
    """
    sql.lock(session, EventRow, event_id)
    row = session.get(EventRow, event_id)
    if row is None:
        raise UnknownEventError(event_id)
    return row


def add_verdict(session: Session, event: str, verdict: Verdict, against: Verdict | None = None) -> None:
    """Let an entry follow; `against` is the first answer where this is a second opinion on it."""
    session.add(
        VerdictRow(
            event=event,
            verdict=verdict.verdict,
            reason=verdict.reason,
            object=verdict.object,
            note=verdict.note,
            given_at=verdict.at,
            by=verdict.by,
            part=verdict.part,
            against=None if against is None else against.verdict,
        )
    )


def write_standing(event: EventRow, now: Standing) -> bool:
    """Write down where an event stands; whether another answer counts than before."""
    answer = None if now.counts is None else now.counts.verdict
    changed = answer != event.verdict
    event.verdict, event.stage = answer, now.stage
    event.judged_by = None if now.counts is None else now.counts.by
    event.second_by = now.by[1] if len(now.by) > 1 else None
    event.queue_rank = rank_of(event.rule, event.confidence, now.stage)
    return changed
