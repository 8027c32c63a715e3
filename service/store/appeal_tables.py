"""The tables of appeals, of the links by which they are made, of findings by hand, and of what both hold."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables import Base, UtcDateTime


class AppealLinkRow(Base):
    """A link by which an event's staff come in. Only the hash of its token is kept."""

    __tablename__ = "appeal_links"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event: Mapped[str] = mapped_column(ForeignKey("events.id"), index=True)
    hash: Mapped[str] = mapped_column(String(64), index=True, unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AppealRow(Base):
    """One appeal. A row changes once: when the appeal is closed."""

    __tablename__ = "appeals"
    __table_args__ = (Index("ix_appeals_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event: Mapped[str] = mapped_column(ForeignKey("events.id"), index=True)
    statement: Mapped[str] = mapped_column(Text)
    signed: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decide_by: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)


class FindingRow(Base):
    """What somebody found by themselves. A row changes when the finding is withdrawn, and as its clip comes
    and goes: `clip` is the id of that, NULL when none was wanted."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("ix_findings_at_id", "at", "id"),
        Index("ix_findings_post_at", "post", "at"),
        Index("ix_findings_clip", "clip", unique=True),
        Index("ix_findings_clip_state_made_at", "clip_state", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    clause: Mapped[str] = mapped_column(String(32))
    post: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text)
    event: Mapped[str | None] = mapped_column(ForeignKey("events.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str | None] = mapped_column(String(64))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str | None] = mapped_column(String(64))
    withdrawn_why: Mapped[str] = mapped_column(Text)
    clip: Mapped[str | None] = mapped_column(String(16))
    clip_state: Mapped[str | None] = mapped_column(String(16))
    clip_missing: Mapped[str | None] = mapped_column(String(32))
    clip_camera: Mapped[str | None] = mapped_column(String(64))
    clip_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clip_end: Mapped[datetime | None] = mapped_column(UtcDateTime)


class HoldRow(Base):
    """A reason why an event's evidence stays beyond its term; `until` NULL: as long as the row is there."""

    __tablename__ = "evidence_holds"

    event: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    why: Mapped[str] = mapped_column(String(32), primary_key=True)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
