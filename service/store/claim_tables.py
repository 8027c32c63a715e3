"""The table of who does which event now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables import Base, UtcDateTime


class ClaimRow(Base):
    """Somebody does an event. At most one row an event; one that has run out is as good as none."""

    __tablename__ = "claims"

    event: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ahead: Mapped[bool]
