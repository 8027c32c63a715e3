"""The tables of known clips, and of the times that they are shown among somebody's questions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Select, String, and_, exists, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from service.store.tables import Base, EventRow, UtcDateTime, VerdictRow


class KnownRow(Base):
    """An event whose answer is settled, to be shown again; good as long as that answer counts."""

    __tablename__ = "known_clips"

    event: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(16))
    marked_by: Mapped[str] = mapped_column(String(64))
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlantRow(Base):
    """A known clip among one reviewer's questions, under an id of its own. No event: nothing counts it.

    `event` is the RuleEvent that it looks like; `rule`, `post` and `start` repeat it, to filter by.
    `queue_rank` is its place among the questions, NULL once it is answered. `history` is what the reviewer
    said to it (`review.verdicts`'s Verdict, oldest first), `answer` what of that counts. `shown_at` is NULL
    until its files are whole, `gone_at` until they are deleted. `taken_at`, `until` and `ahead` are the
    reviewer's claim.
    """

    __tablename__ = "planted"
    __table_args__ = (
        Index("ix_planted_reviewer_after", "reviewer", "after", unique=True),
        Index("ix_planted_reviewer_queue_rank_start_id", "reviewer", "queue_rank", "start", "id"),
        Index("ix_planted_reviewer_start_id", "reviewer", "start", "id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    known: Mapped[str] = mapped_column(ForeignKey("events.id"), index=True)
    reviewer: Mapped[str] = mapped_column(String(64))
    after: Mapped[str] = mapped_column(String(16))
    event: Mapped[dict[str, Any]] = mapped_column(JSON)
    rule: Mapped[str] = mapped_column(String(64))
    post: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    queue_rank: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    history: Mapped[list[Any]] = mapped_column(JSON)
    answer: Mapped[str | None] = mapped_column(String(16))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ahead: Mapped[bool]


def good(event: type[EventRow]) -> ColumnElement[bool]:
    """That an event is a known clip whose answer still counts."""
    return and_(event.id == KnownRow.event, event.verdict == KnownRow.answer, event.stage == "done")


def unjudged(reviewer: str) -> Select[str]:
    """Ids of the good known clips that a reviewer has not judged as the events that they are."""
    judged = exists().where(VerdictRow.event == KnownRow.event, VerdictRow.by == reviewer)
    # An alias, for it stands in queries of events.
    event = aliased(EventRow)
    return select(KnownRow.event).join(event, good(event)).where(~judged)
