"""The part of the store that knows who does which event now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from service.audit import Act
from service.review import claims
from service.review.claims import LEASE, Claim, HeldError
from service.review.standing import Reader
from service.store import page, planted
from service.store.audit import record
from service.store.claim_tables import ClaimRow
from service.store.history import locked_event
from service.store.page import EventFilter, Found
from service.store.tables import EventRow
from service.store.transactions import Transactions

_TRIES = 40
"""Candidates for the next event that are looked at; each was nobody's a moment ago."""


class ClaimBook:
    """The claims of one store. Any thread and process may ask; of several that want one event one gets it."""

    def __init__(self, sql: Transactions, zone: Callable[[], ZoneInfo]) -> None:
        self._sql, self._zone = sql, zone
        self.lease = LEASE

    def take(
        self, event_id: str, reader: Reader, act: Act, *, take_over: bool = False, ahead: bool = False
    ) -> Claim | None:
        """Claim an event for a reader, or prolong their claim; None when it does not wait for them.

        A new claim that is not only `ahead` is written down in the audit log as `act`. Raises HeldError,
        UnknownEventError.
        """
        zone = self._zone()
        if reader.name is None:
            raise ValueError("expected a reader with a name: without one there are no claims")
        with self._sql.write() as session:
            plant = planted.locked(self._sql, session, event_id, reader.name)
            if plant is not None:
                mine = planted.take(session, plant, act, self.lease, ahead=ahead)
                return None if mine is None else _in_zone(mine, zone)
            # Locked, so that it cannot be answered meanwhile, nor claimed by somebody else.
            row = locked_event(self._sql, session, event_id)
            if not page.row_waits_for(row, reader):
                return None
            before = claim_of(session, event_id)
            claim = claims.taken(before, reader.name, act.at, self.lease, take_over=take_over, ahead=ahead)
            self._sql.upsert(session, ClaimRow, {"event": event_id, **claim.model_dump()})
            if claim.taken_at == act.at and not claim.ahead:
                held = claims.live(before, act.at)
                other = {"from": held.holder} if held is not None and held.bars(reader.name) else {}
                record(session, act.model_copy(update={"detail": {**act.detail, **other}}))
        return _in_zone(claim, zone)

    def release(self, event_id: str, who: str) -> None:
        """Give an event back to the queue; somebody else's claim stays."""
        mine = and_(ClaimRow.event == event_id, ClaimRow.holder == who)
        with self._sql.write() as session:
            session.execute(delete(ClaimRow).where(mine))
            plant = planted.locked(self._sql, session, event_id, who)
            if plant is not None:
                planted.release(plant)

    def next(
        self,
        wanted: EventFilter,
        reader: Reader,
        at: datetime,
        act_for: Callable[[str], Act],
        *,
        behind: str | None = None,
        skip: Collection[str] = (),
        ahead: bool = False,
    ) -> str | None:
        """The id of the most pressing event that waits for a reader and is nobody else's, claimed for them.

        Those behind the event `behind` come first, then the others from the top; those that can be judged
        (with a clip, or that will never have one) before those whose clip is still to come; last what others
        have claimed only ahead. `act_for` makes the audit log's entry for an event. A reader without a name
        gets an event without a claim.
        """
        for candidate in self._candidates(wanted, reader, at, behind, skip, ahead):
            if reader.name is None:
                return candidate
            try:
                if self.take(candidate, reader, act_for(candidate), ahead=ahead) is not None:
                    return candidate
            except HeldError:
                continue  # somebody was faster
        return None

    def _candidates(
        self,
        wanted: EventFilter,
        reader: Reader,
        at: datetime,
        behind: str | None,
        skip: Collection[str],
        ahead: bool,
    ) -> Iterator[str]:
        """Ids of events, best first. Each query is asked only when those before it have given too little."""
        others = select(ClaimRow.event).where(ClaimRow.until > at, ClaimRow.holder != (reader.name or ""))
        free = EventRow.id.not_in(others)
        # What others only have ready is nobody's yet: it is better than nothing.
        kinds = [free] if ahead else [free, EventRow.id.in_(others.where(ClaimRow.ahead))]
        query = select(EventRow).where(*wanted.conditions(reader), EventRow.id.not_in(skip))
        query = query.where(page.waits(reader)).order_by(*page.QUEUE).limit(_TRIES)
        ready = EventRow.clip.is_not(None) | EventRow.clip_missing.is_not(None)
        for kind, condition, place in product(kinds, (ready, ~ready), self._places(behind, reader)):
            with self._sql.read() as session:
                found: list[Found] = list(session.scalars(query.where(page.behind(place), kind, condition)))
                if kind is free and condition is ready:
                    known = planted.waiting(session, wanted, reader, page.place_at(place), _TRIES)
                    found = page.merged(found, [row for row in known if row.id not in skip], "waiting")
            yield from (row.id for row in found)

    def _places(self, behind: str | None, reader: Reader) -> list[Found | None]:
        """What stands before the wanted in the queue: an event, if it is there and waits, then nothing."""
        with self._sql.read() as session:
            if behind is None:
                return [None]
            row = planted.planted(session, behind, reader.name) or session.get(EventRow, behind)
            return [None] if row is None or row.queue_rank is None else [row, None]


def claim_of(session: Session, event_id: str) -> Claim | None:
    """The claim of an event, whether or not it has run out."""
    row = session.get(ClaimRow, event_id)
    return None if row is None else _claim(row)


def live_claims(
    session: Session, event_ids: Collection[str], at: datetime, zone: ZoneInfo
) -> dict[str, Claim]:
    """The claims of these events that hold at a time."""
    query = select(ClaimRow).where(ClaimRow.event.in_(event_ids), ClaimRow.until > at)
    return {row.event: _in_zone(_claim(row), zone) for row in session.scalars(query)}


def drop_claim(session: Session, event_id: str) -> None:
    """Nobody does this event any more: it has been answered."""
    session.execute(delete(ClaimRow).where(ClaimRow.event == event_id))


def _claim(row: ClaimRow) -> Claim:
    return Claim(holder=row.holder, taken_at=row.taken_at, until=row.until, ahead=row.ahead)


def _in_zone(claim: Claim, zone: ZoneInfo) -> Claim:
    times = {"taken_at": claim.taken_at.astimezone(zone), "until": claim.until.astimezone(zone)}
    return claim.model_copy(update=times)
