"""Uniforms enrolled in a real browser: people are picked from a picture, by mouse and by keys alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_browser
from samples_browser import DEMO, SIZES, Desk, open_part, served_site
from samples_sitefile import site
from test_browser import MISSING_TEXT, until
from test_browser_axe import serious

from pipelines.hall.site import load_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser, and the models

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with served_site(tmp_path, site(cameras=[{"id": "east", "url": "example_12s.mp4"}])) as found:
        yield found


def kept(desk: Desk, kind: str = "wear") -> list[Path]:
    folder = desk[0].settings.data_dir / "uniform" / kind
    return sorted(folder.iterdir()) if folder.is_dir() else []


def count(page: Any, kind: str, number: int) -> None:
    until(page, f"document.querySelectorAll('#{kind}-list li').length === {number}")


@pytest.mark.parametrize(("page", "language"), SIZES, indirect=["page"])
def test_people_are_picked_with_the_mouse(desk: Desk, page: Any, errors: list[str], language: str) -> None:
    open_part(page, desk[1], language, "uniform")
    page.click("#pick-picture")
    page.wait_for_selector(".people .person")
    page.locator(".people .person").first.click()
    page.click("#pick-wear")
    count(page, "wear", 1)
    assert page.is_disabled("#pick-wear"), "the next one is chosen first"
    page.evaluate("document.getElementById('pick-board').scrollIntoView({ block: 'start' })")
    box = page.locator("#pick-board").bounding_box()
    page.mouse.move(box["x"] + 0.02 * box["width"], box["y"] + 0.02 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"], steps=4)
    page.mouse.up()
    page.wait_for_selector(".people .own")
    page.click("#pick-other")
    # The corner of the picture is kept, or refused because several people are in it.
    until(page, "!document.getElementById('pick-wear').disabled || document.querySelector('#other-list li')")
    assert serious(page) == []
    assert MISSING_TEXT not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing lies beside the page"
    page.locator("#wear-list button").first.click()
    count(page, "wear", 0)
    assert kept(desk) == []
    assert [one for one in errors if "422" not in one] == []


def test_people_are_picked_and_deleted_by_keys_alone(desk: Desk, page: Any, errors: list[str]) -> None:
    open_part(page, desk[1], "en", "uniform")
    page.focus("#pick-picture")
    page.keyboard.press("Enter")
    page.wait_for_selector(".people .person")
    page.focus(".people .person")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.focus("#pick-wear")
    page.keyboard.press("Enter")
    count(page, "wear", 1)
    page.focus("#pick-box")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "own"
    before = page.locator(".people .own").bounding_box()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    after = page.locator(".people .own").bounding_box()
    assert (after["x"] < before["x"], after["height"] > before["height"]) == (True, True)
    page.focus("#wear-list button")
    page.keyboard.press("Enter")
    count(page, "wear", 0)
    assert page.evaluate("document.activeElement.id") == "wear-title"
    assert errors == []


def test_enough_examples_are_judged_and_used(desk: Desk, page: Any, errors: list[str]) -> None:
    data_dir = desk[0].settings.data_dir
    shutil.copytree(DEMO / "uniform", data_dir / "uniform")
    open_part(page, desk[1], "zh-CN", "uniform")
    count(page, "wear", 10)
    page.click("#judge")
    page.wait_for_selector("#judged .good", timeout=60_000)
    page.click("#use-uniform")
    page.click("#tab-file")
    until(page, "!document.getElementById('save').disabled")
    page.click("#save")
    until(page, "document.getElementById('outcome').textContent.includes('.bak')")
    saved = load_site(data_dir / "site.yaml").uniform
    assert saved is not None
    assert (saved.wear, saved.other) == ("uniform/wear", "uniform/other")
    page.click("#tab-uniform")
    while page.locator("#wear-list li").count() > 3:
        left = page.locator("#wear-list li").count()
        page.locator("#wear-list button").first.click()
        count(page, "wear", left - 1)
    page.click("#judge")
    page.wait_for_selector("#judged .fault", timeout=60_000)
    assert page.is_visible("#uniform-broken")
    page.click("#drop-uniform")
    until(page, "document.getElementById('uniform-broken').hidden")
    assert errors == []
