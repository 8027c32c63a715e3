"""The store goes away and comes back: what was found meanwhile arrives once, in order, over restarts too.

Slow where a real PostgreSQL is stopped and started.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from samples_postgres import Cluster
from samples_service import HALL, NINE, POSTS, EventMaker, wait_until_settled

import service
from pipelines.rules.events import HealthEntry, RuleEvent
from service.delivery import Delivery, RunBegins
from service.intake import StoreSink
from service.spool import Spool
from service.store import EventFilter, LastLook, Store, open_database
from service.store.database import connect, migrate

PATIENCE_S = 60
LOOK = {"t": NINE.isoformat(), "camera": "east", "post": "w01", "presence": True, "beliefs": {}}


class Recorded(Store):
    """A store that remembers what was delivered to it, in order."""

    def __init__(self, url: str) -> None:
        super().__init__(open_database(url))
        self.delivered: list[tuple[str, str]] = []

    def upsert_event(self, event: RuleEvent) -> None:
        super().upsert_event(event)
        self.delivered.append((event.id, event.state))


@pytest.fixture
def recorded(database_url: str) -> Iterator[Recorded]:
    store = Recorded(database_url)
    store.set_site(HALL, POSTS)
    yield store
    store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "store.jsonl"


def stored(store: Store) -> list[str]:
    return sorted(judged.event.id for judged in store.events(EventFilter(), limit=1000).events)


def test_everything_arrives_in_order(recorded: Recorded, path: Path, event: EventMaker) -> None:
    delivery = Delivery(recorded, Spool(path))
    delivery.start()
    sink = StoreSink(recorded, delivery=delivery)
    for number in range(5):
        sink.event(event(number, state="open", end=None))
        sink.event(event(number))
    sink.health(HealthEntry(camera="east", state="gap", start=NINE, end=None, detail=""))
    wait_until_settled(delivery)
    delivery.close()
    assert recorded.delivered == [(event(n).id, state) for n in range(5) for state in ("open", "closed")]
    assert [entry.state for entry in recorded.health()] == ["gap"]
    assert not path.exists()


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_postgresql_that_is_away_is_waited_for(
    recorded: Recorded, path: Path, event: EventMaker, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = Delivery(recorded, Spool(path), retry_s=0.1)
    delivery.start()
    sink = StoreSink(recorded, delivery=delivery)
    sink.event(event(0))
    wait_until_settled(delivery)
    cluster.stop()
    try:
        longest = 0.0
        for number in range(1, 50):
            begun = time.monotonic()
            sink.event(event(number))
            sink.observation(
                {"t": NINE.isoformat(), "camera": "east", "post": "w01", "presence": True, "beliefs": {}}
            )
            sink.flush()
            longest = max(longest, time.monotonic() - begun)
        delivery.settle(PATIENCE_S)
        assert delivery.waiting == 49
        assert longest < 2  # a disk may be slow; a store that is away costs nothing
    finally:
        cluster.start()
    wait_until_settled(delivery)
    delivery.close()
    assert recorded.delivered == [(event(n).id, "closed") for n in range(50)]
    assert [look.post for look in recorded.last_looks()] == ["w01"]
    assert "the store is away" in caplog.text
    assert "the store is back" in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_locked_sqlite_file_is_waited_for(
    recorded: Recorded, path: Path, event: EventMaker, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        delivery = Delivery(recorded, Spool(path), retry_s=0.1)
        delivery.start()
        delivery.event(event(1))
        assert not delivery.settle(PATIENCE_S)  # ends when the lock's 5 s are over
        delivery.event(event(2))
        other.execute("ROLLBACK")
    wait_until_settled(delivery)
    delivery.close()
    other.close()
    assert stored(recorded) == [event(1).id, event(2).id]


CHILD = """
import json, sys
from pathlib import Path
from pipelines.rules.events import RuleEvent
from service.delivery import Delivery
from service.spool import Spool
from service.store import Store
from service.store.database import connect

