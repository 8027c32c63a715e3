"""What makes an event's evidence stay beyond its term, written in the transaction that causes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.store.appeal_tables import HoldRow
from service.store.transactions import Transactions


def hold(sql: Transactions, session: Session, event: str, why: str, until: datetime | None) -> None:
    """Keep an event's evidence until a time, None = without an end; the same `why` again replaces it."""
    sql.upsert(session, HoldRow, {"event": event, "why": why, "until": until})


def release(session: Session, event: str, why: str) -> None:
    """Keep it no longer for this reason."""
    session.execute(delete(HoldRow).where(HoldRow.event == event, HoldRow.why == why))
