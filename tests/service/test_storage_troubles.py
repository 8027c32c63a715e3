"""The store is away, the disk is full, or both: what is then kept, what arrives, what the log says.

A full disk is a limit on the size of files, which the system enforces (RLIMIT_FSIZE): a line that does not
fit is written as far as it fits, as on a disk. Time is a clock that the test turns.
"""

import logging
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from samples_bucket import Hall, names, wait_for
from samples_service import HALL, NINE, POSTS, EventMaker, wait_until_settled
from sqlalchemy.exc import OperationalError

from pipelines.rules.events import HealthEntry, RuleEvent
from service.delivery import Delivery
from service.evidence.retention import Terms
from service.evidence.sweeper import DiskState, Sweeper
from service.spool import Spool
from service.store import LastLook, Store, open_database

MINUTE_S = 60.0


class Fickle(Store):
    """A store that a test sends away; everything else in it is real."""

    def __init__(self, url: str) -> None:
        super().__init__(open_database(url))
        self.away, self.tries = False, 0
        self.delivered: list[str] = []

    def _ask(self) -> None:
        self.tries += 1
        if self.away:
            raise OperationalError("INSERT", {}, ConnectionRefusedError())

    def upsert_event(self, event: RuleEvent) -> None:
        self._ask()
        super().upsert_event(event)
        self.delivered.append(event.id)

    def upsert_health(self, entry: HealthEntry) -> None:
        self._ask()
        super().upsert_health(entry)

    def put_looks(self, looks: Sequence[LastLook], cameras: Mapping[str, str]) -> None:
        self._ask()
        super().put_looks(looks, dict(cameras))


