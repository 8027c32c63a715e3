"""Appeals and findings in a real browser: from the supervisor's link to the reversal that everybody sees."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import test_browser
import test_browser_login
from samples_appeals import DAY, confirm, contest, invite
from samples_service import EventMaker, add_account
from test_browser import MISSING_TEXT, Hall, until
from test_browser_login import log_in, shot

from service.evidence.retention import Terms
from service.evidence.sweeper import Sweeper

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser and plays video in real time

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
guarded = test_browser_login.guarded
BAD = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
ZONE = ((20, 20), (300, 20), (300, 220), (20, 220))
PHONE = {"viewport": {"width": 400, "height": 800}}
OFFICE = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def contested(guarded: Hall, event: EventMaker) -> Hall:
    """A hall with a confirmed event, its supervisor, its reviewer and another adjudicator."""
    add_account(guarded.store, "li.na", "reviewer")
    add_account(guarded.store, "wang", "supervisor", ("w01",))
    add_account(guarded.store, "chen", "adjudicator")
    guarded.sink.event(event(1, **guarded.evidence(event(1).id, ZONE)))
    confirm(guarded.store, event(1).id, at=datetime.now(UTC), note="画面中手里有手机")
    return guarded


def leave(page: Any) -> None:
    """Be nobody. A page that is left open would go to the log-in by itself, across what is opened next."""
    page.goto("about:blank")
    page.context.clear_cookies()


def enter(page: Any, hall: Hall, name: str, path: str) -> None:
    """As somebody else, in a browser context of the page's own."""
    leave(page)
    page.goto(f"{hall.address}login?lang=zh-CN")
    log_in(page, name)
    page.wait_for_selector("#queue-list")
    page.goto(f"{hall.address}{path}")


def text_is(page: Any, element: str, words: str) -> None:
    until(page, f"document.getElementById('{element}').textContent.includes({words!r})")


def unexpected(errors: list[str], *more: str) -> list[str]:
    """What the console says beyond what a test asks for; a page that is left may poll without its cookie."""
    return [error for error in errors if not any(status in error for status in ("401", *more))]


