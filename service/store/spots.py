"""The part of the store that keeps spot checks and what reviewers say to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from pipelines.evidence.spots import SpotCheck
from service.audit import Act
from service.evidence.filing import SPOT, FiledFile
from service.review import claims
from service.review.claims import LEASE, Claim
from service.review.spots import (
    Spot,
    SpotAnswer,
    SpotSaid,
    UnknownSpotError,
    check_answer,
    check_withdrawal,
    counting,
)
from service.review.standing import VerdictClashError, answered_meanwhile
from service.store.audit import record
from service.store.spot_tables import SpotRow
from service.store.transactions import Transactions

State = Literal["waiting", "answered"]


@dataclass(frozen=True)
class SpotFilter:
    """Which spot checks; None leaves a side open. `posts` are those that exist for whoever asks."""

    state: State | None = None
    post: str | None = None
    posts: Collection[str] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as SQL."""
        found: list[ColumnElement[bool]] = []
        if self.state == "waiting":
            found += [SpotRow.answer.is_(None), SpotRow.gone_at.is_(None)]
        if self.state == "answered":
            found.append(SpotRow.answer.is_not(None))
        if self.post is not None:
            found.append(SpotRow.post == self.post)
        if self.posts is not None:
            found.append(SpotRow.post.in_(self.posts))
        return found


class SpotBook:
    """Spot checks of one store. Every method is a transaction; any thread may call it."""

    def __init__(self, sql: Transactions, zone: Callable[[], ZoneInfo]) -> None:
        self._sql, self._zone = sql, zone
        self.lease = LEASE

    def put(self, check: SpotCheck, sha256: str, size: int, *, at: datetime) -> None:
        """Take in a spot check; one that is known already, by a replay, stays as it is."""
        values = {**check.model_dump(), "rules": list(check.rules), "history": []}
        with self._sql.write() as session:
            self._sql.ensure_post(session, check.post, check.camera)
            values |= {"sha256": sha256, "size": size, "filed_at": at}
            self._sql.insert_missing(session, SpotRow, values)

    def get(self, spot_id: str, at: datetime) -> Spot:
        """One spot check, with a claim that holds `at` a time. Raises UnknownSpotError."""
        with self._sql.read() as session:
            return _spot(_row(session, spot_id), self._zone(), at)

    def clip(self, spot_id: str) -> str | None:
        """The name of its clip, None when that is gone. Raises UnknownSpotError."""
        with self._sql.read() as session:
            row = _row(session, spot_id)
            return row.clip if row.gone_at is None else None

    def find(self, wanted: SpotFilter, at: datetime, *, limit: int, after: Spot | None = None) -> list[Spot]:
        """Spot checks, the oldest first; `after`: the last one of the page before."""
        query = select(SpotRow).where(*wanted.conditions())
        if after is not None:
            query = query.where(
                (SpotRow.start > after.start) | ((SpotRow.start == after.start) & (SpotRow.id > after.id))
            )
        zone = self._zone()
        with self._sql.read() as session:
            rows = session.scalars(query.order_by(SpotRow.start, SpotRow.id).limit(limit))
            return [_spot(row, zone, at) for row in rows]

    def waiting(self, posts: Collection[str] | None = None) -> int:
        """How many wait for an answer."""
        wanted = SpotFilter(state="waiting", posts=posts)
        with self._sql.read() as session:
            found = select(func.count()).select_from(SpotRow).where(*wanted.conditions())
            return session.scalar(found) or 0

    def claim(self, spot_id: str, who: str, at: datetime, take_over: Act | None = None) -> Claim | None:
        """Say that somebody does it now, or takes it from whoever does; None when it waits for nobody.

        Raises UnknownSpotError, HeldError.
        """
        with self._sql.write() as session:
            row = self._locked(session, spot_id)
            if row.answer is not None or row.gone_at is not None:
                return None
            mine = claims.taken(_claim(row), who, at, self.lease, take_over=take_over is not None)
            if take_over is not None:
                record(session, take_over)
            row.holder, row.taken_at, row.until = mine.holder, mine.taken_at, mine.until
            return mine

    def release(self, spot_id: str, who: str) -> None:
        """End somebody's own claim; others' stay. Raises UnknownSpotError."""
        with self._sql.write() as session:
            row = self._locked(session, spot_id)
            if row.holder == who:
                _release(row)

    def answer(
        self, spot_id: str, answer: SpotAnswer, rules: Sequence[str], *, at: datetime, act: Act
    ) -> Spot:
        """Record what somebody saw. Whoever answered may answer anew, others may not.

        Raises UnknownSpotError, SpotRefusedError, HeldError, VerdictClashError.
        """
        zone, who = self._zone(), act.who or None
        with self._sql.write() as session:
            row = self._locked(session, spot_id)
            told = check_answer(answer, rules, row.rules)
            said = counting(_history(row, zone))
            if said is not None and (said.answer, said.rules, said.by) == (answer, told, who):
                return _spot(row, zone, at)
            if said is not None and said.by != who:
                raise answered_meanwhile()
            if said is None and row.gone_at is not None:
                raise VerdictClashError(
                    "refused_no_clip", "its clip is gone, so nobody can answer it any more"
                )
            claims.check_answer(_claim(row), who, at, waits=said is None, claimed=False, take_over=False)
            _say(row, SpotSaid(answer=answer, rules=told, at=at.astimezone(zone), by=who))
            _release(row)
            record(session, act)
            return _spot(row, zone, at)

    def withdraw(self, spot_id: str, *, at: datetime, act: Act) -> Spot:
        """Take one's own answer back. Raises UnknownSpotError, VerdictClashError."""
        zone, who = self._zone(), act.who or None
        with self._sql.write() as session:
            row = self._locked(session, spot_id)
            check_withdrawal(counting(_history(row, zone)), who, at)
            _say(row, SpotSaid(answer="withdrawn", rules=(), at=at.astimezone(zone), by=who))
            record(session, act)
            return _spot(row, zone, at)

    # -- clips

    def outdated(self, before: datetime) -> list[str]:
        """Ids of those that ended, and came in, before a time and still have their clip."""
        # Whoever watches an old recording wants to see what was drawn of it.
        past = (SpotRow.end < before, SpotRow.filed_at < before)
        query = select(SpotRow.id).where(SpotRow.gone_at.is_(None), *past)
        with self._sql.read() as session:
            return list(session.scalars(query.order_by(SpotRow.start)))

    def gone(self, spot_ids: Collection[str], *, at: datetime) -> None:
        """Their clips were deleted; what was said stays."""
        with self._sql.write() as session:
            session.execute(update(SpotRow).where(SpotRow.id.in_(spot_ids)).values(gone_at=at))

    def files(self) -> list[FiledFile]:
        """The clips that must be there."""
        query = select(SpotRow).where(SpotRow.gone_at.is_(None)).order_by(SpotRow.id)
        with self._sql.read() as session:
            return [FiledFile(row.id, SPOT, row.clip, row.sha256, row.size) for row in session.scalars(query)]

    # -- reports and learning

    def answered(self, start: datetime, end: datetime, posts: Collection[str] | None = None) -> list[Spot]:
        """Those of a time that were answered, the oldest first; of some posts, or of all."""
        zone = self._zone()
        wanted = SpotFilter(state="answered", posts=posts).conditions()
        query = select(SpotRow).where(*wanted, SpotRow.start >= start, SpotRow.start < end)
        with self._sql.read() as session:
            rows = session.scalars(query.order_by(SpotRow.start, SpotRow.id))
            return [_spot(row, zone, end) for row in rows]

    def _locked(self, session: Session, spot_id: str) -> SpotRow:
        self._sql.lock(session, SpotRow, spot_id)
        return _row(session, spot_id)


