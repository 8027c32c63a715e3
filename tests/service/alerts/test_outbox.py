"""The outbox: written with its cause or not at all; nothing lost over a kill, nothing recorded sent twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from samples_alerts import Clock, Desk, settings
from samples_service import HALL, NINE, POSTS, SHANGHAI, EventMaker
from sqlalchemy import select
from sqlalchemy.orm import Session

from pipelines.rules.events import HealthEntry, RuleEvent
from service.alerts.ledger import Ledger
from service.outbox import LEASE_S, Outbox, UnknownMessageError
from service.store import EventFilter, Store, open_database
from service.store.alert_tables import AlertRow

LEADS = {"id": "leads", "about": ["event", "camera"]}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(store: Store, clock: Clock) -> Outbox:
    made = Outbox(
        store.transactions,
        settings(LEADS, retries={"tries": 3}),
        SHANGHAI,
        posts={post.id: post.camera for post in POSTS},
        now=clock,
    )
    store.follow(made)
    return made


def rows(store: Store) -> list[AlertRow]:
    with store.transactions.read() as session:
        return list(session.scalars(select(AlertRow).order_by(AlertRow.key)))


def test_an_event_and_its_alert_are_written_together_and_once(
    store: Store, outbox: Outbox, event: EventMaker
) -> None:
    for changes in ({"state": "open", "end": None}, {}, {"clip": "clips/0.mp4"}):
        store.upsert_event(event(rule="absent", **changes))
    (row,) = rows(store)
    assert (row.event, row.state, row.due) == (event().id, "waiting", NINE)


def test_neither_is_written_when_the_alert_cannot_be(store: Store, event: EventMaker) -> None:
    class Full:
        """An outbox whose disk is full."""

        def on_event(self, session: Session, event: RuleEvent) -> None:
            raise OSError("no space left")

        def on_verdict(self, session: Session, event: RuleEvent, verdict: str) -> None:
            raise OSError("no space left")

        def on_question_again(self, session: Session, event: RuleEvent) -> None:
            raise OSError("no space left")

        def on_appeal(self, session: Session, event: RuleEvent, appeal: int, what: str) -> None:
            raise AssertionError

        def on_health(self, session: Session, entry: HealthEntry) -> None:
            raise OSError("no space left")

    store.upsert_event(event(1))
    store.follow(Full())
    entry = HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="")
    for write in (
        lambda: store.upsert_event(event(2)),
        lambda: store.give_verdict(event(1).id, "confirmed", None, "", at=NINE),
        lambda: store.upsert_health(entry),
    ):
        with pytest.raises(OSError, match="no space left"):
            write()
    assert [judged.event.id for judged in store.events(EventFilter()).events] == [event(1).id]
    assert (store.verdicts(event(1).id), store.health()) == ([], [])


def test_a_verdict_and_its_alert_are_written_together_and_once(
    store: Store, outbox: Outbox, event: EventMaker
) -> None:
    store.upsert_event(event())
    for answer in ("confirmed", "confirmed", "rejected", "confirmed"):
        store.give_verdict(event().id, answer, None, "", at=NINE)  # type: ignore[arg-type]
    assert [row.key for row in rows(store)] == [f"confirmed:{event().id}@leads"]


def test_a_camera_that_comes_back_in_time_is_not_told_of(store: Store, outbox: Outbox, clock: Clock) -> None:
    for state, back_s in (("gap", 60), ("dark", 600), ("frozen", None)):
        entry = HealthEntry(camera="east", state=state, start=NINE, end=None, detail="")  # type: ignore[arg-type]
        store.upsert_health(entry)
        if back_s is not None:
            store.upsert_health(entry.model_copy(update={"end": NINE + timedelta(seconds=back_s)}))
    outbox.plan(clock())
    assert outbox.due(clock()) == []
    clock.go(seconds=120)
    outbox.plan(clock())
    assert {row.state_of_camera: row.state for row in rows(store)} == {
        "gap": "void",
        "dark": "told",
        "frozen": "told",
    }


def test_a_delivery_is_tried_by_one_at_a_time_and_again_after_a_crash(
    store: Store, outbox: Outbox, clock: Clock
) -> None:
    outbox.tell_test(["mail"], clock())
    (delivery,) = outbox.due(clock())
    assert outbox.claim(delivery, clock())
    assert not outbox.claim(delivery, clock()), "claimed twice"
    assert outbox.due(clock()) == []
    clock.go(seconds=LEASE_S)
    (again,) = outbox.due(clock())
    assert (again.id, again.tries) == (delivery.id, 1)


def test_what_was_recorded_as_sent_stays_so_whatever_a_slow_try_says_later(
    store: Store, outbox: Outbox, clock: Clock
) -> None:
    outbox.tell_test(["mail"], clock())
    (slow,) = outbox.due(clock())
    outbox.claim(slow, clock())
    clock.go(seconds=LEASE_S)
    (fast,) = outbox.due(clock())
    outbox.claim(fast, clock())
    outbox.failed(slow, "too late", clock(), 0.5)
    assert Ledger(store.transactions).entries()[0].error == ""
    outbox.sent(fast, clock())
    outbox.failed(fast, "too late", clock(), 0.5)
    (entry,) = Ledger(store.transactions).entries()
    assert (entry.state, entry.error) == ("sent", "")
    clock.go(days=9)
    assert outbox.due(clock()) == []


def test_a_delivery_is_given_up_after_its_tries_stays_visible_and_can_be_revived(
    store: Store, outbox: Outbox, clock: Clock
) -> None:
    outbox.tell_test(["mail"], clock())
    pauses = []
    while due := outbox.due(clock()):
        assert outbox.claim(due[0], clock())
        outbox.failed(due[0], f"failure {due[0].tries + 1}", clock(), 0.5)
        (entry,) = Ledger(store.transactions).entries()
        if entry.state == "dead":
            break
        pauses.append((entry.due - clock()).total_seconds())
        clock.time = entry.due
    assert pauses == [10, 20]
    (entry,) = Ledger(store.transactions).entries(state="dead")
    assert (entry.tries, entry.error) == (3, "failure 3")
    assert Ledger(store.transactions).counts() == {"dead": 1}
    clock.go(days=1)
    assert outbox.due(clock()) == []
    outbox.revive(entry.id, clock())
    assert [delivery.tries for delivery in outbox.due(clock())] == [0]
    with pytest.raises(UnknownMessageError):
        outbox.revive(entry.id, clock())


def test_acknowledging_once_settles_the_cause_on_every_route(
    store: Store, clock: Clock, event: EventMaker
) -> None:
    outbox = Outbox(store.transactions, settings(LEADS, {"id": "too"}), SHANGHAI, posts={}, now=clock)
    store.follow(outbox)
    store.upsert_event(event(rule="absent"))
    outbox.plan(clock())
    first, second = (row.message for row in rows(store))
    assert first is not None
    assert second is not None
    assert first != second
    assert outbox.acknowledged(first) is None
    assert outbox.acknowledge(first, NINE) == NINE
    assert outbox.acknowledge(first, NINE + timedelta(hours=1)) == NINE, "the first time counts"
    assert outbox.acknowledged(second) == NINE
    with pytest.raises(UnknownMessageError):
        outbox.acknowledge("f" * 32, NINE)


KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from samples_alerts import Desk, settings
from samples_service import HALL, NINE, POSTS
from pipelines.rules.events import RuleEvent
from service.alerts.channels import SendError
from service.store import Store, open_database

folder, point = Path(sys.argv[1]), sys.argv[2]
sent = folder / "sent.txt"


class Slips:
    def send(self, outgoing):
        if point == "before sending":
            os.kill(os.getpid(), 9)
        with sent.open("a") as file:
            file.write(outgoing.id + "\\n")
        if point == "after sending":
            os.kill(os.getpid(), 9)


store = Store(open_database(f"sqlite:///{folder / 'store.sqlite3'}"))
store.set_site(HALL, POSTS)
desk = Desk.of_senders(store, folder, settings({"id": "leads", "to": ["mail"]}), {"mail": Slips()})
event = RuleEvent.model_validate_json((folder / "event.json").read_text())
store.upsert_event(event)
if point == "after the event":
    os.kill(os.getpid(), 9)
desk.outbox.plan(desk.clock())
if point == "after planning":
    os.kill(os.getpid(), 9)
desk.round()
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(
    ("point", "sent_by_then", "sent_in_all"),
    [
        pytest.param("after the event", 0, 1, id="the event is stored"),
        pytest.param("after planning", 0, 1, id="the message is made"),
        pytest.param("before sending", 0, 1, id="the delivery is claimed"),
        pytest.param("after sending", 1, 2, id="it is sent but not recorded: again, under the same id"),
        pytest.param("after recording", 1, 1, id="it is sent and recorded: never again"),
    ],
)
def test_killed_at_any_point_it_goes_on_from_there(
    tmp_path: Path, event: EventMaker, point: str, sent_by_then: int, sent_in_all: int
) -> None:
    (tmp_path / "event.json").write_text(event(rule="absent").model_dump_json(), encoding="utf-8")
    here = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    script = [sys.executable, "-c", KILLED, str(tmp_path), point, *here]
    killed = subprocess.run(script, capture_output=True, text=True, timeout=60, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    sent = tmp_path / "sent.txt"
    assert len(sent.read_text().splitlines() if sent.exists() else []) == sent_by_then

    class Slips:
        def send(self, outgoing: object) -> None:
            with sent.open("a") as file:
                file.write(outgoing.id + "\n")  # type: ignore[attr-defined]

    store = Store(open_database(f"sqlite:///{tmp_path / 'store.sqlite3'}"))
    store.set_site(HALL, POSTS)
    desk = Desk.of_senders(store, tmp_path, settings({"id": "leads", "to": ["mail"]}), {"mail": Slips()})
    desk.run(minutes=10)
    lines = sent.read_text().splitlines()
    assert (len(lines), len(set(lines))) == (sent_in_all, 1)
    assert Ledger(store.transactions).counts() == {"sent": 1}
    desk.worker.stop()
    store.close()
