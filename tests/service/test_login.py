"""Logging in and what keeps others out: sessions, their ends, other sites, guesses, the first admin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from samples_service import (
    HALL,
    OWN_PAGE,
    PASSWORD,
    POSTS,
    Client,
    EventMaker,
    Person,
    add_account,
    logged_in,
    with_token,
)

from service.api.context import Context
from service.auth.entrance import ABSOLUTE, IDLE, digest
from service.auth.passwords import check_password, hash_password, is_password
from service.auth.roles import AccountRefusedError
from service.auth.throttle import FREE_PER_ACCOUNT, FREE_PER_ADDRESS, WINDOW, wait_s
from service.bootstrap import build_app
from service.serving import ServeError, listen
from service.settings import Settings

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class Clock:
    """The service's clock, moved by the test."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def after(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guarded(data_dir: Path, clock: Clock, routed: FastAPI) -> Iterator[Client]:
    """A service with a login required, no account, and a clock that stands still."""
    routed.state = build_app(Settings(data_dir=data_dir, login="required")).state
    context: Context = routed.state.context
    routed.state.context = Context(**{**vars(context), "now": clock})
    client = Client(routed)
    client.store.set_site(HALL, POSTS)
    yield client
    client.store.close()


def log_in(client: Client, name: str = "li.na", password: str = PASSWORD, **headers: str) -> httpx.Response:
    return client.post("/api/session", json={"name": name, "password": password}, headers=OWN_PAGE | headers)


def cookie_of(response: httpx.Response) -> str:
    return response.headers["set-cookie"].split(";")[0]


def actions(client: Client) -> list[tuple[str, str, str]]:
    return [(one.who, one.action, one.object) for one in client.store.audit.oldest()]


# -- sessions


def test_a_login_gives_a_cookie_that_no_script_and_no_other_site_gets(guarded: Client) -> None:
    add_account(guarded.store, "li.na", "reviewer", at=NOON)
    response = log_in(guarded)
    assert response.json()["permissions"] == ["evidence", "live", "read", "review", "self"]
    cookie = response.headers["set-cookie"]
    assert re.fullmatch(r"conduct_session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=lax", cookie)
    assert guarded.get("/api/posts", headers={"Cookie": cookie_of(response)}).status_code == 200
    token = cookie_of(response).partition("=")[2]
    database = b"".join(file.read_bytes() for file in guarded.data_dir.glob("conduct.sqlite3*"))
    assert token.encode() not in database
    assert digest(token).encode() in database
    assert PASSWORD.encode() not in database


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [
        ("li.na", PASSWORD, 201),
        ("LI.NA", PASSWORD, 201),
        ("li.na", PASSWORD + "!", 401),
        ("li.na", PASSWORD.upper(), 401),
        ("nobody", PASSWORD, 401),
        ("disabled", PASSWORD, 401),
        ("li.na", "", 422),
        ("li.na", "x" * 129, 422),
        ("' or 1=1 --", PASSWORD, 401),
    ],
)
def test_only_the_right_name_and_password_open(
    guarded: Client, name: str, password: str, status: int
) -> None:
    add_account(guarded.store, "li.na", "admin", at=NOON)
    shut = add_account(guarded.store, "disabled", "viewer", at=NOON)
    logged_in(guarded, guarded.store.accounts.named("li.na"), NOON).ask(
        "PUT", f"/api/accounts/{shut.id}", json={"role": "viewer", "disabled": True}
    )
    response = log_in(guarded, name, password)
    assert response.status_code == status
    if status == 401:
        assert response.json()["detail"] == "the name or the password is wrong"
        assert "set-cookie" not in response.headers


def test_a_session_that_somebody_else_planted_is_not_taken_over(guarded: Client) -> None:
    add_account(guarded.store, "li.na", "reviewer", at=NOON)
    planted = f"conduct_session={'a' * 43}"
    response = log_in(guarded, Cookie=planted)
    assert cookie_of(response) != planted
    assert guarded.get("/api/posts", headers={"Cookie": planted}).status_code == 401


def test_a_new_login_ends_the_session_that_the_browser_had(guarded: Client) -> None:
    add_account(guarded.store, "li.na", "reviewer", at=NOON)
    first = cookie_of(log_in(guarded))
    second = cookie_of(log_in(guarded, Cookie=first))
    seen = [guarded.get("/api/posts", headers={"Cookie": c}).status_code for c in (first, second)]
    assert (first != second, seen) == (True, [401, 200])


def test_logging_out_ends_the_session_in_the_store_too(guarded: Client) -> None:
    account = add_account(guarded.store, "li.na", "reviewer", at=NOON)
    person = logged_in(guarded, account, NOON)
    response = person.ask("DELETE", "/api/session")
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert person.get("/api/posts").status_code == 401
    assert actions(guarded)[-1] == ("li.na", "login.ended", "li.na")


