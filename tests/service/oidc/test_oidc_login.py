"""From the login button to a session: who comes in, as whom, and what a stranger's browser cannot do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from samples_oidc import SUBJECT, Browser, Desk, Provider, link, settings_for
from samples_service import PASSWORD, act, add_account, logged_in, with_token
from sqlalchemy import text

from service.auth.throttle import FREE_PER_ADDRESS
from service.bootstrap import build_app
from service.oidc.ticket import LIFETIME
from service.store.accounts import Identity

OpenDesk = Callable[..., Desk]


def went(response: Any) -> str:
    """Where a browser is sent on to."""
    assert response.status_code == 303
    assert response.headers["cache-control"] == "no-store"
    return str(response.headers["location"])


def failed(desk: Desk) -> dict[str, Any]:
    """What the audit log holds of a login that has just failed."""
    action, _, detail = desk.log()[-1]
    assert action == "login.failed"
    return detail


# -- coming in


def test_a_linked_account_comes_in_with_a_session_like_any_other(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    browser = desk.browser()
    response = browser.log_in(idp, back="?lang=en#event=0123456789abcdef")
    assert went(response) == "/?lang=en#event=0123456789abcdef"
    cookie = next(one for one in response.headers.get_list("set-cookie") if "conduct_session=" in one)
    assert re.fullmatch(r"conduct_session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=lax", cookie)
    assert browser.session() | {"permissions": []} == {
        "login": "required",
        "name": "li.na",
        "role": "reviewer",
        "permissions": [],
        "posts": None,
    }
    assert desk.log()[-1] == ("login.succeeded", "li.na", {"by": "oidc"})
    assert "conduct_oidc" not in browser.cookies


def test_what_the_provider_is_asked(desk: Desk, idp: Provider) -> None:
    response = desk.browser().visit("/oidc/login")
    url = urlsplit(went(response))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert asked.pop("redirect_uri") == "http://localhost:8080/oidc/callback"
    assert asked.pop("scope") == "openid profile"
    assert {name: asked[name] for name in ("response_type", "client_id", "code_challenge_method")} == {
        "response_type": "code",
        "client_id": "conduct-desk",
        "code_challenge_method": "S256",
    }
    assert {len(asked[name]) for name in ("state", "nonce", "code_challenge")} == {43}
    cookie = response.headers["set-cookie"]
    assert re.fullmatch(r"conduct_oidc=[\w.-]+; HttpOnly; Max-Age=600; Path=/oidc; SameSite=lax", cookie), (
        cookie
    )


def test_behind_tls_cookies_are_secure_and_the_address_is_the_one_that_is_set(
    data_dir: Path, idp: Provider
) -> None:
    app = build_app(settings_for(data_dir, idp, base_url="https://review.hall.example"))
    add_account(app.state.context.store, "boss", "admin")
    response = Browser(app).get("https://review.hall.example/oidc/login")
    app.state.context.store.close()
    asked = parse_qs(urlsplit(went(response)).query)
    assert asked["redirect_uri"] == ["https://review.hall.example/oidc/callback"]
    assert "; Secure" in response.headers["set-cookie"]


def test_beginning_writes_nothing(desk: Desk) -> None:
    before = desk.log()
    for _ in range(50):
        desk.browser().begin()
    assert desk.log() == before


def test_logging_out_ends_the_session(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    browser = desk.browser()
    browser.log_in(idp)
    cookie = f"conduct_session={browser.cookies['conduct_session']}"
    own = {"Cookie": cookie, "Origin": "http://localhost:8080"}
    assert browser.ask("DELETE", "/api/session", headers=own).status_code == 200
    assert browser.get("/api/posts", headers={"Cookie": cookie}).status_code == 401
    assert desk.log()[-1][:2] == ("login.ended", "li.na")


# -- who has no account


def test_an_unknown_person_is_told_so_with_the_identifier_and_nobody_is_added(
    desk: Desk, idp: Provider
) -> None:
    browser = desk.browser()
    assert went(browser.log_in(idp, preferred_username="li.na", back="#event=1")) == (
        "/login?sso=unknown#event=1"
    )
    assert browser.session()["name"] is None
    assert failed(desk) == {"by": "oidc", "why": "unknown", "subject": SUBJECT}
    assert [account.name for account in desk.context.store.accounts.all()] == ["boss"]
    page = browser.visit("/login?sso=unknown").text
    assert f'<code id="sso-subject">{SUBJECT}</code>' in page
    assert SUBJECT not in desk.browser().visit("/login?sso=unknown").text, "another browser"
    assert SUBJECT not in browser.visit("/login?sso=away").text


def test_what_a_stranger_writes_into_the_address_or_the_cookie_is_not_shown(desk: Desk) -> None:
    browser = desk.browser()
    browser.cookies["conduct_oidc_stranger"] = "PGI+.call-138"
    page = browser.visit("/login?sso=unknown&subject=call-138").text
    assert "call-138" not in page
    assert "sso-subject" not in page
    assert 'id="sso-problem"' not in browser.visit("/login?sso=%3Cscript%3Ecall").text


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "li.na@hall.example", "email_verified": True},
        {"preferred_username": "li.na@hall.example"},
        {"preferred_username": "LI.NA@hall.example", "name": "li.na@hall.example"},
    ],
)
@pytest.mark.parametrize("create", [False, True])
def test_nobody_gets_an_account_by_its_name_or_address(
    open_desk: OpenDesk, idp: Provider, claims: dict[str, Any], create: bool
) -> None:
    desk = open_desk(oidc_create=create)
    add_account(desk.context.store, "li.na@hall.example", "admin")
    browser = desk.browser()
    assert went(browser.log_in(idp, **claims)) == f"/login?sso={'name' if create else 'unknown'}"
    assert browser.session()["name"] is None


def test_a_person_is_added_as_viewer_where_the_settings_say_so(open_desk: OpenDesk, idp: Provider) -> None:
    desk = open_desk(oidc_create=True)
    for _ in range(2):
        browser = desk.browser()
        assert went(browser.log_in(idp, preferred_username="王芳", role="admin", roles=["admin"])) == "/"
        assert (browser.session()["name"], browser.session()["role"]) == ("王芳", "viewer")
    added = [entry for entry in desk.log() if entry[0] == "account.added"]
    assert added[-1] == ("account.added", "王芳", {"role": "viewer", "by": "oidc", "subject": SUBJECT})
    assert [one.name for one in desk.context.store.accounts.all()] == ["boss", "王芳"]


@pytest.mark.parametrize(
    "name", [None, "", "two words", "x" * 65, "<b>", 7, ["li.na"], "\u202eadmin", "boss"]
)
def test_a_name_that_cannot_be_adds_nobody(open_desk: OpenDesk, idp: Provider, name: object) -> None:
    desk = open_desk(oidc_create=True)
    browser = desk.browser()
    assert went(browser.log_in(idp, preferred_username=name)) == "/login?sso=name"
    assert len(desk.context.store.accounts.all()) == 1
    assert SUBJECT in browser.visit("/login?sso=name").text


def test_the_password_of_an_added_account_opens_nothing(open_desk: OpenDesk, idp: Provider) -> None:
    desk = open_desk(oidc_create=True)
    desk.browser().log_in(idp, preferred_username="li.na")
    own = {"Origin": "http://localhost:8080"}
    for password in ("", "of no account", PASSWORD, "None"):
        body = {"name": "li.na", "password": password}
        answer = desk.browser().post("/api/session", json=body, headers=own)
        assert answer.status_code in (401, 422)


def test_the_same_subject_of_another_issuer_is_another_person(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    store = desk.context.store
    other = add_account(store, "wang.fang", "admin")
    store.identities.link(other.id, Identity("https://old.example", SUBJECT), act(desk.clock()))
    browser = desk.browser()
    browser.log_in(idp)
    assert browser.session()["name"] == "li.na"


def test_a_disabled_account_stays_out(desk: Desk, idp: Provider) -> None:
    account = link(desk, idp)
    boss = logged_in(desk.browser(), desk.context.store.accounts.named("boss"))
    boss.ask("PUT", f"/api/accounts/{account.id}", json={"role": "reviewer", "disabled": True})
    browser = desk.browser()
    assert went(browser.log_in(idp)) == "/login?sso=disabled"
    assert browser.session()["name"] is None
    assert desk.log()[-1] == ("login.failed", "li.na", {"by": "oidc", "why": "disabled"})


def test_before_the_first_admin_nobody_comes_in(open_desk: OpenDesk) -> None:
    desk = open_desk(oidc_create=True)
    store = desk.context.store
    with store.transactions.write() as session:
        session.execute(text("DELETE FROM accounts"))
    assert went(desk.browser().visit("/oidc/login")) == "/setup"


# -- roles of the provider

ROLES = {"hall-admins": "admin", "inspectors": "reviewer", "leads": "supervisor", "audit": "auditor"}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        pytest.param({"groups": ["inspectors"]}, "reviewer", id="one"),
        pytest.param({"groups": "inspectors"}, "reviewer", id="one, as a word"),
        pytest.param({"groups": ["audit", "x", "hall-admins"]}, "admin", id="the admin's order counts"),
        pytest.param({"groups": ["leads"]}, "supervisor", id="a supervisor of the own posts"),
        pytest.param({"groups": []}, None, id="none"),
        pytest.param({"groups": ["INSPECTORS", "admin", "viewer"]}, None, id="others"),
        pytest.param({"groups": {"inspectors": True}}, None, id="another form"),
        pytest.param({"groups": None}, None, id="null"),
        pytest.param({}, None, id="no claim"),
        pytest.param({"role": "admin"}, None, id="another claim"),
    ],
)
def test_the_provider_says_the_role_and_nothing_more(
    open_desk: OpenDesk, idp: Provider, claims: dict[str, Any], role: str | None
) -> None:
    desk = open_desk(oidc_roles_claim="groups", oidc_roles=ROLES)
    link(desk, idp, role="viewer", posts=("w01",))
    browser = desk.browser()
    assert went(browser.log_in(idp, **claims)) == ("/" if role else "/login?sso=role")
    assert browser.session()["role"] == role
    account = desk.context.store.accounts.named("li.na")
    assert (account.role, account.posts) == (role or "viewer", ("w01",))
    changed = [entry for entry in desk.log() if entry[0] == "account.changed"]
    expected = [("account.changed", "li.na", {"role": role, "by": "oidc"})] if role else []
    assert changed == expected


def test_roles_within_another_claim_and_accounts_made_with_them(open_desk: OpenDesk, idp: Provider) -> None:
    desk = open_desk(oidc_roles_claim="realm_access.roles", oidc_roles=ROLES, oidc_create=True)
    browser = desk.browser()
    claims = {"realm_access": {"roles": ["inspectors"]}, "preferred_username": "li.na"}
    assert went(browser.log_in(idp, **claims)) == "/"
    assert browser.session()["role"] == "reviewer"
    lead = {"realm_access": {"roles": ["leads"]}, "preferred_username": "wang.fang"}
    assert went(desk.browser().log_in(idp, sub="another", **lead)) == "/login?sso=unknown"


def test_a_supervisor_without_posts_and_the_last_admin_keep_out_and_their_role(
    open_desk: OpenDesk, idp: Provider
) -> None:
    desk = open_desk(oidc_roles_claim="groups", oidc_roles=ROLES)
    link(desk, idp)
    assert went(desk.browser().log_in(idp, groups=["leads"])) == "/login?sso=role"
    store = desk.context.store
    boss = store.accounts.named("boss")
    store.identities.link(boss.id, Identity(idp.issuer, "boss-subject"), act(desk.clock()))
    assert went(desk.browser().log_in(idp, sub="boss-subject", groups=["audit"])) == "/login?sso=role"
    assert [store.accounts.named(name).role for name in ("li.na", "boss")] == ["reviewer", "admin"]


# -- whose login it is


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    attacker, victim = desk.browser(), desk.browser()
    answer = idp.authorize(attacker.begin())
    assert went(victim.visit(f"/oidc/callback?{answer}")) == "/login?sso=foreign"
    victim.begin()
    assert went(victim.visit(f"/oidc/callback?{answer}")) == "/login?sso=foreign"
    assert victim.session()["name"] is None
    assert [entry for entry in desk.log() if entry[0].startswith("login")] == []
    assert went(attacker.visit(f"/oidc/callback?{answer}")) == "/", "the code was not used up"


@pytest.mark.parametrize("change", ["none", "empty", "longer", "another"])
def test_a_state_that_is_not_the_one_is_refused(desk: Desk, idp: Provider, change: str) -> None:
    link(desk, idp)
    browser = desk.browser()
    answer = dict(part.split("=") for part in idp.authorize(browser.begin()).split("&"))
    state = {"empty": "", "longer": answer["state"] + "A", "another": "A" * 43}
    told = {"code": answer["code"]} if change == "none" else answer | {"state": state[change]}
    assert went(browser.visit(f"/oidc/callback?{urlencode(told)}")) == "/login?sso=foreign"


def test_an_answer_counts_once(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    browser = desk.browser()
    answer = idp.authorize(browser.begin())
    kept = browser.cookies["conduct_oidc"]
    assert went(browser.visit(f"/oidc/callback?{answer}")) == "/"
    assert went(browser.visit(f"/oidc/callback?{answer}")) == "/login?sso=foreign", "its cookie is gone"
    thief = desk.browser()
    thief.cookies["conduct_oidc"] = kept
    assert went(thief.visit(f"/oidc/callback?{answer}")) == "/login?sso=replayed"
    assert thief.session()["name"] is None
    assert failed(desk) == {"by": "oidc", "why": "replayed"}


def test_a_login_that_took_too_long_begins_again(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    browser = desk.browser()
    answer = idp.authorize(browser.begin("#event=1"))
    desk.clock.later = LIFETIME + timedelta(seconds=2)
    assert went(browser.visit(f"/oidc/callback?{answer}")) == "/login?sso=expired"
    assert idp.codes, "the provider was not asked"


def test_spent_states_are_forgotten_when_their_logins_are_over(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    desk.browser().log_in(idp)
    desk.clock.later = idp.later = 3 * LIFETIME
    desk.browser().log_in(idp)
    with desk.context.store.transactions.read() as session:
        assert session.scalar(text("SELECT count(*) FROM spent_states")) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "denied"),
        ("login_required", "denied"),
        ("server_error", "away"),
        ("temporarily_unavailable", "away"),
        ("invalid_scope", "misconfigured"),
        ("<script>alert(1)</script>", "misconfigured"),
        ("", "misconfigured"),
    ],
)
def test_what_the_provider_says_instead_of_a_code(desk: Desk, idp: Provider, error: str, code: str) -> None:
    browser = desk.browser()
    state = parse_qs(urlsplit(browser.begin()).query)["state"][0]
    told = urlencode({"error": error, "error_description": "call 138", "state": state})
    response = browser.visit(f"/oidc/callback?{told}")
    assert went(response) == f"/login?sso={code}"
    assert failed(desk) == {"by": "oidc", "why": code}
    assert "138" not in str(desk.log())


def test_an_answer_of_another_issuer_and_one_without_a_code_are_refused(desk: Desk, idp: Provider) -> None:
    for more, code in (("&iss=https%3A%2F%2Fevil.example", "foreign"), ("&code=", "misconfigured")):
        browser = desk.browser()
        state = parse_qs(urlsplit(browser.begin()).query)["state"][0]
        assert went(browser.visit(f"/oidc/callback?state={state}{more}")) == f"/login?sso={code}"


def test_a_code_is_worth_nothing_without_the_verifier_of_its_login(desk: Desk, idp: Provider) -> None:
    """A code that somebody has stolen, put into a login of their own: PKCE stops it before the nonce does."""
    link(desk, idp)
    victim, thief = desk.browser(), desk.browser()
    stolen = dict(part.split("=") for part in idp.authorize(victim.begin()).split("&"))["code"]
    state = parse_qs(urlsplit(thief.begin()).query)["state"][0]
    assert went(thief.visit(f"/oidc/callback?code={stolen}&state={state}")) == "/login?sso=expired"
    assert thief.session()["name"] is None


# -- sessions, addresses, guesses


def test_a_session_that_somebody_else_planted_is_not_taken_over(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    browser, planted = desk.browser(), "a" * 43
    browser.cookies["conduct_session"] = planted
    browser.log_in(idp)
    assert browser.cookies["conduct_session"] != planted
    foreign = desk.browser()
    foreign.cookies["conduct_session"] = planted
    assert foreign.session()["name"] is None


def test_a_new_login_ends_the_session_that_the_browser_had(desk: Desk, idp: Provider) -> None:
    link(desk, idp)
    browser, old = desk.browser(), desk.browser()
    browser.log_in(idp)
    old.cookies["conduct_session"] = browser.cookies["conduct_session"]
    browser.log_in(idp)
    assert (browser.session()["name"], old.session()["name"]) == ("li.na", None)


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "@evil.example",
        ".evil.example",
        "\\\\evil.example",
        "?next=https://evil.example/",
        "#//evil.example/x",
        "javascript:alert(1)",
        "?a=b\r\nSet-Cookie: x=y",
        "\t//evil.example",
        "%2f%2fevil.example",
        "/../..//evil.example",
    ],
)
def test_nobody_is_led_to_another_site(desk: Desk, idp: Provider, back: str) -> None:
    link(desk, idp)
    browser = desk.browser()
    response = browser.log_in(idp, back=back)
    assert went(response) == "/"
    assert "x" not in browser.cookies


def test_too_long_an_address_to_come_back_to_is_refused(desk: Desk) -> None:
    assert desk.browser().visit(f"/oidc/login?back=%23{'a' * 600}").status_code == 422


def test_guessed_codes_make_one_wait_and_then_the_provider_is_not_asked(desk: Desk, idp: Provider) -> None:
    link(desk, idp)

    def guess() -> str:
        browser = desk.browser()
        state = parse_qs(urlsplit(browser.begin()).query)["state"][0]
        return went(browser.visit(f"/oidc/callback?code=guessed&state={state}"))

    assert {guess() for _ in range(FREE_PER_ADDRESS)} == {"/login?sso=expired"}
    asked = idp.asked.count("/realm/token")
    assert guess() == guess() == "/login?sso=throttled"
    assert idp.asked.count("/realm/token") == asked
    assert [entry[0] for entry in desk.log()].count("login.throttled") == 2, "each login is a key of its own"
    desk.clock.later = timedelta(minutes=20)
    idp.later = desk.clock.later
    assert went(desk.browser().log_in(idp)) == "/"


def test_nobody_waits_because_the_provider_was_away_or_others_have_no_account(
    desk: Desk, idp: Provider
) -> None:
    link(desk, idp)
    for number in range(FREE_PER_ADDRESS + 5):
        assert went(desk.browser().log_in(idp, sub=f"stranger-{number}")) == "/login?sso=unknown"
    idp.answers["/realm/token"] = (500, {}, b"")
    for _ in range(FREE_PER_ADDRESS + 5):
        assert went(desk.browser().log_in(idp)) == "/login?sso=away"
    idp.answers.clear()
    assert went(desk.browser().log_in(idp)) == "/"


# -- passwords beside it


@pytest.mark.parametrize(
    ("passwords", "name", "status"),
    [
        ("all", "li.na", 201),
        ("all", "boss", 201),
        ("admins", "li.na", 401),
        ("admins", "boss", 201),
        ("admins", "nobody", 401),
    ],
)
def test_who_may_log_in_with_a_password(
    open_desk: OpenDesk, idp: Provider, passwords: str, name: str, status: int
) -> None:
    desk = open_desk(passwords=passwords)
    link(desk, idp)
    own = {"Origin": "http://localhost:8080"}
    answer = desk.browser().post("/api/session", json={"name": name, "password": PASSWORD}, headers=own)
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["detail"] == "the name or the password is wrong"
        assert "set-cookie" not in answer.headers
    program = with_token(desk.browser(), desk.context.store.accounts.named("li.na"), "read")
    assert program.get("/api/posts").status_code == 200, "programs go on"


def test_with_the_provider_away_an_admin_still_comes_in_by_password(
    open_desk: OpenDesk, idp: Provider
) -> None:
    desk = open_desk(passwords="admins", oidc_issuer="http://127.0.0.1:1/realm")
    assert went(desk.browser().visit("/oidc/login")) == "/login?sso=away"
    body = {"name": "boss", "password": PASSWORD}
    own = {"Origin": "http://localhost:8080"}
    assert desk.browser().post("/api/session", json=body, headers=own).status_code == 201


def test_without_a_provider_there_is_nothing_of_it(client: Any) -> None:
    for path in ("/oidc/login", "/oidc/callback?code=x&state=y"):
        assert client.get(path).status_code == 404
