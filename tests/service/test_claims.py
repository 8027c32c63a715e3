"""Claims: of several who want one event one gets it, and only that one answers it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from samples_service import NINE, Client, EventMaker, Person, act, add_account, logged_in, now

import service
from service.review.claims import LEASE, Claim, HeldError, check_answer, taken
from service.review.sampling import NOTHING
from service.review.standing import Reader, VerdictClashError
from service.store import EventFilter, Store

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OF_NA = Claim(holder="na", taken_at=NOON - MINUTE, until=NOON + 4 * MINUTE)
OVER = Claim(holder="na", taken_at=NOON - 9 * MINUTE, until=NOON)
AHEAD = OF_NA.model_copy(update={"ahead": True})
TEN = 10


@pytest.mark.parametrize(
    ("before", "who", "take_over", "since"),
    [
        pytest.param(None, "na", False, NOON, id="free"),
        pytest.param(OF_NA, "na", False, OF_NA.taken_at, id="prolonged"),
        pytest.param(OVER, "na", False, NOON, id="run out, by the same person"),
        pytest.param(OVER, "wei", False, NOON, id="run out"),
        pytest.param(OF_NA, "wei", True, NOON, id="taken over on purpose"),
        pytest.param(OF_NA, "wei", False, None, id="somebody else's"),
    ],
)
def test_who_gets_a_claim(before: Claim | None, who: str, take_over: bool, since: datetime | None) -> None:
    if since is None:
        with pytest.raises(HeldError, match="na does this event until 2026-01-05T12:04:00"):
            taken(before, who, NOON, LEASE, take_over=take_over)
        return
    found = taken(before, who, NOON, LEASE, take_over=take_over)
    assert found == Claim(holder=who, taken_at=since, until=NOON + LEASE)


@pytest.mark.parametrize(
    ("claim", "who", "waits", "claimed", "take_over", "error"),
    [
        pytest.param(OF_NA, "na", True, True, False, None, id="one's own"),
        pytest.param(OF_NA, "wei", True, False, False, HeldError, id="somebody else's"),
        pytest.param(OF_NA, "wei", True, True, True, None, id="taken over"),
        pytest.param(AHEAD, "wei", True, False, False, None, id="somebody else only has it ready"),
        pytest.param(OF_NA, None, True, False, False, None, id="nobody logs in"),
        pytest.param(OVER, "wei", True, True, False, None, id="run out"),
        pytest.param(None, "na", True, True, False, None, id="one's own has run out, nobody came"),
        pytest.param(None, "na", False, True, False, VerdictClashError, id="answered meanwhile"),
        pytest.param(None, "na", False, False, False, None, id="a change of mind"),
    ],
)
def test_whose_answer_is_recorded(
    claim: Claim | None,
    who: str | None,
    waits: bool,
    claimed: bool,
    take_over: bool,
    error: type[Exception] | None,
) -> None:
    if error is None:
        check_answer(claim, who, NOON, waits=waits, claimed=claimed, take_over=take_over)
    else:
        with pytest.raises(error):
            check_answer(claim, who, NOON, waits=waits, claimed=claimed, take_over=take_over)


@pytest.mark.parametrize(
    ("before", "who", "ahead", "found"),
    [
        pytest.param(None, "na", True, (True, NOON), id="free"),
        pytest.param(AHEAD, "na", True, (True, AHEAD.taken_at), id="one's own, kept ready"),
        pytest.param(AHEAD, "na", False, (False, NOON), id="one's own, opened"),
        pytest.param(OF_NA, "na", True, (False, OF_NA.taken_at), id="what is open stays open"),
        pytest.param(AHEAD, "wei", False, (False, NOON), id="somebody else opens it"),
        pytest.param(AHEAD, "wei", True, None, id="somebody else wants it ready too"),
        pytest.param(OF_NA, "wei", True, None, id="somebody else has it open"),
    ],
)
def test_what_is_only_to_come_next(
    before: Claim | None, who: str, ahead: bool, found: tuple[bool, datetime] | None
) -> None:
    if found is None:
        with pytest.raises(HeldError):
            taken(before, who, NOON, LEASE, ahead=ahead)
        return
    claim = taken(before, who, NOON, LEASE, ahead=ahead)
    assert (claim.holder, (claim.ahead, claim.taken_at)) == (who, found)


def test_of_ten_threads_one_gets_the_event(store: Store, event: EventMaker) -> None:
    store.upsert_event(event())
    start, found = Barrier(TEN), list[str]()

    def want(name: str) -> None:
        start.wait()
        try:
            store.claims.take(event().id, Reader(name), act(NOON, "claim.taken", event().id))
        except HeldError as error:
            found.append(error.claim.holder)
        else:
            found.append(f"{name} has it")

    threads = [Thread(target=want, args=(f"p{number}",)) for number in range(TEN)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [one.removesuffix(" has it") for one in found if one.endswith("has it")]
    assert Counter(found)[winner] == TEN - 1
    assert len(store.audit.newest(limit=50, action="claim.taken")) == 1


PROCESS = """
import sys
from datetime import UTC, datetime
from service.audit import Act
from service.review.standing import Reader
from service.store import EventFilter, Store, open_database
from service.store.verdicts import Given
store = Store(open_database(sys.argv[1]))
name = sys.argv[2]
now = datetime.now(UTC)
def act(event):
    return Act(at=now, who=name, way="token", action="claim.taken", object=event, address="", detail={})
