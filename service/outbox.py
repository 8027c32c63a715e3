"""The outbox: what is to be told stands in the store, from its cause to the last try of every delivery.

Alerts are written in the transaction of the event, verdict or health entry that causes them. Each later step
is one transaction too, so a process that is killed at any point goes on from there: a delivery that is not
recorded as sent is sent again, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from pipelines.hall.alerting import Alerts
from pipelines.rules.events import HealthEntry, RuleEvent
from service.alerts import causes, passing, planning, weekly
from service.alerts.records import Alert, Delivery, Facts, Message, Told
from service.alerts.retries import next_try
from service.alerts.rows import alert_of, alert_values, deliveries_of, delivery_of, message_of, message_values
from service.audit import Act
from service.store.alert_tables import AlertRow, DeliveryRow, MessageRow
from service.store.appeal_tables import AppealRow
from service.store.audit import record
from service.store.tables import EventRow, HealthRow
from service.store.transactions import Transactions
from service.store.watched_table import WatchedRow

LEASE_S = 120
"""Seconds for which a delivery that is being tried is nobody else's; longer than any channel takes."""


class UnknownMessageError(LookupError):
    """No message or delivery has this id."""


class Outbox:
    """Alerts, messages and deliveries over the store's database. Any thread may call it."""

    def __init__(
        self,
        sql: Transactions,
        settings: Alerts,
        zone: ZoneInfo,
        *,
        posts: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        """`posts` names each post's camera; `now` stamps what the store's changes cause."""
        self._sql, self._settings, self._zone = sql, settings, zone
        self._posts, self._now = dict(posts), now
        self._week = ""
        """Cause of the digests that were written last, so as not to ask the store every second."""

    # -- what the store's changes cause (service.store.followers)

    def on_event(self, session: Session, event: RuleEvent) -> None:
        """Write the alerts of an event's delivery, unless they are there."""
        self._add(session, causes.of_event(self._settings, self._zone, event, self._now()))

    def on_verdict(self, session: Session, event: RuleEvent, verdict: str) -> None:
        """Write the alerts of a verdict, unless they are there; what was void has its reason again."""
        found = causes.of_verdict(self._settings, self._zone, event, verdict, self._now())
        self._revive(session, found)
        self._add(session, found)

    def on_question_again(self, session: Session, event: RuleEvent) -> None:
        """Have the alerts of an open question told that were void because it had been answered."""
        self._revive(session, causes.of_event(self._settings, self._zone, event, self._now()))

    def on_health(self, session: Session, entry: HealthEntry) -> None:
        """Write the alerts of a camera's trouble, unless they are there."""
        self._add(session, causes.of_health(self._settings, self._zone, entry, self._posts, self._now()))

    def on_appeal(
        self, session: Session, event: RuleEvent, appeal: int, what: Literal["appealed", "decided"]
    ) -> None:
        """Write the alerts of an appeal that was made or decided."""
        now = self._now()
        self._add(session, causes.of_appeal(self._settings, self._zone, event, appeal, what, now))

    # -- from alerts to messages

    def plan(self, now: datetime) -> None:
        """Make messages of the alerts that are due, and void those that have lost their reason."""
        with self._sql.write() as session:
            waiting = self._with_facts(session, self._due_alerts(session, now))
            groups = {alert.group for alert, _ in waiting}
            last_told = _last_told(session, groups, now - timedelta(seconds=self._settings.fold_s))
            decided = planning.plan(waiting, last_told, self._settings, self._zone, now)
            for alert, reason in decided.void:
                row = session.get_one(AlertRow, alert.key)
                row.state, row.void, row.settled = "void", reason, True
            for message in decided.messages:
                self._add_message(session, message)

    def tell_week(self, now: datetime) -> None:
        """Write the digests of last week, once it is time and unless they are there.

        A hall of which nothing is recorded from that week or before has nothing to tell of.
        """
        found = weekly.of_week(self._settings, self._zone, now)
        if not found or found[0].cause == self._week:
            return
        end = weekly.week_of(found[0], self._zone).end
        with self._sql.write() as session:
            if _recorded_before(session, end):
                self._add(session, found)
        self._week = found[0].cause

    def pass_on(self, now: datetime) -> None:
        """Write the alerts of those that nobody acknowledged in time, for the next route."""
        query = select(AlertRow).where(AlertRow.state == "told", AlertRow.settled.is_(False))
        with self._sql.write() as session:
            told = _told(session, list(session.scalars(query)))
            facts = [facts for _, facts in self._with_facts(session, [one.alert for one in told])]
            paired = list(zip(told, facts, strict=True))
            for alert, following in passing.passed_on(paired, self._settings, now):
                session.get_one(AlertRow, alert.key).settled = True
                self._add(session, [following] if following else [])

    def tell_test(self, channels: Iterable[str], now: datetime, *, act: Act | None = None) -> Message:
        """Write a test message for each of these channels; `act` says who wants it, for the audit log."""
        key = f"test:{now.isoformat()}"
        message = Message(
            id=planning.message_id([key]),
            group=key,
            route="",
            kind="test",
            severity="normal",
            alerts=(),
            channels=tuple(channels),
            created=now,
        )
        with self._sql.write() as session:
            if act is not None:
                record(session, act)
            self._add_message(session, message)
        return message

    # -- deliveries

    def due(self, now: datetime) -> list[Delivery]:
        """The deliveries to try now, oldest first."""
        query = (
            select(DeliveryRow)
            .where(DeliveryRow.state == "pending", DeliveryRow.due <= now)
            .order_by(DeliveryRow.due, DeliveryRow.id)
        )
        with self._sql.read() as session:
            return [delivery_of(row) for row in session.scalars(query)]

    def claim(self, delivery: Delivery, now: datetime) -> bool:
        """Take a delivery for one try; False when somebody else has it.

        The try counts from here: should this process be killed meanwhile, it is due again after the lease.
        """
        mine = and_(
            DeliveryRow.id == delivery.id,
            DeliveryRow.state == "pending",
            DeliveryRow.tries == delivery.tries,
        )
        change = {"tries": delivery.tries + 1, "due": now + timedelta(seconds=LEASE_S)}
        with self._sql.write() as session:
            taken = session.execute(
                update(DeliveryRow).where(mine).values(**change).returning(DeliveryRow.id)
            )
            return taken.first() is not None

    def message(self, message_id: str) -> Message:
        """A message with its alerts. Raises UnknownMessageError."""
        with self._sql.read() as session:
            row = session.get(MessageRow, message_id)
            if row is None:
                raise UnknownMessageError(message_id)
            alerts = session.scalars(select(AlertRow).where(AlertRow.message == message_id))
            return message_of(row, list(alerts))

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Record that a claimed delivery has arrived."""
        self._record(delivery, state="sent", sent=now, error="")

    def failed(self, delivery: Delivery, error: str, now: datetime, chance: float) -> None:
        """Record that a claimed delivery has failed; it is tried again, or dead. `chance`: 0 to 1."""
        again = next_try(delivery.tries + 1, self._settings.retries, now, chance)
        if again is None:
            self.dead(delivery, error)
        else:
            self._record(delivery, DeliveryRow.tries == delivery.tries + 1, due=again, error=error)

    def dead(self, delivery: Delivery, error: str) -> None:
        """Record that a delivery is given up."""
        self._record(delivery, DeliveryRow.tries == delivery.tries + 1, state="dead", error=error)

    def revive(self, delivery_id: str, now: datetime, *, act: Act | None = None) -> None:
        """Try a dead delivery again from the start; `act` says who wants it, for the audit log.

        Raises UnknownMessageError when there is none.
        """
        dead = and_(DeliveryRow.id == delivery_id, DeliveryRow.state == "dead")
        change = {"state": "pending", "tries": 0, "due": now}
        with self._sql.write() as session:
            found = session.execute(
                update(DeliveryRow).where(dead).values(**change).returning(DeliveryRow.id)
            )
            if found.first() is None:
                raise UnknownMessageError(delivery_id)
            if act is not None:
                record(session, act)

    # -- acknowledgement

    def acknowledge(self, message_id: str, now: datetime, *, act: Act | None = None) -> datetime:
        """Record that somebody has a message's causes in hand, on whatever route they were told of.

        Gives when that was first said; `act` says by whom, for the audit log, and counts when it was not
        said before. Raises UnknownMessageError.
        """
        with self._sql.write() as session:
            rows = list(session.scalars(select(AlertRow).where(AlertRow.message == message_id)))
            if not rows:
                raise UnknownMessageError(message_id)
            named = {row.cause for row in rows}
            open_ones = and_(AlertRow.cause.in_(named), AlertRow.acknowledged.is_(None))
            changed = update(AlertRow).where(open_ones).values(acknowledged=now).returning(AlertRow.key)
            if session.execute(changed).first() is not None and act is not None:
                record(session, act)
            session.flush()
            session.expire_all()
            return min(row.acknowledged for row in rows if row.acknowledged is not None)

    def acknowledged(self, message_id: str) -> datetime | None:
        """When a message was acknowledged, None while it is not."""
        with self._sql.read() as session:
            query = select(AlertRow.acknowledged).where(AlertRow.message == message_id)
            moments = list(session.scalars(query))
        known = [moment for moment in moments if moment is not None]
        return max(known) if known and len(known) == len(moments) else None

    # -- inside one transaction

    def _add(self, session: Session, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self._sql.insert_missing(session, AlertRow, alert_values(alert))

    @staticmethod
    def _revive(session: Session, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            void = and_(AlertRow.key == alert.key, AlertRow.state == "void")
            change = {"state": "waiting", "void": None, "settled": False, "due": alert.due}
            session.execute(update(AlertRow).where(void).values(**change))

    def _add_message(self, session: Session, message: Message) -> None:
        self._sql.insert_missing(session, MessageRow, message_values(message))
        for alert in message.alerts:
            row = session.get_one(AlertRow, alert.key)
            row.state, row.message = "told", message.id
        for delivery in deliveries_of(message):
            self._sql.insert_missing(session, DeliveryRow, delivery)

    def _record(self, delivery: Delivery, *conditions: ColumnElement[bool], **change: object) -> None:
        # Success is final, and of failures only that of the newest try counts.
        open_one = and_(DeliveryRow.id == delivery.id, DeliveryRow.state == "pending", *conditions)
        with self._sql.write() as session:
            session.execute(update(DeliveryRow).where(open_one).values(**change))

    def _due_alerts(self, session: Session, now: datetime) -> list[Alert]:
        wanted: list[ColumnElement[bool]] = [AlertRow.state == "waiting", AlertRow.due <= now]
        if causes.in_hours(self._settings.quiet, self._zone, now):
            # A night's worth of what waits for the morning need not be read every second.
            wanted.append(AlertRow.severity == "urgent")
        return [alert_of(row) for row in session.scalars(select(AlertRow).where(*wanted))]

    @staticmethod
    def _with_facts(session: Session, alerts: Sequence[Alert]) -> list[tuple[Alert, Facts]]:
        events = {alert.event for alert in alerts if alert.event}
        verdicts = session.execute(select(EventRow.id, EventRow.verdict).where(EventRow.id.in_(events)))
        verdict_of = {event: verdict for event, verdict in verdicts}
        appeals = select(AppealRow.event, AppealRow.state).where(AppealRow.event.in_(events))
        appeal_of = {event: state for event, state in session.execute(appeals.order_by(AppealRow.id))}
        cameras = {alert.camera for alert in alerts if alert.kind == "camera"}
        ended = select(HealthRow).where(HealthRow.camera.in_(cameras), HealthRow.end.is_not(None))
        back = {(row.camera, row.state, row.start): row.end for row in session.scalars(ended)}
        return [
            (
                alert,
                Facts(
                    verdict=verdict_of.get(alert.event or ""),
                    appeal=appeal_of.get(alert.event or ""),
                    camera_back=back.get((alert.camera or "", alert.state_of_camera or "", alert.happened)),
                ),
            )
            for alert in alerts
        ]


def _recorded_before(session: Session, end: datetime) -> bool:
    moments = (session.scalar(select(func.min(column))) for column in (EventRow.start, WatchedRow.bucket))
    return any(moment is not None and moment < end for moment in moments)


def _last_told(session: Session, groups: set[str], since: datetime) -> dict[str, datetime]:
    query = (
        select(MessageRow.group, func.max(MessageRow.created))
        .where(MessageRow.group.in_(groups), MessageRow.created > since)
        .group_by(MessageRow.group)
    )
    return {group: created for group, created in session.execute(query)}


def _told(session: Session, rows: Sequence[AlertRow]) -> list[Told]:
    messages = {row.message for row in rows}
    made = select(MessageRow.id, MessageRow.created).where(MessageRow.id.in_(messages))
    created = {message: moment for message, moment in session.execute(made)}
    living = select(DeliveryRow.message).where(DeliveryRow.message.in_(messages), DeliveryRow.state != "dead")
    reachable = set(session.scalars(living))
    return [
        Told(
            alert_of(row), created[row.message or ""], row.acknowledged is not None, row.message in reachable
        )
        for row in rows
    ]
