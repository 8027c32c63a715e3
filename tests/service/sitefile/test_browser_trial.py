"""Rules tried in a real browser: a limit is changed, and what it would do to the last hour is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import test_browser
from samples_browser import Desk, open_part, served_site
from samples_service import an_event
from samples_sitefile import site
from test_browser import MISSING_TEXT, until
from test_browser_axe import serious
from test_trial_api import NINE, SAVED, ZONE, keep_looks_in

from service.store import Hall

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
SIZES = [
    pytest.param({"viewport": {"width": 1280, "height": 900}}, "en", id="desk, English"),
    pytest.param({"viewport": {"width": 400, "height": 820}}, "zh-CN", id="telephone, Chinese"),
]
SAID = {"en": ("no longer", "still asked"), "zh-CN": ("不再提出", "仍会提出")}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with served_site(tmp_path, SAVED) as found:
        yield found


@pytest.mark.parametrize(("page", "language"), SIZES, indirect=["page"])
def test_a_limit_is_changed_and_tried(desk: Desk, page: Any, errors: list[str], language: str) -> None:
    context, address = desk
    context.store.set_site(Hall("测试大厅", ZONE), [])
    open_part(page, address, language, "rules")
    page.fill("#f-rules-phone_use-hold_s", "45")
    page.click("#try-hour")
    none = {"en": "There are no looks", "zh-CN": "还没有观察记录"}[language]
    until(page, f"document.getElementById('try-told').textContent.includes('{none}')")
    keep_looks_in(context.settings.looks_dir)
    context.store.upsert_event(an_event(7, NINE + timedelta(seconds=104)))
    page.focus("#try-hour")
    page.keyboard.press("Enter")
    page.wait_for_selector("#try-list li")
    lines = page.locator("#try-list li").all_inner_texts()
    assert [line.split("\n")[0].strip() for line in lines] == list(SAID[language])
    assert page.locator("#try-list a").evaluate_all("all => all.map((a) => a.getAttribute('href'))") == [
        f"/#event={7:016x}"
    ]
    assert page.is_hidden("#try-old")
    assert serious(page) == []
    assert MISSING_TEXT not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing lies beside the page"
    page.fill("#f-rules-phone_use-hold_s", "60")
    page.keyboard.press("Tab")
    page.wait_for_selector("#try-old:not([hidden])")
    assert [error for error in errors if "409" not in error] == []


def test_a_faulty_draft_cannot_be_tried(desk: Desk, page: Any) -> None:
    open_part(page, desk[1], "en", "rules")
    assert page.is_enabled("#try-week")
    page.fill("#f-timezone", "Mars")
    page.keyboard.press("Tab")
    until(page, "document.getElementById('try-week').disabled")
    assert site()["timezone"] != "Mars"
