"""A reviewer in a real browser cuts a clip from a camera that is live over RTSP, and plays it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_browser
import test_browser_login
from samples_service import HALL, POSTS, add_account
from test_browser import MISSING_TEXT, Hall, until
from test_browser_appeals import PHONE, enter, unexpected
from test_browser_login import shot

from tests.pipelines.evidence.samples_cutting import held_s
from tests.pipelines.streams.samples_rtsp import LiveRun, RtspServer, hall_clip, need_server
from tests.pipelines.streams.samples_rtsp import hall as live_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser and plays video in real time

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
guarded = test_browser_login.guarded
HELD_S = 4


@pytest.fixture
def live(guarded: Hall, tmp_path: Path) -> Iterator[LiveRun]:
    """The hall's camera, live over RTSP for a minute."""
    need_server()
    server = RtspServer(hall_clip(tmp_path / "h264.mp4", ((60.0, True),)))
    guarded.store.set_site(HALL, [post.model_copy(update={"camera": "cam0"}) for post in POSTS])
    add_account(guarded.store, "li.na", "reviewer")
    add_account(guarded.store, "zhao", "viewer")
    run = LiveRun(live_site(server.url()), guarded.data_dir, recorders=guarded.recorders)
    run.until(lambda _: held_s(guarded.recorders, "cam0") > HELD_S)
    yield run
    run.end()
    server.kill()


def choose(page: Any, note: str) -> None:
    page.wait_for_selector("#cut:not([hidden])")
    page.select_option("#new-clause", "B12")
    page.fill("#new-note", note)
    page.check("#cut-wanted")
    until(page, "document.getElementById('cut-held').textContent.trim() !== ''")


@pytest.mark.usefixtures("live")
def test_a_clip_is_cut_from_now_back_and_played(guarded: Hall, page: Any, errors: list[str]) -> None:
    enter(page, guarded, "li.na", "findings?lang=zh-CN")
    choose(page, "未一次性告知需补正的材料。")
    assert page.input_value("#cut-camera") == "cam0"
    assert "秒的画面" in page.inner_text("#cut-held")
    assert page.input_value("#new-at") != "", "the moment is now, until another is given"
    page.fill("#cut-seconds", "3")
    shot(page, "finding-cut-zh-CN")
    page.click("#record")
    page.wait_for_selector(".card button.play")
    assert page.is_hidden("#record-error")
    assert not page.is_checked("#cut-wanted")
    page.click(".card button.play")
    until(page, "document.querySelector('.card video').currentTime > 0.2")
    assert 2 <= page.evaluate("document.querySelector('.card video').duration") <= 4.5
    shot(page, "finding-played-zh-CN")
    page.goto(f"{guarded.address}findings?lang=en")
    page.wait_for_selector(".card button.play")
    shot(page, "finding-list-en")
    assert MISSING_TEXT not in page.inner_text("body")

    enter(page, guarded, "zhao", "findings?lang=en")
    page.wait_for_selector(".card")
    assert page.locator(".card button.play").count() == 0
    assert "With a clip (cam0" in page.inner_text(".card")
    assert unexpected(errors) == []


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("page", [PHONE], indirect=True)
@pytest.mark.parametrize(
    ("lang", "told", "listed"),
    [
        ("zh-CN", "已记录，但未附视频片段", "画面未留存"),
        ("en", "Recorded, but without a clip", "that time is not held"),
    ],
)
def test_a_time_that_is_gone_is_told_and_the_finding_is_there(
    guarded: Hall, page: Any, errors: list[str], lang: str, told: str, listed: str
) -> None:
    enter(page, guarded, "li.na", f"findings?lang={lang}")
    choose(page, "x")
    page.fill("#cut-start", "2026-01-05T09:00:00")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, f"finding-cut-phone-{lang}")
    page.click("#record")
    page.wait_for_selector("#record-error:not([hidden])")
    assert told in page.inner_text("#record-error")
    until(page, f"document.querySelector('.card')?.textContent.includes({listed!r})")
    shot(page, f"finding-missing-phone-{lang}")
    assert MISSING_TEXT not in page.inner_text("body")
    assert unexpected(errors) == []
