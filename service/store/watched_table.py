"""The table of how much of each post's time was seen."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pipelines.rules.watched import State
from service.store.tables import Base, UtcDateTime

STATES: tuple[State, ...] = get_args(State)


class WatchedRow(Base):
    """One post's time from `bucket` up to `until` by what was seen, in ms: an hour of a shift, or out of it.

    Where their sum is less than the whole, nobody watched meanwhile.
    """

    __tablename__ = "watched"
    __table_args__ = (Index("ix_watched_bucket", "bucket"),)

    post: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    bucket: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    staffed_ms: Mapped[int]
    unstaffed_ms: Mapped[int]
    covered_ms: Mapped[int]
    unknown_ms: Mapped[int]
    out_ms: Mapped[int]
