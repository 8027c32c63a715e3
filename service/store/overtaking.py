"""When a reviewer takes a confirmed verdict back, an appeal against it has nothing left to contest."""

from __future__ import annotations

from datetime import UTC
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipelines.rules.events import HealthEntry, RuleEvent
from service.review.appeals import Periods, overtake
from service.store.appeal_rows import appeal_of
from service.store.appeal_tables import AppealRow
from service.store.appeals import close
from service.store.tables import VerdictRow
from service.store.transactions import Transactions


class Overtaking:
    """Closes open appeals in the transaction of the verdict (service.store.followers)."""

    def __init__(self, sql: Transactions, periods: Periods) -> None:
        self._sql, self._periods = sql, periods

    def on_event(self, session: Session, event: RuleEvent) -> None:
        """Nothing follows for appeals."""

    def on_health(self, session: Session, entry: HealthEntry) -> None:
        """Nothing follows for appeals."""

    def on_appeal(
        self, session: Session, event: RuleEvent, appeal: int, what: Literal["appealed", "decided"]
    ) -> None:
        """Nothing follows for other appeals."""

    def on_verdict(self, session: Session, event: RuleEvent, verdict: str) -> None:
        """Close the open appeal against an event that is no longer confirmed."""
        if verdict != "confirmed":
            self.on_question_again(session, event)

    def on_question_again(self, session: Session, event: RuleEvent) -> None:
        """Close the open appeal against an event whose verdict was taken back."""
        waiting = select(AppealRow).where(AppealRow.event == event.id, AppealRow.state == "open")
        for row in list(session.scalars(waiting)):
            given = session.scalar(select(func.max(VerdictRow.given_at)).where(VerdictRow.event == event.id))
            assert given is not None
            close(self._sql, session, row, overtake(appeal_of(row, UTC), given), self._periods)
