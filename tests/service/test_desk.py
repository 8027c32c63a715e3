"""Second opinions, answers taken back, several answers at once: over the API, by people with accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samples_service import Client, EventMaker, Person, add_account, logged_in
from sqlalchemy import select

from pipelines.hall.alerting import Alerts
from service.outbox import Outbox
from service.review.sampling import Sampling
from service.store import Store
from service.store.alert_tables import AlertRow

ROLES = {
    "na": "reviewer",
    "wei": "reviewer",
    "ping": "reviewer",
    "judge": "adjudicator",
    "boss": "admin",
    "eye": "viewer",
}


class Desk:
    """A hall where every confirmed or rejected event gets a second opinion."""

    def __init__(self, client: Client) -> None:
        self.client, self.store = client, client.store
        self.store.answers.sampling = Sampling({"confirmed": 1.0, "rejected": 1.0})
        self.people = {
            name: logged_in(client, add_account(self.store, name, role))  # type: ignore[arg-type]
            for name, role in ROLES.items()
        }

    def says(self, name: str, event_id: str, verdict: str, **more: Any) -> int:
        body = {"verdict": verdict, **more}
        return self.people[name].post(f"/api/events/{event_id}/verdict", json=body).status_code

    def withdraws(self, name: str, event_id: str) -> int:
        return self.people[name].ask("DELETE", f"/api/events/{event_id}/verdict").status_code

    def sees(self, name: str, event_id: str) -> tuple[str, str | None, bool, int]:
        """Stage, verdict, whether it is in their queue, how many entries of its history."""
        person = self.people[name]
        found = person.get(f"/api/events/{event_id}").json()
        history = person.get(f"/api/events/{event_id}/verdicts").json()["verdicts"]
        verdict = found["verdict"] and found["verdict"]["verdict"]
        (listed,) = person.get("/api/events?order=queue").json()["events"]
        assert listed == found
        assert (found["rank"] is not None) == (person.get("/api/health").json()["queue"]["waiting"] == 1)
        return found["stage"], verdict, found["rank"] is not None, len(history)


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def test_a_second_reviewer_knows_nothing_of_the_first_and_the_adjudicator_decides(
    desk: Desk, event: EventMaker
) -> None:
    desk.store.upsert_event(event())
    one = event().id
    assert desk.says("na", one, "confirmed", note="seen twice") == 201
    blind = ("question", None, True, 0)
    assert desk.sees("wei", one) == desk.sees("boss", one) == blind
    assert desk.sees("na", one) == ("done", "confirmed", False, 1)
    assert desk.sees("judge", one) == desk.sees("eye", one) == ("second", "confirmed", False, 1)
    wei: Person = desk.people["wei"]
    for query, count in (("verdict=confirmed", 0), ("verdict=none", 1), ("by=na", 0), ("by=wei", 0)):
        for order in ("queue", "newest"):
            found = wei.get(f"/api/events?{query}&order={order}")
            assert len(found.json()["events"]) == count, query
            for secret in ('"na"', "seen twice", "confirmed"):
                assert secret not in found.text

    assert wei.post("/api/queue/next", json={}).json()["event"]["id"] == one
    assert desk.says("wei", one, "rejected", claimed=True) == 201
    assert desk.sees("ping", one) == ("dispute", "confirmed", False, 2)
    assert desk.sees("judge", one) == desk.sees("boss", one) == ("dispute", "confirmed", True, 2)
    assert [desk.says(name, one, "rejected") for name in ("na", "ping")] == [409, 409]
    assert desk.withdraws("wei", one) == 409, "a second opinion stands"
    assert desk.people["judge"].get("/api/events?disputed=true").json()["events"][0]["id"] == one
    assert desk.says("judge", one, "rejected", reason="allowed") == 201
    assert desk.sees("na", one) == desk.sees("wei", one) == ("done", "rejected", False, 3)
    assert [v.part for v in desk.store.verdicts(one)] == ["first", "second", "final"]
    assert desk.says("ping", one, "confirmed") == 409


def test_the_numbers_of_answers_do_not_tell_it_either(desk: Desk, event: EventMaker) -> None:
    for number in (0, 1):
        desk.store.upsert_event(event(number))
    assert desk.says("na", event(0).id, "confirmed") == 201

    def numbers(name: str) -> tuple[int, int]:
        queue = desk.people[name].get("/api/health").json()["queue"]
        return queue["none"], queue["confirmed"]

    assert [numbers(name) for name in ("na", "wei", "boss", "judge", "eye")] == [
        (1, 1), (2, 0), (2, 0), (1, 1), (1, 1),
    ]  # fmt: skip
    assert desk.says("wei", event(0).id, "rejected") == 201
    assert numbers("wei") == (1, 1), "now it is known that they disagree"


def test_two_who_agree_settle_it(desk: Desk, event: EventMaker) -> None:
    desk.store.upsert_event(event())
    assert [desk.says(name, event().id, "rejected") for name in ("na", "wei")] == [201, 201]
    assert desk.sees("judge", event().id) == ("done", "rejected", False, 2)
    found = desk.people["judge"].get("/api/agreement").json()
    assert (found["n"], found["agreed"], found["kappa"]) == (1, 1, None)


def test_agreement_is_counted_over_second_opinions(desk: Desk, event: EventMaker) -> None:
    said = [("confirmed", "confirmed")] * 3 + [("rejected", "rejected")] * 2 + [("confirmed", "rejected")]
    for number, (first, second) in enumerate(said):
        desk.store.upsert_event(event(number))
        assert desk.says("na", event(number).id, first) == 201
        assert desk.says("wei", event(number).id, second) == 201
    boss = desk.people["boss"]
    found = boss.get("/api/agreement").json()
    assert (found["n"], found["agreed"]) == (6, 5)
    assert found["kappa"] == pytest.approx(2 / 3)
    assert found["low"] < found["kappa"] < found["high"]
    assert {(p["first"], p["second"]): p["n"] for p in found["pairs"]} == {
        ("confirmed", "confirmed"): 3,
        ("confirmed", "rejected"): 1,
        ("rejected", "rejected"): 2,
    }
    later = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert boss.get(f"/api/agreement?from={later}").json()["n"] == 0
    assert boss.get(f"/api/agreement?to={later}").json()["n"] == 6


def test_an_answer_taken_back_makes_it_a_question_and_stays_in_the_history(
    desk: Desk, event: EventMaker
) -> None:
    desk.store.answers.sampling = Sampling()
    desk.store.upsert_event(event())
    one = event().id
    assert desk.withdraws("na", one) == 409
    assert desk.says("na", one, "confirmed") == 201
    assert desk.withdraws("wei", one) == 409
    assert desk.withdraws("na", one) == 200
    assert desk.sees("wei", one) == ("question", None, True, 2)
    assert desk.withdraws("na", one) == 409
    assert [(v.verdict, v.by) for v in desk.store.verdicts(one)] == [("confirmed", "na"), ("withdrawn", "na")]
    entry = desk.store.audit.newest(limit=1)[0]
    assert (entry.action, entry.who, entry.object) == ("verdict.withdrawn", "na", one)
    assert desk.store.audit.first_fault() is None
    # The same answer again is a new one now.
    assert desk.says("na", one, "confirmed") == 201
    assert desk.store.counts() == {"confirmed": 1}


def test_several_are_answered_at_once_and_what_others_do_is_left_out_and_named(
    desk: Desk, event: EventMaker
) -> None:
    for number in range(4):
        desk.store.upsert_event(event(number, post="w02" if number == 3 else "w01"))
    account = add_account(desk.store, "own", "reviewer", ("w01",))
    own = logged_in(desk.client, account)
    held = desk.people["wei"].post("/api/queue/next", json={}).json()["event"]["id"]
    ids = [event(number).id for number in range(4)] + ["f" * 16]
    body = {"events": ids, "verdict": "rejected", "reason": "test"}
    found = own.post("/api/verdicts", json=body).json()
    outcomes = {one["event"]: (one["outcome"], one["holder"]) for one in found["results"]}
    assert outcomes == {
        held: ("held", "wei"),
        ids[1]: ("recorded", None),
        ids[2]: ("recorded", None),
        ids[3]: ("unknown", None),
        ids[4]: ("unknown", None),
    }
    assert found["recorded"] == 2
    assert desk.store.counts() == {"none": 2, "rejected": 2}
    entries = desk.store.audit.newest(limit=9, action="verdict.given")
    assert {one.object for one in entries} == set(ids[1:3])
    assert entries[0].detail == {"verdict": "rejected", "reason": "test", "together": 5}
    refused = own.post("/api/verdicts", json={**body, "reason": "nonsense"})
    assert refused.status_code == 422
    unfit = own.post("/api/verdicts", json={"events": ids, "verdict": "confirmed", "reason": "allowed"})
    assert (unfit.status_code, unfit.json()["field"]) == (422, "reason")
    assert desk.store.counts() == {"none": 2, "rejected": 2}


@pytest.mark.parametrize(
    ("story", "kept_as"),
    [
        ([], None),
        ([("na", "rejected")], None),
        ([("na", "rejected"), ("wei", "confirmed")], None),
        ([("na", "rejected"), ("wei", "rejected")], "rejected"),
        ([("na", "confirmed"), ("wei", "rejected")], "confirmed"),
        ([("na", "confirmed"), ("wei", "rejected"), ("judge", "rejected")], "rejected"),
    ],
)
def test_evidence_stays_while_others_look_at_what_was_rejected(
    desk: Desk, event: EventMaker, story: list[tuple[str, str]], kept_as: str | None
) -> None:
    from service.evidence.filing import FiledFile

    desk.store.upsert_event(event(clip="clips/0.mp4"))
    desk.store.evidence.put(
        [FiledFile(event().id, "clip", "clips/0.mp4", "ab" * 32, 7)], at=datetime.now(UTC)
    )
    for name, verdict in story:
        assert desk.says(name, event().id, verdict) == 201
    (kept,) = desk.store.evidence.kept()
    assert kept.verdict == kept_as


ALERTS = Alerts.model_validate(
    {
        "channels": [{"id": "box", "kind": "webhook", "url": "https://hook.example"}],
        "routes": [{"id": "all", "to": ["box"], "about": ["event", "unreviewed"]}],
    }
)


def states(store: Store) -> dict[str, tuple[str, datetime]]:
    with store.transactions.read() as session:
        return {row.kind: (row.state, row.due) for row in session.scalars(select(AlertRow))}


def test_an_alert_that_lost_its_reason_and_has_it_again_is_told(desk: Desk, event: EventMaker) -> None:
    desk.store.answers.sampling = Sampling()
    moment = datetime.now(UTC)
    outbox = Outbox(
        desk.store.transactions, ALERTS, desk.store.hall().zone, posts={"w01": "east"}, now=lambda: moment
    )
    desk.store.follow(outbox)
    desk.store.upsert_event(event())
    late = moment + timedelta(hours=2)
    assert desk.says("na", event().id, "confirmed") == 201
    assert desk.withdraws("na", event().id) == 200
    outbox.plan(moment)
    assert states(desk.store)["confirmed"][0] == "void", "it is not confirmed any more"
    assert desk.says("na", event().id, "rejected") == 201
    outbox.plan(late)
    assert states(desk.store)["unreviewed"][0] == "void", "somebody has judged it"
    assert desk.withdraws("na", event().id) == 200
    assert states(desk.store)["unreviewed"] == ("waiting", moment + timedelta(seconds=3600))
    assert desk.says("na", event().id, "confirmed") == 201
    assert states(desk.store)["confirmed"] == ("waiting", moment)
    outbox.plan(moment)
    assert states(desk.store)["confirmed"][0] == "told"


def test_a_second_opinion_alone_tells_nobody(desk: Desk, event: EventMaker) -> None:
    told: list[str] = []

    class Listener:
        def on_event(self, *_: object) -> None: ...

        def on_verdict(self, _session: object, _event: object, verdict: str) -> None:
            told.append(verdict)

        def on_question_again(self, *_: object) -> None:
            told.append("question")

        def on_health(self, *_: object) -> None: ...

    desk.store.follow(Listener())
    desk.store.upsert_event(event())
    for name, verdict in (("na", "confirmed"), ("wei", "rejected"), ("judge", "rejected")):
        assert desk.says(name, event().id, verdict) == 201
    assert told == ["confirmed", "rejected"]


def test_what_it_was_instead_is_kept_with_the_verdict(desk: Desk, event: EventMaker) -> None:
    desk.store.upsert_event(event())
    said = {"reason": "not_what_it_seems", "object": "pen"}
    assert desk.says("na", event().id, "rejected", **{**said, "object": "submarine"}) == 422
    assert desk.says("na", event().id, "rejected", **{**said, "reason": "allowed"}) == 422
    assert desk.says("na", event().id, "rejected", **said) == 201
    assert desk.store.verdicts(event().id)[0].object == "pen"
    shown = desk.people["na"].get(f"/api/events/{event().id}").json()["verdict"]
    assert shown["object"] == "pen"
