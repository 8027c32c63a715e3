"""Requests that another site makes a browser send, to every route that changes something."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute
from samples_service import Client, EventMaker, Person, add_account
from test_access import BODIES, Hall

from service.api import PREFIX
from service.api.access import routes_of
from service.web.origin import SAFE_METHODS

# What a browser sends along when another page makes it ask; the cookie comes by itself.
FOREIGN = {
    "another site": {"Origin": "http://evil.example"},
    "another site, as browsers say it": {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another service of this machine": {"Origin": "http://localhost:9999", "Sec-Fetch-Site": "same-site"},
    "a sandboxed frame": {"Origin": "null"},
    "the page's name as a part of another": {"Origin": "http://localhost:8080.evil.example"},
    "the page's name as a login": {"Origin": "http://localhost:8080@evil.example"},
    "another scheme's site": {"Origin": "ftp://evil.example/http://localhost:8080"},
    "two origins": {"Origin": "http://localhost:8080 http://evil.example"},
}
WITHOUT_A_SESSION = (
    *("post /api/session", "post /api/setup"),
    *("post /acknowledge/{token}", "post /appeal/{token}", "post /appeal/{token}/withdraw"),
)
"""What nobody needs to be logged in for; the cookie gives nothing there."""


def changing(client: Client) -> list[str]:
    """Every route that changes something, pages' forms among them."""
    found = {
        f"{method.lower()} {PREFIX if route.include_in_schema else ''}{route.path}"
        for route in routes_of(client.app)
        if isinstance(route, APIRoute)
        for method in set(route.methods or ()) - SAFE_METHODS
    }
    return sorted(found)


@pytest.fixture
def hall(client: Client, event: EventMaker) -> Hall:
    return Hall(client, event)


def ask(hall: Hall, caller: Person, route: str, headers: dict[str, str]) -> int:
    """Ask as that caller's browser does when a page of this origin makes it."""
    ours = {name: value for name, value in caller.headers.items() if name != "Origin"}
    asker = Person(hall.client.app, ours | headers)
    if route.split()[1].startswith("/api/"):
        return int(hall.ask(asker, route, "w01").status_code)
    method, path = route.split()
    token = hall.client.app.state.context.ack_tokens.make("none")
    return int(asker.ask(method.upper(), path.replace("{token}", token) + "?delivery=none").status_code)


def trail(hall: Hall) -> list[tuple[str, str]]:
    """What was done, but for the samples of appeals and findings, which nobody asked for at an address."""
    samples = [("appeal.tested", "1"), ("appeal.tested", "2"), ("appeal.tested", ""), ("appeal.made", "")]
    done = [(one.action, one.object) for one in hall.store.audit.oldest()]
    return [one for one in done if one not in samples]


def test_the_description_and_the_forms_are_all_here(client: Client) -> None:
    described = client.get("/api/openapi.json").json()["paths"]
    unsafe = {
        f"{m} {path}" for path, item in described.items() for m in item if m.upper() not in SAFE_METHODS
    }
    assert unsafe <= set(changing(client))
    assert {"post /alerts/test", "post /alerts/retry", "post /acknowledge/{token}"} <= set(changing(client))
    assert len(changing(client)) > 15


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_another_site_changes_nothing_with_a_browsers_cookie(hall: Hall, headers: dict[str, str]) -> None:
    boss: Any = hall.caller("admin", posts=None)
    before = trail(hall)
    found = {route: ask(hall, boss, route, headers) for route in changing(hall.client)}
    assert found == dict.fromkeys(found, 403)
    assert trail(hall) == before
    assert set(hall.store.counts()) <= {"none", "confirmed"}, "confirmed: what is asked about an appeal"


def test_a_browser_that_says_nothing_changes_nothing_in_a_session(hall: Hall) -> None:
    boss: Any = hall.caller("admin", posts=None)
    before = trail(hall)
    found = {r: ask(hall, boss, r, {}) for r in changing(hall.client) if r not in WITHOUT_A_SESSION}
    assert found == dict.fromkeys(found, 403)
    assert trail(hall) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_is_no_json(client: Client, event: EventMaker, kind: str) -> None:
    """What a form can send without being asked: no route takes it for JSON, whatever stands in it."""
    hall = Hall(client, event)
    boss: Any = hall.caller("admin", posts=None)
    target = add_account(hall.store, "another", "viewer")
    before = trail(hall)
    for route, body in BODIES.items():
        method, path = route.split()
        path = path.replace("{event_id}", f"{0:016x}").replace("{account_id}", str(target.id))
        path = path.replace("{cover_id}", f"{0:016x}")
        answer = boss.ask(
            method.upper(), path, content=repr(body).replace("'", '"'), headers={"Content-Type": kind}
        )
        assert answer.status_code in (404, 422), route
    assert trail(hall) == before
