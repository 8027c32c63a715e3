"""What is too large, too deep, too far away, or cannot be written down: refused, and never a fault."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from samples_service import HALL, OWN_PAGE, POSTS, Client, EventMaker, Person, add_account, logged_in
from test_access import BODIES

from service.api import PREFIX
from service.api.access import routes_of
from service.bootstrap import build_app
from service.settings import Settings
from service.web.bodies import MOST_BYTES
from service.web.origin import SAFE_METHODS

EVENT = f"{0:016x}"


@pytest.fixture
def boss(database_url: str, tmp_path: Path, event: EventMaker, routed: FastAPI) -> Iterator[Person]:
    """An admin, over each kind of database."""
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url, login="required")
    routed.state = build_app(settings).state
    client = Client(routed)
    client.store.set_site(HALL, POSTS)
    client.store.upsert_event(event(0))
    yield logged_in(client, add_account(client.store, "boss", "admin"))
    client.store.close()


def path_of(route: str) -> tuple[str, str]:
    method, path = route.split()
    ids = (
        ("event_id", EVENT),
        ("spot_id", EVENT),
        ("cover_id", EVENT),
        ("account_id", "1"),
        ("token_id", "1"),
    )
    for name, value in ids:
        path = path.replace(f"{{{name}}}", value)
    path = path.replace("{kind}", "wear").replace("{example_id}", EVENT)
    return method.upper(), path.replace("{token}", "x")


def taking_bodies(app: Any) -> list[str]:
    routes = [route for route in routes_of(app) if isinstance(route, APIRoute)]
    return sorted(
        f"{method.lower()} {PREFIX if route.include_in_schema else ''}{route.path}"
        for route in routes
        for method in set(route.methods or ()) - SAFE_METHODS
    )


def test_a_body_that_is_too_large_is_refused_on_every_route(boss: Person) -> None:
    for route in taking_bodies(boss.app):
        method, path = path_of(route)
        for caller in (boss, Person(boss.app, OWN_PAGE)):
            answer = caller.ask(method, path, content=b" " * (MOST_BYTES + 1))
            assert answer.status_code == 413, route
            assert answer.json()["detail"].startswith("expected a body of at most")
            assert answer.headers["content-security-policy"]


def test_a_body_without_a_length_is_counted_as_it_comes(boss: Person) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 10 * MOST_BYTES:
            sent += 65536
            yield b'"' * 65536

    answer = boss.ask(
        "POST",
        f"/api/events/{EVENT}/verdict",
        content=endless(),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413
    assert sent <= MOST_BYTES + 2 * 65536


def test_a_body_of_the_largest_size_is_read(boss: Person) -> None:
    answer = boss.post("/api/tokens", content=b"{" + b" " * (MOST_BYTES - 2) + b"}")
    assert answer.status_code == 422


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999999999999999"])
def test_a_length_that_is_none_or_too_much_is_refused(boss: Person, length: str) -> None:
    answer = boss.post("/api/tokens", content=b"{}", headers={"Content-Length": length})
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[" * 100_000, id="deep lists"),
        pytest.param('{"a":' * 50_000, id="deep objects"),
        pytest.param('{"note":' + "[" * 50_000 + "]" * 50_000 + "}", id="a deep value"),
        pytest.param('{"verdict": ' + "9" * 5000 + "}", id="a number too long to read"),
        pytest.param('{"verdict": 1e999, "note": NaN}', id="numbers that are none"),
        pytest.param("{" + '"verdict": "unclear",' * 20_000 + '"note": 1}', id="one key over and over"),
        pytest.param('"' + "\\" * 60_001, id="an unfinished text"),
        pytest.param("null", id="null"),
        pytest.param("", id="nothing"),
    ],
)
def test_json_that_is_odd_is_refused(boss: Person, body: str) -> None:
    for route in BODIES:
        method, path = path_of(route)
        headers = {"Content-Type": "application/json"}
        answer = boss.ask(method, path, content=body.encode(), headers=headers)
        assert answer.status_code in (400, 404, 409, 422), (route, answer.text)
        assert set(answer.json()) == {"detail", "field"}
        assert len(answer.text) < 1000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a\x00b", id="a null character"),
        pytest.param("a\ud800b", id="half a character"),
        pytest.param("\udfff\ud800", id="two halves the wrong way round"),
    ],
)
def test_a_text_that_cannot_be_kept_makes_no_fault(boss: Person, text: str) -> None:
    """Every text of every body. SQLite does keep null characters; nothing else is kept anywhere."""
    before = len(list(boss.store.audit.oldest()))
    for route, body in BODIES.items():
        for field, value in body.items():
            if not isinstance(value, str) or field in ("kind", "verdict", "role"):
                continue
            method, path = path_of(route)
            odd = json.dumps({**body, field: text}).encode()
            answer = boss.ask(method, path, content=odd, headers={"Content-Type": "application/json"})
            assert 200 <= answer.status_code < 500, (route, field, answer.text)
    texts = [
        ("POST", f"/api/events/{EVENT}/verdict", {"verdict": "unclear", "note": text}),
        ("POST", "/api/covers", {"kind": "leave", "posts": ["w01"], "from": "2026-01-05", "note": text}),
        ("POST", "/api/covers", {"kind": "leave", "posts": [text], "from": "2026-01-05"}),
        ("POST", "/api/accounts", {"name": text, "role": "viewer", "password": "a long sentence"}),
        ("POST", "/api/accounts", {"name": "x", "role": "viewer", "posts": [text], "password": "a long one"}),
        ("POST", "/api/alerts/test", {"channels": [text]}),
    ]
    for method, path, body in texts:
        odd = json.dumps(body).encode()
        answer = boss.ask(method, path, content=odd, headers={"Content-Type": "application/json"})
        assert 200 <= answer.status_code < 500, (path, answer.text)
    if "\x00" in text and boss.app.state.context.settings.store_url.startswith("sqlite"):
        return
    assert boss.store.verdicts(EVENT) == []
    assert boss.store.covers.find() == []
    assert [one.name for one in boss.store.accounts.all()] == ["boss"]
    kept = [one.action for one in list(boss.store.audit.oldest())[before:]]
    assert set(kept) <= {"login.failed", "login.throttled"}


@pytest.mark.parametrize(
    "query",
    [
        *(f"/api/events?{name}=%00" for name in ("post", "rule", "from", "to", "cursor")),
        "/api/events?post=%ff%fe",
        "/api/covers?post=%00",
        "/api/covered-absences?post=%00",
        "/api/audit?action=%00",
        "/api/alerts?state=%00",
    ],
)
def test_a_query_that_no_database_takes_is_refused_or_finds_nothing(boss: Person, query: str) -> None:
    answer = boss.get(query)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert next(iter(answer.json().values())) == []


TIMES = (
    "0001-01-01",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999",
)


@pytest.mark.parametrize("time", TIMES)
def test_a_time_at_the_end_of_the_calendar_is_answered(boss: Person, time: str) -> None:
    asked = [
        *(f"/api/events?{name}={time}" for name in ("from", "to")),
        *(f"/api/covers?{name}={time}" for name in ("from", "to")),
        f"/api/covered-absences?from={time}",
    ]
    for path in asked:
        assert boss.get(path.replace("+", "%2B")).status_code in (200, 422), path
    for body in ({"from": time}, {"from": "2026-01-05", "to": time}):
        answer = boss.post("/api/covers", json={"kind": "leave", "posts": ["w01"], **body})
        assert answer.status_code in (201, 409, 422), body
    made = boss.post(
        "/api/covers", json={"kind": "pause", "posts": ["w01"], "from": "2026-01-05T10:00"}
    ).json()
    assert boss.post(f"/api/covers/{made['id']}/end", json={"at": time}).status_code in (200, 422)
    assert boss.get("/api/covers").status_code == 200


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(["queue", 10**30, "2026-01-05T09:00:00+08:00", "a"], id="a number too large"),
        pytest.param(["queue", 0, "0001-01-01T00:00:00+14:00", "a"], id="before the calendar"),
        pytest.param(["queue", 0, "9999-12-31T23:59:59-14:00", "a"], id="after it"),
        pytest.param(["queue", 0, "2026-01-05T09:00:00+08:00", "\x00"], id="a null character"),
        pytest.param(["queue", 0, "2026-01-05T09:00:00+08:00", "\ud800"], id="half a character"),
        pytest.param(["queue", 0, "2026-01-05T09:00:00", "a"], id="no offset"),
        pytest.param(["queue", None, None, None], id="nothing"),
        pytest.param(["queue", float("inf"), "2026-01-05T09:00:00+08:00", "a"], id="infinite"),
        pytest.param({"queue": 1}, id="no list"),
        pytest.param("[" * 5000, id="deep"),
    ],
)
def test_a_cursor_of_ones_own_making_is_refused_or_leads_on(boss: Person, key: Any) -> None:
    text = key if isinstance(key, str) else json.dumps(key)
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    answer = boss.get(f"/api/events?order=queue&cursor={cursor}")
    assert answer.status_code in (200, 422), answer.text


@pytest.mark.parametrize(
    "word", [pytest.param("1", id="a figure in quotes"), pytest.param("off", id="a word")]
)
def test_numbers_and_yes_or_no_are_not_taken_from_words(boss: Person, word: str) -> None:
    described, tried = boss.app.openapi(), 0
    for route, body in BODIES.items():
        method, path = path_of(route)
        for field in plain_fields(described, route):
            answer = boss.ask(method, path, json={**body, field: word})
            assert (answer.status_code, answer.json()["field"]) == (422, field), (route, answer.text)
            tried += 1
    assert tried >= 8


def plain_fields(described: dict[str, Any], route: str) -> list[str]:
    """The fields of a route's body that are numbers, or yes or no."""
    method, path = route.split()
    content = described["paths"][path][method]["requestBody"]["content"]["application/json"]
    name = content["schema"]["$ref"].rpartition("/")[2]
    fields = described["components"]["schemas"][name]["properties"]
    kinds = {
        field: {one.get("type") for one in (told, *told.get("anyOf", ()))} for field, told in fields.items()
    }
    return [field for field, found in kinds.items() if found & {"boolean", "integer", "number"}]
