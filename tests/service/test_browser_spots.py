"""Spot checks in a real browser: found from the queue, answered by keys alone, taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import test_browser
import test_browser_login
from samples_service import NINE, POSTS, draw_spot
from test_browser import MISSING_TEXT, Hall, until
from test_browser_desk import enter, other
from test_browser_login import shot

from pipelines.texts import LANGUAGES, text
from service.store.spots import SpotFilter

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
guarded = test_browser_login.guarded
__all__ = ["other"]
CURRENT = "document.querySelector('.item[aria-current]')?.dataset.id"
PLAYING = "document.getElementById('stage').dataset.state === 'ready'"


def drawn(hall: Hall, number: int) -> list[str]:
    return [draw_spot(hall.store, hall.data_dir, start=NINE + timedelta(minutes=n)).id for n in range(number)]


def checks(hall: Hall, page: Any, name: str, lang: str = "en") -> None:
    """Log in, and on to the spot checks."""
    enter(hall, page, name, lang=lang)
    page.goto(f"{hall.address}spot-checks?lang={lang}")


def said(hall: Hall) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = hall.store.spots.find(SpotFilter(state="answered"), NINE, limit=9)
    return {spot.id: (spot.said.answer, spot.said.rules) for spot in found if spot.said}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_spot_checks_are_answered_by_keys_alone(
    guarded: Hall, page: Any, errors: list[str], lang: str
) -> None:
    first, second, third = drawn(guarded, 3)
    enter(guarded, page, "li.na", lang=lang)
    until(page, "!document.getElementById('spots-line').hidden")
    assert page.inner_text("#spots-link") == text(lang, "spots.link", n=3)
    page.focus("#spots-link")
    page.keyboard.press("Enter")
    page.wait_for_selector("#rules button")
    until(page, f"{CURRENT} === '{first}' && {PLAYING}")
    assert page.inner_text("#queue-count") == "3"
    body = page.inner_text("body")
    assert MISSING_TEXT not in body
    assert text(lang, "spots.rule.phone_use") in body
    # The post's zone lies over the picture, for a camera may show several.
    points = page.get_attribute("#zone-line", "points")
    assert points == " ".join(f"{x * 320:g},{y * 240:g}" for x, y in POSTS[0].staff_zone)
    # It plays from where the stretch begins.
    until(page, "document.getElementById('video').currentTime > 0.5")
    shot(page, f"spots-{lang}")

    page.keyboard.press("Enter")  # nothing is chosen
    until(page, "!document.getElementById('form-error').hidden")
    assert page.inner_text("#form-error") == text(lang, "spots.choose")
    for key in "2432":  # phone, eating, smoking, and no phone after all
        page.keyboard.press(key)
    assert page.locator("#rules [aria-pressed='true']").count() == 2
    page.keyboard.press("Enter")
    until(page, f"{CURRENT} === '{second}'")
    page.keyboard.press("0")
    until(page, f"{CURRENT} === '{third}'")
    assert said(guarded) == {first: ("seen", ("smoking", "eating")), second: ("nothing", ())}

    page.keyboard.press("u")
    until(page, f"{CURRENT} === '{second}'")
    assert said(guarded).keys() == {first}
    page.keyboard.press("9")
    until(page, f"{CURRENT} === '{third}'")
    until(page, f"{PLAYING} && !document.getElementById('video').paused")
    page.keyboard.press(" ")
    until(page, "document.getElementById('video').paused")
    page.keyboard.press("k")
    page.keyboard.press("0")
    until(page, "document.getElementById('detail-body').hidden")
    assert said(guarded)[third] == ("nothing", ())
    assert said(guarded)[second] == ("unclear", ())
    assert page.inner_text("#queue-empty .empty-title") == text(lang, "spots.empty.title")
    page.keyboard.press("l")
    other_one = next(one for one in LANGUAGES if one != lang)
    until(page, f"document.querySelector('h1').textContent === '{text(other_one, 'spots.title')}'")
    assert MISSING_TEXT not in page.inner_text("body")
    shot(page, f"spots-empty-{other_one}")
    assert guarded.store.counts() == {}
    assert errors == []


def test_two_reviewers_do_not_do_the_same_one(
    guarded: Hall, page: Any, other: Any, errors: list[str]
) -> None:
    first, second = drawn(guarded, 2)
    checks(guarded, page, "li.na")
    until(page, f"{CURRENT} === '{first}'")
    checks(guarded, other, "wei")
    until(other, f"{CURRENT} === '{second}'")  # the first is somebody else's
    other.keyboard.press("k")
    until(other, "!document.getElementById('held').hidden")
    assert "li.na does this one now" in other.inner_text("#held")
    other.keyboard.press("0")
    assert said(guarded) == {}
    shot(other, "spots-held")
    other.keyboard.press("t")
    until(other, "document.getElementById('held').hidden")
    other.keyboard.press("0")
    until(other, f"{CURRENT} === '{second}'")
    page.keyboard.press("0")
    until(page, "!document.getElementById('form-error').hidden")
    assert said(guarded) == {first: ("nothing", ())}
    assert [one for one in errors if "409" not in one] == []  # a refused claim is no fault


def test_a_second_key_while_an_answer_is_on_its_way_answers_nothing(
    guarded: Hall, page: Any, errors: list[str]
) -> None:
    first, second = drawn(guarded, 2)
    checks(guarded, page, "li.na")
    until(page, f"{CURRENT} === '{first}'")
    held: list[Any] = []
    page.route("**/answer", lambda route: held.append(route))
    page.keyboard.press("0")
    while not held:
        page.wait_for_timeout(20)
    page.keyboard.press("9")
    page.wait_for_timeout(200)
    for route in held:
        route.continue_()
    until(page, f"{CURRENT} === '{second}'")
    assert len(held) == 1
    assert said(guarded) == {first: ("nothing", ())}
    assert errors == []


def test_on_a_telephone_nothing_sticks_out(guarded: Hall, page: Any, errors: list[str]) -> None:
    drawn(guarded, 2)
    page.set_viewport_size({"width": 400, "height": 860})
    checks(guarded, page, "li.na", "zh-CN")
    page.wait_for_selector("#rules button")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    shot(page, "spots-phone")
    assert errors == []