def _row(session: Session, spot_id: str) -> SpotRow:
    row = session.get(SpotRow, spot_id)
    if row is None:
        raise UnknownSpotError(spot_id)
    return row


def _claim(row: SpotRow) -> Claim | None:
    if row.holder is None or row.taken_at is None or row.until is None:
        return None
    return Claim(holder=row.holder, taken_at=row.taken_at, until=row.until)


def _release(row: SpotRow) -> None:
    row.holder = row.taken_at = row.until = None


def _say(row: SpotRow, said: SpotSaid) -> None:
    row.history = [*row.history, said.model_dump(mode="json")]
    row.answer = None if said.answer == "withdrawn" else said.answer


def _history(row: SpotRow, zone: ZoneInfo) -> list[SpotSaid]:
    said = [SpotSaid.model_validate(one) for one in row.history]
    return [one.model_copy(update={"at": one.at.astimezone(zone)}) for one in said]


def _spot(row: SpotRow, zone: ZoneInfo, at: datetime) -> Spot:
    claim = claims.live(_claim(row), at)
    if claim is not None:
        taken, until = claim.taken_at.astimezone(zone), claim.until.astimezone(zone)
        claim = claim.model_copy(update={"taken_at": taken, "until": until})
    return Spot(
        id=row.id,
        post=row.post,
        camera=row.camera,
        start=row.start.astimezone(zone),
        end=row.end.astimezone(zone),
        lead_s=row.lead_s,
        chance=row.chance,
        rules=tuple(row.rules),
        clip=row.gone_at is None,
        said=counting(_history(row, zone)),
        claim=claim,
    )
