"""A hall with two weeks of events and hours whose report can be reckoned by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from samples_service import POSTS, SHANGHAI, EventMaker

from pipelines.hall.holidays import calendar_of
from pipelines.rules.schedule import ScheduleSettings
from pipelines.rules.watched import Seen, WatchLog
from service.store import Hall, Store
from service.store.watched import Watched

SHIFTS = ScheduleSettings.model_validate(
    {
        "shifts": [
            {"days": "mon-fri", "from": "09:00", "to": "12:00"},
            {"days": "mon-fri", "from": "14:00", "to": "17:30"},
        ]
    }
)
HALL = Hall("测试大厅 =1+1", SHANGHAI, SHIFTS)
MONDAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 19, 12, 0, tzinfo=SHANGHAI)


def at(day: date, clock: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """A clock time of a day of the hall."""
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def watch(
    store: Store, post: str, *told: tuple[datetime, datetime, Seen], settings: ScheduleSettings = SHIFTS
) -> None:
    """A run that saw a post so from one moment to another."""
    log = WatchLog(calendar_of(settings, SHANGHAI))
    for start, end, seen in told:
        moment = start
        while moment <= end:
            log.look(post, moment.timestamp(), seen)
            moment += timedelta(seconds=2)
    store.watched.record(Watched.of(log.take(), {post: "east"}))


def judged(
    store: Store, event: EventMaker, number: int, answer: str | None, waited: timedelta, **changes: object
) -> None:
    """An event with its verdict so long after its end."""
    made = event(number, **changes)
    store.upsert_event(made)
    if answer is not None:
        assert made.end is not None
        store.give_verdict(made.id, answer, None, "", at=made.end + waited)  # type: ignore[arg-type]


def fill(store: Store, event: EventMaker) -> None:
    """Of w01: Monday morning but for half an hour; ten confirmed, two rejected, one waits. Of w02: one.

    Everything else was not watched: the monitor ran on Monday morning only.
    """
    store.set_site(HALL, POSTS)
    watch(
        store,
        "w01",
        (at(MONDAY, "8:30"), at(MONDAY, "10:00"), "staffed"),
        (at(MONDAY, "10:00"), at(MONDAY, "10:30"), "unstaffed"),
        (at(MONDAY, "10:30"), at(MONDAY, "11:00"), "covered"),
        (at(MONDAY, "11:30"), at(MONDAY, "12:00"), "staffed"),
    )
    for number in range(12):
        answer = "confirmed" if number < 10 else "rejected"
        judged(store, event, number, answer, timedelta(minutes=number + 1))
    judged(store, event, 20, None, timedelta())
    later = at(MONDAY + timedelta(days=9), "15:00")
    judged(
        store,
        event,
        21,
        "unclear",
        timedelta(hours=5),
        post="w02",
        rule="absent",
        start=later,
        end=later + timedelta(minutes=6),
    )
