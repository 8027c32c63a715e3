"""Linking accounts: by an admin only, to one person each, and what ends with a link."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samples_oidc import CLIENT, SECRET, SUBJECT, Desk, Provider, link
from samples_service import Person, act, add_account, logged_in, with_token

from service.auth.roles import AccountRefusedError
from service.oidc.registration import registration_of
from service.oidc.trouble import OidcSettingsError
from service.settings import Settings
from service.store import Store
from service.store.accounts import Identity, UnknownAccountError
from service.web import page as pages


def boss_of(desk: Desk) -> Person:
    return logged_in(desk.browser(), desk.context.store.accounts.named("boss"))


def test_an_admin_links_and_unlinks_an_account(desk: Desk, idp: Provider) -> None:
    account, boss, browser = (
        add_account(desk.context.store, "li.na", "reviewer"),
        boss_of(desk),
        desk.browser(),
    )
    path = f"/api/accounts/{account.id}/identity"
    linked = boss.ask("PUT", path, json={"subject": SUBJECT}).json()
    assert (linked["issuer"], linked["subject"]) == (idp.issuer, SUBJECT)
    assert desk.log()[-1] == ("account.linked", "li.na", {"issuer": idp.issuer, "subject": SUBJECT})
    assert browser.log_in(idp).headers["location"] == "/"
    unlinked = boss.ask("DELETE", path).json()
    assert (unlinked["issuer"], unlinked["subject"]) == (None, None)
    assert desk.log()[-1] == ("account.unlinked", "li.na", {})
    assert browser.session()["name"] is None
    assert browser.log_in(idp).headers["location"] == "/login?sso=unknown"


@pytest.mark.parametrize(
    ("subject", "status", "field"),
    [
        ("taken", 422, "subject"),
        ("", 422, "subject"),
        ("x" * 256, 422, "subject"),
        (" space ", 422, "subject"),
        ("new\nline", 422, "subject"),
        ("\u202e", 422, "subject"),
        (None, 422, "subject"),
        ("张三", 200, None),
    ],
)
def test_which_identifiers_do(desk: Desk, idp: Provider, subject: object, status: int, field: object) -> None:
    link(desk, idp, "wang.fang", subject="taken")
    account = add_account(desk.context.store, "li.na", "reviewer")
    answer = boss_of(desk).ask("PUT", f"/api/accounts/{account.id}/identity", json={"subject": subject})
    assert (answer.status_code, answer.json().get("field")) == (status, field)
    assert desk.context.store.accounts.named("wang.fang").subject == "taken"


def test_another_link_puts_out_who_came_in_by_the_one_before(desk: Desk, idp: Provider) -> None:
    account, browser = link(desk, idp), desk.browser()
    browser.log_in(idp)
    program = with_token(browser, account, "read")
    path, boss = f"/api/accounts/{account.id}/identity", boss_of(desk)
    boss.ask("PUT", path, json={"subject": SUBJECT})
    assert (browser.session()["name"], program.get("/api/posts").status_code) == ("li.na", 200), "the same"
    boss.ask("PUT", path, json={"subject": "another"})
    assert (browser.session()["name"], program.get("/api/posts").status_code) == (None, 401)


def test_a_first_link_ends_nothing(desk: Desk) -> None:
    account = add_account(desk.context.store, "li.na", "reviewer")
    person = logged_in(desk.browser(), account)
    boss_of(desk).ask("PUT", f"/api/accounts/{account.id}/identity", json={"subject": SUBJECT})
    assert person.get("/api/posts").status_code == 200


def test_an_account_without_a_password_is_added_and_linked(desk: Desk, idp: Provider) -> None:
    boss = boss_of(desk)
    added = boss.post("/api/accounts", json={"name": "li.na", "role": "reviewer"}).json()
    boss.ask("PUT", f"/api/accounts/{added['id']}/identity", json={"subject": SUBJECT})
    browser = desk.browser()
    browser.log_in(idp)
    assert browser.session()["name"] == "li.na"


@pytest.mark.parametrize("role", ["viewer", "reviewer", "supervisor", "adjudicator", "auditor"])
def test_nobody_else_links_not_even_their_own_account(desk: Desk, role: Any) -> None:
    account = add_account(desk.context.store, "li.na", role, ("w01",))
    person = logged_in(desk.browser(), account)
    path = f"/api/accounts/{account.id}/identity"
    assert person.ask("PUT", path, json={"subject": SUBJECT}).status_code == 403
    assert person.ask("DELETE", path).status_code == 403


# -- the store, on both databases


def test_an_identity_is_of_one_account(store: Store) -> None:
    one, two = add_account(store, "li.na", "viewer"), add_account(store, "wang.fang", "viewer")
    identity = Identity("https://login.example", SUBJECT)
    store.identities.link(one.id, identity, act(one.created_at))
    with pytest.raises(AccountRefusedError, match=r"li\.na"):
        store.identities.link(two.id, identity, act(one.created_at))
    with pytest.raises(UnknownAccountError):
        store.identities.link(99, identity, act(one.created_at))
    found = store.identities.find(identity)
    assert found is not None
    assert found.id == one.id
    for other in (
        Identity("https://login.example", SUBJECT.upper()),
        Identity("https://login.example/", SUBJECT),
    ):
        assert store.identities.find(other) is None
    assert store.accounts.get(two.id).subject is None
    assert [entry.action for entry in store.audit.oldest()].count("account.added") == 3, (
        "refused: not written"
    )


def test_a_state_is_spent_once_and_forgotten_later(store: Store) -> None:
    now = add_account(store, "li.na", "viewer").created_at
    long_ago = now.replace(year=now.year - 1)
    assert store.identities.spend("a" * 64, now, forget=long_ago)
    assert not store.identities.spend("a" * 64, now, forget=long_ago)
    assert store.identities.spend("b" * 64, now, forget=now), "those before are gone"
    assert store.identities.spend("a" * 64, now, forget=long_ago)


def test_a_role_of_the_provider_does_not_let_a_disabled_account_in_again(store: Store) -> None:
    account = add_account(store, "li.na", "viewer")
    store.accounts.change(account.id, "viewer", ("w01",), True, act(account.created_at))
    changed = store.identities.set_role(account.id, "reviewer", act(account.created_at))
    assert (changed.role, changed.disabled, changed.posts) == ("reviewer", True, ("w01",))


# -- settings

FINE = {
    "oidc_issuer": "https://login.hall.example/realm",
    "oidc_client_id": CLIENT,
    "oidc_client_secret": SECRET,
}


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"oidc_issuer": "http://login.hall.example"}, "CONDUCT_OIDC_ISSUER"),
        ({"oidc_issuer": "http://localhost.evil.example"}, "CONDUCT_OIDC_ISSUER"),
        ({"oidc_issuer": "http://127.0.0.1.evil.example"}, "CONDUCT_OIDC_ISSUER"),
        ({"oidc_client_id": ""}, "CONDUCT_OIDC_CLIENT_ID"),
        ({"oidc_roles": {"a": "viewer"}}, "CONDUCT_OIDC_ROLES"),
        ({"oidc_roles_claim": "groups"}, "CONDUCT_OIDC_ROLES"),
        ({"login": "open"}, "CONDUCT_LOGIN"),
        ({"oidc_issuer": "", "passwords": "admins"}, "CONDUCT_PASSWORDS"),
    ],
)
def test_settings_that_cannot_be_are_told_in_a_line(changes: dict[str, Any], variable: str) -> None:
    with pytest.raises(OidcSettingsError, match=f"^{variable}: expected ") as refused:
        registration_of(Settings.model_validate({**FINE, **changes}))
    assert "\n" not in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "issuer",
    ["https://login.hall.example/", "http://localhost:8090/x", "http://127.0.0.1:1", "http://[::1]:1"],
)
def test_settings_that_do(issuer: str) -> None:
    settings = Settings.model_validate({**FINE, "oidc_issuer": issuer})
    registration = registration_of(settings)
    assert registration is not None
    assert registration.issuer == issuer
    assert SECRET not in repr(settings) + repr(registration)
    assert settings.login_mode == "required"


def test_without_an_issuer_there_is_none(tmp_path: Path) -> None:
    assert registration_of(Settings(data_dir=tmp_path)) is None


@pytest.mark.parametrize("name", ["accounts.md", "accounts.zh-CN.md"])
def test_every_setting_is_in_the_documentation(name: str) -> None:
    told = (Path(__file__).parents[3] / "docs" / name).read_text(encoding="utf-8")
    ours = [field for field in Settings.model_fields if field.startswith("oidc_") or field == "passwords"]
    assert len(ours) == 10
    assert [field for field in ours if f"| `CONDUCT_{field.upper()}` |" not in told] == []


def test_the_button_says_what_the_settings_say_and_no_markup(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(oidc_label="<b>政务通</b> 登录")
    page = desk.browser().visit("/login").text
    assert "<bdi>&lt;b&gt;政务通&lt;/b&gt; 登录</bdi>" in page
    assert SECRET not in page
    assert pages.STRANGER not in page