store = Store(connect(sys.argv[1]))
delivery = Delivery(store, Spool(Path(sys.argv[2])), retry_s=0.02)
delivery.start()
for line in sys.stdin:
    delivery.event(RuleEvent.model_validate_json(line))
    print("taken", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("away", [pytest.param(True, id="away"), pytest.param(False, id="there")])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_killed_again_and_again_nothing_is_lost_and_nothing_comes_twice(
    database_url: str, recorded: Recorded, path: Path, event: EventMaker, cluster: Cluster, away: bool
) -> None:
    chance = random.Random(5)
    taken: set[str] = set()
    if away:
        cluster.stop()
    try:
        number = 0
        for _ in range(4):
            number = deliver_and_die(database_url, path, event, number, chance.randint(3, 30), taken)
    finally:
        if away:
            cluster.start()
    delivery = Delivery(recorded, Spool(path), retry_s=0.1)
    delivery.start()
    wait_until_settled(delivery)
    delivery.close()
    found = stored(recorded)
    assert len(found) == len(set(found))
    assert taken <= set(found)
    if away:
        assert [one for one, _ in recorded.delivered] == sorted(found)


def deliver_and_die(url: str, path: Path, event: EventMaker, number: int, most: int, taken: set[str]) -> int:
    """A process takes events until it is killed with one in its hands; those it had confirmed are `taken`."""
    env = {**os.environ, "PYTHONPATH": str(Path(service.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=env,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for _ in range(most):
            child.stdin.write(event(number).line() + "\n")
            child.stdin.flush()
            assert child.stdout.readline() == "taken\n"
            taken.add(event(number).id)
            number += 1
        child.stdin.write(event(number).line() + "\n")
        child.stdin.flush()
        child.send_signal(signal.SIGKILL)
        with suppress(BrokenPipeError):
            child.stdin.close()
    return number + 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_store_that_is_away_at_the_start_is_made_ready_when_it_comes(
    database_url: str, path: Path, event: EventMaker, cluster: Cluster
) -> None:
    engine = connect(database_url)
    cluster.stop()
    try:
        store, tries = Store(engine), threading.Semaphore(0)

        def prepare() -> None:
            tries.release()
            migrate(engine)
            store.set_site(HALL, POSTS)

        delivery = Delivery(store, Spool(path), prepare=prepare, retry_s=0.05)
        delivery.start()
        delivery.event(event(1))
        for _ in range(2):
            assert tries.acquire(timeout=PATIENCE_S)
    finally:
        cluster.start()
    wait_until_settled(delivery)
    delivery.close()
    assert stored(store) == [event(1).id]
    assert store.hall() == HALL
    store.close()


def test_a_record_that_no_store_would_take_does_not_hold_up_the_others(
    recorded: Recorded, path: Path, event: EventMaker
) -> None:
    delivery = Delivery(recorded, Spool(path), retry_s=0.05)
    delivery.event(event(1))
    delivery.event(event(2))
    text = path.read_text()
    path.write_text(text.replace('"closed"', '"ajar"', 1))
    again = Delivery(recorded, Spool(path), retry_s=0.05)
    again.start()
    wait_until_settled(again)
    again.close()
    assert stored(recorded) == [event(2).id]
    assert event(1).id in (path.parent / "refused-store.jsonl").read_text()


def test_what_an_earlier_process_left_is_delivered_before_its_troubles_are_ended(
    recorded: Recorded, path: Path
) -> None:
    gap = HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="")
    Delivery(recorded, Spool(path)).health(gap)  # and this process is killed
    delivery = Delivery(recorded, Spool(path))
    delivery.begin(RunBegins(at=NINE + timedelta(minutes=5), cameras=frozenset({"east"})))
    delivery.start()
    wait_until_settled(delivery)
    delivery.close()
    assert recorded.health() == [gap.model_copy(update={"end": NINE + timedelta(minutes=5)})]


def test_looks_that_no_store_took_are_dropped_but_for_the_newest(recorded: Recorded, path: Path) -> None:
    delivery = Delivery(recorded, Spool(path))
    for second in range(3):
        look = LastLook(post="w01", t=NINE + timedelta(seconds=second), presence=True, beliefs={})
        delivery.looks([look], {"w01": "east"})
    delivery.start()
    wait_until_settled(delivery)
    delivery.close()
    assert [look.t - NINE for look in recorded.last_looks()] == [timedelta(seconds=2)]
    assert not path.parent.exists()
