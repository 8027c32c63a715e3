"""Appeals and links between their rows and their values, inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.review.appeals import Appeal, Link
from service.store.appeal_tables import AppealLinkRow, AppealRow
from service.store.tables import VerdictRow


def appeal_of(row: AppealRow, zone: tzinfo) -> Appeal:
    """The value of a row, its times in the hall's zone."""
    return Appeal.model_validate(
        {
            **{name: getattr(row, name) for name in Appeal.model_fields},
            "made_at": row.made_at.astimezone(zone),
            "decide_by": row.decide_by.astimezone(zone),
            "closed_at": row.closed_at.astimezone(zone) if row.closed_at else None,
        }
    )


def link_of(row: AppealLinkRow, zone: tzinfo) -> Link:
    """The value of a row, its times in the hall's zone."""
    return Link(
        made_at=row.made_at.astimezone(zone),
        made_by=row.made_by,
        expires_at=row.expires_at.astimezone(zone),
    )


def appeals_on(session: Session, event_id: str, zone: tzinfo) -> list[Appeal]:
    """Every appeal against an event, oldest first."""
    query = select(AppealRow).where(AppealRow.event == event_id).order_by(AppealRow.id)
    return [appeal_of(row, zone) for row in session.scalars(query)]


def links_of(session: Session, event_id: str, zone: tzinfo) -> list[Link]:
    """Every link to an event, also the revoked ones, oldest first."""
    query = select(AppealLinkRow).where(AppealLinkRow.event == event_id).order_by(AppealLinkRow.id)
    return [link_of(row, zone) for row in session.scalars(query)]


def living(session: Session, event_id: str) -> list[AppealLinkRow]:
    """The links to an event that were not revoked, oldest first."""
    of_event = AppealLinkRow.event == event_id
    query = select(AppealLinkRow).where(of_event, AppealLinkRow.revoked_at.is_(None))
    return list(session.scalars(query.order_by(AppealLinkRow.id)))


def judges_of(session: Session, event_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """Everybody who has ever judged these events or decided an appeal against them, by name."""
    found: dict[str, set[str]] = defaultdict(set)
    gave = select(VerdictRow.event, VerdictRow.by).where(VerdictRow.event.in_(event_ids))
    decided = select(AppealRow.event, AppealRow.decided_by).where(AppealRow.event.in_(event_ids))
    for query in (gave, decided):
        for event, name in session.execute(query):
            if name is not None:
                found[event].add(name)
    return {event: frozenset(found[event]) for event in event_ids}