print("ready", flush=True)
sys.stdin.readline()
for _ in range(4):
    event = store.claims.next(EventFilter(), Reader(name), now, act)
    store.answers.give(event, Given("unclear", claimed=True), at=now, act=act(event), reader=Reader(name))
    print(event, flush=True)
store.close()
"""


@pytest.mark.slow  # starts six processes
def test_of_several_processes_each_gets_events_of_its_own(
    database_url: str, store: Store, event: EventMaker
) -> None:
    for number in range(40):
        store.upsert_event(event(number))
    root = str(Path(service.__file__).parents[1])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, database_url, f"p{number}"],
            env={**os.environ, "PYTHONPATH": root},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(6)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 6
    given = [one for lines in told for one in lines]
    assert len(given) == len(set(given)) == 24, "an event was given to two"
    assert store.counts() == {"none": 16, "unclear": 24}
    assert store.audit.first_fault() is None


def take(store: Store, event_id: str, name: str, at: datetime = NOON) -> None:
    store.claims.take(event_id, Reader(name), act(at, "claim.taken", event_id))


@pytest.mark.parametrize(
    ("after", "skip", "expected"),
    [
        pytest.param(None, [], 1, id="the oldest that nobody does"),
        pytest.param(1, [], 2, id="the one behind"),
        pytest.param(2, [], 1, id="the one behind has no clip yet, so from the top"),
        pytest.param(None, [1, 2], 3, id="one whose clip is to come rather than none"),
        pytest.param(None, [1, 2, 3], None, id="nothing is left"),
        pytest.param(9, [], 1, id="behind one that is not there"),
    ],
)
def test_the_next_event(
    store: Store, event: EventMaker, after: int | None, skip: list[int], expected: int | None
) -> None:
    for number in range(3):
        store.upsert_event(event(number, clip=f"clips/{number}.mp4"))
    store.upsert_event(event(3, state="open", end=None))
    store.upsert_event(event(4, clip="clips/4.mp4"))
    store.give_verdict(event(4).id, "confirmed", None, "", at=now())
    take(store, event(0).id, "wei")
    found = store.claims.next(
        EventFilter(),
        Reader("na"),
        NOON + MINUTE,
        lambda one: act(NOON + MINUTE, "claim.taken", one),
        behind=None if after is None else event(after).id,
        skip=[event(one).id for one in skip],
    )
    assert found == (None if expected is None else event(expected).id)
    if found is not None:
        claim = store.event(found, NOON + MINUTE).claim
        assert claim is not None
        assert (claim.holder, claim.until) == ("na", NOON + MINUTE + LEASE)
    other = store.event(event(0).id, NOON + MINUTE).claim
    assert other is not None
    assert other.holder == "wei"


def test_a_claim_runs_out_and_leaves_the_event_to_others(store: Store, event: EventMaker) -> None:
    store.upsert_event(event())
    take(store, event().id, "wei")
    assert store.event(event().id, NOON + LEASE).claim is None
    take(store, event().id, "na", NOON + LEASE)
    with pytest.raises(HeldError):
        take(store, event().id, "wei", NOON + LEASE + MINUTE)


# -- over the API


@pytest.fixture(autouse=True)
def no_second_opinions(request: pytest.FixtureRequest) -> None:
    """Where there is a service: what has been answered is done."""
    if "client" in request.fixturenames:
        client: Client = request.getfixturevalue("client")
        client.store.answers.sampling = NOTHING


@pytest.fixture
def na(client: Client) -> Person:
    return logged_in(client, add_account(client.store, "na", "reviewer"))


@pytest.fixture
def wei(client: Client) -> Person:
    return logged_in(client, add_account(client.store, "wei", "reviewer"))


def test_what_a_reviewer_does_another_is_told_of_and_kept_from(
    client: Client, event: EventMaker, na: Person, wei: Person
) -> None:
    for number in (0, 1):
        client.store.upsert_event(event(number, clip=f"clips/{number}.mp4"))
    first, second = (one.post("/api/queue/next", json={}).json()["event"] for one in (na, wei))
    assert (first["id"], first["claim"]["holder"]) == (event(0).id, "na")
    assert (second["id"], second["claim"]["holder"]) == (event(1).id, "wei")
    assert wei.post("/api/queue/next", json={"skip": [second["id"]]}).json()["event"] is None
    shown = {one["id"]: one["claim"]["holder"] for one in wei.get("/api/events").json()["events"]}
    assert shown == {first["id"]: "na", second["id"]: "wei"}

    url = f"/api/events/{first['id']}"
    refused = wei.post(f"{url}/claim", json={})
    assert (refused.status_code, refused.json()["field"]) == (409, "claim")
    assert "na does this event" in refused.json()["detail"]
    refused = wei.post(f"{url}/verdict", json={"verdict": "confirmed"})
    assert (refused.status_code, refused.json()["field"]) == (409, "claim")
    assert wei.ask("DELETE", f"{url}/claim").status_code == 200, "which ends only one's own"

    over = wei.post(f"{url}/claim", json={"take_over": True})
    assert over.json()["claim"]["holder"] == "wei"
    assert na.post(f"{url}/verdict", json={"verdict": "rejected", "claimed": True}).status_code == 409
    assert wei.post(f"{url}/verdict", json={"verdict": "confirmed", "claimed": True}).status_code == 201
    assert client.get(url, headers=na.headers).json()["claim"] is None
    late = na.post(f"{url}/verdict", json={"verdict": "rejected", "claimed": True})
    assert (late.status_code, late.json()["field"]) == (409, "verdict")
    assert [one.verdict for one in client.store.verdicts(first["id"])] == ["confirmed"]
    (entry,) = client.store.audit.newest(limit=9, action="claim.taken_over")
    assert (entry.who, entry.object, entry.detail) == ("wei", first["id"], {"from": "na"})


def test_one_claim_is_good_for_one_verdict_but_a_request_may_be_sent_twice(
    client: Client, event: EventMaker, na: Person
) -> None:
    client.store.upsert_event(event())
    assert na.post("/api/queue/next", json={}).json()["event"]["id"] == event().id
    url = f"/api/events/{event().id}/verdict"
    answers = [
        na.post(url, json={"verdict": verdict, "claimed": True}).status_code
        for verdict in ("confirmed", "confirmed", "rejected")
    ]
    assert answers == [201, 201, 409]
    assert len(client.store.verdicts(event().id)) == 1
    # On purpose it can be changed.
    assert na.post(url, json={"verdict": "rejected"}).status_code == 201


def test_what_one_has_ready_is_given_to_others_when_nothing_else_is_left(
    client: Client, event: EventMaker, na: Person, wei: Person
) -> None:
    for number in range(3):
        client.store.upsert_event(event(number, clip=f"clips/{number}.mp4"))
    first = na.post("/api/queue/next", json={}).json()["event"]["id"]
    ready = na.post("/api/queue/next", json={"ahead": True, "skip": [first]}).json()["event"]
    assert (ready["id"], ready["claim"]["ahead"]) == (event(1).id, True)
    assert wei.post("/api/queue/next", json={"ahead": True}).json()["event"]["id"] == event(2).id
    assert wei.post("/api/queue/next", json={"skip": [event(2).id]}).json()["event"]["id"] == event(1).id
    assert na.post(f"/api/events/{event(1).id}/claim", json={}).status_code == 409
    taken_by = [(one.who, one.object) for one in client.store.audit.newest(limit=9, action="claim.taken")]
    assert taken_by == [("wei", event(1).id), ("na", event(0).id)], "what is only ready is not written down"


def test_an_event_given_back_is_the_next_ones(
    client: Client, event: EventMaker, na: Person, wei: Person
) -> None:
    client.store.upsert_event(event())
    na.post("/api/queue/next", json={})
    assert wei.post("/api/queue/next", json={}).json()["event"] is None
    assert na.ask("DELETE", f"/api/events/{event().id}/claim").status_code == 200
    assert wei.post("/api/queue/next", json={}).json()["event"]["id"] == event().id


def test_without_a_login_there_are_no_claims(client: Client, event: EventMaker) -> None:
    client.store.upsert_event(event())
    for _ in range(2):
        assert client.post("/api/queue/next", json={}).json()["event"]["claim"] is None
    assert client.post(f"/api/events/{event().id}/claim", json={}).json() == {"claim": None}
    assert client.post(f"/api/events/{event().id}/verdict", json={"verdict": "unclear"}).status_code == 201


def test_what_waits_for_nobody_cannot_be_claimed(client: Client, event: EventMaker, na: Person) -> None:
    client.store.upsert_event(event())
    client.store.give_verdict(event().id, "unclear", None, "", at=NINE)
    assert na.post(f"/api/events/{event().id}/claim", json={}).json() == {"claim": None}
    assert na.get("/api/health").json()["queue"]["waiting"] == 0


def test_the_next_event_is_never_one_of_a_foreign_post(client: Client, event: EventMaker) -> None:
    own = logged_in(client, add_account(client.store, "own", "reviewer", ("w01",)))
    client.store.upsert_event(event(0, post="w02", clip="clips/0.mp4"))
    assert own.post("/api/queue/next", json={}).json()["event"] is None
    assert own.post("/api/queue/next", json={"post": "w02"}).json()["event"] is None
    client.store.upsert_event(event(1))
    assert own.post("/api/queue/next", json={}).json()["event"]["id"] == event(1).id
