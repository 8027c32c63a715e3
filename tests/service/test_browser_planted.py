"""A known clip in a real browser: chosen by the adjudicator, met by a reviewer, seen in the figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import test_browser
import test_browser_login
from samples_service import EventMaker
from sqlalchemy import update
from test_browser import MISSING_TEXT, Hall, until
from test_browser_desk import SHOWN, enter, fill, opened, other
from test_browser_login import shot

from service.review.planting import Planting
from service.review.sampling import NOTHING
from service.store.plant_tables import PlantRow

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
guarded = test_browser_login.guarded
__all__ = ["other"]


def test_a_known_clip_is_chosen_met_answered_and_scored(
    guarded: Hall, event: EventMaker, page: Any, other: Any, errors: list[str]
) -> None:
    guarded.store.answers.sampling = NOTHING
    known, *_ = fill(guarded, event, range(1))
    enter(guarded, other, "judge", "adjudicator")
    assert opened(other) == known
    other.keyboard.press("2")
    other.click("#known-toggle")
    until(other, "document.getElementById('known-toggle').textContent === 'Use no more'")
    shot(other, "known")
    other.goto("about:blank")  # else it has the next event ready for the adjudicator

    guarded.planter.planting = Planting(1.0, b"key")
    first, second = fill(guarded, event, range(1, 3))
    enter(guarded, page, "li.na")
    assert opened(page) == first
    page.keyboard.press("1")
    until(page, f"{SHOWN} === '{second}'")
    until(page, "document.querySelectorAll('#list-open .item').length === 2")
    page.keyboard.press("1")
    until(page, f"!['{first}', '{second}'].includes({SHOWN})")
    met = opened(page)
    until(page, "document.getElementById('video').currentTime > 0")
    assert page.inner_text("#history-rows") == ""
    assert MISSING_TEXT not in page.inner_text("body")
    page.keyboard.press("2")
    until(page, "document.querySelectorAll('#list-judged .item').length === 3")
    assert guarded.store.counts() == {"confirmed": 2, "rejected": 1}
    assert met != known

    with guarded.store.transactions.write() as session:
        session.execute(update(PlantRow).values(answered_at=datetime.now(UTC) - timedelta(days=1)))
    page.click("#account-name")
    until(page, "document.getElementById('own-attention').textContent.includes('1 of 1 right')")
    shot(page, "own attention")
    other.goto(f"{guarded.address}?lang=en")
    other.wait_for_selector("#queue-list [data-id]")
    other.click("#agreement summary")
    until(other, "document.getElementById('attention-rows').textContent.includes('1 of 1 right')")
    shot(other, "attention")
    assert errors == []
