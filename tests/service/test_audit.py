"""The audit log: any single tampering is found, and what must be in it is."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_service import NINE, Client, EventMaker, act, add_account, logged_in, make_clip, with_token

from service.audit import NO_HASH, Act, Entry, Head, first_fault, link
from service.auth.roles import OPEN, Caller
from service.store import Store, open_database
from service.views import ONE_LOOK, Views

texts = st.text(max_size=8)
acts = st.builds(
    Act,
    at=st.datetimes(timezones=st.just(UTC)),
    who=texts,
    way=st.sampled_from(["session", "token", "open", "command"]),
    action=st.sampled_from(["login.failed", "verdict.given", "clip.viewed"]),
    object=texts,
    address=texts,
    detail=st.dictionaries(texts, st.none() | st.integers() | texts | st.lists(texts), max_size=3),
)


def chained(made: list[Act]) -> tuple[list[Entry], Head]:
    entries: list[Entry] = []
    head = Head(0, NO_HASH)
    for one in made:
        entries.append(link(one, head))
        head = Head(entries[-1].seq, entries[-1].hash)
    return entries, head


@given(st.lists(acts, max_size=8))
def test_an_untouched_chain_is_whole(made: list[Act]) -> None:
    assert first_fault(*chained(made)) is None


@given(st.lists(acts, min_size=1, max_size=8), st.data())
def test_a_changed_entry_is_found(made: list[Act], data: st.DataObject) -> None:
    entries, head = chained(made)
    index = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(list(Entry.model_fields)))
    was = getattr(entries[index], field)
    other: dict[str, st.SearchStrategy[Any]] = {
        "at": st.just(was + timedelta(microseconds=1)) if field == "at" else st.nothing(),
        "seq": st.integers(0, 20),
        "detail": st.dictionaries(texts, texts, min_size=1),
        "hash": st.just("f" * 64),
        "previous": st.just("e" * 64),
    }
    now = data.draw(other.get(field, texts).filter(lambda value: value != was))
    entries[index] = entries[index].model_copy(update={field: now})
    fault = first_fault(entries, head)
    assert fault is not None
    assert fault.seq in (index + 1, index + 2)


@given(st.lists(acts, min_size=1, max_size=8), st.data())
def test_a_changed_entry_with_its_own_hash_made_anew_is_found(made: list[Act], data: st.DataObject) -> None:
    entries, head = chained(made)
    index = data.draw(st.integers(0, len(entries) - 1))
    before = Head(index, entries[index].previous)
    forged = link(made[index].model_copy(update={"who": made[index].who + "!"}), before)
    entries[index] = forged
    assert first_fault(entries, head) is not None


@given(st.lists(acts, min_size=1, max_size=8), st.data())
def test_a_removed_entry_is_found_the_last_one_too(made: list[Act], data: st.DataObject) -> None:
    entries, head = chained(made)
    index = data.draw(st.integers(0, len(entries) - 1))
    del entries[index]
    fault = first_fault(entries, head)
    assert fault is not None
    assert fault.seq == index + 1


@given(st.lists(acts, min_size=2, max_size=8), st.data())
def test_moved_entries_are_found(made: list[Act], data: st.DataObject) -> None:
    entries, head = chained(made)
    places = st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True)
    one, two = data.draw(places)
    entries[one], entries[two] = entries[two], entries[one]
    assert first_fault(entries, head) is not None


@given(st.lists(acts, min_size=2, max_size=8), st.data())
def test_moved_entries_that_swap_their_numbers_are_found(made: list[Act], data: st.DataObject) -> None:
    entries, head = chained(made)
    one = data.draw(st.integers(0, len(entries) - 2))
    low, high = entries[one : one + 2]
    entries[one] = high.model_copy(update={"seq": low.seq})
    entries[one + 1] = low.model_copy(update={"seq": high.seq})
    assert first_fault(entries, head) is not None


@given(st.lists(acts, max_size=8), acts, st.data())
def test_an_entry_put_in_is_found(made: list[Act], extra: Act, data: st.DataObject) -> None:
    entries, head = chained(made)
    index = data.draw(st.integers(0, len(entries)))
    before = Head(index, entries[index - 1].hash) if index else Head(0, NO_HASH)
    entries.insert(index, link(extra, before))
    assert first_fault(entries, head) is not None


# -- in the store


@pytest.fixture
def log(tmp_path: Path) -> Store:
    store = Store(open_database(f"sqlite:///{tmp_path / 'store.sqlite3'}"))
    for number in range(4):
        detail = {"n": number, "posts": ["w01"], "words": "窗口"}
        store.audit.add(
            act(NINE + timedelta(seconds=number), "clip.viewed").model_copy(update={"detail": detail})
        )
    return store


def test_the_stores_log_is_whole_after_a_round_trip(log: Store) -> None:
    assert log.audit.first_fault() is None
    entries = list(log.audit.oldest())
    assert (entries[0].previous, log.audit.head()) == (NO_HASH, Head(4, entries[-1].hash))
    assert entries[2].at == NINE + timedelta(seconds=2)
    assert [entry.seq for entry in log.audit.newest(limit=2, before=4)] == [3, 2]
    log.close()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_log SET who = 'somebody else' WHERE seq = 2",
        "UPDATE audit_log SET detail = '{}' WHERE seq = 4",
        "UPDATE audit_log SET at = '2026-01-05 01:00:00.000001' WHERE seq = 1",
        "DELETE FROM audit_log WHERE seq = 1",
        "DELETE FROM audit_log WHERE seq = 3",
        "DELETE FROM audit_log WHERE seq = 4",
        "DELETE FROM audit_log",
        "UPDATE audit_head SET seq = 3",
        "UPDATE audit_log SET seq = 9 WHERE seq = 2",
    ],
)
def test_tampering_with_the_table_is_found(log: Store, tmp_path: Path, tampering: str) -> None:
    with sqlite3.connect(tmp_path / "store.sqlite3") as database:
        assert database.execute(tampering).rowcount > 0
    database.close()
    assert log.audit.first_fault() is not None
    log.close()


def test_many_threads_over_two_connections_make_one_chain(log: Store, tmp_path: Path) -> None:
    other = Store(open_database(f"sqlite:///{tmp_path / 'store.sqlite3'}"))  # as another process would

    def add(store: Store) -> None:
        for _ in range(25):
            store.audit.add(act(NINE))

    threads = [Thread(target=add, args=(store,)) for store in (log, other) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert log.audit.head().seq == 104
    assert log.audit.first_fault() is None
    for store in (log, other):
        store.close()


# -- what is in it


def told(client: Client) -> list[tuple[str, str, str, str]]:
    return [(one.who, one.way, one.action, one.object) for one in client.store.audit.oldest()]


def test_a_look_at_a_clip_is_told_once_however_many_pieces_are_asked_for(
    client: Client, event: EventMaker
) -> None:
    make_clip(client.data_dir / "clips" / f"{event().id}.mp4", frames=3)
    client.store.upsert_event(event(clip=f"clips/{event().id}.mp4"))
    account = add_account(client.store, "li.na", "reviewer")
    people = [logged_in(client, account), with_token(client, account, "read")]
    before = len(told(client))
    for person in people:
        for start in (0, 0, 10, 20):
            path = f"/api/events/{event().id}/clip"
            assert person.get(path, headers={"Range": f"bytes={start}-"}).status_code == 206
    looked = told(client)[before:]
    assert looked == [("li.na", way, "clip.viewed", event().id) for way in ("session", "token")]
    assert list(client.store.audit.oldest())[-1].detail == {"token": "a program"}


def test_a_look_later_is_another_look(store: Store) -> None:
    views, at = Views(store), datetime(2026, 1, 5, tzinfo=UTC)
    caller = Caller(name="li.na", way="session", address="10.0.0.1", permissions=OPEN)
    for minutes in (0, 9, 11, 12):
        views.seen(caller, "ab" * 8, "clip", at + timedelta(minutes=minutes))
    views.seen(caller, "cd" * 8, "clip", at + ONE_LOOK)
    assert [one.object[:2] for one in store.audit.oldest()] == ["ab", "ab", "cd"]


def test_changes_are_told_with_who_what_and_from_where(client: Client, event: EventMaker) -> None:
    client.store.upsert_event(event())
    boss = logged_in(client, add_account(client.store, "boss", "admin"))
    before = len(told(client))
    made = boss.post(
        "/api/accounts", json={"name": "wang", "role": "viewer", "password": "a long sentence"}
    ).json()
    boss.ask("PUT", f"/api/accounts/{made['id']}", json={"role": "supervisor", "posts": ["w01"]})
    boss.post(f"/api/events/{event().id}/verdict", json={"verdict": "rejected", "reason": "allowed"})
    boss.post("/api/tokens", json={"name": "a report", "scopes": ["read"]})
    cover = boss.post("/api/covers", json={"kind": "leave", "posts": ["w01"], "from": "2026-01-05"}).json()
    boss.ask("DELETE", f"/api/covers/{cover['id']}")
    assert told(client)[before:] == [
        ("boss", "session", "account.added", "wang"),
        ("boss", "session", "account.changed", "wang"),
        ("boss", "session", "verdict.given", event().id),
        ("boss", "session", "token.made", "a report"),
        ("boss", "session", "cover.entered", cover["id"]),
        ("boss", "session", "cover.withdrawn", cover["id"]),
    ]
    newest = boss.get("/api/audit?action=verdict.given").json()["entries"]
    assert [(one["address"], one["detail"]) for one in newest] == [
        ("127.0.0.1", {"verdict": "rejected", "reason": "allowed"})
    ]
    assert client.store.audit.first_fault() is None


def test_what_is_refused_is_not_told_as_done(client: Client, event: EventMaker) -> None:
    client.store.upsert_event(event())
    boss = logged_in(client, add_account(client.store, "boss", "admin"))
    before = told(client)
    assert boss.post(f"/api/events/{event().id}/verdict", json={"verdict": "x"}).status_code == 422
    body = {"name": "BOSS", "role": "viewer", "password": "a long sentence"}
    assert boss.post("/api/accounts", json=body).status_code == 422
    demoted = boss.ask("PUT", "/api/accounts/1", json={"role": "viewer"})
    assert (demoted.status_code, demoted.json()["field"]) == (422, "role")
    no_posts = boss.ask("PUT", "/api/accounts/1", json={"role": "supervisor"})
    assert (no_posts.status_code, no_posts.json()["field"]) == (422, "posts")
    assert boss.post("/api/accounts/99/password", json={"password": "a long sentence"}).status_code == 404
    assert told(client) == before
