"""Who is told of appeals: those who decide when one is made, the post's own when it is decided."""

from __future__ import annotations

from samples_alerts import settings
from samples_appeals import DAY, HASHED, PERIODS, confirm, contest, did, invite
from samples_service import NINE, SHANGHAI, EventMaker

from service.outbox import Outbox
from service.store import Store


def test_who_decides_is_told_of_the_appeal_and_the_post_of_the_decision(
    store: Store, event: EventMaker
) -> None:
    alerts = settings(
        {"id": "office", "about": ["appeal"]}, {"id": "lead", "about": ["decision"], "posts": ["w01"]}
    )
    clock = [NINE]
    outbox = Outbox(store.transactions, alerts, SHANGHAI, posts={"w01": "east"}, now=lambda: clock[0])
    store.follow(outbox)

    def told() -> list[tuple[str, str]]:
        outbox.plan(clock[0])
        found = []
        for delivery in outbox.due(clock[0]):
            message = outbox.message(delivery.message)
            found.append((message.route, message.kind))
            outbox.claim(delivery, clock[0])
            outbox.sent(delivery, clock[0])
        return found

    store.upsert_event(event(1))
    confirm(store, event(1).id)
    invite(store, event(1).id)
    assert told() == []
    number = contest(store)
    assert told() == [("office", "appealed")]
    clock[0] += DAY
    act = did("chen", clock[0])
    store.appeals.decide(number, "reversed", "why", PERIODS, at=clock[0], act=act)
    assert told() == [("lead", "decided")]
    clock[0] += DAY
    assert told() == []


def test_an_appeal_that_is_taken_back_at_once_is_not_told_of(store: Store, event: EventMaker) -> None:
    outbox = Outbox(
        store.transactions,
        settings({"id": "office", "about": ["appeal"]}),
        SHANGHAI,
        posts={},
        now=lambda: NINE,
    )
    store.follow(outbox)
    store.upsert_event(event(1))
    confirm(store, event(1).id)
    invite(store, event(1).id)
    contest(store)
    store.appeals.withdraw(HASHED, PERIODS, at=NINE, act=did("", way="link"))
    outbox.plan(NINE)
    assert outbox.due(NINE) == []
