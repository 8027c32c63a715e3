"""The store: what a delivery changes, and what it never may."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from samples_service import HALL, NINE, POSTS, SHANGHAI, EventMaker, now
from sqlalchemy.exc import IntegrityError, SQLAlchemyError, StatementError

from pipelines.rules.events import HealthEntry
from service.store import EventFilter, Hall, LastLook, Store, UnknownEventError, open_database
from service.store.tables import VerdictRow

WHOLE = {"clip": "clips/0.mp4", "snapshot": "clips/0.jpg", "timeline": "clips/0.json"}
OPEN = {"state": "open", "end": None}


@pytest.mark.parametrize(
    ("deliveries", "kept"),
    [
        pytest.param([OPEN, {}], {"state": "closed", "clip": None}, id="opened, then closed"),
        pytest.param([OPEN, {}, WHOLE], {"state": "closed", **WHOLE}, id="its clip comes last"),
        pytest.param([WHOLE, {}], {"state": "closed", **WHOLE}, id="a delivery without clip loses none"),
        pytest.param([WHOLE, OPEN], {"state": "closed", **WHOLE}, id="a replay does not open it again"),
        pytest.param([{"confidence": 0.8}, {"confidence": 0.95}], {"confidence": 0.95}, id="newer is right"),
        pytest.param([WHOLE, WHOLE], {"state": "closed", **WHOLE}, id="twice the same"),
    ],
)
def test_deliveries_under_one_id_make_one_event(
    store: Store, event: EventMaker, deliveries: list[dict[str, Any]], kept: dict[str, Any]
) -> None:
    for changes in deliveries:
        store.upsert_event(event(**changes))
    found = store.events(EventFilter()).events
    assert len(found) == 1
    assert found[0].event == event(
        **{**deliveries[-1], **({"end": event().end} if OPEN in deliveries else {}), **kept}
    )


def test_an_event_comes_back_as_it_went_in(store: Store, event: EventMaker) -> None:
    store.upsert_event(event(7, **WHOLE))
    assert store.event(event(7).id).event == event(7, **WHOLE)


def test_times_come_back_in_the_halls_zone_whatever_zone_they_came_in(
    store: Store, event: EventMaker
) -> None:
    in_utc = NINE.astimezone(UTC) + timedelta(microseconds=123456)
    store.upsert_event(event(start=in_utc, end=in_utc))
    found = store.event(event().id).event
    assert found.start == in_utc
    assert found.start.isoformat() == "2026-01-05T09:00:00.123456+08:00"


def test_a_time_without_offset_is_refused(store: Store) -> None:
    look = LastLook(post="w01", t=datetime(2026, 1, 5, 9, 0), presence=True, beliefs={})
    with pytest.raises(StatementError, match="expected a time with an offset"):
        store.put_looks([look], {})


def test_a_later_delivery_never_deletes_a_verdict(store: Store, event: EventMaker) -> None:
    store.upsert_event(event(**OPEN))
    given = store.give_verdict(event().id, "rejected", "allowed", "fire drill", at=now())
    store.upsert_event(event(**WHOLE))
    assert store.event(event().id).verdict == given
    assert store.event(event().id).event.state == "closed"
    assert store.verdicts(event().id) == [given]


def test_every_verdict_is_kept_and_the_newest_counts(store: Store, event: EventMaker) -> None:
    store.upsert_event(event())
    first = store.give_verdict(event().id, "confirmed", None, "", at=now())
    store.give_verdict(event().id, "confirmed", None, "", at=now() + timedelta(seconds=1))
    second = store.give_verdict(event().id, "unclear", None, "", at=now() + timedelta(minutes=1))
    assert store.verdicts(event().id) == [first, second]
    assert store.event(event().id).verdict == second
    assert store.counts() == {"unclear": 1}
    assert first.at.utcoffset() == timedelta(hours=8)


def test_an_unknown_event_is_said_to_be_unknown(store: Store) -> None:
    for ask in (store.event, store.verdicts):
        with pytest.raises(UnknownEventError):
            ask("f" * 16)
    with pytest.raises(UnknownEventError):
        store.give_verdict("f" * 16, "confirmed", None, "", at=now())


def test_a_post_that_left_the_site_stays_with_its_events(store: Store, event: EventMaker) -> None:
    store.upsert_event(event(post="w02"))
    store.set_site(HALL, POSTS[:1])
    assert [(post.id, post.active) for post in store.posts()] == [("w01", True), ("w02", False)]
    assert store.event(event().id).event.post == "w02"


def test_an_event_of_a_post_no_site_named_is_kept(store: Store, event: EventMaker) -> None:
    store.upsert_event(event(post="w09", camera="west"))
    post = next(post for post in store.posts() if post.id == "w09")
    assert (post.name, post.camera, post.active) == ("w09", "west", False)


def test_the_hall_is_remembered_and_replaced(store: Store) -> None:
    assert store.hall() == HALL
    store.set_site(Hall("Other", ZoneInfo("Europe/Berlin")), [])
    assert store.hall() == Hall("Other", ZoneInfo("Europe/Berlin"))


def test_a_health_entry_is_ended_by_its_second_delivery(store: Store) -> None:
    dark = HealthEntry(camera="east", state="dark", start=NINE, end=None, detail="3 of 255")
    store.upsert_health(dark)
    store.upsert_health(dark.model_copy(update={"camera": "west"}))
    ended = dark.model_copy(update={"end": NINE + timedelta(minutes=1)})
    store.upsert_health(ended)
    assert store.health() == [dark.model_copy(update={"camera": "west"}), ended]
    assert store.health()[0].start.tzinfo == SHANGHAI


def test_what_still_lasts_comes_before_any_number_of_entries_that_have_ended(store: Store) -> None:
    gap = HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="")
    store.upsert_health(gap)
    for minute in range(1, 6):
        start = NINE + timedelta(minutes=minute)
        ended = {"camera": "west", "start": start, "end": start + timedelta(seconds=9)}
        store.upsert_health(gap.model_copy(update=ended))
    assert store.health(limit=2)[0] == gap


@pytest.mark.parametrize("minutes", [pytest.param(-1, id="another clock"), pytest.param(5, id="later")])
def test_what_a_dead_run_left_open_is_ended(store: Store, minutes: int) -> None:
    gap = HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="gone")
    ended = gap.model_copy(update={"state": "dark", "end": NINE + timedelta(minutes=1)})
    for entry in (gap, ended):
        store.upsert_health(entry)
    store.end_health(NINE + timedelta(minutes=minutes), ["east"])
    assert {entry.state: entry.end for entry in store.health()} == {
        "gap": NINE + timedelta(minutes=max(minutes, 0)),
        "dark": NINE + timedelta(minutes=1),
    }


def test_the_newest_look_replaces_the_one_before(store: Store) -> None:
    first = LastLook(post="w01", t=NINE, presence=None, beliefs={"phone": None})
    second = LastLook(post="w01", t=NINE + timedelta(seconds=1), presence=True, beliefs={"phone": 0.5})
    store.put_looks([first], {"w01": "east"})
    store.put_looks([second], {"w01": "east"})
    assert store.last_looks() == [second]


def test_many_threads_write_and_read_without_a_lock_error(store: Store, event: EventMaker) -> None:
    failures: list[SQLAlchemyError] = []

    def work(offset: int) -> None:
        try:
            for number in range(offset, offset + 15):
                store.upsert_event(event(number))
                store.give_verdict(event(number).id, "confirmed", None, "", at=now())
                store.events(EventFilter(), limit=5)
        except SQLAlchemyError as error:
            failures.append(error)

    threads = [Thread(target=work, args=(offset,)) for offset in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.counts() == {"confirmed": 60}


def test_what_was_stored_is_there_after_closing(database_url: str, event: EventMaker) -> None:
    first = Store(open_database(database_url))
    first.upsert_event(event())
    first.close()
    second = Store(open_database(database_url))
    assert second.event(event().id).event.id == event().id
    second.close()


def test_a_verdict_cannot_hang_on_an_event_that_is_not_there(store: Store) -> None:
    with pytest.raises(IntegrityError), store._sql.write() as session:
        session.add(VerdictRow(event="f" * 16, verdict="confirmed", reason=None, note="", given_at=now()))


@pytest.mark.parametrize(
    ("camera", "going_on", "ended"),
    [
        pytest.param("east", False, True, id="an orphan"),
        pytest.param("east", True, False, id="its run goes on with it"),
        pytest.param("west", False, False, id="another monitor's"),
    ],
)
def test_open_events_that_no_run_goes_on_with_end_where_their_post_was_last_seen(
    store: Store, event: EventMaker, camera: str, going_on: bool, ended: bool
) -> None:
    given = event(camera=camera, **OPEN)
    store.upsert_event(given)
    seen = NINE + timedelta(seconds=12)
    store.put_looks([LastLook(post="w01", t=seen, presence=True, beliefs={})], {})
    store.end_orphans(["east"], [given.id] if going_on else [])
    found = store.event(given.id).event
    assert (found.state, found.end, found.end_known) == (
        ("closed", seen, False) if ended else ("open", None, True)
    )


def test_an_event_has_a_clip_or_says_why_not(store: Store, event: EventMaker) -> None:
    store.upsert_event(event(clip_missing="disk_full"))
    assert store.event(event().id).event.clip_missing == "disk_full"
    store.upsert_event(event(**WHOLE))
    store.upsert_event(event(clip_missing="no_video"))
    found = store.event(event().id).event
    assert (found.clip, found.clip_missing) == (WHOLE["clip"], None)