def test_staff_contest_in_chinese_and_an_adjudicator_reverses_by_keys(
    contested: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    event_id = event(1).id
    enter(page, contested, "wang", f"?lang=zh-CN#event={event_id}")
    page.wait_for_selector("#appeal-make")
    page.click("#appeal-make")
    page.wait_for_selector("#appeal-url")
    shot(page, "appeal-link-zh-CN")
    url = page.input_value("#appeal-url")
    assert url.startswith(contested.address + "appeal/")

    leave(page)
    page.goto(f"{url}?lang=zh-CN")
    assert "画面中手里有手机" in page.inner_text("main")
    assert "li.na" not in page.inner_html("html")
    until(page, "document.querySelector('video').readyState > 0")
    page.fill("#statement", f"当时在用手机替群众查预约号。\n{BAD}")
    page.get_by_role("button", name="提出申诉").click()
    page.wait_for_selector("#statement-made")
    assert BAD in page.inner_text("#statement-made")
    assert page.title() != "owned"
    assert "申诉已交给裁定员" in page.inner_text("main")

    enter(page, contested, "chen", "appeals?lang=zh-CN")
    text_is(page, "a-statement", "替群众查预约号")
    assert BAD in page.inner_text("#a-statement")
    until(page, "document.getElementById('video').currentTime > 0.1")
    shot(page, "appeals-zh-CN")
    page.keyboard.press("2")
    until(page, "document.activeElement.id === 'reason'")
    assert page.is_visible("#form-error")
    page.keyboard.type("手机是群众的。")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    text_is(page, "a-state", "撤销原结论")
    text_is(page, "a-decided", "chen")
    assert page.is_hidden("#decide-form")
    assert contested.store.counts() == {"rejected": 1}

    leave(page)
    page.goto(f"{url}?lang=zh-CN")
    assert "裁定员撤销了原结论" in page.inner_text("main")
    assert "手机是群众的。" in page.inner_text("main")
    assert "chen" not in page.inner_html("html")

    enter(page, contested, "li.na", f"?lang=zh-CN#event={event_id}")
    text_is(page, "d-verdict", "不属实")
    page.wait_for_selector("#history:not([hidden])")
    text_is(page, "history-rows", "经申诉撤销")
    assert page.title() != "owned"
    assert unexpected(errors) == []

    # Without the appeal a rejected event's clip would be gone after a week.
    clip = contested.data_dir / "clips" / f"{event_id}.mp4"
    for days, there in ((0, True), (60, True), (91, False)):
        at = datetime.now(UTC) + days * DAY
        terms = Terms(7 * DAY, 90 * DAY, 365 * DAY, floor=0)
        Sweeper(contested.store, contested.data_dir, terms, now=lambda at=at: at).sweep()
        assert clip.exists() is there, days


@pytest.mark.parametrize(
    ("lang", "statement", "back", "again"),
    [
        pytest.param("zh-CN", "您的陈述", "撤回申诉", "申诉已撤回", id="zh-CN"),
        pytest.param("en", "Your statement", "Take the appeal back", "The appeal was taken back", id="en"),
    ],
)
@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_on_a_phone_an_appeal_is_made_and_taken_back(
    contested: Hall,
    event: EventMaker,
    page: Any,
    errors: list[str],
    lang: str,
    statement: str,
    back: str,
    again: str,
) -> None:
    invite(contested.store, event(1).id, datetime.now(UTC), "secret")
    page.goto(f"{contested.address}appeal/secret?lang={lang}")
    assert page.get_by_label(statement).count() == 1
    shot(page, f"appeal-phone-{lang}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label(statement).fill("It was work.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=back).click()
    page.get_by_text(again).wait_for()
    assert page.locator("#statement").count() == 1
    assert [one.state for one in contested.store.appeals.of_event(event(1).id)] == ["withdrawn"]
    page.goto(f"{contested.address}appeal/nonsense?lang={lang}")
    shot(page, f"appeal-unknown-{lang}")
    assert unexpected(errors, "404") == []


def test_who_has_judged_and_who_may_not_decide_see_no_form(
    contested: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    store = contested.store
    invite(store, event(1).id, datetime.now(UTC), "secret")
    contest(store, at=datetime.now(UTC), token="secret")
    enter(page, contested, "wang", "appeals?lang=en")
    text_is(page, "not-yours", "Adjudicators decide")
    assert page.is_hidden("#decide-form")
    page.keyboard.press("1")
    add_account(store, "judge", "adjudicator")
    confirm(store, event(1).id, by="judge", at=datetime.now(UTC))
    enter(page, contested, "judge", "appeals?lang=en")
    text_is(page, "not-yours", "another adjudicator must decide")
    assert page.is_hidden("#decide-form")
    page.keyboard.press("2")
    assert [one.state for one in store.appeals.of_event(event(1).id)] == ["open"]
    assert unexpected(errors) == []


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_finding_is_recorded_filtered_and_withdrawn(
    contested: Hall, event: EventMaker, page: Any, errors: list[str], lang: str
) -> None:
    enter(page, contested, "li.na", f"findings?lang={lang}")
    until(page, "document.getElementById('new-clause').options.length > 20")
    page.select_option("#new-clause", "B12")
    page.fill("#new-at", "2026-01-05T09:30")
    page.fill("#new-note", BAD)
    page.check("#new-clip")
    page.click("#record")
    page.wait_for_selector("#record-error:not([hidden])")
    page.uncheck("#new-clip")
    page.click("#record")
    page.wait_for_selector(".card")
    assert BAD in page.inner_text(".card .note")
    page.fill("#new-at", "2026-01-05T09:00:02")
    page.fill("#new-note", "办理时没有一次性书面告知需要补正的材料，群众来回跑了两次。")
    page.check("#new-clip")
    page.click("#record")
    until(page, "document.querySelectorAll('.card').length === 2")
    assert page.locator(f".card a[href='/#event={event(1).id}']").count() == 1
    shot(page, f"findings-{lang}")
    page.locator(".card", has_text="onerror").get_by_role("button").click()
    page.fill("#withdraw-why", "记错了窗口")
    page.click("#withdraw-go")
    page.wait_for_selector(".card.withdrawn")
    assert "记错了窗口" in page.inner_text(".card.withdrawn")
    page.select_option("#filter-state", "standing")
    until(page, "document.querySelectorAll('.card').length === 1")
    assert page.title() != "owned"
    assert MISSING_TEXT not in page.inner_text("body")
    # What was refused on the way was asked for: a moment that no clip shows.
    assert unexpected(errors, "422") == []
    page.goto(f"{contested.address}?lang={lang}")
    page.wait_for_selector("[data-id]")
    assert page.locator("[data-id]").count() == 1, "the queue holds the machine's event alone"


def test_an_appeal_that_comes_while_the_page_is_open_shows_by_itself(
    contested: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    enter(page, contested, "chen", "appeals?lang=en")
    page.wait_for_selector("#none:not([hidden])")
    invite(contested.store, event(1).id, datetime.now(UTC), "secret")
    contest(contested.store, "It was a visitor's.", at=datetime.now(UTC), token="secret")
    text_is(page, "a-statement", "It was a visitor's.")
    assert unexpected(errors) == []


@pytest.mark.parametrize("page", [PHONE, OFFICE], indirect=True, ids=["phone", "office"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_their_window(contested: Hall, event: EventMaker, page: Any, scheme: str) -> None:
    store, now = contested.store, datetime.now(UTC)
    invite(store, event(1).id, now, "secret")
    contest(store, "当时在用手机替群众查预约号，不是私事。", at=now, token="secret")
    width = page.viewport_size["width"]
    page.emulate_media(color_scheme=scheme)
    enter(page, contested, "chen", "appeals?lang=zh-CN")
    text_is(page, "a-statement", "替群众查预约号")
    for lang in ("zh-CN", "en"):
        for path, ready in (
            ("appeals", "#decide-form:not([hidden])"),
            ("findings", "#record-form:not([hidden])"),
        ):
            page.goto(f"{contested.address}{path}?lang={lang}")
            page.wait_for_selector(ready)
            until(page, "document.readyState === 'complete'")
            shot(page, f"{path}-{width}-{scheme}-{lang}")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, lang)
        page.goto(f"{contested.address}appeal/secret?lang={lang}")
        shot(page, f"appeal-{width}-{scheme}-{lang}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), lang
