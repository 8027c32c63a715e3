"""The outbox under any order of events, verdicts, failures, crashes and acknowledgements."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from samples_alerts import Clock, settings
from samples_service import HALL, NINE, POSTS, SHANGHAI
from sqlalchemy import select

from pipelines.rules.events import RuleEvent
from service.alerts.ledger import Ledger
from service.alerts.records import Delivery
from service.outbox import LEASE_S, Outbox
from service.store import Store, open_database
from service.store.alert_tables import AlertRow

ALERTS = settings(
    {"id": "leads", "acknowledge_s": 600, "then": "boss"},
    {"id": "boss", "to": ["hook"], "about": ["unreviewed"]},
    rules={"smoking": {"when": "before", "severity": "urgent"}},
    review={"after_s": 1200},
    quiet=[{"from": "09:20", "to": "09:40"}],
    fold_s=300,
    retries={"tries": 3},
)
NUMBERS = st.integers(0, 5)


class OutboxMachine(RuleBasedStateMachine):
    """Beside the store only what a receiver knows is kept: which deliveries were recorded as sent."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(open_database(f"sqlite:///{Path(self.folder.name) / 'store.sqlite3'}"))
        self.store.set_site(HALL, POSTS)
        self.clock = Clock()
        self.outbox = Outbox(self.store.transactions, ALERTS, SHANGHAI, posts={}, now=self.clock)
        self.store.follow(self.outbox)
        self.recorded: list[str] = []
        self.held: list[Delivery] = []
        self.known: dict[int, str] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(number=NUMBERS, name=st.sampled_from(["absent", "smoking", "phone_use"]))
    def deliver_event(self, number: int, name: str) -> None:
        name = self.known.setdefault(number, name)
        fields: dict[str, Any] = {
            "id": f"{number:016x}",
            "rule": name,
            "clause": "B6",
            "post": "w01",
            "camera": "east",
            "start": NINE,
            "end": None,
            "state": "open",
            "confidence": 0.9,
            "why": "",
            "clip": None,
            "snapshot": None,
            "timeline": None,
            "model": {"name": "detector", "sha256": "ab" * 32},
            "rule_version": "1",
        }
        self.store.upsert_event(RuleEvent.model_validate(fields))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), answer=st.sampled_from(["confirmed", "rejected", "unclear"]))
    def judge(self, data: st.DataObject, answer: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.known)))
        self.store.give_verdict(f"{number:016x}", answer, None, "", at=self.clock())

    @rule(seconds=st.sampled_from([1, 30, 300, 900]))
    def wait(self, seconds: int) -> None:
        self.clock.go(seconds=seconds)

    @rule()
    def plan(self) -> None:
        self.outbox.pass_on(self.clock())
        self.outbox.plan(self.clock())

    @rule(outcome=st.sampled_from(["taken", "refused", "crash"]))
    def try_what_is_due(self, outcome: str) -> None:
        for delivery in self.outbox.due(self.clock()):
            assert delivery.id not in self.recorded, "sent again after it was recorded"
            assert self.outbox.claim(delivery, self.clock())
            if outcome == "taken":
                self.outbox.sent(delivery, self.clock())
                self.recorded.append(delivery.id)
            elif outcome == "refused":
                self.outbox.failed(delivery, "refused", self.clock(), 0.5)
            else:
                self.held.append(delivery)

    @precondition(lambda self: self.held)
    @rule()
    def what_was_thought_crashed_reports_late(self) -> None:
        self.outbox.failed(self.held.pop(), "late", self.clock(), 0.5)

    @rule()
    def revive_what_is_dead(self) -> None:
        for entry in self.entries("dead"):
            self.outbox.revive(entry.id, self.clock())

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        messages = sorted({entry.message.id for entry in self.entries()})
        if messages:
            chosen = data.draw(st.sampled_from(messages))
            self.outbox.acknowledge(chosen, self.clock())
            assert self.outbox.acknowledged(chosen) is not None

    def entries(self, state: Any = None) -> list[Any]:
        return Ledger(self.store.transactions).entries(state=state)

    @invariant()
    def every_alert_waits_or_is_told_or_says_why_not(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.transactions.read() as session:
            for row in session.scalars(select(AlertRow)):
                assert (row.state == "told") == (row.message is not None)
                assert (row.state == "void") == (row.void is not None)
        assert {entry.id for entry in self.entries("sent")} == set(self.recorded)

    @rule()
    def at_last_everything_is_over(self) -> None:
        """Given time and open ears, nothing waits for ever and nothing is left out."""
        for _ in range(12):
            self.clock.go(seconds=max(LEASE_S, timedelta(minutes=20).total_seconds()))
            self.plan()
            self.try_what_is_due("taken")
        with self.store.transactions.read() as session:
            states = set(session.scalars(select(AlertRow.state)))
        assert states <= {"told", "void"}
        assert self.entries("pending") == []


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = limits(max_examples=15, stateful_step_count=25, deadline=None)
