"""The part of the store that keeps reviewers' answers, and what follows from them for an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.audit import Act
from service.review import claims
from service.review.agreement import Pair
from service.review.claims import HeldError
from service.review.sampling import NOTHING, Sampling
from service.review.standing import (
    ANYBODY,
    Reader,
    Standing,
    VerdictClashError,
    after,
    check_withdrawal,
    effective,
    part_of,
    standing,
    waits_for,
)
from service.review.verdicts import Answer, Reason, Thing, Verdict, judge, waited_s
from service.store import planted
from service.store.audit import record
from service.store.claims import claim_of, drop_claim
from service.store.followers import Follower
from service.store.history import add_verdict, histories, locked_event, write_standing
from service.store.page import stage_of
from service.store.plant_tables import PlantRow
from service.store.records import UnknownEventError
from service.store.tables import EventRow, VerdictRow, event_of
from service.store.transactions import Transactions


@dataclass(frozen=True)
class Given:
    """An answer as a reviewer gives it. `claimed`, `take_over`: see `service.review.claims.check_answer`."""

    answer: Answer
    reason: Reason | None = None
    note: str = ""
    thing: Thing | None = None
    claimed: bool = False
    take_over: bool = False


Outcome = Verdict | UnknownEventError | HeldError | VerdictClashError
"""What came of one answer of several."""


class VerdictBook:
    """The answers of one store. Every method is a transaction; any thread and process may call it."""

    def __init__(
        self, sql: Transactions, zone: Callable[[], ZoneInfo], followers: Sequence[Follower]
    ) -> None:
        self._sql, self._zone, self._followers = sql, zone, followers
        self.sampling: Sampling = NOTHING

    def give(
        self, event_id: str, given: Given, *, at: datetime, act: Act | None, reader: Reader = ANYBODY
    ) -> Verdict:
        """Record an answer and return the entry that stands; `act` says who gave it, for the audit log.

        Raises UnknownEventError, VerdictRefusedError, HeldError, VerdictClashError.
        """
        zone = self._zone()
        with self._sql.write() as session:
            return self._give(session, event_id, given, at.astimezone(zone), act, reader, zone)

    def give_many(
        self,
        event_ids: Sequence[str],
        given: Given,
        *,
        at: datetime,
        act_for: Callable[[str], Act],
        reader: Reader = ANYBODY,
        sees: Callable[[str], bool] = lambda _post: True,
    ) -> dict[str, Outcome]:
        """Record one answer to several events in one transaction: what came of it, by event, in their order.

        An event that somebody else does, that is settled, that is not there or whose post the reviewer does
        not see is left out; the others are recorded, each with its entry in the audit log (`act_for`). Raises
        VerdictRefusedError, and then none is recorded.
        """
        zone = self._zone()
        found: dict[str, Outcome] = {}
        with self._sql.write() as session:
            # All of them first and in one order: two such calls must not wait for each other.
            for event_id in sorted(set(event_ids)):
                self._sql.lock(session, EventRow, event_id)
                self._sql.lock(session, PlantRow, event_id)
            for event_id in dict.fromkeys(event_ids):
                try:
                    plant = planted.planted(session, event_id, reader.name)
                    row = plant or session.get(EventRow, event_id)
                    hidden = plant is None and planted.is_hidden(session, event_id, reader)
                    if row is None or hidden or not sees(row.post):
                        raise UnknownEventError(event_id)
                    act = act_for(event_id)
                    found[event_id] = self._give(
                        session, event_id, given, at.astimezone(zone), act, reader, zone
                    )
                except (UnknownEventError, HeldError, VerdictClashError) as error:
                    found[event_id] = error
        return found

    def withdraw(self, event_id: str, *, at: datetime, act: Act) -> Verdict:
        """Take back the newest answer of whoever acts: the entry that says so.

        What counted before it counts again; without one the event is a question. Raises UnknownEventError,
        VerdictClashError.
        """
        zone = self._zone()
        with self._sql.write() as session:
            plant = planted.locked(self._sql, session, event_id, act.who)
            if plant is not None:
                return planted.withdraw(session, plant, act, zone)
            event = locked_event(self._sql, session, event_id)
            answers = effective(histories(session, [event_id], zone).get(event_id, []))
            check_withdrawal(answers, act.who or None, at)
            before = answers[-1]
            entry = Verdict(
                verdict="withdrawn",
                reason=None,
                note="",
                at=at.astimezone(zone),
                by=before.by,
                part=before.part,
            )
            record(session, act.model_copy(update={"detail": {**act.detail, "verdict": before.verdict}}))
            add_verdict(session, event_id, entry)
            if len(answers) == 1:
                event.judged_after_s = None
            self._stand(session, event, standing(answers[:-1], self._takes(event_id)), zone)
            return entry

    def history(self, event_id: str, reader: Reader = ANYBODY) -> list[Verdict]:
        """Every entry on an event, oldest first. Raises UnknownEventError."""
        zone = self._zone()
        with self._sql.read() as session:
            plant = planted.planted(session, event_id, reader.name)
            if plant is not None:
                return planted.history(plant, zone)
            if session.get(EventRow, event_id) is None:
                raise UnknownEventError(event_id)
            return histories(session, [event_id], zone).get(event_id, [])

    def pairs(self, start: datetime | None = None, end: datetime | None = None) -> dict[Pair, int]:
        """How often which first answer met which second one, of those given in a time."""
        query = select(VerdictRow.against, VerdictRow.verdict, func.count()).where(
            VerdictRow.against.is_not(None)
        )
        if start is not None:
            query = query.where(VerdictRow.given_at >= start)
        if end is not None:
            query = query.where(VerdictRow.given_at < end)
        with self._sql.read() as session:
            rows = session.execute(query.group_by(VerdictRow.against, VerdictRow.verdict))
            return {cast(Pair, (first, second)): number for first, second, number in rows}

    # -- inside one transaction

    def _give(
        self,
        session: Session,
        event_id: str,
        given: Given,
        at: datetime,
        act: Act | None,
        reader: Reader,
        zone: ZoneInfo,
    ) -> Verdict:
        plant = planted.locked(self._sql, session, event_id, reader.name)
        if plant is not None and act is not None:
            said = Verdict(
                verdict=given.answer,
                reason=given.reason,
                object=given.thing,
                note=given.note,
                at=at,
                by=reader.name,
            )
            return planted.answer(session, plant, said, act, zone, claimed=given.claimed)
        # Locked: two monitors may share a database, and the second answer must see the first.
        event = locked_event(self._sql, session, event_id)
        answers = effective(histories(session, [event_id], zone).get(event_id, []))
        by = (act.who or None) if act else None
        takes = self._takes(event_id)
        now = replace(standing(answers, takes), stage=stage_of(event))
        entry = judge(answers, given.answer, given.reason, given.note, at, by, given.thing)
        if answers and entry is answers[-1]:
            return entry
        if given.claimed and (again := _own(answers, entry)) is not None:
            return again
        waits = waits_for(now.stage, now.by, reader)
        claims.check_answer(
            claim_of(session, event_id),
            by,
            at,
            waits=waits,
            claimed=given.claimed,
            take_over=given.take_over,
        )
        entry = entry.model_copy(update={"part": part_of(now, reader)})
        if act is not None:
            record(session, act)
        add_verdict(session, event_id, entry, now.counts if entry.part == "second" else None)
        drop_claim(session, event_id)
        if event.judged_after_s is None:
            event.judged_after_s = waited_s(event.end, at)
        self._stand(session, event, after(now, entry, takes), zone)
        return entry

    def _takes(self, event_id: str) -> Callable[[Answer], bool]:
        return lambda answer: self.sampling.takes(event_id, answer)

    def _stand(self, session: Session, event: EventRow, now: Standing, zone: ZoneInfo) -> None:
        """Write down where an event stands, and tell those who follow when another answer counts."""
        if not write_standing(event, now):
            return
        session.flush()
        for follower in self._followers:
            if event.verdict is None:
                follower.on_question_again(session, event_of(event, zone))
            else:
                follower.on_verdict(session, event_of(event, zone), event.verdict)


def _own(answers: Sequence[Verdict], entry: Verdict) -> Verdict | None:
    """The same answer by the same reviewer, if it is their newest: one sent twice, others came in between."""
    mine = next((one for one in reversed(answers) if one.by == entry.by), None)
    if mine is None or entry.by is None:
        return None
    return mine if mine == entry.model_copy(update={"at": mine.at, "part": mine.part}) else None
