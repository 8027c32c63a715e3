"""The part of the store that keeps which events are known clips."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Literal, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from service.audit import Act
from service.auth.roles import ROLES, Role
from service.review.standing import effective, standing, unsampled
from service.review.verdicts import Answer
from service.store.account_tables import AccountRow
from service.store.audit import record
from service.store.history import histories, locked_event
from service.store.plant_tables import KnownRow, PlantRow
from service.store.records import UnknownEventError
from service.store.tables import EventRow
from service.store.transactions import Transactions
from vision.mistake import MistakeError

Fitness = Literal["known", "fit", "unfit"]
"""Whether an event is a known clip, could be one, or could not."""


class KnownRefusedError(MistakeError):
    """An event that cannot be a known clip."""


class Known(BaseModel):
    """A known clip."""

    model_config = ConfigDict(frozen=True)

    event: str = Field(description="Id of the event.")
    post: str = Field(description="Its post.")
    rule: str = Field(description="Its rule.")
    answer: Answer = Field(description="The right answer.")
    by: str = Field(description="Who chose it.")
    at: datetime = Field(description="When.")
    usable: bool = Field(description="False: its clip is gone, or another answer counts now.")
    shown: int = Field(description="How often it was shown and answered.")
    right: int = Field(description="How often of these the answer was right.")


class KnownBook:
    """Known clips of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions, zone: Callable[[], ZoneInfo]) -> None:
        self._sql, self._zone = sql, zone

    def mark(self, event_id: str, act: Act) -> None:
        """Make a settled event a known clip. Raises UnknownEventError, KnownRefusedError."""
        with self._sql.write() as session:
            row = locked_event(self._sql, session, event_id)
            why = self._unfit(session, row)
            if why is not None:
                raise why
            assert row.verdict is not None
            marked = {"answer": row.verdict, "marked_by": act.who, "marked_at": act.at}
            self._sql.upsert(session, KnownRow, {"event": event_id, **marked})
            record(session, act.model_copy(update={"detail": {**act.detail, "answer": row.verdict}}))

    def unmark(self, event_id: str, act: Act) -> None:
        """It is shown no more, and what was answered to it counts no more. Raises UnknownEventError."""
        with self._sql.write() as session:
            locked_event(self._sql, session, event_id)
            row = session.get(KnownRow, event_id)
            if row is not None:
                session.delete(row)
                record(session, act)

    def fitness(self, event_id: str) -> Fitness:
        """Whether an event is one, or could be. Raises UnknownEventError."""
        with self._sql.read() as session:
            row = session.get(EventRow, event_id)
            if row is None:
                raise UnknownEventError(event_id)
            if session.get(KnownRow, event_id) is not None:
                return "known"
            return "fit" if self._unfit(session, row) is None else "unfit"

    def all(self, posts: Collection[str] | None = None) -> list[Known]:
        """All of these posts, or of all, the newest first."""
        is_right = case((PlantRow.answer == KnownRow.answer, 1), else_=0)
        counted = (
            select(
                KnownRow.event, func.count(PlantRow.answer).label("shown"), func.sum(is_right).label("right")
            )
            .outerjoin(PlantRow, PlantRow.known == KnownRow.event)
            .group_by(KnownRow.event)
            .subquery()
        )
        query = (
            select(KnownRow, EventRow, counted.c.shown, counted.c.right)
            .join(EventRow, EventRow.id == KnownRow.event)
            .join(counted, counted.c.event == KnownRow.event)
            .order_by(KnownRow.marked_at.desc(), KnownRow.event)
        )
        if posts is not None:
            query = query.where(EventRow.post.in_(posts))
        zone = self._zone()
        with self._sql.read() as session:
            return [
                Known(
                    event=known.event,
                    post=event.post,
                    rule=event.rule,
                    answer=known.answer,
                    by=known.marked_by,
                    at=known.marked_at.astimezone(zone),
                    usable=event.clip is not None and event.verdict == known.answer and event.stage == "done",
                    shown=shown,
                    right=right,
                )
                for known, event, shown, right in session.execute(query)
            ]

    def _unfit(self, session: Session, row: EventRow) -> KnownRefusedError | None:
        """Why an event cannot be a known clip; None when it can."""
        history = histories(session, [row.id], self._zone()).get(row.id, [])
        now = standing(effective(history), unsampled)
        if row.verdict not in ("confirmed", "rejected") or row.stage != "done":
            return KnownRefusedError("refused_unanswered", "expected an event that was confirmed or rejected")
        if not now.settled and not _decides(session, row.judged_by):
            return KnownRefusedError(
                "refused_one_reviewer",
                "expected the answer of two reviewers or of an adjudicator, one reviewer gave it",
            )
        if row.clip is None or row.state != "closed":
            return KnownRefusedError(
                "refused_no_whole_clip", "expected an event with its whole clip, there is none"
            )
        return None


def _decides(session: Session, who: str | None) -> bool:
    """Whether somebody decides where reviewers disagree."""
    role = session.scalar(select(AccountRow.role).where(AccountRow.name == who))
    return role is not None and "adjudicate" in ROLES[cast(Role, role)]
