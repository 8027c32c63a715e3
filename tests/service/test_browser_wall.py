"""The wall in a real browser: over a hall whose clip `conduct serve` watches, and over looks of our own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import test_browser
import yaml
from samples_pages import SITE, Desk, served
from samples_service import an_event, look_at
from test_browser import MISSING_TEXT, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser, and watches a clip with the models

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
SHOWN = "document.querySelector('.tile img:not([hidden])')?.naturalWidth > 0"
ZONES = {
    "w01": [[0.05, 0.25], [0.3, 0.25], [0.3, 0.7]],
    "w02": [[0.56, 0.25], [0.76, 0.25], [0.76, 0.7], [0.56, 0.7]],
}


@pytest.fixture
def watched(tmp_path: Path, example: Path) -> Iterator[str]:
    """The address of a hall whose one camera is the bundled clip: w02's staff leaves at ten seconds."""
    site = {
        "hall": "测试大厅",
        "timezone": "Asia/Shanghai",
        "cameras": [{"id": "east", "url": str(example)}],
        "posts": [{"id": post, "camera": "east", "staff_zone": zone} for post, zone in ZONES.items()],
        "rules": {"absent": {"grace_s": 1}},
    }
    (tmp_path / "hall.yaml").write_text(yaml.safe_dump(site, allow_unicode=True), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "conduct"), "serve", "--port", "0", "--site"]
    with subprocess.Popen(
        [*command, str(tmp_path / "hall.yaml")],
        env={**os.environ, "CONDUCT_DATA_DIR": str(tmp_path / "data")},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield next(found[1] for line in process.stdout if (found := re.search(r"page: (\S+)", line)))
        finally:
            process.terminate()
            process.stdout.close()


def test_a_watched_clip_fills_the_wall(page: Any, watched: str, errors: list[str]) -> None:
    page.goto(f"{watched}wall?lang=en")
    until(page, SHOWN)
    until(page, "document.querySelector('#note').textContent.includes('watched to their ends')")
    assert page.locator(".tile").count() == 2
    gone = page.locator('.tile[data-post="w02"]')
    assert gone.get_attribute("data-state") == "absent"
    assert gone.locator(".word").text_content() == "Empty"
    assert re.fullmatch(r"Video, 09:00:1\d", gone.locator(".age").text_content())
    assert gone.locator("img").is_visible()
    assert errors == []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with served(tmp_path, "empty", {key: SITE[key] for key in SITE if key != "alerts"}) as made:
        yield made


def shown(page: Any, desk: Desk, where: str = "wall?lang=zh-CN") -> None:
    page.context.add_cookies([{"name": "conduct_session", "value": desk.cookie, "url": desk.address}])
    page.goto(desk.address + where)
    until(page, "document.querySelectorAll('.tile').length > 0")


def names(page: Any) -> list[str]:
    return [one.split("号")[0] for one in page.locator(".tile .name").all_text_contents()]


def test_tiles_are_sorted_filtered_and_kept_so_over_a_reload(page: Any, desk: Desk) -> None:
    now = desk.context.now()
    for post, present in (("w01", True), ("w02", False)):
        look_at(desk.context.newest, post, now + timedelta(seconds=60), present=present)
    shown(page, desk)
    assert names(page) == ["1", "2"]
    assert page.locator("#counts").text_content() == "共 2 个窗口：无人 1 · 在岗 1"
    page.select_option("#sort", "attention")
    assert names(page) == ["2", "1"]
    page.select_option("#state", "present")
    assert names(page) == ["1"]
    page.reload()
    until(page, "document.querySelectorAll('.tile').length === 1")
    assert names(page) == ["1"]
    page.select_option("#state", "covered")
    assert page.locator("#empty").is_visible()
    page.click("#language")
    until(page, "document.documentElement.lang === 'en'")
    assert page.locator("#empty-title").text_content() == "No post is like that"
    assert MISSING_TEXT not in page.content()


def test_a_new_look_and_a_new_question_come_by_themselves(page: Any, desk: Desk) -> None:
    ahead = desk.context.now() + timedelta(seconds=60)
    look_at(desk.context.newest, "w01", ahead)
    shown(page, desk)
    until(page, SHOWN)
    before = page.locator(".tile img").first.get_attribute("src")
    look_at(desk.context.newest, "w01", ahead + timedelta(seconds=1), present=False)
    desk.context.store.upsert_event(an_event(7, desk.context.now(), rule="absent", state="open", end=None))
    until(page, "document.querySelector('.tile').dataset.state === 'absent'")
    assert page.locator(".tile img").first.get_attribute("src") != before
    link = page.locator(".asked a")
    assert "窗口无人在岗" in link.text_content()
    assert link.get_attribute("href") == f"/#event={7:016x}"


def test_nothing_is_asked_while_nobody_can_see_it(page: Any, desk: Desk) -> None:
    shown(page, desk)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    hide = "Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }});"
    tell = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(hide.format("true") + tell)
    page.wait_for_timeout(300)  # what was under way
    asked.clear()
    page.wait_for_timeout(2500)  # longer than from one question to the next
    assert asked == []
    page.evaluate(hide.format("false") + tell)
    until(page, "true")
    page.wait_for_timeout(500)
    assert any(url.endswith("/api/wall") for url in asked)


def test_when_the_service_is_gone_the_tiles_grow_old(page: Any, desk: Desk) -> None:
    look_at(desk.context.newest, "w01", desk.context.now())
    shown(page, desk)
    until(page, "document.querySelector('.tile').dataset.state === 'present'")
    page.route("**/api/wall", lambda route: route.abort())
    until(page, "document.querySelector('[data-post=w01].old')?.dataset.state === 'unknown'")
    assert page.locator("#banner").is_visible()
    assert "画面已过时" in page.locator(".tile .because").first.text_content()
