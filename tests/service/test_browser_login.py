"""Coming in, in a real browser: first run, logging in and out, what a role is shown, the accounts page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import test_browser
from samples_service import CLIP_SIZE, HALL, PASSWORD, POSTS, EventMaker, add_account
from test_browser import MISSING_TEXT, Hall, until

from service.bootstrap import build_app
from service.serving import listen, server_for
from service.settings import Settings
from service.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
CODE = "ABCD-EFGH-JKLM"


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """A served hall where everybody must log in; the set-up code is CODE."""
    monkeypatch.setattr("service.auth.entrance._new_code", lambda: CODE)
    settings = Settings(data_dir=tmp_path / "data", port=0, login="required")
    with listen(settings) as listener:
        app = build_app(settings)
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        store: Store = app.state.context.store
        store.set_site(HALL, POSTS)
        yield Hall(settings.data_dir, app.state.context, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        server.should_exit = True
        thread.join(30)
        store.close()


def log_in(page: Any, name: str, password: str = PASSWORD) -> None:
    """By keys alone: the name has the focus."""
    page.wait_for_selector("#login-form")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def shot(page: Any, name: str) -> None:
    """A picture for people to look at, where CONDUCT_SCREENSHOTS names a folder."""
    folder = os.environ.get("CONDUCT_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def wants_no_login(page: Any, address: str) -> None:
    page.goto(f"{address}login")
    assert page.url == address


def test_on_the_first_run_the_admin_is_set_up_with_the_code_and_works(
    guarded: Hall, page: Any, errors: list[str]
) -> None:
    page.goto(f"{guarded.address}?lang=en")
    page.wait_for_url("**/setup*")
    shot(page, "setup")
    page.keyboard.type("WRON-GGGG-CODE")
    page.fill("#name", "li.na")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#login-error:not([hidden])")
    assert errors == ["Failed to load resource: the server responded with a status of 401 (Unauthorized)"]
    page.fill("#code", CODE)
    page.keyboard.press("Enter")
    page.wait_for_selector("#queue-list")
    until(page, "document.getElementById('account-name').textContent === 'li.na'")
    assert [(one.name, one.role) for one in guarded.store.accounts.all()] == [("li.na", "admin")]
    assert len(errors) == 1


def test_logging_in_leads_back_to_the_event_and_the_verdict_carries_the_name(
    guarded: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    add_account(guarded.store, "li.na", "reviewer")
    guarded.sink.event(event(0, **guarded.evidence(event(0).id)))
    page.goto(f"{guarded.address}?lang=en#event={event(0).id}")
    page.wait_for_url("**/login*")
    log_in(page, "li.na")
    page.wait_for_selector("#detail-body:not([hidden])")
    assert page.url.endswith(f"/?lang=en#event={event(0).id}")
    until(page, "document.getElementById('video').currentTime > 0.1")
    page.keyboard.press("1")
    page.wait_for_selector("#history:not([hidden])")
    assert "li.na" in page.inner_text("#history")
    assert guarded.store.verdicts(event(0).id)[0].by == "li.na"
    assert errors == []


def test_logging_in_leads_to_the_page_that_was_asked_for(guarded: Hall, page: Any, errors: list[str]) -> None:
    add_account(guarded.store, "li.na", "reviewer")
    page.goto(f"{guarded.address}reports?lang=en&from=2026-01-05&to=2026-01-11")
    page.wait_for_url("**/login*")
    log_in(page, "li.na")
    page.wait_for_url("**/reports?*")
    assert page.url == f"{guarded.address}reports?lang=en&from=2026-01-05&to=2026-01-11"
    page.context.clear_cookies()
    page.goto(f"{guarded.address}wall?lang=en#state=absent")
    page.wait_for_url("**/login*")
    log_in(page, "li.na")
    page.wait_for_url("**/wall*")
    assert page.url == f"{guarded.address}wall?lang=en#state=absent"
    assert all("401" in error for error in errors)  # a page that is left may poll without its cookie


def test_the_language_that_was_switched_to_holds_on_the_next_page(guarded: Hall, page: Any) -> None:
    add_account(guarded.store, "li.na", "reviewer")
    page.goto(f"{guarded.address}login?lang=en")
    log_in(page, "li.na")
    page.wait_for_selector("#queue-list")
    until(page, "document.getElementById('account-name').textContent === 'li.na'")
    page.keyboard.press("l")
    until(page, "document.documentElement.lang === 'zh-CN'")
    links = page.eval_on_selector_all("header a", "all => all.map((one) => one.search)")
    assert set(links) == {"?lang=zh-CN"}


def test_a_role_that_sees_no_clips_asks_for_none(
    guarded: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    add_account(guarded.store, "li.na", "viewer")
    guarded.sink.event(event(0, **guarded.evidence(event(0).id)))
    page.goto(f"{guarded.address}login?lang=en#event={event(0).id}")
    log_in(page, "li.na")
    page.wait_for_selector("#curtain-title")
    until(page, "document.getElementById('curtain-title').textContent === 'Your role does not show clips'")
    assert errors == []


def test_a_wrong_password_is_said_in_the_readers_language(guarded: Hall, page: Any) -> None:
    add_account(guarded.store, "li.na", "reviewer")
    for language, words in (("en", "The name or the password is wrong."), ("zh-CN", "用户名或密码错误。")):
        page.goto(f"{guarded.address}login?lang={language}")
        log_in(page, "li.na", "a wrong sentence")
        until(page, f"document.getElementById('login-error').textContent === '{words}'")
        shot(page, f"login-{language}")
        assert MISSING_TEXT not in page.inner_text("body")
    for _ in range(3):
        log_again(page)
    log_again(page)
    until(page, "document.getElementById('login-error').textContent.includes('1 分钟')")


def log_again(page: Any) -> None:
    with page.expect_response("**/api/session"):
        page.keyboard.press("Enter")
    until(page, "!document.getElementById('enter').disabled")


def test_logging_out_shuts_the_page_also_in_another_tab(guarded: Hall, page: Any, errors: list[str]) -> None:
    add_account(guarded.store, "li.na", "reviewer")
    page.goto(f"{guarded.address}login?lang=en")
    log_in(page, "li.na")
    page.wait_for_selector("#queue-list")
    other = page.context.new_page()
    other.goto(guarded.address)
    other.wait_for_selector("#queue-list")
    page.click("#account-name")
    page.click("#log-out")
    page.wait_for_url("**/login*")
    other.wait_for_url("**/login*")
    page.go_back()
    page.wait_for_url("**/login*")
    # A question that was under way when the session ended is answered so.
    assert all("401" in error for error in errors)


@pytest.mark.parametrize(
    ("role", "judges", "plays"),
    [
        ("reviewer", True, True),
        ("viewer", False, False),
        ("auditor", False, False),
        ("supervisor", False, True),
    ],
)
def test_a_role_is_shown_what_it_may_and_never_the_accounts(
    guarded: Hall, event: EventMaker, page: Any, role: Any, judges: bool, plays: bool
) -> None:
    add_account(guarded.store, "wang", role, ("w01",) if role == "supervisor" else None)
    everywhere = ((0, 0), (CLIP_SIZE[0], 0), CLIP_SIZE, (0, CLIP_SIZE[1]))
    guarded.sink.event(event(0, **guarded.evidence(event(0).id, everywhere)))
    guarded.sink.event(event(1, post="w02"))
    page.goto(f"{guarded.address}login?lang=en#event={event(0).id}")
    log_in(page, "wang")
    page.wait_for_selector("#detail-body:not([hidden])")
    assert page.is_visible("#verdict-form") is judges
    if plays:
        until(page, "document.getElementById('video').currentTime > 0.1")
    else:
        until(
            page, "document.getElementById('curtain-title').textContent === 'Your role does not show clips'"
        )
    page.keyboard.press("2")
    expected = {"rejected": 1, "none": 1} if judges else {"none": 2}
    if judges:
        page.wait_for_selector("#list-judged li")
    assert guarded.store.counts() == expected
    seen = 1 if role == "supervisor" else 2
    until(page, f"document.querySelectorAll('[data-id]').length === {seen}")
    assert (event(1).id in page.inner_html("#queue-list")) is (seen == 2)
    page.click("#account-name")
    assert page.is_hidden("#account-link")
    shot(page, f"role-{role}")
    page.goto(f"{guarded.address}accounts")
    assert page.url == guarded.address


def test_an_admin_keeps_the_accounts(guarded: Hall, page: Any, errors: list[str]) -> None:
    add_account(guarded.store, "boss", "admin")
    page.goto(f"{guarded.address}login?lang=en")
    log_in(page, "boss")
    page.click("#account-name")
    page.click("#account-link a")
    page.wait_for_selector("tr[data-account='boss']")
    page.fill("#add-name", "wang")
    page.select_option("#add-role", "supervisor")
    page.fill("#add-posts", "w01, w02")
    page.fill("#add-password", "quite another one")
    page.keyboard.press("Enter")
    row = page.locator("tr[data-account='wang']")
    row.wait_for()
    shot(page, "accounts-en")
    row.locator("input").fill("w02")
    row.get_by_role("button", name="Save").click()
    until(page, "document.querySelector(\"tr[data-account='wang'] button\").disabled")
    row.get_by_role("button", name="Reset password").click()
    page.keyboard.type("a third long sentence")
    page.keyboard.press("Enter")
    until(page, "!document.getElementById('reset-dialog').open")
    row.get_by_role("button", name="Shut out").click()
    row.get_by_role("button", name="Let in again").wait_for()
    page.click("#language")
    until(page, "document.documentElement.lang === 'zh-CN'")
    assert "窗口负责人" in row.inner_text()
    shot(page, "accounts-zh")
    assert MISSING_TEXT not in page.inner_text("body")
    (wang,) = [one for one in guarded.store.accounts.all() if one.name == "wang"]
    assert (wang.role, wang.posts, wang.disabled) == ("supervisor", ("w02",), True)
    done = [(one.who, one.action, one.object) for one in guarded.store.audit.oldest()][-4:]
    assert [one[1] for one in done] == [
        "account.added",
        "account.changed",
        "account.password",
        "account.changed",
    ]
    assert {(one[0], one[2]) for one in done} == {("boss", "wang")}
    assert errors == []


def test_what_the_accounts_page_is_refused_is_said(guarded: Hall, page: Any) -> None:
    add_account(guarded.store, "boss", "admin")
    page.goto(f"{guarded.address}login?lang=en")
    log_in(page, "boss")
    page.wait_for_selector("#queue-list")
    page.goto(f"{guarded.address}accounts?lang=en")
    page.fill("#add-name", "<img src=x onerror=alert(1)>")
    page.fill("#add-password", "quite another one")
    page.click("#add")
    until(page, "document.getElementById('add-error').textContent.startsWith('This name does not do')")
    page.fill("#add-name", "wang")
    page.select_option("#add-role", "supervisor")
    page.click("#add")
    until(page, "document.getElementById('add-error').textContent.startsWith('These posts do not do')")
    row = page.locator("tr[data-account='boss']")
    row.locator("select").select_option("viewer")
    row.get_by_role("button", name="Save").click()
    until(page, "document.getElementById('rows-error').textContent.startsWith('At least one admin')")
    assert page.locator("img").count() == 0


def test_ones_own_password_is_changed_in_the_menu(guarded: Hall, page: Any, errors: list[str]) -> None:
    add_account(guarded.store, "li.na", "reviewer")
    page.goto(f"{guarded.address}login?lang=en")
    log_in(page, "li.na")
    page.click("#account-name")
    page.click("#change-password")
    page.keyboard.type("no longer mine")
    page.keyboard.press("Tab")
    page.keyboard.type("quite another one, 123")
    page.keyboard.press("Enter")
    until(
        page, "document.getElementById('password-error').textContent === 'This is not your present password.'"
    )
    page.fill("#password-old", PASSWORD)
    page.keyboard.press("Enter")
    until(page, "!document.getElementById('password-dialog').open")
    assert guarded.store.counts() == {}
    page.reload()
    page.click("#account-name")
    page.click("#log-out")
    log_in(page, "li.na", "quite another one, 123")
    page.wait_for_selector("#queue-list")
    # A question that was under way when the session ended is answered so.
    assert all("401" in error for error in errors)


def test_open_mode_says_so_and_needs_no_login(tmp_path: Path, page: Any, errors: list[str]) -> None:
    settings = Settings(data_dir=tmp_path / "data", port=0, login="open")
    with listen(settings) as listener:
        app = build_app(settings)
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/?lang=en")
        until(page, "document.getElementById('account-name').textContent === 'No login'")
        page.click("#account-name")
        assert page.is_visible("#account-open")
        assert page.is_hidden("#account-buttons")
        shot(page, "open")
        wants_no_login(page, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        server.should_exit = True
        thread.join(30)
        app.state.context.store.close()
    assert errors == []
