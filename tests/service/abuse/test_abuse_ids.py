"""Ids of others in every place where a request may name one: what is not one's own does not exist.

tests/service/test_access.py asks each route about a thing of a foreign post; here are the side doors.
"""

from __future__ import annotations

import base64
import json

import pytest
from samples_service import Client, EventMaker, add_account, logged_in, with_token
from test_access import Hall

FOREIGN = f"{1:016x}"  # an event of w02


@pytest.fixture
def hall(client: Client, event: EventMaker) -> Hall:
    return Hall(client, event)


def cursor(order: str, segment: str, event: str) -> str:
    key = [order, segment, 0, "2030-01-01T00:00:00+00:00", event]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "path",
    [
        "/api/events?post=w02",
        "/api/events?post=w02&post=w01",
        "/api/events?order=queue",
        f"/api/events?cursor={cursor('newest', 'newest', FOREIGN)}",
        f"/api/events?order=queue&cursor={cursor('queue', 'waiting', FOREIGN)}",
        "/api/events?rule=phone_use&verdict=none&state=closed",
        "/api/covers?post=w02",
        "/api/covered-absences?post=w02",
        "/api/health",
        "/api/wall",
        "/api/posts",
    ],
)
def test_no_filter_leads_to_a_foreign_post(hall: Hall, path: str) -> None:
    supervisor = hall.caller("supervisor", posts=None)
    answer = supervisor.get(path)
    assert answer.status_code == 200
    for secret in ("w02", "2号窗口", FOREIGN):
        assert secret not in answer.text


@pytest.mark.parametrize(
    "event_id", [FOREIGN, FOREIGN.upper(), f"{FOREIGN}%20", f"+{FOREIGN}", "0" * 16 + "%2f.." + FOREIGN, "1"]
)
@pytest.mark.parametrize("end", ["", "/clip", "/snapshot", "/timeline", "/verdicts"])
def test_no_spelling_of_an_id_leads_to_a_foreign_event(hall: Hall, event_id: str, end: str) -> None:
    supervisor = hall.caller("supervisor", posts=None)
    answer = supervisor.get(f"/api/events/{event_id}{end}")
    assert answer.status_code in (404, 422)
    assert "w02" not in answer.text


def test_what_is_foreign_and_what_is_nothing_look_the_same(hall: Hall) -> None:
    supervisor = hall.caller("supervisor", posts=None)
    for end in ("", "/clip", "/verdicts"):
        foreign = supervisor.get(f"/api/events/{FOREIGN}{end}")
        nothing = supervisor.get(f"/api/events/{'f' * 16}{end}")
        assert foreign.text.replace(FOREIGN, "") == nothing.text.replace("f" * 16, "")
        assert foreign.status_code == nothing.status_code == 404


def test_ones_tokens_are_ones_own(hall: Hall) -> None:
    store = hall.store
    one, two = add_account(store, "one", "admin"), add_account(store, "two", "admin")
    program = with_token(hall.client, one, "read")
    (token,) = store.sessions.tokens(one.id)
    other = logged_in(hall.client, two)
    assert other.get("/api/tokens").json() == {"tokens": []}
    assert other.ask("DELETE", f"/api/tokens/{token.id}").status_code == 404
    assert program.get("/api/posts").status_code == 200
    # A token may not make itself or others tokens, nor change passwords.
    admin = with_token(hall.client, two, "read", "review", "admin")
    assert admin.post("/api/tokens", json={"name": "x", "scopes": ["admin"]}).status_code == 403
    assert admin.post("/api/password", json={"old": "a long sentence", "new": "b" * 12}).status_code == 403


def test_a_token_does_not_outgrow_its_account(hall: Hall) -> None:
    supervisor = add_account(hall.store, "wang", "supervisor", ("w01",))
    program = with_token(hall.client, supervisor, "read", "review", "admin")
    assert program.get("/api/accounts").status_code == 403
    assert program.get("/api/audit").status_code == 403
    assert program.get(f"/api/events/{FOREIGN}").status_code == 404
    assert "w02" not in program.get("/api/events").text


@pytest.mark.parametrize("forged", ["", "none", "none.", "none.AAAA", ".", "a" * 5000, "none." + "A" * 43])
def test_the_link_of_a_message_cannot_be_made_up(hall: Hall, forged: str) -> None:
    answer = hall.client.get(f"/acknowledge/{forged}")
    assert answer.status_code == 404
    before = len(list(hall.store.audit.oldest()))
    assert hall.client.post(f"/acknowledge/{forged}").status_code in (404, 405)
    assert len(list(hall.store.audit.oldest())) == before
