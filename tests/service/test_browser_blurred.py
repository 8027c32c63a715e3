"""In a browser: a supervisor and staff see a blurred copy and are told so; a reviewer sees the original."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import test_browser
import test_browser_login
from samples_appeals import confirm, invite
from samples_service import EventMaker, add_account
from test_browser import MISSING_TEXT, Hall, until
from test_browser_appeals import PHONE, enter, unexpected
from test_browser_login import shot

from tests.pipelines.evidence.samples_blurred import HIGH, STAFF, VISITOR, WIDE, file_scene
from tests.pipelines.evidence.samples_blurred import told as told_by_looks

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser and plays video in real time

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
guarded = test_browser_login.guarded
BLURRED, SHARP, PATIENCE_S = 25, 80, 30.0
"""Contrasts in shades of grey: below the one nothing can be told, above the other it is in the clear."""
CONTRAST = """([selector, [x1, y1, x2, y2], wide, high]) => {
  const video = document.querySelector(selector);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [wide, high];
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, wide, high);
  const data = pen.getImageData(x1 + 8, y1 + 8, x2 - x1 - 16, y2 - y1 - 16).data;
  const greys = [...data].filter((_, i) => i % 4 === 0);
  const mean = greys.reduce((sum, one) => sum + one, 0) / greys.length;
  return Math.sqrt(greys.reduce((sum, one) => sum + (one - mean) ** 2, 0) / greys.length);
}"""


@pytest.fixture
def seen(guarded: Hall, event: EventMaker) -> Hall:
    """A hall with a confirmed event whose clip shows staff and a visitor."""
    add_account(guarded.store, "li.na", "reviewer")
    add_account(guarded.store, "wang", "supervisor", ("w01",))
    guarded.sink.event(event(1, **file_scene(guarded.data_dir, event(1).id)))
    confirm(guarded.store, event(1).id, at=datetime.now(UTC))
    return guarded


def shown(page: Any, selector: str) -> float:
    """How much is to be seen of the visitor once the staff member is: a video is painted a little after it is
    ready."""
    end = time.monotonic() + PATIENCE_S
    while contrast(page, selector, STAFF) <= SHARP:
        assert time.monotonic() < end, "the staff member is not shown"
    return contrast(page, selector, VISITOR)


def contrast(page: Any, selector: str, box: tuple[int, int, int, int]) -> float:
    found: float = page.evaluate(CONTRAST, [selector, list(box), WIDE, HIGH])
    return found


@pytest.mark.parametrize(("lang", "told"), [("zh-CN", "经模糊处理的副本"), ("en", "A blurred copy")])
def test_a_supervisor_is_shown_a_blurred_copy_and_told_so(
    seen: Hall, event: EventMaker, page: Any, errors: list[str], lang: str, told: str
) -> None:
    where = f"?lang={lang}#event={event(1).id}"
    enter(page, seen, "wang", where)
    until(page, "document.getElementById('video').currentTime > 0.1")
    assert told in page.inner_text("#blurred")
    assert shown(page, "#video") < BLURRED
    shot(page, f"blurred-{lang}")
    assert MISSING_TEXT not in page.inner_text("body")
    enter(page, seen, "li.na", where)
    until(page, "document.getElementById('video').currentTime > 0.1")
    assert page.locator("#blurred").count() == 0
    assert shown(page, "#video") > SHARP
    assert unexpected(errors) == []


@pytest.mark.parametrize(("lang", "told"), [("zh-CN", "无法向您显示"), ("en", "cannot be shown to you")])
def test_what_cannot_be_blurred_is_said_and_not_shown(
    seen: Hall, event: EventMaker, page: Any, errors: list[str], lang: str, told: str
) -> None:
    damaged = json.dumps(told_by_looks(event(1).id, zone=[]))
    (seen.data_dir / "clips" / f"{event(1).id}.json").write_text(damaged)
    enter(page, seen, "wang", f"?lang={lang}#event={event(1).id}")
    until(page, f"document.getElementById('curtain-title').textContent.includes({told!r})")
    shot(page, f"unblurred-{lang}")
    assert unexpected(errors, "409") == []


@pytest.mark.parametrize("page", [PHONE], indirect=True)
@pytest.mark.parametrize(
    ("lang", "told", "trouble"),
    [("zh-CN", "经模糊处理的副本", "无法作模糊处理"), ("en", "a blurred copy", "cannot be blurred")],
)
def test_staff_are_shown_a_blurred_copy_by_their_link(
    seen: Hall, event: EventMaker, page: Any, errors: list[str], lang: str, told: str, trouble: str
) -> None:
    invite(seen.store, event(1).id, datetime.now(UTC), "secret")
    page.goto(f"{seen.address}appeal/secret?lang={lang}")
    until(page, "document.querySelector('video').readyState >= 2")
    assert told in page.inner_text("#blurred")
    assert shown(page, "#clip") < BLURRED
    shot(page, f"blurred-appeal-{lang}")
    (seen.data_dir / "clips" / f"{event(1).id}.json").write_text("{}")
    page.reload()
    assert trouble in page.inner_text("#unblurred")
    assert unexpected(errors) == []
