"""Paging by key: every event once, whatever arrives or is judged meanwhile."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples_service import NINE, EventMaker, act, now

from service.store import BadCursorError, EventFilter, Order, Store, open_database


def all_ids(store: Store, wanted: EventFilter, order: Order, limit: int) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = store.events(wanted, order=order, limit=limit, cursor=cursor)
        assert len(page.events) <= limit
        assert len(found) < 100, "the pages go round in a circle"
        found += [judged.event.id for judged in page.events]
        cursor = page.next_cursor
        if cursor is None:
            return found


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    starts=st.lists(st.integers(0, 4), max_size=12),
    judged=st.sets(st.integers(0, 11)),
    limit=st.integers(1, 5),
    order=st.sampled_from(["newest", "queue"]),
)
def test_pages_hold_every_event_once_in_order(
    migrated: Path, event: EventMaker, starts: list[int], judged: set[int], limit: int, order: Order
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(open_database(f"sqlite:///{shutil.copy(migrated, folder)}"))
        for number, minutes in enumerate(starts):
            # Few different starts, so that ties are decided by the id.
            store.upsert_event(event(number, start=NINE + timedelta(minutes=minutes), end=None))
            if number in judged:
                store.give_verdict(event(number).id, "confirmed", None, "", at=now())
        newest = sorted(range(len(starts)), key=lambda n: (starts[n], event(n).id), reverse=True)
        # The queue: questions, the oldest first; then what was answered, newest first.
        asked = [n for n in sorted(range(len(starts)), key=lambda n: (starts[n], n)) if n not in judged]
        expected = newest if order == "newest" else [*asked, *(n for n in newest if n in judged)]
        assert all_ids(store, EventFilter(), order, limit) == [event(n).id for n in expected]
        store.close()


def test_an_event_that_arrives_between_two_pages_shifts_nothing(store: Store, event: EventMaker) -> None:
    for number in range(4):
        store.upsert_event(event(number))
    first = store.events(EventFilter(), limit=2)
    store.upsert_event(event(9))
    second = store.events(EventFilter(), limit=2, cursor=first.next_cursor)
    assert [judged.event.id for judged in second.events] == [event(1).id, event(0).id]
    assert second.next_cursor is None


def test_an_event_judged_between_two_pages_of_the_queue_hides_no_other(
    store: Store, event: EventMaker
) -> None:
    for number in range(4):
        store.upsert_event(event(number))
    first = store.events(EventFilter(), order="queue", limit=2)
    store.give_verdict(event(0).id, "confirmed", None, "", at=now())
    second = store.events(EventFilter(), order="queue", limit=9, cursor=first.next_cursor)
    assert [judged.event.id for judged in second.events] == [event(2).id, event(3).id, event(0).id]


def test_the_queue_goes_by_severity_then_confidence_then_age(store: Store, event: EventMaker) -> None:
    wanted = [
        event(9, rule="smoking", confidence=0.97),
        event(1, rule="absent", confidence=0.93),
        event(2, rule="absent", confidence=0.91),  # hardly less sure, so the older one goes first
        event(8, rule="absent", confidence=0.7),
        event(5, rule="phone_use", confidence=1.0),
        event(7, rule="new_rule", confidence=0.99),
        event(0, rule="out_of_uniform", confidence=1.0),
    ]
    for one in reversed(wanted):
        store.upsert_event(one)
    for limit in (1, 3, 50):
        assert all_ids(store, EventFilter(), "queue", limit) == [one.id for one in wanted]
    store.upsert_event(wanted[0].model_copy(update={"confidence": 0.5}))
    assert all_ids(store, EventFilter(), "queue", 2)[:2] == [wanted[1].id, wanted[2].id]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [3, 2, 1, 0]),
        ({"post": "w02"}, [2]),
        ({"rule": "smoking"}, [1]),
        ({"state": "open"}, [3]),
        ({"verdict": "none"}, [3, 2]),
        ({"verdict": "rejected"}, [1]),
        ({"verdict": "unclear"}, []),
        ({"start_from": NINE + timedelta(minutes=1)}, [3, 2, 1]),
        ({"start_to": NINE + timedelta(minutes=1)}, [0]),
        ({"start_from": NINE + timedelta(minutes=1), "start_to": NINE + timedelta(minutes=3)}, [2, 1]),
        ({"verdict": "none", "state": "closed"}, [2]),
        ({"by": "li.na"}, [1]),
        ({"by": "wang.wei"}, []),
        ({"by": "li.na", "verdict": "confirmed"}, []),
        ({"disputed": True}, []),
    ],
)
def test_filters_keep_what_they_name(
    store: Store, event: EventMaker, wanted: dict[str, Any], numbers: list[int]
) -> None:
    store.upsert_event(event(0))
    store.upsert_event(event(1, rule="smoking"))
    store.upsert_event(event(2, post="w02"))
    store.upsert_event(event(3, state="open", end=None))
    store.give_verdict(event(0).id, "confirmed", None, "", at=now())
    given = act(now(), "verdict.given").model_copy(update={"who": "li.na"})
    store.give_verdict(event(1).id, "rejected", None, "", at=now(), act=given)
    assert all_ids(store, EventFilter(**wanted), "newest", 50) == [event(n).id for n in numbers]
    assert set(all_ids(store, EventFilter(**wanted), "queue", 1)) == {event(n).id for n in numbers}


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "bm9uc2Vuc2U", "WzEsMl0", "e30", "W10"])
def test_a_cursor_nobody_gave_out_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursorError):
        store.events(EventFilter(), cursor=cursor)


def test_a_cursor_of_one_order_is_refused_by_the_other(store: Store, event: EventMaker) -> None:
    store.upsert_event(event(0))
    store.upsert_event(event(1))
    cursor = store.events(EventFilter(), order="newest", limit=1).next_cursor
    with pytest.raises(BadCursorError, match="order queue"):
        store.events(EventFilter(), order="queue", cursor=cursor)
