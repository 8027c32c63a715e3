"""The outbox's tables. They name events and posts without foreign keys: what was told outlives them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables import Base, UtcDateTime


class MessageRow(Base):
    """One text for one route. Its words are made anew from its alerts each time it is sent."""

    __tablename__ = "alert_messages"
    __table_args__ = (Index("ix_alert_messages_group_created", "group", "created"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    group: Mapped[str] = mapped_column(String(255))
    route: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))
    severity: Mapped[str] = mapped_column(String(8))
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class AlertRow(Base):
    """One thing that one route is told of, from its cause to its end."""

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_state_due", "state", "due"),)

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    cause: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    route: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(8))
    happened: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str | None] = mapped_column(String(16))
    rule: Mapped[str | None] = mapped_column(String(64))
    post: Mapped[str | None] = mapped_column(String(64))
    camera: Mapped[str | None] = mapped_column(String(64))
    state_of_camera: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8))
    void: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(ForeignKey("alert_messages.id"), index=True)
    acknowledged: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled: Mapped[bool]


class DeliveryRow(Base):
    """One message over one channel; `id` is its idempotency key."""

    __tablename__ = "alert_deliveries"
    __table_args__ = (
        Index("ix_alert_deliveries_state_due", "state", "due"),
        Index("ix_alert_deliveries_created_id", "created", "id"),
    )

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    message: Mapped[str] = mapped_column(ForeignKey("alert_messages.id"), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int]
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    sent: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text)
