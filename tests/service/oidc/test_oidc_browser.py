"""From the login button to the review page, in a real browser, at a provider that we did not write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import test_browser
from samples_mock import MockProvider, mock_provider
from samples_service import HALL, PASSWORD, POSTS, EventMaker, add_account
from test_browser import MISSING_TEXT, until
from test_browser import Hall as Served

from service.bootstrap import build_app
from service.serving import listen, server_for
from service.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser and a provider

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
WORDS = {
    "en": ("Log in by single sign-on", "have no account here", "single sign-on does not answer"),
    "zh-CN": ("统一身份认证登录", "在本系统没有账号", "统一身份认证服务没有响应"),
}


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockProvider]:
    with mock_provider(tmp_path_factory.mktemp("provider")) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, mock: MockProvider, request: pytest.FixtureRequest) -> Iterator[Served]:
    """A served hall that the provider knows; there is an admin."""
    settings = Settings(data_dir=tmp_path / "data", port=0)
    with listen(settings) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        name, secret = mock.register(f"{address}oidc/callback")
        told = {"oidc_issuer": mock.issuer, "oidc_client_id": name, "oidc_client_secret": secret}
        more = getattr(request, "param", {})
        app = build_app(Settings.model_validate({"data_dir": settings.data_dir, "port": 0, **told, **more}))
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        store = app.state.context.store
        store.set_site(HALL, POSTS)
        add_account(store, "boss", "admin")
        yield Served(settings.data_dir, app.state.context, address)
        server.should_exit = True
        thread.join(30)
        store.close()


def shot(page: Any, name: str) -> None:
    """A picture for people to look at, where CONDUCT_SCREENSHOTS names a folder."""
    folder = os.environ.get("CONDUCT_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def press_and_authorize(page: Any, subject: str) -> None:
    """By keys alone: the button has the focus, and at the provider the field of the name."""
    page.wait_for_selector("#sso")
    until(page, "document.activeElement.id === 'sso'")
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=sub]")
    until(page, "document.activeElement.name === 'sub'")
    page.keyboard.type(subject)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_from_the_button_to_the_question_and_out_again(
    desk: Served, event: EventMaker, page: Any, errors: list[str], mock: MockProvider, language: str
) -> None:
    desk.sink.event(event(0, **desk.evidence(event(0).id)))
    button, no_account, _ = WORDS[language]
    missed: list[str] = []
    page.on("response", lambda got: got.status < 400 or not_ours(got, desk) or missed.append(got.url))
    page.goto(f"{desk.address}?lang={language}#event={event(0).id}")
    page.wait_for_url("**/login*")
    until(page, f"document.getElementById('sso').textContent === '{button}'")
    shot(page, f"sso-login-{language}")
    subject = f"subject-of-{language}"
    mock.knows(subject, preferred_username="li.na")
    press_and_authorize(page, subject)
    page.wait_for_selector("#sso-problem")
    until(page, f"document.getElementById('sso-words').textContent.includes('{no_account}')")
    assert page.inner_text("#sso-subject") == subject
    assert MISSING_TEXT not in page.inner_text("body")
    shot(page, f"sso-unknown-{language}")
    link(page, desk, subject, language)
    page.goto(f"{desk.address}login?lang={language}#event={event(0).id}")
    press_and_authorize(page, subject)
    page.wait_for_selector("#detail-body:not([hidden])")
    assert page.url == f"{desk.address}?lang={language}#event={event(0).id}"
    until(page, "document.getElementById('account-name').textContent === 'wang.fang'")
    until(page, "document.getElementById('video').currentTime > 0.1")
    page.keyboard.press("1")
    page.wait_for_selector("#history:not([hidden])")
    assert desk.store.verdicts(event(0).id)[0].by == "wang.fang"
    page.click("#account-name")
    page.click("#log-out")
    page.wait_for_url("**/login*")
    # The provider's own pages ask another server for a style sheet, and have no icon.
    theirs = ("https://cdn.jsdelivr.net/", "Failed to load resource:")
    assert [error for error in errors if not error.startswith(theirs)] == []
    assert missed == []


def not_ours(response: Any, desk: Served) -> bool:
    """Whether another service answered; after logging out, what was under way is answered with 401."""
    return not response.url.startswith(desk.address) or response.status == 401


def link(page: Any, desk: Served, subject: str, language: str) -> None:
    """An admin adds an account without a password, and links it, on the page."""
    page.fill("#name", "boss")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#queue-list")
    page.goto(f"{desk.address}accounts?lang={language}")
    page.wait_for_selector("tr[data-account='boss']")
    page.fill("#add-name", "wang.fang")
    page.select_option("#add-role", "reviewer")
    page.click("#add")
    row = page.locator("tr[data-account='wang.fang']")
    row.locator("button").nth(3).click()
    page.keyboard.type(subject)
    shot(page, f"sso-link-{language}")
    page.keyboard.press("Enter")
    until(page, "!document.getElementById('link-dialog').open")
    until(page, f"document.querySelector(\"tr[data-account='wang.fang'] td[title='{subject}']\") !== null")
    assert MISSING_TEXT not in page.inner_text("body")
    shot(page, f"sso-accounts-{language}")
    page.click("#account-name")
    page.click("#log-out")
    page.wait_for_url("**/login*")


@pytest.mark.parametrize(
    "desk", [{"oidc_issuer": "http://127.0.0.1:1", "passwords": "admins"}], indirect=True
)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_with_the_provider_away_the_page_says_so_and_an_admin_comes_in(
    desk: Served, page: Any, language: str
) -> None:
    page.goto(f"{desk.address}login?lang={language}")
    assert page.is_hidden("#name")
    page.click("#sso")
    until(page, f"document.getElementById('sso-words').textContent.includes('{WORDS[language][2]}')")
    other = next(one for one in WORDS if one != language)
    page.click("#language")
    until(page, f"document.getElementById('sso-words').textContent.includes('{WORDS[other][2]}')")
    shot(page, f"sso-away-{other}")
    page.fill("#name", "boss")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#queue-list")
    assert "sso=" not in page.url
