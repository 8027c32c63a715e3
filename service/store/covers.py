"""The part of the store that keeps covers, and the absences that they allowed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from pipelines.hall.covers import CoverRefusedError, EnteredCover
from pipelines.rules.events import CoveredAbsence
from service.audit import Act
from service.store.audit import record
from service.store.tables import CoveredRow, CoverRow
from service.store.transactions import Transactions

MOST_ABSENCES = 200


class UnknownCoverError(LookupError):
    """No cover has this id."""


class CoverClashError(Exception):
    """Another cover of this kind, these posts and this start is there; the message is its id."""


class CoverBook:
    """Covers and covered absences of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions, zone: Callable[[], ZoneInfo]) -> None:
        self._sql, self._zone = sql, zone

    def get(self, cover_id: str) -> EnteredCover:
        """One cover. Raises UnknownCoverError."""
        zone = self._zone()
        with self._sql.read() as session:
            return _cover(_row(session, cover_id), zone)

    def add(self, cover: EnteredCover, *, at: datetime, act: Act | None = None) -> EnteredCover:
        """Enter a cover; the same again, word for word, is one. Raises CoverClashError."""
        zone = self._zone()
        with self._sql.write() as session:
            row = session.get(CoverRow, cover.id)
            if row is None:
                session.add(CoverRow(**_columns(cover), changed_at=at))
                _tell(session, act)
            elif _cover(row, zone) != cover:
                raise CoverClashError(cover.id)
        return cover

    def replace(self, cover: EnteredCover, *, at: datetime, act: Act | None = None) -> None:
        """Enter a cover; one with its id gets its end and note."""
        with self._sql.write() as session:
            _tell(session, act)
            self._sql.upsert(session, CoverRow, {**_columns(cover), "changed_at": at})

    def end(self, cover_id: str, end: datetime, *, at: datetime, act: Act | None = None) -> EnteredCover:
        """Move a cover's end. Raises UnknownCoverError, CoverRefusedError."""
        zone = self._zone()
        with self._sql.write() as session:
            row = _row(session, cover_id)
            if end <= row.start:
                start = row.start.astimezone(zone).isoformat()
                raise CoverRefusedError("at", f"expected a time after the cover's start {start}")
            row.end, row.changed_at = end, at
            _tell(session, act)
            session.flush()
            return _cover(row, zone)

    def delete(self, cover_id: str, *, act: Act | None = None) -> EnteredCover:
        """Withdraw a cover as if it had never been entered. Raises UnknownCoverError."""
        zone = self._zone()
        with self._sql.write() as session:
            row = _row(session, cover_id)
            session.delete(row)
            _tell(session, act)
            return _cover(row, zone)

    def find(
        self, *, post: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> list[EnteredCover]:
        """Covers by start, those of a post and those that touch a time only where one is given."""
        zone = self._zone()
        conditions: list[ColumnElement[bool]] = []
        if since is not None:
            conditions.append(or_(CoverRow.end.is_(None), CoverRow.end > since))
        if until is not None:
            conditions.append(CoverRow.start < until)
        query = select(CoverRow).where(*conditions).order_by(CoverRow.start, CoverRow.id)
        with self._sql.read() as session:
            found = [_cover(row, zone) for row in session.scalars(query)]
        return [cover for cover in found if post is None or cover.is_of(post)]

    def version(self) -> tuple[int, datetime | None]:
        """What changes whenever a cover does."""
        with self._sql.read() as session:
            number, newest = session.execute(select(func.count(), func.max(CoverRow.changed_at))).one()
            return number, newest

    # -- covered absences

    def record(self, absence: CoveredAbsence) -> None:
        """Take in one delivery of a covered absence; the same id again replaces what is known.

        One that has ended is not opened again: a replay delivers its beginning once more.
        """
        values = {**absence.model_dump(), "cover": absence.cover.value}
        with self._sql.write() as session:
            self._sql.ensure_post(session, absence.post, absence.camera)
            statement = self._sql.insert(CoveredRow).values(**values)
            changes: dict[str, ColumnElement[Any]] = {
                name: statement.excluded[name] for name in values if name != "id"
            }
            changes["end"] = func.coalesce(statement.excluded["end"], CoveredRow.end)
            session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes))

    def absences(
        self,
        *,
        post: str | None = None,
        since: datetime | None = None,
        limit: int = MOST_ABSENCES,
        posts: Collection[str] | None = None,
    ) -> list[CoveredAbsence]:
        """Covered absences, newest first; of a post, and that last until ``since`` or longer, where given.

        ``posts`` are those that exist for whoever asks; None = all.
        """
        zone = self._zone()
        conditions: list[ColumnElement[bool]] = []
        if post is not None:
            conditions.append(CoveredRow.post == post)
        if posts is not None:
            conditions.append(CoveredRow.post.in_(posts))
        if since is not None:
            conditions.append(or_(CoveredRow.end.is_(None), CoveredRow.end > since))
        newest = (CoveredRow.start.desc(), CoveredRow.id.desc())
        query = select(CoveredRow).where(*conditions).order_by(*newest).limit(limit)
        with self._sql.read() as session:
            return [_absence(row, zone) for row in session.scalars(query)]

    def end_absences(self, cameras: Collection[str]) -> None:
        """End the cameras' absences that still last where their posts were last seen: their run is over."""
        lasting = and_(CoveredRow.end.is_(None), CoveredRow.camera.in_(cameras))
        with self._sql.write() as session:
            for row in session.scalars(select(CoveredRow).where(lasting)):
                row.end = self._sql.last_seen(session, row.post, row.start)


def _row(session: Session, cover_id: str) -> CoverRow:
    row = session.get(CoverRow, cover_id)
    if row is None:
        raise UnknownCoverError(cover_id)
    return row


def _tell(session: Session, act: Act | None) -> None:
    if act is not None:
        record(session, act)


def _columns(cover: EnteredCover) -> dict[str, Any]:
    return {**cover.model_dump(), "posts": None if cover.posts is None else list(cover.posts)}


def _cover(row: CoverRow, zone: ZoneInfo) -> EnteredCover:
    return EnteredCover.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "posts": None if row.posts is None else tuple(row.posts),
            "start": row.start.astimezone(zone),
            "end": None if row.end is None else row.end.astimezone(zone),
            "note": row.note,
        }
    )


def _absence(row: CoveredRow, zone: ZoneInfo) -> CoveredAbsence:
    fields: dict[str, Any] = {name: getattr(row, name) for name in CoveredAbsence.model_fields}
    fields["start"] = row.start.astimezone(zone)
    fields["end"] = None if row.end is None else row.end.astimezone(zone)
    return CoveredAbsence.model_validate(fields)
