"""The table of spot checks: stretches in which nothing was flagged. They are counted as no events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables import Base, UtcDateTime


class SpotRow(Base):
    """A spot check with the hash of its clip and what was said to it.

    `rules` are those that were watched. `history` is all that was said (`review.spots`' SpotSaid, oldest
    first), `answer` what of that counts, to filter by. `gone_at` is when the clip was deleted. `holder`,
    `taken_at` and `until` are the claim of whoever does it now.
    """

    __tablename__ = "spot_checks"
    __table_args__ = (
        Index("ix_spot_checks_start_id", "start", "id"),
        Index("ix_spot_checks_answer_start_id", "answer", "start", "id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    post: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    camera: Mapped[str] = mapped_column(String(64))
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime] = mapped_column(UtcDateTime)
    lead_s: Mapped[float] = mapped_column(Float)
    chance: Mapped[float] = mapped_column(Float)
    rules: Mapped[list[str]] = mapped_column(JSON)
    clip: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    history: Mapped[list[Any]] = mapped_column(JSON)
    answer: Mapped[str | None] = mapped_column(String(16))
    holder: Mapped[str | None] = mapped_column(String(64))
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)


def seen_in(row: SpotRow) -> tuple[str, ...]:
    """The rules whose behaviour was seen, by the answer that counts."""
    return tuple(row.history[-1]["rules"]) if row.answer == "seen" else ()
