"""The store's one interface. Every method is a transaction; any thread may call it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Engine, and_, case, func, not_, select, text, update
from sqlalchemy.orm import Session

from pipelines.rules.events import HealthEntry, RuleEvent
from pipelines.rules.schedule import ScheduleSettings
from service.audit import Act
from service.review.standing import ANYBODY, Reader, counting
from service.review.urgency import ORDINARY
from service.review.verdicts import Answer, Reason, Verdict
from service.store import page, planted
from service.store.accounts import AccountBook
from service.store.appeals import AppealBook
from service.store.audit import AuditTrail
from service.store.claims import ClaimBook, live_claims
from service.store.counting import Counting
from service.store.covers import CoverBook
from service.store.evidence import EvidenceBook
from service.store.findings import FindingBook
from service.store.followers import Follower
from service.store.history import histories
from service.store.identities import IdentityBook
from service.store.known import KnownBook
from service.store.page import EventFilter, Found, Order, Segment
from service.store.plant_tables import PlantRow
from service.store.plants import PlantBook
from service.store.rank import rank_of
from service.store.records import EventPage, Hall, JudgedEvent, LastLook, StoredPost, UnknownEventError
from service.store.reports import ReportBook
from service.store.sessions import SessionBook
from service.store.spots import SpotBook
from service.store.tables import (
    EVENT_FIELDS,
    EventRow,
    HallRow,
    HealthRow,
    LookRow,
    PostRow,
    event_of,
)
from service.store.transactions import Transactions
from service.store.verdicts import Given, VerdictBook
from service.store.watched import WatchedBook


class Store:
    """Posts, events, verdicts, camera health and last looks over one database (see `open_database`)."""

    def __init__(self, engine: Engine) -> None:
        self._sql = Transactions(engine)
        self.evidence = EvidenceBook(self._sql, lambda: self.hall().zone)
        self.covers = CoverBook(self._sql, lambda: self.hall().zone)
        self.accounts = AccountBook(self._sql)
        self.identities = IdentityBook(self._sql)
        self.sessions = SessionBook(self._sql)
        self.audit = AuditTrail(self._sql)
        self.watched = WatchedBook(self._sql)
        self.reports = ReportBook(self._sql)
        self._counting = Counting()
        self._followers: list[Follower] = [self._counting]
        self.answers = VerdictBook(self._sql, lambda: self.hall().zone, self._followers)
        self.claims = ClaimBook(self._sql, lambda: self.hall().zone)
        self.appeals = AppealBook(self._sql, lambda: self.hall().zone, self._followers)
        self.findings = FindingBook(self._sql, lambda: self.hall().zone)
        self.known = KnownBook(self._sql, lambda: self.hall().zone)
        self.plants = PlantBook(self._sql, lambda: self.hall().zone)
        self.spots = SpotBook(self._sql, lambda: self.hall().zone)

    @property
    def transactions(self) -> Transactions:
        """The database itself, for tables of other parts: all must write one after the other."""
        return self._sql

    def follow(self, follower: Follower) -> None:
        """Call ``follower`` inside the transaction of every change from now on."""
        self._followers.append(follower)

    def close(self) -> None:
        """Give back every connection."""
        self._sql.close()

    def ping(self) -> None:
        """Raises SQLAlchemyError if the database does not answer."""
        with self._sql.read() as session:
            session.execute(text("SELECT 1"))

    # -- hall and posts

    def hall(self) -> Hall:
        """The hall of the site last loaded; before the first one a hall without a name, in UTC."""
        with self._sql.read() as session:
            row = session.get(HallRow, 1)
            if row is None:
                return Hall("", ZoneInfo("UTC"))
            return Hall(row.name, ZoneInfo(row.timezone), ScheduleSettings.model_validate(row.schedule or {}))

    def set_site(self, hall: Hall, posts: Iterable[StoredPost]) -> None:
        """Take over the hall and the posts of a site; posts it does not name become inactive."""
        with self._sql.write() as session:
            schedule = hall.schedule.model_dump(mode="json", by_alias=True)
            values = {"name": hall.name, "timezone": hall.zone.key, "schedule": schedule}
            self._sql.upsert(session, HallRow, {"id": 1, **values})
            session.execute(update(PostRow).values(active=False))
            for post in posts:
                self._sql.upsert(session, PostRow, post.model_dump(mode="json"))

    def posts(self) -> list[StoredPost]:
        """All posts, by id."""
        with self._sql.read() as session:
            rows = session.scalars(select(PostRow).order_by(PostRow.id))
            return [StoredPost.model_validate(row, from_attributes=True) for row in rows]

    # -- events

    def upsert_event(self, event: RuleEvent) -> None:
        """Take in one delivery of an event; the same id again replaces what is known.

        Verdicts stay. What a delivery lacks and an earlier one had (a clip) stays. A closed event is not
        opened again: a replay delivers its opening once more.
        """
        values: dict[str, Any] = {name: getattr(event, name) for name in EVENT_FIELDS}
        values["model"] = event.model.model_dump()
        values["queue_rank"] = rank_of(event.rule, event.confidence, "question")
        with self._sql.write() as session:
            self._sql.ensure_post(session, event.post, event.camera)
            statement = self._sql.insert(EventRow).values(**values)
            new = statement.excluded
            changes: dict[str, ColumnElement[Any]] = {
                name: new[name] for name in EVENT_FIELDS if name != "id"
            }
            for name in ("clip", "snapshot", "timeline"):
                changes[name] = func.coalesce(new[name], getattr(EventRow, name))
            changes["clip_missing"] = case((changes["clip"].is_not(None), None), else_=new["clip_missing"])
            changes["queue_rank"] = case(
                (EventRow.stage == "done", None),
                (EventRow.stage == "dispute", new["queue_rank"] - ORDINARY),
                else_=new["queue_rank"],
            )
            reopens = and_(EventRow.state == "closed", new["state"] == "open")
            session.execute(
                statement.on_conflict_do_update(index_elements=["id"], set_=changes, where=not_(reopens))
            )
            for follower in self._followers:
                follower.on_event(session, event)

    def end_orphans(self, cameras: Collection[str], going_on: Collection[str]) -> None:
        """End the cameras' open events but those that a run goes on with, where a post was last looked at."""
        open_ones = and_(EventRow.state == "open", EventRow.camera.in_(cameras))
        query = select(EventRow).where(open_ones, EventRow.id.not_in(going_on))
        with self._sql.write() as session:
            for row in session.scalars(query):
                row.end = self._sql.last_seen(session, row.post, row.start)
                row.state, row.end_known = "closed", False

    def event(self, event_id: str, at: datetime | None = None, reader: Reader = ANYBODY) -> JudgedEvent:
        """One event, with a claim that holds `at` a time. Raises UnknownEventError.

        A known clip among a reader's questions looks like one to them (`review.planting`), here and below.
        """
        zone = self.hall().zone
        with self._sql.read() as session:
            plant = planted.planted(session, event_id, reader.name)
            if plant is not None:
                return planted.judged(plant, zone, at)
            if planted.is_hidden(session, event_id, reader):
                raise UnknownEventError(event_id)
            row = session.get(EventRow, event_id)
            if row is None:
                raise UnknownEventError(event_id)
            return self._judged(session, [row], zone, at)[0]

    def events(
        self,
        wanted: EventFilter,
        *,
        order: Order = "newest",
        limit: int = 50,
        cursor: str | None = None,
        reader: Reader = ANYBODY,
        at: datetime | None = None,
    ) -> EventPage:
        """A page of at most `limit` events, found as a reader may find them, with the claims that hold `at`.

        What is given is whole: see `JudgedEvent.for_reader`. Raises BadCursorError.
        """
        zone = self.hall().zone
        place = None if cursor is None else page.place_of(cursor, order)
        segments = wanted.segments(order, reader)
        if place is not None:
            segments = segments[segments.index(place.segment) :] if place.segment in segments else []
        rows: list[tuple[Found, Segment]] = []
        with self._sql.read() as session:
            for segment in segments:
                query = select(EventRow).where(*wanted.conditions(reader))
                query = query.where(*page.within(segment, order, wanted, reader, place))
                left = limit + 1 - len(rows)
                events = list(session.scalars(query.order_by(*page.sorting(segment)).limit(left)))
                known = planted.found(session, wanted, reader, order, segment, place, left)
                rows += [(row, segment) for row in page.merged(events, known, segment)[:left]]
                if len(rows) > limit:
                    break
            given = rows[:limit]
            judged = self._looked_up(session, [row for row, _ in given], zone, at)
            return EventPage(
                events=judged,
                next_cursor=page.cursor_after(given[-1][0], order, given[-1][1])
                if len(rows) > limit
                else None,
            )

    def waiting(self, reader: Reader, posts: Collection[str] | None = None, *, most: int = 1000) -> int:
        """How many events wait for a reader, at these posts or at all; not counted beyond `most`."""
        query = select(EventRow.id).where(page.WAITING, page.waits(reader))
        if posts is not None:
            query = query.where(EventRow.post.in_(posts))
        with self._sql.read() as session:
            found = session.scalar(select(func.count()).select_from(query.limit(most).subquery())) or 0
            return min(found + planted.count(session, reader, posts)[None], most)

    def counts(self, posts: Collection[str] | None = None, reader: Reader = ANYBODY) -> dict[str, int]:
        """How many events have which verdict, at these posts or at all; key "none" for those without.

        Where counting is dear, what another monitor has changed is known some seconds later (see `Counting`).
        """
        key = None if posts is None else frozenset(posts)
        found = self._counting.get(key, lambda: self._count(posts))
        hidden = self._counting.get((reader, key), lambda: self._hidden(reader, posts))
        for answer, number in hidden.items():
            found[answer] = max(found.get(answer, 0) - number, 0)
            found["none"] = found.get("none", 0) + number
        with self._sql.read() as session:
            for given, number in planted.count(session, reader, posts).items():
                found[given or "none"] = found.get(given or "none", 0) + number
        return found

    def _hidden(self, reader: Reader, posts: Collection[str] | None) -> dict[str, int]:
        with self._sql.read() as session:
            return page.hidden_answers(session, reader, posts)

    def _count(self, posts: Collection[str] | None) -> dict[str, int]:
        query = select(EventRow.verdict, func.count()).group_by(EventRow.verdict)
        if posts is not None:
            query = query.where(EventRow.post.in_(posts))
        with self._sql.read() as session:
            rows = session.execute(query)
            return {answer or "none": number for answer, number in rows}

    # -- verdicts

    def give_verdict(
        self,
        event_id: str,
        answer: Answer,
        reason: Reason | None,
        note: str,
        *,
        at: datetime,
        act: Act | None = None,
    ) -> Verdict:
        """Record an answer to which no claim matters: see `VerdictBook.give`."""
        return self.answers.give(event_id, Given(answer, reason, note), at=at, act=act)

    def verdicts(self, event_id: str, reader: Reader = ANYBODY) -> list[Verdict]:
        """Every verdict ever given on an event, oldest first. Raises UnknownEventError."""
        return self.answers.history(event_id, reader)

    # -- cameras and looks

    def upsert_health(self, entry: HealthEntry) -> None:
        """Take in a camera's health entry; (camera, state, start) again replaces end and detail."""
        with self._sql.write() as session:
            self._sql.upsert(session, HealthRow, entry.model_dump())
            for follower in self._followers:
                follower.on_health(session, entry)

    def end_health(self, at: datetime, cameras: Collection[str]) -> None:
        """End the cameras' entries that still last, as of ``at``: the run that told of them cannot."""
        lasting = and_(HealthRow.end.is_(None), HealthRow.camera.in_(cameras))
        with self._sql.write() as session:
            for row in session.scalars(select(HealthRow).where(lasting)):
                row.end = max(row.start, at)

    def health(self, limit: int = 100) -> list[HealthEntry]:
        """What still lasts, then the newest of what has ended, each newest first."""
        zone = self.hall().zone
        newest = (HealthRow.end.is_not(None), HealthRow.start.desc(), HealthRow.camera, HealthRow.state)
        with self._sql.read() as session:
            rows = session.scalars(select(HealthRow).order_by(*newest).limit(limit))
            return [
                HealthEntry(
                    camera=row.camera,
                    state=row.state,
                    start=row.start.astimezone(zone),
                    end=row.end.astimezone(zone) if row.end else None,
                    detail=row.detail,
                )
                for row in rows
            ]

    def put_looks(self, looks: Sequence[LastLook], camera_of: dict[str, str]) -> None:
        """Take in the newest look at each post; `camera_of` names the camera of a post not yet known."""
        with self._sql.write() as session:
            for look in looks:
                self._sql.ensure_post(session, look.post, camera_of.get(look.post, ""))
                self._sql.upsert(session, LookRow, look.model_dump())

    def last_looks(self) -> list[LastLook]:
        """The newest look at each post, by post."""
        zone = self.hall().zone
        with self._sql.read() as session:
            rows = session.scalars(select(LookRow).order_by(LookRow.post))
            return [
                LastLook(
                    post=r.post,
                    t=r.t.astimezone(zone),
                    presence=r.presence,
                    beliefs=r.beliefs,
                    cover=r.cover,
                )
                for r in rows
            ]

    # -- inside one transaction

    def _looked_up(
        self, session: Session, rows: Sequence[Found], zone: ZoneInfo, at: datetime | None
    ) -> list[JudgedEvent]:
        """What stands in these rows, in their order."""
        events = self._judged(session, [row for row in rows if isinstance(row, EventRow)], zone, at)
        of = {one.event.id: one for one in events}
        return [planted.judged(row, zone, at) if isinstance(row, PlantRow) else of[row.id] for row in rows]

    @staticmethod
    def _judged(
        session: Session, rows: Sequence[EventRow], zone: ZoneInfo, at: datetime | None = None
    ) -> list[JudgedEvent]:
        history = histories(session, [row.id for row in rows if row.verdict], zone)
        claims = {} if at is None else live_claims(session, [row.id for row in rows], at, zone)
        return [
            JudgedEvent(
                event=event_of(row, zone),
                verdict=counting(history[row.id]) if row.verdict else None,
                stage=page.stage_of(row),
                by=page.answered_by(row),
                rank=row.queue_rank,
                claim=claims.get(row.id),
            )
            for row in rows
        ]