def test_a_session_ends_when_nothing_is_done_in_it(guarded: Client, clock: Clock) -> None:
    person = logged_in(guarded, add_account(guarded.store, "li.na", "reviewer", at=NOON), NOON)
    for _ in range(5):
        clock.now += IDLE - timedelta(minutes=1)
        assert person.get("/api/posts").status_code == 200
    clock.now += IDLE
    assert person.get("/api/posts").status_code == 401


def test_a_page_that_asks_by_itself_does_not_keep_its_session(guarded: Client, clock: Clock) -> None:
    person = logged_in(guarded, add_account(guarded.store, "li.na", "reviewer", at=NOON), NOON)
    for _ in range(2):
        clock.now += IDLE / 2
        answer = person.get("/api/health", headers={"X-Conduct-Idle": "1"})
    assert answer.status_code == 401


def test_a_session_ends_in_any_case(guarded: Client, clock: Clock) -> None:
    person = logged_in(guarded, add_account(guarded.store, "li.na", "reviewer", at=NOON), NOON)
    statuses = []
    while clock.now < NOON + ABSOLUTE:
        statuses.append(person.get("/api/posts").status_code)
        clock.after(minutes=30)
    assert set(statuses) == {200}
    assert person.get("/api/posts").status_code == 401


def test_expired_sessions_do_not_stay_in_the_store(guarded: Client, clock: Clock) -> None:
    add_account(guarded.store, "li.na", "reviewer", at=NOON)
    old = cookie_of(log_in(guarded)).partition("=")[2]
    clock.now += ABSOLUTE
    new = cookie_of(log_in(guarded)).partition("=")[2]
    assert [guarded.store.sessions.find(digest(one)) is None for one in (old, new)] == [True, False]


@pytest.mark.parametrize(
    ("change", "session", "token"),
    [
        ({"role": "viewer", "disabled": True}, 401, 401),
        ({"role": "viewer"}, 403, 403),
        ({"role": "reviewer", "posts": ["w02"]}, 404, 404),
        ({"role": "adjudicator"}, 201, 201),
    ],
)
def test_a_changed_account_is_changed_at_once(
    guarded: Client, event: EventMaker, change: dict[str, Any], session: int, token: int
) -> None:
    guarded.store.upsert_event(event())
    admin = logged_in(guarded, add_account(guarded.store, "boss", "admin", at=NOON), NOON)
    account = add_account(guarded.store, "li.na", "reviewer", at=NOON)
    person, program = logged_in(guarded, account, NOON), with_token(guarded, account, "review")
    assert admin.ask("PUT", f"/api/accounts/{account.id}", json=change).status_code == 200
    verdict = f"/api/events/{event().id}/verdict"
    found = [who.post(verdict, json={"verdict": "unclear"}).status_code for who in (person, program)]
    assert found == [session, token]


# -- passwords


@pytest.mark.parametrize("who", ["the admin", "the owner"])
def test_another_password_revokes_the_accounts_tokens_and_no_others(guarded: Client, who: str) -> None:
    boss, account = (add_account(guarded.store, name, "admin", at=NOON) for name in ("boss", "li.na"))
    program, another = with_token(guarded, account, "read"), with_token(guarded, boss, "read")
    if who == "the admin":
        path, body = f"/api/accounts/{account.id}/password", {"password": "quite another one"}
        answer = logged_in(guarded, boss, NOON).post(path, json=body)
    else:
        body = {"old": PASSWORD, "new": "quite another one"}
        answer = logged_in(guarded, account, NOON).post("/api/password", json=body)
    assert answer.status_code == 200
    assert [one.get("/api/posts").status_code for one in (program, another)] == [401, 200]
    assert guarded.store.sessions.tokens(account.id) == []


def test_a_reset_password_ends_the_sessions_and_the_old_password(guarded: Client) -> None:
    admin = logged_in(guarded, add_account(guarded.store, "boss", "admin", at=NOON), NOON)
    account = add_account(guarded.store, "li.na", "reviewer", at=NOON)
    person = logged_in(guarded, account, NOON)
    body = {"password": "quite another one"}
    assert admin.post(f"/api/accounts/{account.id}/password", json=body).status_code == 200
    assert person.get("/api/posts").status_code == 401
    assert log_in(guarded).status_code == 401
    assert log_in(guarded, password="quite another one").status_code == 201


def test_ones_own_password_needs_the_old_one_and_ends_the_other_sessions(guarded: Client) -> None:
    account = add_account(guarded.store, "li.na", "reviewer", at=NOON)
    person, elsewhere = logged_in(guarded, account, NOON), logged_in(guarded, account, NOON)
    wrong = person.post("/api/password", json={"old": "wrong", "new": "quite another one"})
    assert (wrong.status_code, elsewhere.get("/api/posts").status_code) == (401, 200)
    right = person.post("/api/password", json={"old": PASSWORD, "new": "quite another one"})
    assert right.status_code == 200
    assert [who.get("/api/posts").status_code for who in (person, elsewhere)] == [200, 401]