@pytest.fixture
def fickle(tmp_path: Path) -> Iterator[Fickle]:
    store = Fickle(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store.set_site(HALL, POSTS)
    yield store
    store.close()


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says, without paths."""
    return [record.getMessage().rpartition(".jsonl: ")[2] for record in caplog.records]


@dataclass(frozen=True)
class Situation:
    """Events 0 to 5 come while the store is away: two on a good disk, two on a full one, two later."""

    room: str
    """How much of event 2 still fits on the disk."""
    later_full: bool
    killed: bool
    on_disk: tuple[int, ...]
    arrive: tuple[int, ...]
    log: tuple[str, ...]


NO_ROOM = "File too large; {} records wait in memory only"
SITUATIONS = [
    pytest.param(
        Situation("all", False, False, (0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4, 5), ()), id="the disk is well"
    ),
    pytest.param(
        Situation("all", False, True, (0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4, 5), ()),
        id="the disk is well, and a kill",
    ),
    pytest.param(
        Situation(
            "none", True, False, (0, 1), (0, 1, 2, 3, 4, 5), tuple(NO_ROOM.format(n) for n in (1, 2, 3, 4))
        ),
        id="the disk stays full",
    ),
    pytest.param(
        Situation("none", True, True, (0, 1), (0, 1), tuple(NO_ROOM.format(n) for n in (1, 2, 3, 4))),
        id="the disk stays full, and a kill: what was in memory only is lost, as the log had said",
    ),
    pytest.param(
        Situation("half", True, True, (0, 1), (0, 1), tuple(NO_ROOM.format(n) for n in (1, 2, 3, 4))),
        id="it is full in the middle of a line, and a kill",
    ),
    pytest.param(
        Situation(
            "none",
            False,
            True,
            (0, 1, 2, 3, 4, 5),
            (0, 1, 2, 3, 4, 5),
            (NO_ROOM.format(1), NO_ROOM.format(2), "the 2 records that waited in memory are on the disk"),
        ),
        id="there is room again, and a kill",
    ),
    pytest.param(
        Situation(
            "half",
            False,
            False,
            (0, 1, 2, 3, 4, 5),
            (0, 1, 2, 3, 4, 5),
            (NO_ROOM.format(1), NO_ROOM.format(2), "the 2 records that waited in memory are on the disk"),
        ),
        id="it is full in the middle of a line, and there is room again",
    ),
]


@pytest.mark.parametrize("given", SITUATIONS)
def test_a_full_disk_while_the_store_is_away(
    fickle: Fickle, tmp_path: Path, event: EventMaker, given: Situation, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "spool" / "store.jsonl"
    fickle.away = True
    delivery = Delivery(fickle, Spool(path))  # not started: a store that is away takes as little
    for number in (0, 1):
        delivery.event(event(number))
    line, size = path.stat().st_size // 2, path.stat().st_size
    room = {"none": 0, "half": line // 2, "all": 9 * line}[given.room]
    with full_disk(size + room):
        for number in (2, 3):
            delivery.event(event(number))
    with full_disk(size + room if given.later_full else size + 9 * line):
        for number in (4, 5):
            delivery.event(event(number))
    assert readable(path) == [event(number).id for number in given.on_disk]
    assert path.read_bytes().endswith(b"\n")
    assert tuple(said(caplog)) == given.log
    assert delivery.waiting == 6
    fickle.away = False
    heir = Delivery(fickle, Spool(path)) if given.killed else delivery
    heir.start()
    wait_until_settled(heir)
    heir.close()
    assert fickle.delivered == [event(number).id for number in given.arrive]
    assert not path.exists()


def readable(path: Path) -> list[str]:
    """What an heir of the file would find in it."""
    copy, found = path.with_name("copy.jsonl"), []
    copy.write_bytes(path.read_bytes())
    spool = Spool(copy)
    while (record := spool.first()) is not None:
        found.append(record.fields["id"])
        spool.done()
    return found


def test_a_full_disk_costs_nothing_while_the_store_is_there(
    fickle: Fickle, tmp_path: Path, event: EventMaker
) -> None:
    spool = Spool(tmp_path / "spool" / "store.jsonl")
    delivery = Delivery(fickle, spool)
    with full_disk(0):
        for number in range(3):
            delivery.event(event(number))
    delivery.start()
    wait_until_settled(delivery)
    delivery.close()
    assert fickle.delivered == [event(number).id for number in range(3)]
    assert not spool.path.exists()


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.mark.parametrize(
    ("minutes", "between"),
    [
        pytest.param(1, [], id="one minute"),
        pytest.param(9, [], id="nine minutes"),
        pytest.param(10, ["the store is still away after 600 s; 20 records wait"], id="ten minutes"),
        pytest.param(
            25,
            [
                "the store is still away after 600 s; 20 records wait",
                "the store is still away after 1200 s; 40 records wait",
            ],
            id="twenty-five minutes",
        ),
    ],
)
def test_a_store_that_is_away_for_minutes(
    fickle: Fickle,
    tmp_path: Path,
    event: EventMaker,
    minutes: int,
    between: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, path = Clock(), tmp_path / "spool" / "store.jsonl"
    delivery = Delivery(fickle, Spool(path), retry_s=0.005, clock=clock)
    delivery.start()
    delivery.event(event(99))
    wait_until_settled(delivery)
    fickle.away = True
    for minute in range(minutes):
        delivery.event(event(minute))
        delivery.health(gap(minute))
        delivery.looks([look(minute)], {"w01": "east"})
        tried_twice_more(fickle)
        clock.time += MINUTE_S
        tried_twice_more(fickle)
    assert len(path.read_bytes().splitlines()) == delivery.waiting == 2 * minutes
    fickle.away = False
    wait_until_settled(delivery)
    delivery.close()
    assert fickle.delivered == [event(number).id for number in (99, *range(minutes))]
    assert len(fickle.health()) == minutes
    assert fickle.last_looks() == [look(minutes - 1)]
    assert not path.exists()
    assert said(caplog) == [
        f"the store is away (ConnectionRefusedError); what is found waits in {path}",
        *between,
        f"the store is back after {60 * minutes} s, it has everything",
    ]


def look(minute: int) -> LastLook:
    return LastLook(post="w01", t=NINE + timedelta(minutes=minute), presence=True, beliefs={})


def gap(minute: int) -> HealthEntry:
    start = NINE + timedelta(minutes=minute)
    return HealthEntry(camera="east", state="gap", start=start, end=start + timedelta(seconds=5), detail="")


def tried_twice_more(store: Fickle) -> None:
    """The first of the two may have been under way before."""
    before = store.tries
    wait_for(lambda: store.tries >= before + 2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("minutes", "reminders"),
    [pytest.param(9, 0, id="nine minutes"), pytest.param(10, 1, id="ten minutes")],
)
def test_a_bucket_that_is_away_for_minutes(
    hall: Hall, event: EventMaker, minutes: int, reminders: int, caplog: pytest.LogCaptureFixture
) -> None:
    clock, given = Clock(), hall.file(event(1))
    mover = hall.mover(keep_s=0, clock=clock, every_s=0.01, retry_s=0.01)
    hall.server.kill()
    mover.start()
    wait_for(lambda: mover.state.trouble == "away")
    clock.time += minutes * MINUTE_S
    wait_for(lambda: len(caplog.records) == 1 + reminders)
    assert (mover.state.waiting, hall.local()) == (3, names(given))
    hall.server.start()
    wait_for(lambda: mover.state.waiting == 0 and mover.state.trouble is None)
    wait_for(lambda: "is back" in caplog.text)
    mover.close()
    assert (hall.there(), hall.local(), hall.bad()) == (names(given), [], [])
    last = caplog.records[-1]
    assert last.getMessage() == f"the evidence bucket is back after {60 * minutes} s, it has everything"
    assert all("3 files wait in" in record.getMessage() for record in caplog.records[:-1])
    assert len(caplog.records) == 2 + reminders


class Gone(Store):
    """A store that is away when it is asked what may be deleted."""

    def __init__(self, url: str) -> None:
        super().__init__(open_database(url))
        self.evidence.unfiled = away  # type: ignore[method-assign]


def away() -> list[RuleEvent]:
    raise OperationalError("SELECT", {}, ConnectionRefusedError())


@pytest.mark.parametrize(
    ("free", "short", "log"),
    [
        pytest.param(400, 0, [], id="enough room"),
        pytest.param(
            100, 200, ["the disk is 0.0 GB short of its floor: make room"], id="less than the floor"
        ),
    ],
)
def test_the_disk_is_looked_at_though_the_store_is_away(
    tmp_path: Path, free: int, short: int, log: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    store = Gone(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    terms = Terms(timedelta(7), timedelta(90), timedelta(365), floor=300)
    sweeper = Sweeper(store, tmp_path, terms, now=lambda: datetime.now(UTC), free=lambda _: free)
    with caplog.at_level(logging.ERROR):
        sweeper.start()
        wait_for(lambda: sweeper.disk is not None and len(caplog.records) == 1 + len(log))
        sweeper.close()
    store.close()
    assert sweeper.disk == DiskState(free, 300, short)
    assert said(caplog) == ["evidence could not be swept: OperationalError", *log]
