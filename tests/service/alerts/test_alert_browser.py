"""The pages of alerts in a real browser: their forms work without a script, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from samples_service import EventMaker
from test_alert_pages import SITE
from test_browser import chromium

from pipelines.hall.site import Site
from service.bootstrap import build_app
from service.serving import listen, server_for
from service.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    """Address and context of a served desk whose worker is not started."""
    monkeypatch.setenv("HOOK_KEY", "hush-hush-key")
    settings = Settings(data_dir=tmp_path, port=0)
    listener = listen(settings)
    app = build_app(settings, Site.model_validate(SITE))
    server = server_for(app)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", app.state.context
    server.should_exit = True
    thread.join(30)
    app.state.alerts.stop()
    app.state.context.store.close()
    listener.close()


@pytest.fixture
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize(
    ("lang", "test", "again", "acknowledge", "done"),
    [
        pytest.param(
            "zh-CN", "向每个渠道发送测试消息", "再试一次", "是，我来处理", "起已有人处理", id="zh-CN"
        ),
        pytest.param(
            "en",
            "Send a test message over every channel",
            "Try again",
            "Yes, I have it in hand",
            "In hand since",
            id="en",
        ),
    ],
)
def test_every_button_does_its_work(
    desk: tuple[str, Any],
    page: Any,
    event: EventMaker,
    lang: str,
    test: str,
    again: str,
    acknowledge: str,
    done: str,
) -> None:
    address, context = desk
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.context.add_cookies([{"name": "lang", "value": lang, "url": address}])
    page.goto(f"{address}/alerts")
    page.get_by_role("button", name=test).click()
    page.wait_for_url(f"{address}/alerts")
    assert page.locator("tbody tr.pending").count() == 1

    (delivery,) = context.outbox.due(context.now())
    context.outbox.claim(delivery, context.now())
    context.outbox.dead(delivery, "given up")
    page.reload()
    page.locator("tr.dead").get_by_role("button", name=again).click()
    page.wait_for_url(f"{address}/alerts")
    assert page.locator("tbody tr.pending").count() == 1

    context.store.upsert_event(event(rule="absent"))
    context.outbox.plan(context.now())
    message = next(e.message.id for e in context.ledger.entries() if e.message.kind == "event")
    page.goto(f"{address}/acknowledge/{context.ack_tokens.make(message)}")
    assert context.outbox.acknowledged(message) is None
    page.get_by_role("button", name=acknowledge).click()
    page.get_by_text(done).wait_for()
    assert context.outbox.acknowledged(message) is not None
    assert said == []
