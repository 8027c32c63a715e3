"""The part of the store that knows the files of events: their hashes, and which were deleted and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, select, update
from sqlalchemy.orm import Session

from pipelines.rules.events import ClipMissing, RuleEvent
from service.evidence.filing import FiledFile
from service.evidence.retention import Kept
from service.store.appeal_tables import FindingRow, HoldRow
from service.store.tables import EventRow, EvidenceRow, event_of
from service.store.transactions import Transactions

_THERE = EvidenceRow.gone_at.is_(None)
_MOVED = func.coalesce(EvidenceRow.bucket, "") == "whole"
_BATCH = 500


class EvidenceBook:
    """Evidence files of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions, zone: Callable[[], ZoneInfo]) -> None:
        self._sql, self._zone = sql, zone

    def put(self, files: Sequence[FiledFile], *, at: datetime) -> None:
        """Take down files of events that are in the store; one that was cut anew replaces the one before."""
        with self._sql.write() as session:
            for file in files:
                bucket = self._left_in_bucket(session, file)
                self._sql.upsert(session, EvidenceRow, filed_row(file, at, bucket))

    def files(self, event: str | None = None) -> list[FiledFile]:
        """The files that must be there, of one event or of all, by event and kind."""
        return self._files(_THERE) if event is None else self._files(_THERE, EvidenceRow.event == event)

    def unfiled(self) -> list[RuleEvent]:
        """Closed events with a clip of whose files nothing was taken down."""
        filed = select(EvidenceRow.event).where(EvidenceRow.gone_at.is_(None))
        query = select(EventRow).where(
            EventRow.state == "closed", EventRow.clip.is_not(None), EventRow.id.not_in(filed)
        )
        with self._sql.read() as session:
            return [event_of(row, self._zone()) for row in session.scalars(query)]

    def kept(self) -> list[Kept]:
        """Every event that still has evidence, oldest first, and then the clips of findings by hand."""
        here = case((_MOVED, 0), else_=1)
        files = (
            select(
                EvidenceRow.event,
                func.sum(EvidenceRow.size * here).label("size"),
                func.sum(here).label("here"),
                func.max(EvidenceRow.filed_at).label("filed_at"),
            )
            .where(_THERE)
            .group_by(EvidenceRow.event)
            .subquery()
        )
        holds = (
            select(
                HoldRow.event,
                func.max(HoldRow.until).label("until"),
                func.sum(case((HoldRow.until.is_(None), 1), else_=0)).label("endless"),
            )
            .group_by(HoldRow.event)
            .subquery()
        )
        query = (
            select(EventRow, files.c.size, files.c.here, files.c.filed_at, holds.c.until, holds.c.endless)
            .join(files, files.c.event == EventRow.id)
            .outerjoin(holds, holds.c.event == EventRow.id)
            .order_by(EventRow.start, EventRow.id)
        )
        by_hand = select(FindingRow, files.c.size, files.c.here, files.c.filed_at).join(
            files, files.c.event == FindingRow.clip
        )
        with self._sql.read() as session:
            of_findings = [
                Kept(
                    event=row.clip or "",
                    last=max(filed_at, row.withdrawn_at or filed_at),
                    # A finding is what somebody says under their name; withdrawn it is as good as rejected.
                    verdict="confirmed" if row.withdrawn_at is None else "rejected",
                    size=int(size),
                    elsewhere=not here,
                )
                for row, size, here, filed_at in session.execute(by_hand.order_by(FindingRow.id))
            ]
            of_events = [
                Kept(
                    event=row.id,
                    # Whoever watches an old recording wants to see what was found in it.
                    last=max(row.end or row.start, filed_at),
                    verdict=_needed_as(row),
                    size=int(size),
                    open=row.state == "open",
                    held=bool(endless),
                    elsewhere=not here,
                    held_until=until,
                )
                for row, size, here, filed_at, until, endless in session.execute(query)
            ]
        return of_events + of_findings

    def gone(self, events: Collection[str], why: ClipMissing, *, at: datetime) -> None:
        """The files of these events were deleted; the events stay, and say why they have no clip.

        An id may also be that of a finding's clip; the finding says the same.
        """
        with self._sql.write() as session:
            cleared = {"clip": None, "snapshot": None, "timeline": None, "clip_missing": why}
            session.execute(update(EventRow).where(EventRow.id.in_(events)).values(cleared))
            lost = {"clip_state": "missing", "clip_missing": why}
            session.execute(update(FindingRow).where(FindingRow.clip.in_(events)).values(lost))
            session.execute(update(EvidenceRow).where(EvidenceRow.event.in_(events)).values(gone_at=at))

    # -- the bucket

    def waiting(self) -> list[FiledFile]:
        """The files that must be there and are not in the bucket, the longest waiting first."""
        with self._sql.read() as session:
            query = (
                select(EvidenceRow).where(_THERE, ~_MOVED).order_by(EvidenceRow.filed_at, EvidenceRow.path)
            )
            return [_filed(row) for row in session.scalars(query)]

    def moving(self, file: FiledFile) -> None:
        """From now on something of this file may be in the bucket."""
        with self._sql.write() as session:
            session.execute(update(EvidenceRow).where(_same(file)).values(bucket="part"))

    def moved(self, file: FiledFile) -> bool:
        """This file is in the bucket, read back; False when it was deleted or cut anew meanwhile."""
        with self._sql.write() as session:
            of_this = update(EvidenceRow).where(_same(file), _THERE).values(bucket="whole")
            return bool(session.execute(of_this.returning(EvidenceRow.event)).all())

    def moved_of(self, events: Sequence[str]) -> list[FiledFile]:
        """The files of these events that are in the bucket, and must be."""
        found: list[FiledFile] = []
        for begin in range(0, len(events), _BATCH):
            found += self._files(_THERE, _MOVED, EvidenceRow.event.in_(events[begin : begin + _BATCH]))
        return found

    def to_delete(self) -> list[FiledFile]:
        """Files that were deleted here, and of which something may still be in the bucket."""
        return self._files(~_THERE, EvidenceRow.bucket.is_not(None))

    def deleted(self, files: Sequence[FiledFile]) -> None:
        """Nothing of these files is in the bucket any more."""
        with self._sql.write() as session:
            for file in files:
                gone = and_(_same(file), ~_THERE)
                session.execute(update(EvidenceRow).where(gone).values(bucket=None))

    def _files(self, *conditions: ColumnElement[bool]) -> list[FiledFile]:
        query = select(EvidenceRow).where(*conditions).order_by(EvidenceRow.event, EvidenceRow.kind)
        with self._sql.read() as session:
            return [_filed(row) for row in session.scalars(query)]

    @staticmethod
    def _left_in_bucket(session: Session, file: FiledFile) -> str | None:
        """What is in the bucket of a file that is taken down (again)."""
        row = session.get(EvidenceRow, (file.event, file.kind))
        if row is None or row.bucket is None:
            return None
        same = (row.sha256, row.path) == (file.sha256, file.path) and row.gone_at is None
        return row.bucket if same else "part"


def filed_row(file: FiledFile, at: datetime, bucket: str | None = None) -> dict[str, Any]:
    """The row of a file that became whole at a time; ``bucket``: what of it is there."""
    return {
        "event": file.event,
        "kind": file.kind,
        "path": file.path,
        "sha256": file.sha256,
        "size": file.size,
        "filed_at": at,
        "gone_at": None,
        "bucket": bucket,
    }


def _needed_as(row: EventRow) -> str | None:
    """The verdict whose term holds; what is rejected stays as long as a question while others look at it."""
    undecided = row.stage in ("second", "dispute")
    return None if undecided and row.verdict == "rejected" else row.verdict


def _filed(row: EvidenceRow) -> FiledFile:
    return FiledFile(row.event, row.kind, row.path, row.sha256, row.size, row.bucket == "whole")


def _same(file: FiledFile) -> ColumnElement[bool]:
    """The row of a file, unless it was cut anew since it was read."""
    return and_(
        EvidenceRow.event == file.event, EvidenceRow.kind == file.kind, EvidenceRow.sha256 == file.sha256
    )
