"""The part of the store that knows the files of events: their hashes, and which were deleted and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from pipelines.rules.events import ClipMissing, RuleEvent
from service.filing import FiledFile
from service.retention import Kept
from service.store.tables import EventRow, EvidenceRow, event_of
from service.store.transactions import Transactions


class EvidenceBook:
    """Evidence files of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions, zone: Callable[[], ZoneInfo]) -> None:
        self._sql, self._zone = sql, zone

    def put(self, files: Sequence[FiledFile], *, at: datetime) -> None:
        """Take down files of events that are in the store; one that was cut anew replaces the one before."""
        with self._sql.write() as session:
            for file in files:
                values: dict[str, Any] = {
                    "event": file.event,
                    "kind": file.kind,
                    "path": file.path,
                    "sha256": file.sha256,
                    "size": file.size,
                    "filed_at": at,
                    "gone_at": None,
                }
                self._sql.upsert(session, EvidenceRow, values)

    def files(self, event: str | None = None) -> list[FiledFile]:
        """The files that must be there, of one event or of all, by event and kind."""
        query = select(EvidenceRow).where(EvidenceRow.gone_at.is_(None))
        if event is not None:
            query = query.where(EvidenceRow.event == event)
        with self._sql.read() as session:
            rows = session.scalars(query.order_by(EvidenceRow.event, EvidenceRow.kind))
            return [FiledFile(row.event, row.kind, row.path, row.sha256, row.size) for row in rows]

    def unfiled(self) -> list[RuleEvent]:
        """Closed events with a clip of whose files nothing was taken down."""
        filed = select(EvidenceRow.event).where(EvidenceRow.gone_at.is_(None))
        query = select(EventRow).where(
            EventRow.state == "closed", EventRow.clip.is_not(None), EventRow.id.not_in(filed)
        )
        with self._sql.read() as session:
            return [event_of(row, self._zone()) for row in session.scalars(query)]

    def kept(self) -> list[Kept]:
        """Every event that still has evidence, oldest first."""
        there = EvidenceRow.gone_at.is_(None)
        files = (
            select(
                EvidenceRow.event,
                func.sum(EvidenceRow.size).label("size"),
                func.max(EvidenceRow.filed_at).label("filed_at"),
            )
            .where(there)
            .group_by(EvidenceRow.event)
            .subquery()
        )
        query = (
            select(EventRow, files.c.size, files.c.filed_at)
            .join(files, files.c.event == EventRow.id)
            .order_by(EventRow.start, EventRow.id)
        )
        with self._sql.read() as session:
            return [
                Kept(
                    event=row.id,
                    # Whoever watches an old recording wants to see what was found in it.
                    last=max(row.end or row.start, filed_at),
                    verdict=row.verdict,
                    size=int(size),
                    open=row.state == "open",
                    held=row.held,
                )
                for row, size, filed_at in session.execute(query)
            ]

    def gone(self, events: Collection[str], why: ClipMissing, *, at: datetime) -> None:
        """The files of these events were deleted; the events stay, and say why they have no clip."""
        with self._sql.write() as session:
            cleared = {"clip": None, "snapshot": None, "timeline": None, "clip_missing": why}
            session.execute(update(EventRow).where(EventRow.id.in_(events)).values(cleared))
            session.execute(update(EvidenceRow).where(EvidenceRow.event.in_(events)).values(gone_at=at))

    def hold(self, event: str, held: bool) -> None:
        """Whether an event's evidence must stay whatever its age, as while somebody appeals."""
        with self._sql.write() as session:
            session.execute(update(EventRow).where(EventRow.id == event).values(held=held))
