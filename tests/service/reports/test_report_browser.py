"""The page of reports in a real browser: a range is chosen, the report is exported, the file is opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import openpyxl
import pytest
from samples_reports import fill
from samples_service import EventMaker
from test_browser import chromium

from pipelines.texts import text
from service.api.context import Context
from service.bootstrap import build_app
from service.serving import listen, server_for
from service.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser
WAIT_MS = 60_000


@pytest.fixture
def desk(tmp_path: Path, event: EventMaker) -> Iterator[tuple[str, Context]]:
    """Address and context of a served desk with two weeks of records."""
    settings = Settings(data_dir=tmp_path / "data", port=0)
    with listen(settings) as listener:
        app = build_app(settings)
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        context: Context = app.state.context
        fill(context.store, event)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", context
        server.should_exit = True
        thread.join(30)
        context.store.close()


@pytest.fixture
def page() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page(viewport={"width": 1280, "height": 800})
        opened.set_default_timeout(WAIT_MS)
        errors: list[str] = []
        opened.on("request", lambda asked: "127.0.0.1" in asked.url or errors.append(asked.url))
        opened.on("console", lambda line: line.type == "error" and errors.append(line.text))
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
        assert errors == []
        browser.close()


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_report_is_found_chosen_exported_and_opened(
    desk: tuple[str, Context], page: Any, tmp_path: Path, lang: str
) -> None:
    address, context = desk
    page.goto(f"{address}/?lang={lang}")
    page.get_by_role("link", name=text(lang, "report.title"), exact=True).click()
    page.get_by_text(text(lang, "report.empty.title")).wait_for()
    page.fill("#from", "2026-01-05")
    page.fill("#to", "2026-01-18")
    page.get_by_role("button", name=text(lang, "report.range.show")).click()
    page.get_by_role("heading", name=text(lang, "report.by.rule")).wait_for()
    row = page.get_by_role("row", name=text(lang, "rule.phone_use"))
    assert row.locator("td").all_inner_texts()[:4] == ["13", "1", "10", "2"]
    assert page.locator(".card.unseen .figure").inner_text() == text(lang, "report.hours", hours="62.5")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="XLSX").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames[1] == text(lang, "report.by.rule")
    (phone,) = [
        one
        for one in book.worksheets[1].iter_rows(values_only=True)
        if one[0] == text(lang, "rule.phone_use")
    ]
    assert phone[1:5] == (13, 1, 10, 2)
    (entry,) = context.store.audit.newest(limit=5)
    assert (entry.action, entry.object) == ("report.exported", "xlsx")


@pytest.mark.parametrize(
    "size", [{"width": 1280, "height": 800}, {"width": 400, "height": 800}], ids=["office", "phone"]
)
def test_nothing_sticks_out_to_the_side_and_all_can_be_reached_by_keys(
    desk: tuple[str, Context], page: Any, size: dict[str, int]
) -> None:
    page.set_viewport_size(size)
    page.goto(f"{desk[0]}/reports?from=2026-01-05&to=2026-01-18&lang=en")
    page.get_by_role("heading", name="By week").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    reached: set[str] = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))
    assert {"Last month", "from", "to", "Show", "CSV", "XLSX", "PDF", "Back to the review page"} <= reached


def test_on_paper_the_controls_are_gone_and_the_charts_are_there(
    desk: tuple[str, Context], page: Any
) -> None:
    page.goto(f"{desk[0]}/reports?from=2026-01-05&to=2026-01-18&lang=en")
    page.emulate_media(media="print")
    shown = page.evaluate(
        "JSON.stringify(['.ranges', '.away', '.panel', '.cards', '.notes'].map("
        "(name) => getComputedStyle(document.querySelector(name)).display !== 'none'))"
    )
    assert json.loads(shown) == [False, False, True, True, True]
