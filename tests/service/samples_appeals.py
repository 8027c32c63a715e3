"""Samples for the tests of appeals: acts by a link and by accounts, and a confirmed event with its link."""

from __future__ import annotations

from datetime import datetime, timedelta

from samples_service import NINE

from service.audit import Act
from service.auth.entrance import digest
from service.review.appeals import Link, Periods
from service.store import Store

DAY = timedelta(days=1)
PERIODS = Periods(appeal=14, decide=14, keep=90)
TOKEN = "a-secret-that-nobody-guesses"
HASHED = digest(TOKEN)


def did(who: str, at: datetime = NINE, action: str = "appeal.tested", *, way: str = "session") -> Act:
    return Act(at=at, who=who, way=way, action=action, object="", address="", detail={})


def confirm(
    store: Store, event_id: str, by: str = "li.na", at: datetime = NINE, note: str = "看得很清楚"
) -> None:
    store.give_verdict(event_id, "confirmed", None, note, at=at, act=did(by, at))


def invite(store: Store, event_id: str, at: datetime = NINE, token: str = TOKEN) -> Link:
    return store.appeals.invite(event_id, digest(token), PERIODS, at=at, act=did("wang", at))


def contest(store: Store, statement: str = "当时在办业务。", at: datetime = NINE, token: str = TOKEN) -> int:
    """Number of the appeal made by a link."""
    act = did("", at, "appeal.made", way="link")
    return store.appeals.make(digest(token), statement, "", PERIODS, at=at, act=act).id
