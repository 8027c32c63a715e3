"""Routes of alerts edited in a real browser; the channels and their secrets stay as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_browser
from samples_browser import SIZES, Desk, open_part, served_site
from samples_sitefile import WHOLE
from test_browser import MISSING_TEXT, until
from test_browser_axe import serious

from pipelines.hall.site import load_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with served_site(tmp_path, WHOLE) as found:
        yield found


@pytest.mark.parametrize(("page", "language"), SIZES, indirect=["page"])
def test_a_route_is_added_and_another_renamed(
    desk: Desk, page: Any, errors: list[str], language: str
) -> None:
    context, address = desk
    open_part(page, address, language, "alerts")
    page.fill("#f-alerts-routes-1-id", "boss")
    page.keyboard.press("Tab")
    until(page, "document.getElementById('f-alerts-routes-0-then').value === 'boss'")
    page.focus("#add-route")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-alerts-routes-2-id")
    page.check("#f-alerts-routes-2-about input[value=unreviewed]")
    page.uncheck("#f-alerts-routes-2-about input[value=event]")
    page.check("#f-alerts-routes-2-posts input[value=w01]")
    page.select_option("#f-alerts-rules-smoking-severity", "urgent")
    assert serious(page) == []
    assert MISSING_TEXT not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing lies beside the page"
    page.click("#tab-file")
    until(page, "!document.getElementById('save').disabled")
    page.click("#save")
    until(page, "document.getElementById('outcome').textContent.includes('.bak')")
    alerts = load_site(context.settings.data_dir / "site.yaml").alerts
    assert [(one.id, one.then) for one in alerts.routes] == [
        ("first", "boss"),
        ("boss", None),
        ("route1", None),
    ]
    added = alerts.routes[2]
    assert (added.to, added.about, added.posts) == (("team",), ("unreviewed",), ("w01",))
    assert (alerts.severity("smoking"), alerts.channels[0].url) == ("urgent", "https://a.example/")
    assert errors == []


def test_a_route_to_nobody_is_said_where_it_stands(desk: Desk, page: Any) -> None:
    open_part(page, desk[1], "zh-CN", "alerts")
    page.uncheck("#f-alerts-routes-0-to input")
    until(page, "document.getElementById('f-alerts-routes-0-to-fault').textContent.includes('至少应有 1 项')")
