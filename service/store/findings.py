"""The part of the store that keeps findings by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from pipelines.rules.events import RuleEvent
from service.audit import Act
from service.evidence.filing import FiledFile
from service.review import findings as rules
from service.review.findings import CutClip, Finding, NoCut
from service.store.appeal_tables import FindingRow
from service.store.audit import record
from service.store.evidence import filed_row
from service.store.holds import hold, release
from service.store.tables import EventRow, EvidenceRow, event_of
from service.store.transactions import Transactions

NEAR = timedelta(minutes=15)
"""A clip reaches no further beyond its event: longer pre- and post-rolls cannot be set."""


class UnknownFindingError(LookupError):
    """No finding has this number."""


@dataclass(frozen=True)
class FindingFilter:
    """Which findings; None leaves a side open. `posts` are those that exist for whoever asks."""

    post: str | None = None
    clause: str | None = None
    state: Literal["standing", "withdrawn"] | None = None
    since: datetime | None = None
    until: datetime | None = None
    posts: Collection[str] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as SQL; `since` is included, `until` is not."""
        equal = {FindingRow.post: self.post, FindingRow.clause: self.clause}
        found: list[ColumnElement[bool]] = [
            column == value for column, value in equal.items() if value is not None
        ]
        if self.posts is not None:
            found.append(FindingRow.post.in_(self.posts))
        if self.state is not None:
            stands = FindingRow.withdrawn_at.is_(None)
            found.append(stands if self.state == "standing" else ~stands)
        if self.since is not None:
            found.append(FindingRow.at >= self.since)
        if self.until is not None:
            found.append(FindingRow.at < self.until)
        return found


class FindingBook:
    """Findings of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions, zone: Callable[[], ZoneInfo]) -> None:
        self._sql, self._zone = sql, zone

    def near(self, post: str, at: datetime) -> list[RuleEvent]:
        """Events at a post whose clip may show this moment, the nearest start first."""
        zone = self._zone()
        ends = or_(EventRow.end.is_(None), EventRow.end >= at - NEAR)
        query = select(EventRow).where(
            EventRow.post == post, EventRow.clip.is_not(None), EventRow.start <= at + NEAR, ends
        )
        with self._sql.read() as session:
            found = [event_of(row, zone) for row in session.scalars(query)]
        return sorted(found, key=lambda event: (abs(event.start - at), event.id))

    def add(
        self,
        *,
        clause: str,
        post: str,
        moment: datetime,
        note: str,
        event: str | None,
        keep: timedelta,
        at: datetime,
        act: Act,
        clip: str | None = None,
        camera: str | None = None,
    ) -> Finding:
        """Record a finding that was checked (review.findings). The clip of its event is held for `keep`.

        ``clip`` is the id of a clip that is about to be cut from a ``camera``.
        """
        with self._sql.write() as session:
            row = FindingRow(
                clause=clause,
                post=post,
                at=moment,
                note=note,
                event=event,
                made_at=at,
                made_by=act.who or None,
                withdrawn_at=None,
                withdrawn_by=None,
                withdrawn_why="",
                clip=clip,
                clip_state=None if clip is None else "cutting",
                clip_camera=camera,
            )
            session.add(row)
            session.flush()
            if event is not None:
                hold(self._sql, session, event, f"finding:{row.id}", at + keep)
            record(session, act.model_copy(update={"object": str(row.id)}))
            return _finding(row, self._zone())

    def get(self, finding_id: int) -> Finding:
        """One finding. Raises UnknownFindingError."""
        with self._sql.read() as session:
            return _finding(_row(session, finding_id), self._zone())

    def withdraw(self, finding_id: int, why: str, *, at: datetime, act: Act) -> Finding:
        """Withdraw a finding; it stays, and its clip is held no longer for it.

        Raises UnknownFindingError, FindingRefusedError, TextRefusedError.
        """
        zone = self._zone()
        with self._sql.write() as session:
            self._sql.lock(session, FindingRow, finding_id)
            row = _row(session, finding_id)
            after = rules.withdraw(_finding(row, zone), why, by=act.who or None, at=at.astimezone(zone))
            row.withdrawn_at, row.withdrawn_by = after.withdrawn_at, after.withdrawn_by
            row.withdrawn_why = after.withdrawn_why
            if row.event is not None:
                release(session, row.event, f"finding:{row.id}")
            record(session, act)
            return after

    def cut(self, file: FiledFile, start: datetime, end: datetime, *, at: datetime, act: Act) -> None:
        """A finding's clip is whole: take its file down as evidence, and from when to when it reaches."""
        with self._sql.write() as session:
            row = _row_of_clip(session, file.event)
            self._sql.upsert(session, EvidenceRow, filed_row(file, at))
            row.clip_state, row.clip_start, row.clip_end = "there", start, end
            record(session, act.model_copy(update={"object": str(row.id)}))

    def not_cut(self, clip: str, why: NoCut, *, act: Act) -> None:
        """A finding's clip could not be cut: the finding stays and says why."""
        with self._sql.write() as session:
            row = _row_of_clip(session, clip)
            row.clip_state, row.clip_missing = "missing", why
            record(session, act.model_copy(update={"object": str(row.id)}))

    def being_cut(self, before: datetime) -> list[str]:
        """Ids of clips that were to be cut before a time and are not done."""
        query = select(FindingRow.clip).where(
            FindingRow.clip_state == "cutting", FindingRow.made_at < before, FindingRow.clip.is_not(None)
        )
        with self._sql.read() as session:
            return [clip for clip in session.scalars(query) if clip is not None]

    def find(self, wanted: FindingFilter, *, limit: int = 50, after: Finding | None = None) -> list[Finding]:
        """Findings, the newest moment first; `after`: the last one of the page before."""
        query = select(FindingRow).where(*wanted.conditions())
        if after is not None:
            older = and_(FindingRow.at == after.at, FindingRow.id < after.id)
            query = query.where(or_(FindingRow.at < after.at, older))
        query = query.order_by(FindingRow.at.desc(), FindingRow.id.desc()).limit(limit)
        zone = self._zone()
        with self._sql.read() as session:
            return [_finding(row, zone) for row in session.scalars(query)]


def _row(session: Session, finding_id: int) -> FindingRow:
    row = session.get(FindingRow, finding_id)
    if row is None:
        raise UnknownFindingError(finding_id)
    return row


def _row_of_clip(session: Session, clip: str) -> FindingRow:
    row = session.scalars(select(FindingRow).where(FindingRow.clip == clip)).one_or_none()
    if row is None:
        raise UnknownFindingError(clip)
    return row


def _finding(row: FindingRow, zone: ZoneInfo) -> Finding:
    fields = {name: getattr(row, name) for name in Finding.model_fields if name not in ("source", "cut")}
    for name in ("at", "made_at", "withdrawn_at"):
        fields[name] = _local(fields[name], zone)
    return Finding.model_validate({**fields, "cut": _cut_clip(row, zone)})


def _cut_clip(row: FindingRow, zone: ZoneInfo) -> CutClip | None:
    if row.clip is None:
        return None
    return CutClip.model_validate(
        {
            "id": row.clip,
            "camera": row.clip_camera,
            "state": row.clip_state,
            "missing": row.clip_missing,
            "start": _local(row.clip_start, zone),
            "end": _local(row.clip_end, zone),
        }
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else moment.astimezone(zone)
