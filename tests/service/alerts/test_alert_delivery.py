"""The whole way, to a real SMTP server and a real HTTP receiver, on a clock that the test turns."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from samples_alerts import SECRET, Desk, Mailbox, Receiver, free_port
from samples_service import NINE, EventMaker
from sqlalchemy.exc import OperationalError

from pipelines.hall.alerting import Alerts
from pipelines.rules.events import HealthEntry
from service.alerts import worker
from service.alerts.channels import webhook
from service.alerts.ledger import Entry, Ledger
from service.store import Store

Open = Callable[..., Desk]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def ports() -> tuple[int, int]:
    """Of the mail server and of the receiver, whether they are up or not."""
    return free_port(), free_port()


@pytest.fixture
def open_desk(store: Store, tmp_path: Path, ports: tuple[int, int]) -> Iterator[Open]:
    desks: list[Desk] = []

    def make(*routes: dict[str, Any], **given: Any) -> Desk:
        mail = f"mailto://127.0.0.1:{ports[0]}?from=monitor@hall.example&to=lead@hall.example&mode=insecure"
        hook = f"http://127.0.0.1:{ports[1]}/hook"
        channels = [
            {"id": "mail", "url": mail},
            {"id": "hook", "kind": "webhook", "url": hook, "secret": "${SECRET}"},
        ]
        desks.append(
            Desk(
                store,
                tmp_path,
                Alerts.model_validate({"channels": channels, "routes": list(routes), **given}),
            )
        )
        return desks[-1]

    yield make
    for desk in desks:
        desk.worker.stop()


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in receiver.got]


def entries(store: Store) -> dict[str, Entry]:
    return {entry.channel: entry for entry in Ledger(store.transactions).entries()}


BOTH = {"id": "leads", "to": ["mail", "hook"]}


def test_a_receiver_that_is_down_gets_it_once_when_it_is_back_and_nobody_waits_for_it(
    open_desk: Open,
    store: Store,
    event: EventMaker,
    mailbox: Mailbox,
    receiver: Receiver,
    ports: tuple[int, int],
) -> None:
    desk = open_desk(BOTH)
    with mailbox.up(ports[0]):
        store.upsert_event(event(rule="absent"))
        desk.run(minutes=20)
        assert mailbox.subjects() == ["【测试大厅】1号窗口：窗口无人在岗（尚未审核）"]
        waiting = entries(store)["hook"]
        assert (waiting.state, waiting.error) == (
            "pending",
            "the receiver cannot be reached: ConnectionRefusedError",
        )
        assert waiting.tries > 3
        with receiver.up(ports[1]):
            desk.run(minutes=30)
    assert len(receiver.got) == len(mailbox.got) == 1
    headers, body = receiver.got[0]
    assert headers["Conduct-Delivery"] == waiting.id
    assert webhook.verify(headers, body, SECRET, entries(store)["hook"].sent or NINE)
    (told,) = json.loads(body)["alerts"]
    assert (told["event"], told["post_name"], told["start"]) == (
        event().id,
        "1号窗口",
        "2026-01-05T09:00:00.000+08:00",
    )
    assert {entry.state for entry in entries(store).values()} == {"sent"}


@pytest.mark.slow  # Apprise waits 5.5 s between two tries of one mail
def test_a_mail_server_that_is_busy_gets_it_once_when_it_is_not(
    open_desk: Open, store: Store, event: EventMaker, mailbox: Mailbox, ports: tuple[int, int]
) -> None:
    desk = open_desk({"id": "leads", "to": ["mail"]})
    store.upsert_event(event(rule="absent"))
    with mailbox.up(ports[0]):
        mailbox.refuse = True
        desk.run(minutes=0.5)
        assert (mailbox.got, entries(store)["mail"].state) == ([], "pending")
        mailbox.refuse = False
        desk.run(minutes=10)
    assert len(mailbox.got) == 1


def test_more_of_the_same_is_folded_and_what_is_told_of_stays_true(
    open_desk: Open, store: Store, event: EventMaker, receiver: Receiver, ports: tuple[int, int]
) -> None:
    desk = open_desk({"id": "leads", "to": ["hook"]}, fold_s=600)
    with receiver.up(ports[1]):
        for number in range(5):
            store.upsert_event(event(number, rule="absent"))
            desk.run(minutes=1)
        store.upsert_event(event(5, rule="absent", post="w02"))
        store.give_verdict(event(2).id, "rejected", None, "", at=NINE)
        desk.run(minutes=12, step_s=60)
    assert sorted((body["count"], body["title"]) for body in bodies(receiver)) == [
        (1, "【测试大厅】1号窗口：窗口无人在岗（尚未审核）"),
        (1, "【测试大厅】2号窗口：窗口无人在岗（尚未审核）"),
        (3, "【测试大厅】1号窗口：窗口无人在岗（尚未审核），另有 2 起"),
    ]
    told = [alert["event"] for body in bodies(receiver) for alert in body["alerts"]]
    assert sorted(told) == [event(number).id for number in (0, 1, 3, 4, 5)]


LEADS_THEN_BOSS = (
    {"id": "leads", "to": ["mail"], "acknowledge_s": 600, "then": "boss"},
    {"id": "boss", "to": ["hook"], "about": []},
)


@pytest.mark.parametrize(
    ("minutes", "escalated"), [pytest.param(9, 0, id="in time"), pytest.param(11, 1, id="too late")]
)
def test_the_next_route_is_told_unless_somebody_acknowledges_in_time(
    open_desk: Open,
    store: Store,
    event: EventMaker,
    mailbox: Mailbox,
    receiver: Receiver,
    ports: tuple[int, int],
    minutes: int,
    escalated: int,
) -> None:
    desk = open_desk(*LEADS_THEN_BOSS)
    with mailbox.up(ports[0]), receiver.up(ports[1]):
        store.upsert_event(event(rule="absent"))
        desk.run(minutes=minutes)
        found = re.search(r"http://desk\.example/acknowledge/([\w.-]+)", mailbox.texts()[0])
        assert found
        message = desk.tokens.message(found[1])
        assert message is not None
        desk.outbox.acknowledge(message, desk.clock())
        desk.run(minutes=15, step_s=60)
    assert len(mailbox.got) == 1
    assert [body["route"] for body in bodies(receiver)] == ["boss"] * escalated


def test_the_next_route_is_told_at_once_when_every_channel_is_dead(
    open_desk: Open, store: Store, event: EventMaker, receiver: Receiver, ports: tuple[int, int]
) -> None:
    leads = {**LEADS_THEN_BOSS[0], "acknowledge_s": 86_400}
    desk = open_desk(leads, LEADS_THEN_BOSS[1], retries={"tries": 2})
    with receiver.up(ports[1]):
        store.upsert_event(event(rule="absent"))
        desk.run(minutes=2)
    assert entries(store)["mail"].state == "dead"
    assert [body["route"] for body in bodies(receiver)] == ["boss"]


@pytest.mark.parametrize(
    ("judged_after_min", "told"),
    [pytest.param(50, [], id="judged"), pytest.param(70, ["unreviewed"], id="not")],
)
def test_an_event_that_nobody_judges_in_time_is_told_of(
    open_desk: Open,
    store: Store,
    event: EventMaker,
    receiver: Receiver,
    ports: tuple[int, int],
    judged_after_min: int,
    told: list[str],
) -> None:
    desk = open_desk({"id": "boss", "to": ["hook"], "about": ["unreviewed"]})
    with receiver.up(ports[1]):
        store.upsert_event(event())
        desk.run(minutes=judged_after_min, step_s=600)
        store.give_verdict(event().id, "rejected", None, "", at=desk.clock())
        desk.run(minutes=60, step_s=600)
    assert [body["kind"] for body in bodies(receiver)] == told


def test_a_confirmed_event_is_told_of_with_a_link_to_it(
    open_desk: Open, store: Store, event: EventMaker, mailbox: Mailbox, ports: tuple[int, int]
) -> None:
    desk = open_desk({"id": "leads", "to": ["mail"]})
    with mailbox.up(ports[0]):
        store.upsert_event(event())
        desk.run(minutes=1)
        assert mailbox.got == []
        store.give_verdict(event().id, "confirmed", None, "", at=desk.clock())
        desk.run(minutes=1)
    assert mailbox.subjects() == ["【测试大厅】1号窗口：使用手机（经审核属实）"]
    assert f"http://desk.example/#event={event().id}" in mailbox.texts()[0]


def test_a_camera_that_stays_away_is_told_of(
    open_desk: Open, store: Store, receiver: Receiver, ports: tuple[int, int]
) -> None:
    desk = open_desk({"id": "technician", "to": ["hook"], "about": ["camera"]}, cameras={"after_s": 120})
    with receiver.up(ports[1]):
        store.upsert_health(HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="gone"))
        desk.run(minutes=1.5)
        assert receiver.got == []
        desk.run(minutes=1)
    assert [body["title"] for body in bodies(receiver)] == ["【测试大厅】摄像机 east：没有画面"]


def test_no_secret_of_a_channel_is_in_the_store_the_log_or_the_list(
    open_desk: Open,
    store: Store,
    event: EventMaker,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    ports: tuple[int, int],
) -> None:
    desk = open_desk(BOTH, retries={"tries": 2})
    store.upsert_event(event(rule="absent"))
    desk.run(minutes=5)
    assert {entry.state for entry in entries(store).values()} == {"dead"}
    assert "try 2" in caplog.text
    shown = caplog.text + str(entries(store)) + repr(desk.__dict__)
    assert SECRET not in shown
    store.close()
    for path in tmp_path.iterdir():
        assert SECRET.encode() not in path.read_bytes(), path.name


def test_a_slow_channel_holds_up_no_other(store: Store, tmp_path: Path, event: EventMaker) -> None:
    free, sent = threading.Event(), threading.Event()

    class Slow:
        got = 0

        def send(self, outgoing: object) -> None:
            self.got += 1
            assert free.wait(30)

    class Quick:
        got = 0

        def send(self, outgoing: object) -> None:
            self.got += 1
            sent.set()

    slow, quick = Slow(), Quick()
    alerts = Alerts.model_validate({"routes": [{"id": "leads", "to": ["slow", "quick"]}]})
    desk = Desk.of_senders(store, tmp_path, alerts, {"slow": slow, "quick": quick})
    for number, post in enumerate(("w01", "w02", "w03")):
        store.upsert_event(event(number, rule="absent", post=post, start=NINE))
        sent.clear()
        # A step passes over a channel that is just done with the last message: the next one takes it up.
        assert any(desk.worker.step() or sent.wait(0.3) for _ in range(100))
    assert (slow.got, quick.got) == (1, 3)
    free.set()
    desk.run(minutes=1)
    desk.worker.stop()
    assert (slow.got, quick.got) == (3, 3)


@pytest.mark.parametrize(
    ("fault", "logged"),
    [
        pytest.param(OperationalError("x", None, OSError()), "alerts wait for the store", id="no store"),
        pytest.param(
            RuntimeError("a mistake of ours"), "a round failed, the next one follows", id="a mistake"
        ),
    ],
)
def test_the_worker_goes_on_after_a_round_that_failed(
    store: Store,
    tmp_path: Path,
    event: EventMaker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
    logged: str,
) -> None:
    sent = threading.Event()

    class Fine:
        def send(self, outgoing: object) -> None:
            sent.set()

    alerts = Alerts.model_validate({"routes": [{"id": "leads", "to": ["good"]}]})
    desk = Desk.of_senders(store, tmp_path, alerts, {"good": Fine()})
    faults, plan = [fault], desk.outbox.plan

    def fails_once(now: datetime) -> None:
        if faults:
            raise faults.pop()
        plan(now)

    monkeypatch.setattr(desk.outbox, "plan", fails_once)
    monkeypatch.setattr(worker, "IDLE_S", 0.01)
    store.upsert_event(event(rule="absent"))
    desk.worker.start()
    assert sent.wait(30)
    desk.worker.stop()
    assert logged in caplog.text
    assert entries(store)["good"].state == "sent"


def test_a_fault_in_one_channel_leaves_the_others_alone(
    store: Store, tmp_path: Path, event: EventMaker
) -> None:
    class Broken:
        def send(self, outgoing: object) -> None:
            raise RuntimeError("secret://in/a/library's/words")

    class Fine:
        got = 0

        def send(self, outgoing: object) -> None:
            self.got += 1

    fine = Fine()
    alerts = Alerts.model_validate({"routes": [{"id": "leads", "to": ["bad", "good", "gone"]}]})
    desk = Desk.of_senders(store, tmp_path, alerts, {"bad": Broken(), "good": fine})
    store.upsert_event(event(rule="absent"))
    desk.run(minutes=1)
    desk.worker.stop()
    assert fine.got == 1
    assert {channel: (entry.state, entry.error) for channel, entry in entries(store).items()} == {
        "bad": ("pending", "RuntimeError in the channel"),
        "good": ("sent", ""),
        "gone": ("dead", "the site has no such channel any more"),
    }