@pytest.mark.parametrize(
    ("password", "fits"),
    [
        ("a long sentence", True),
        ("登录密码要长一点才好", True),
        ("short", False),
        ("x" * 129, False),
        ("aaaaaaaaaaaaaaa", False),
        ("ababababababab", False),
        ("my name is LI.NA", False),
    ],
)
def test_which_passwords_do(password: str, fits: bool) -> None:
    if fits:
        check_password(password, "li.na")
        return
    with pytest.raises(AccountRefusedError) as refused:
        check_password(password, "li.na")
    assert refused.value.field == "password"
    assert password not in str(refused.value)


def test_a_hash_is_argon2id_and_salted() -> None:
    one, two = hash_password(PASSWORD), hash_password(PASSWORD)
    assert one.startswith("$argon2id$")
    assert one != two
    assert is_password(one, PASSWORD)
    assert not is_password(one, PASSWORD + " ")
    assert not is_password(None, "of no account")
    assert not is_password("no hash", PASSWORD)


# -- other sites


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param(OWN_PAGE, 201, id="our page"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 201, id="our page, as browsers say it"),
        pytest.param({}, 403, id="a browser that says nothing"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="another site"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed frame"),
        pytest.param({"Origin": "http://localhost:9999"}, 403, id="another port"),
        pytest.param({"Origin": "http://[", "Sec-Fetch-Site": "none"}, 403, id="no origin at all"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="another service of this domain"),
        pytest.param({"Sec-Fetch-Site": "none"}, 403, id="nobody's page"),
    ],
)
def test_a_cookie_does_not_write_for_another_site(
    guarded: Client, event: EventMaker, headers: dict[str, str], status: int
) -> None:
    guarded.store.upsert_event(event())
    person = logged_in(guarded, add_account(guarded.store, "li.na", "reviewer", at=NOON), NOON)
    bare = Person(guarded.app, {"Cookie": person.headers["Cookie"], **headers})
    answer = bare.post(f"/api/events/{event().id}/verdict", json={"verdict": "confirmed"})
    assert answer.status_code == status
    assert guarded.store.counts() == ({"confirmed": 1} if status == 201 else {"none": 1})
    assert bare.ask("DELETE", "/api/session").status_code == (200 if status == 201 else 403)


# -- guesses


@pytest.mark.parametrize(
    ("failures", "seconds_since", "expected"),
    [
        (0, 0, 0.0),
        (FREE_PER_ACCOUNT - 1, 0, 0.0),
        (FREE_PER_ACCOUNT, 0, 30.0),
        (FREE_PER_ACCOUNT, 29, 1.0),
        (FREE_PER_ACCOUNT, 30, 0.0),
        (FREE_PER_ACCOUNT + 1, 0, 60.0),
        (FREE_PER_ACCOUNT + 5, 0, 900.0),
        (FREE_PER_ACCOUNT + 500, 0, 900.0),
        (FREE_PER_ACCOUNT + 500, 900, 0.0),
    ],
)
def test_the_wait_grows_with_the_failures(failures: int, seconds_since: float, expected: float) -> None:
    now = NOON + timedelta(seconds=seconds_since)
    assert wait_s([NOON] * failures, FREE_PER_ACCOUNT, now) == expected


@pytest.mark.parametrize("name", ["li.na", "nobody"])
def test_who_guesses_must_wait_whether_or_not_there_is_the_account(
    guarded: Client, clock: Clock, name: str
) -> None:
    add_account(guarded.store, "li.na", "reviewer", at=NOON)
    guesses = [log_in(guarded, name, "guess").status_code for _ in range(FREE_PER_ACCOUNT)]
    refused = log_in(guarded, name, PASSWORD)
    assert guesses == [401] * FREE_PER_ACCOUNT
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    clock.after(seconds=31)
    assert log_in(guarded, name, PASSWORD).status_code == (201 if name == "li.na" else 401)
    known = name if name == "li.na" else ""
    assert actions(guarded).count(("", "login.failed", known)) >= FREE_PER_ACCOUNT
    assert actions(guarded).count(("", "login.throttled", known)) == 1


def test_who_tries_many_names_from_one_address_must_wait(guarded: Client) -> None:
    add_account(guarded.store, "li.na", "reviewer", at=NOON)
    for number in range(FREE_PER_ADDRESS):
        assert log_in(guarded, f"name{number}", "guess").status_code == 401
    assert log_in(guarded).status_code == 429


