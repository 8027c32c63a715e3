"""The part of the store that keeps appeals and the links by which they are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from pipelines.rules.events import RuleEvent
from service.audit import Act
from service.review import appeals as rules
from service.review.appeals import Appeal, AppealRefusedError, Contest, Link, Outcome, Periods
from service.review.standing import after, effective, standing, unsampled
from service.store.appeal_rows import appeal_of, appeals_on, judges_of, link_of, links_of, living
from service.store.appeal_tables import AppealLinkRow, AppealRow
from service.store.audit import record
from service.store.followers import Follower
from service.store.history import add_verdict, histories, locked_event, write_standing
from service.store.holds import hold
from service.store.records import UnknownEventError
from service.store.tables import EventRow, event_of
from service.store.transactions import Transactions

Which = Literal["open", "overdue", "closed"]


class UnknownAppealError(LookupError):
    """No appeal has this number."""


class UnknownLinkError(LookupError):
    """No link has this token, or it is over or revoked: whoever asks is not told which."""


@dataclass(frozen=True)
class Appealed:
    """An appeal with the event that it is about, and the names of all who have judged that."""

    appeal: Appeal
    event: RuleEvent
    judges: frozenset[str]


@dataclass(frozen=True)
class Opened:
    """What a valid link opens: an event, and what its holder is shown of it."""

    event: RuleEvent
    contest: Contest


class AppealBook:
    """Appeals and links of one store. Every method is a transaction; any thread may call it."""

    def __init__(
        self, sql: Transactions, zone: Callable[[], ZoneInfo], followers: Sequence[Follower]
    ) -> None:
        self._sql, self._zone, self._followers = sql, zone, followers

    # -- links

    def invite(self, event_id: str, hashed: str, periods: Periods, *, at: datetime, act: Act) -> Link:
        """Make a link to contest an event; the one before is revoked. `hashed`: what is kept of its token.

        Raises UnknownAppealError for an unknown event, AppealRefusedError where there is nothing to contest.
        """
        zone = self._zone()
        now = at.astimezone(zone)
        with self._sql.write() as session:
            self._locked(session, event_id)
            history = histories(session, [event_id], zone)[event_id]
            made = appeals_on(session, event_id, zone)
            began = rules.run_began(history)
            if began is None:
                raise AppealRefusedError("refused_unconfirmed", "expected a confirmed event")
            ends = rules.deadline(began, links_of(session, event_id, zone), now, periods.appeal)
            found = rules.standing(history, made, ends, now)
            if found in ("settled", "late"):
                raise AppealRefusedError(
                    f"refused_contest_{found}",
                    f"expected an event that can still be contested, this one is {found}",
                )
            for row in living(session, event_id):
                row.revoked_at = at
            link = AppealLinkRow(
                event=event_id, hash=hashed, made_at=at, made_by=act.who, expires_at=ends, revoked_at=None
            )
            session.add(link)
            hold(self._sql, session, event_id, "link", ends)
            record(session, act)
            return link_of(link, zone)

    def revoke(self, event_id: str, *, at: datetime, act: Act) -> Link:
        """Let an event's link open nothing any more. Raises UnknownLinkError when there is none."""
        with self._sql.write() as session:
            rows = living(session, event_id)
            if not rows:
                raise UnknownLinkError
            for row in rows:
                row.revoked_at = at
            record(session, act)
            return link_of(rows[-1], self._zone())

    def link(self, event_id: str) -> Link | None:
        """The event's newest link that was not revoked; its deadline may be over."""
        with self._sql.read() as session:
            rows = living(session, event_id)
            return link_of(rows[-1], self._zone()) if rows else None

    # -- by the holder of a link

    def open(self, hashed: str, periods: Periods, now: datetime) -> Opened:
        """What a link opens. Raises UnknownLinkError."""
        with self._sql.read() as session:
            return self._open(session, hashed, periods, now)[1]

    def make(
        self, hashed: str, statement: str, signed: str, periods: Periods, *, at: datetime, act: Act
    ) -> Appeal:
        """Contest the event of a link. Raises UnknownLinkError, AppealRefusedError, TextRefusedError."""
        words, name = rules.statement_of(statement, signed)
        with self._sql.write() as session:
            row, opened = self._open(session, hashed, periods, at, lock=True)
            if opened.contest.standing not in ("free", "withdrawn"):
                raise AppealRefusedError(
                    "refused_no_contest",
                    "nothing can be contested now: {standing}",
                    standing=opened.contest.standing,
                )
            appeal = AppealRow(
                event=row.event,
                statement=words,
                signed=name,
                made_at=at,
                decide_by=at + timedelta(days=periods.decide),
                state="open",
                closed_at=None,
                decided_by=None,
                reason="",
            )
            session.add(appeal)
            session.flush()
            hold(self._sql, session, row.event, f"appeal:{appeal.id}", None)
            record(session, act)
            for follower in self._followers:
                follower.on_appeal(session, opened.event, appeal.id, "appealed")
            return appeal_of(appeal, self._zone())

    def withdraw(self, hashed: str, periods: Periods, *, at: datetime, act: Act) -> Appeal:
        """Take the open appeal of a link's event back. Raises UnknownLinkError, AppealRefusedError."""
        with self._sql.write() as session:
            _, opened = self._open(session, hashed, periods, at, lock=True)
            if opened.contest.appeal is None:
                raise AppealRefusedError("refused_no_appeal", "expected an open appeal, there is none")
            kept = session.get_one(AppealRow, opened.contest.appeal.id)
            closed = rules.withdraw(appeal_of(kept, self._zone()), at)
            close(self._sql, session, kept, closed, periods)
            record(session, act)
            return closed

    # -- by adjudicators

    def get(self, appeal_id: int) -> Appealed:
        """One appeal. Raises UnknownAppealError."""
        with self._sql.read() as session:
            row = session.get(AppealRow, appeal_id)
            if row is None:
                raise UnknownAppealError(appeal_id)
            return self._appealed(session, [(row, session.get_one(EventRow, row.event))])[0]

    def of_event(self, event_id: str) -> list[Appeal]:
        """Every appeal against an event, oldest first."""
        with self._sql.read() as session:
            return appeals_on(session, event_id, self._zone())

    def find(
        self,
        which: Which,
        *,
        now: datetime,
        posts: Collection[str] | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> list[Appealed]:
        """Appeals: what is open the longest waiting first, what is closed the newest first.

        `posts` are those that exist for whoever asks; `before` is the last number of the page before.
        """
        is_open = AppealRow.state == "open"
        conditions: list[ColumnElement[bool]] = [AppealRow.state != "open" if which == "closed" else is_open]
        if which == "overdue":
            conditions.append(AppealRow.decide_by <= now)
        if posts is not None:
            conditions.append(EventRow.post.in_(posts))
        if before is not None:
            conditions.append(AppealRow.id < before if which == "closed" else AppealRow.id > before)
        order = AppealRow.id.desc() if which == "closed" else AppealRow.id
        query = (
            select(AppealRow, EventRow)
            .join(EventRow, EventRow.id == AppealRow.event)
            .where(and_(*conditions))
            .order_by(order)
            .limit(limit)
        )
        with self._sql.read() as session:
            return self._appealed(session, [(row, event) for row, event in session.execute(query)])

    def decide(
        self, appeal_id: int, outcome: Outcome, reason: str, periods: Periods, *, at: datetime, act: Act
    ) -> Appeal:
        """Decide an appeal. A reversal lets the verdict `rejected` follow, which counts from now on.

        Raises UnknownAppealError, AppealRefusedError, JudgedBeforeError, TextRefusedError.
        """
        zone = self._zone()
        now = at.astimezone(zone)
        with self._sql.write() as session:
            event_id = session.scalar(select(AppealRow.event).where(AppealRow.id == appeal_id))
            if event_id is None:
                raise UnknownAppealError(appeal_id)
            event = self._locked(session, event_id)
            row = session.get_one(AppealRow, appeal_id)
            judges = judges_of(session, [event_id])[event_id]
            decided = rules.decide(appeal_of(row, zone), outcome, reason, by=act.who, judges=judges, at=now)
            close(self._sql, session, row, decided, periods)
            record(session, act)
            if outcome == "reversed":
                answers = effective(histories(session, [event_id], zone).get(event_id, []))
                verdict = rules.reversal(decided, now)
                add_verdict(session, event_id, verdict)
                write_standing(event, after(standing(answers, unsampled), verdict, unsampled))
                session.flush()
            for follower in self._followers:
                if outcome == "reversed":
                    follower.on_verdict(session, event_of(event, zone), "rejected")
                follower.on_appeal(session, event_of(event, zone), appeal_id, "decided")
            return decided

    # -- inside one transaction

    def _locked(self, session: Session, event_id: str) -> EventRow:
        """The event, which nobody judges or contests meanwhile."""
        try:
            return locked_event(self._sql, session, event_id)
        except UnknownEventError as error:
            raise UnknownAppealError(event_id) from error

    def _open(
        self, session: Session, hashed: str, periods: Periods, now: datetime, *, lock: bool = False
    ) -> tuple[AppealLinkRow, Opened]:
        zone = self._zone()
        row = session.scalar(select(AppealLinkRow).where(AppealLinkRow.hash == hashed))
        if row is None:
            raise UnknownLinkError
        event = self._locked(session, row.event) if lock else session.get_one(EventRow, row.event)
        if lock:
            session.refresh(row)  # it may have been revoked while the lock was waited for
        made = appeals_on(session, row.event, zone)
        if row.revoked_at is not None or not rules.is_valid(
            row.expires_at, made[-1] if made else None, periods, now
        ):
            raise UnknownLinkError
        history = histories(session, [row.event], zone)[row.event]
        contest = rules.for_staff(history, made, row.expires_at.astimezone(zone), now)
        return row, Opened(event_of(event, zone), contest)

    def _appealed(self, session: Session, rows: Sequence[tuple[AppealRow, EventRow]]) -> list[Appealed]:
        zone = self._zone()
        judges = judges_of(session, [event.id for _, event in rows])
        return [
            Appealed(appeal_of(row, zone), event_of(event, zone), judges[event.id]) for row, event in rows
        ]


def close(sql: Transactions, session: Session, row: AppealRow, closed: Appeal, periods: Periods) -> None:
    """Write down that an appeal is over, and hold its evidence for a while yet."""
    changes: dict[str, Any] = closed.model_dump(include={"state", "closed_at", "decided_by", "reason"})
    for name, value in changes.items():
        setattr(row, name, value)
    assert closed.closed_at is not None
    hold(sql, session, row.event, f"appeal:{row.id}", periods.kept_until(closed.closed_at))
    session.flush()
