"""The outbox as people read it: every delivery with its state, tries and last error. Only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.alerts.records import DeliveryState, Message
from service.alerts.rows import message_of
from service.store.alert_tables import AlertRow, DeliveryRow, MessageRow
from service.store.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivery and how it went. Times are in UTC."""

    id: str
    channel: str
    state: DeliveryState
    tries: int
    error: str
    created: datetime
    due: datetime
    sent: datetime | None
    message: Message
    acknowledged: datetime | None


class Ledger:
    """Reads deliveries over the store's database."""

    def __init__(self, sql: Transactions) -> None:
        self._sql = sql

    def entries(self, *, state: DeliveryState | None = None, limit: int = 100) -> list[Entry]:
        """The newest deliveries, newest first."""
        query = select(DeliveryRow).order_by(DeliveryRow.created.desc(), DeliveryRow.id).limit(limit)
        if state is not None:
            query = query.where(DeliveryRow.state == state)
        with self._sql.read() as session:
            rows = list(session.scalars(query))
            messages = _messages(session, {row.message for row in rows})
            return [_entry(row, *messages[row.message]) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        with self._sql.read() as session:
            query = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
            return {state: number for state, number in session.execute(query)}


def _messages(session: Session, ids: set[str]) -> dict[str, tuple[Message, Sequence[AlertRow]]]:
    alerts: dict[str, list[AlertRow]] = defaultdict(list)
    for alert in session.scalars(select(AlertRow).where(AlertRow.message.in_(ids))):
        alerts[alert.message or ""].append(alert)
    rows = session.scalars(select(MessageRow).where(MessageRow.id.in_(ids)))
    return {row.id: (message_of(row, alerts[row.id]), alerts[row.id]) for row in rows}


def _entry(row: DeliveryRow, message: Message, alerts: Sequence[AlertRow]) -> Entry:
    said = [alert.acknowledged for alert in alerts if alert.acknowledged is not None]
    return Entry(
        id=row.id,
        channel=row.channel,
        state=cast(DeliveryState, row.state),
        tries=row.tries,
        error=row.error,
        created=row.created,
        due=row.due,
        sent=row.sent,
        message=message,
        acknowledged=max(said) if said and len(said) == len(alerts) else None,
    )