def test_a_good_login_does_not_excuse_guesses_at_others(guarded: Client, clock: Clock) -> None:
    for name in ("li.na", "mallory"):
        add_account(guarded.store, name, "reviewer", at=NOON)
    for _ in range(FREE_PER_ACCOUNT):
        log_in(guarded, "li.na", "guess")
        assert log_in(guarded, "mallory").status_code == 201
    assert log_in(guarded, "li.na").status_code == 429


def test_guesses_are_counted_over_a_restart(guarded: Client, clock: Clock) -> None:
    add_account(guarded.store, "li.na", "reviewer", at=NOON)
    for _ in range(FREE_PER_ACCOUNT):
        log_in(guarded, "li.na", "guess")
    app = build_app(Settings(data_dir=guarded.data_dir, login="required"))
    context: Context = app.state.context
    app.state.context = Context(**{**vars(context), "now": clock})
    assert log_in(Client(app)).status_code == 429
    clock.now += WINDOW
    assert log_in(Client(app)).status_code == 201
    context.store.close()


def test_the_log_does_not_grow_with_every_refused_guess(guarded: Client, clock: Clock) -> None:
    add_account(guarded.store, "li.na", "reviewer", at=NOON)
    for _ in range(FREE_PER_ACCOUNT + 10):
        log_in(guarded, "li.na", "guess")
    assert actions(guarded).count(("", "login.throttled", "li.na")) == 1


# -- the first admin


SETUP = {"name": "li.na", "password": PASSWORD}


def test_the_first_admin_is_set_up_once_with_the_code(guarded: Client) -> None:
    code = guarded.app.state.context.entrance.setup_code
    assert re.fullmatch(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){2}", code)
    assert guarded.get("/").headers["location"] == "/setup"
    response = guarded.post("/api/setup", json={**SETUP, "code": f" {code.lower()} "})
    assert (response.status_code, response.json()["role"]) == (201, "admin")
    admin = Person(guarded.app, {**OWN_PAGE, "Cookie": cookie_of(response)})
    assert admin.get("/accounts").status_code == 200
    again = guarded.post("/api/setup", json={**SETUP, "name": "me", "code": code})
    assert again.status_code == 409
    assert [account.name for account in guarded.store.accounts.all()] == ["li.na"]
    assert guarded.get("/setup").headers["location"] == "/"


def test_without_the_code_nobody_is_set_up(guarded: Client) -> None:
    for _ in range(FREE_PER_ACCOUNT):
        assert guarded.post("/api/setup", json={**SETUP, "code": "AAAA-AAAA-AAAA"}).status_code == 401
    code = guarded.app.state.context.entrance.setup_code
    assert guarded.post("/api/setup", json={**SETUP, "code": code}).status_code == 429
    assert guarded.store.accounts.all() == []
    assert code not in str(actions(guarded))


@pytest.mark.parametrize(
    ("part", "value", "field"),
    [("password", "short", "password"), ("name", "li na", "name"), ("name", "<b>", "name")],
)
def test_a_first_admin_that_does_not_do_leaves_the_code_good(
    guarded: Client, part: str, value: str, field: str
) -> None:
    code = guarded.app.state.context.entrance.setup_code
    refused = guarded.post("/api/setup", json={**SETUP, "code": code, part: value})
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert guarded.store.accounts.all() == []
    assert guarded.post("/api/setup", json={**SETUP, "code": code}).status_code == 201


def test_where_there_is_an_account_there_is_no_code(guarded: Client) -> None:
    add_account(guarded.store, "li.na", "admin", at=NOON)
    app = build_app(Settings(data_dir=guarded.data_dir, login="required"))
    assert app.state.context.entrance.setup_code is None
    app.state.context.store.close()


@pytest.mark.parametrize("settings", [{"host": "0.0.0.0"}, {"allowed_hosts": ("hall.example",)}])
def test_open_mode_is_not_served_to_others(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ServeError, match="CONDUCT_LOGIN: expected required"):
        listen(Settings(data_dir=tmp_path, port=0, login="open", **settings))


# -- verdicts carry a name


def test_a_verdict_carries_its_reviewer_and_two_reviewers_are_two_opinions(
    guarded: Client, event: EventMaker
) -> None:
    guarded.store.upsert_event(event())
    for name in ("li.na", "wang", "wang"):
        try:
            account = guarded.store.accounts.named(name)
        except LookupError:
            account = add_account(guarded.store, name, "reviewer", at=NOON)
        person = logged_in(guarded, account, NOON)
        assert (
            person.post(f"/api/events/{event().id}/verdict", json={"verdict": "confirmed"}).json()["by"]
            == name
        )
    assert [verdict.by for verdict in guarded.store.verdicts(event().id)] == ["li.na", "wang"]
    given = [one for one in actions(guarded) if one[1] == "verdict.given"]
    assert given == [(name, "verdict.given", event().id) for name in ("li.na", "wang")]
