"""The store's tables. Times are kept in UTC; JSON columns hold what is only ever read whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Float,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    true,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from pipelines.rules.events import RuleEvent


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in, the same moment in UTC out. SQLite forgets offsets, so naive times are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """To the database: UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a time with an offset, got {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """From the database: UTC, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Names every constraint, so that a migration can drop it on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class HallRow(Base):
    """The one hall of this store."""

    __tablename__ = "hall"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64))
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class PostRow(Base):
    """A staffed place. A post that left the site file stays, because its events stay."""

    __tablename__ = "posts"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    camera: Mapped[str] = mapped_column(String(64))
    staff_zone: Mapped[list[Any]] = mapped_column(JSON)
    visitor_zone: Mapped[list[Any] | None] = mapped_column(JSON)
    active: Mapped[bool]


class EventRow(Base):
    """A rule event as last delivered, and where it stands between its reviewers (`service.review.standing`).

    `verdict` and `judged_by` repeat the answer that counts, to filter by; `second_by` gave a second opinion.
    `queue_rank` (`service.review.urgency`) is NULL when the event waits for nobody.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_start_id", "start", "id"),
        Index("ix_events_verdict_start_id_post", "verdict", "start", "id", "post"),
        Index("ix_events_post_start_id", "post", "start", "id"),
        Index("ix_events_queue_rank_start_id", "queue_rank", "start", "id"),
        Index("ix_events_post_queue_rank_start_id", "post", "queue_rank", "start", "id"),
        Index("ix_events_judged_by_start_id", "judged_by", "start", "id"),
        Index("ix_events_post_rule_verdict_start", "post", "rule", "verdict", "start"),
        Index("ix_events_judged_after_start_post", "judged_after_s", "start", "post"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    rule: Mapped[str] = mapped_column(String(64))
    clause: Mapped[str] = mapped_column(String(32))
    post: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    camera: Mapped[str] = mapped_column(String(64))
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(8))
    confidence: Mapped[float] = mapped_column(Float)
    why: Mapped[str] = mapped_column(Text)
    clip: Mapped[str | None] = mapped_column(Text)
    snapshot: Mapped[str | None] = mapped_column(Text)
    timeline: Mapped[str | None] = mapped_column(Text)
    model: Mapped[dict[str, Any]] = mapped_column(JSON)
    rule_version: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str | None] = mapped_column(String(16))
    end_known: Mapped[bool] = mapped_column(server_default=true())
    clip_missing: Mapped[str | None] = mapped_column(String(32))
    stage: Mapped[str] = mapped_column(String(8), server_default="question")
    queue_rank: Mapped[int | None]
    judged_by: Mapped[str | None] = mapped_column(String(64))
    second_by: Mapped[str | None] = mapped_column(String(64))
    judged_after_s: Mapped[float | None] = mapped_column(Float)
    """Seconds from its end to its first verdict, as `service.review.verdicts.waited_s` rounds them."""


class EvidenceRow(Base):
    """One file of evidence, as it was when it became whole; `gone_at` when it was deleted.

    `event` is an event's id, or that of a clip which was cut for a finding by hand (`findings.clip`).
    """

    __tablename__ = "evidence_files"

    event: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bucket: Mapped[str | None] = mapped_column(String(8))
    """What is in the bucket. NULL: nothing; "part": perhaps something; "whole": all, it was read back."""


class VerdictRow(Base):
    """One answer of a reviewer, or that the one before is withdrawn. Rows are only ever added.

    `against` is the first answer where this is a second opinion on it.
    """

    __tablename__ = "verdicts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event: Mapped[str] = mapped_column(ForeignKey("events.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None] = mapped_column(String(64))
    part: Mapped[str] = mapped_column(String(8), server_default="first")
    against: Mapped[str | None] = mapped_column(String(16))
    object: Mapped[str | None] = mapped_column(String(16))


class HealthRow(Base):
    """A camera's time in a state that made looks unknown."""

    __tablename__ = "health_entries"

    camera: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(32), primary_key=True)
    start: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text)


class CoverRow(Base):
    """A reason why posts may be without staff, as people entered it; posts NULL = all."""

    __tablename__ = "covers"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    posts: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CoveredRow(Base):
    """A post without staff while a cover allowed it."""

    __tablename__ = "covered_absences"
    __table_args__ = (Index("ix_covered_absences_start_id", "start", "id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    rule: Mapped[str] = mapped_column(String(64))
    post: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    camera: Mapped[str] = mapped_column(String(64))
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cover: Mapped[str] = mapped_column(String(16))
    cover_id: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text)


class LookRow(Base):
    """The newest look at a post."""

    __tablename__ = "last_looks"

    post: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    t: Mapped[datetime] = mapped_column(UtcDateTime)
    presence: Mapped[bool | None]
    beliefs: Mapped[dict[str, Any]] = mapped_column(JSON)
    cover: Mapped[str | None] = mapped_column(String(16))


EVENT_FIELDS = tuple(RuleEvent.model_fields)


def event_of(row: EventRow, zone: ZoneInfo) -> RuleEvent:
    """The event of a row, its times in the hall's zone."""
    fields = {name: getattr(row, name) for name in EVENT_FIELDS}
    fields["start"] = row.start.astimezone(zone)
    fields["end"] = row.end.astimezone(zone) if row.end else None
    return RuleEvent.model_validate(fields)
