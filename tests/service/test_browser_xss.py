"""Markup in every text that people or machines can write: shown as it is on every page, and never run.

The browser is told to ignore the pages' content security policy, so that what holds is the escaping alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import test_browser
from samples_pages import EVENT, PAGES, SITE, Desk, Page, served
from samples_service import add_account
from sqlalchemy import update

from pipelines.rules.events import HealthEntry
from pipelines.texts import LANGUAGES
from service.store.appeal_tables import AppealRow
from service.store.tables import VerdictRow

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser, and opens every page

browser = test_browser.browser
MARK = "<img src=x onerror=pwned=1>"
"""Would load a picture and, failing, set a variable of the page."""
OTHERS = (
    "</script><script>pwned=1</script>",
    "'\"><svg onload=pwned=1>",
    "{{7*7}}${7*7}<%=7*7%>",
    "javascript:pwned=1",
)
CONTESTED = 3
"""The event of `samples_pages` that its staff contest: judged anew it would have no appeal any more."""
FULL = tuple(page for page in PAGES if page.hall == "full")
SHOWN = (
    *("review", "review of an event", "cameras of the review", "accounts"),
    *("appeals", "appeal of the staff", "alerts", "acknowledgement", "site: posts", "site: rules"),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A served hall in which every text is markup."""
    site = copy.deepcopy(SITE)
    site["hall"] = MARK + OTHERS[0]
    for post in site["posts"]:
        post["name"] = MARK + "".join(OTHERS)
    folder = tmp_path_factory.mktemp("hall")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOOK_KEY", "hush-hush-key")
        with served(folder, "full", site) as made:
            spoil(made, folder)
            yield made


def spoil(desk: Desk, folder: Path) -> None:
    """Markup into whatever is written by a run, a reviewer, a receiver of alerts, an admin."""
    context = desk.context
    store, now = context.store, context.now()
    for number in range(6):
        made = store.event(f"{int(EVENT, 16) + number:016x}").event
        model = made.model.model_copy(update={"name": MARK, "sha256": OTHERS[0]})
        changes = {"why": MARK, "clause": MARK, "camera": MARK, "model": model, "rule_version": MARK}
        if number > 2:
            changes["rule"] = MARK
        store.upsert_event(made.model_copy(update=changes))
        if number != CONTESTED:
            store.give_verdict(made.id, "unclear", None, MARK + "".join(OTHERS), at=now)
    with store.transactions.write() as session:
        for table, words in ((AppealRow, "statement"), (AppealRow, "signed"), (VerdictRow, "note")):
            session.execute(update(table).values({words: MARK + "".join(OTHERS)[:40]}))
    for state in ("dark", "gap"):
        start = now - timedelta(minutes=2)
        store.upsert_health(HealthEntry(camera=MARK, state=state, start=start, end=None, detail=MARK))
    add_account(store, "chen", "supervisor", (MARK, OTHERS[1]))
    timeline = folder / "clips" / f"{EVENT}.json"
    told = json.loads(timeline.read_text())
    told["behaviour"] = MARK
    for look in told["looks"]:
        look["why"] = {"code": MARK, "args": {"percent": MARK}}
        look["boxes"][0]["label"] = look["boxes"][0]["role"] = MARK
    timeline.write_text(json.dumps(told))
    for delivery in context.outbox.due(now + timedelta(days=1)):
        context.outbox.claim(delivery, now)
        context.outbox.dead(delivery, MARK + OTHERS[1])


def settled(page: Any) -> None:
    """Until every picture there may be has been tried, and what its failure would start has run."""
    test_browser.until(page, "[...document.images].every((image) => image.complete)")
    page.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(() => done(1)), 0))")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wanted", FULL, ids=lambda page: page.name)
def test_markup_is_text(browser: Any, desk: Desk, wanted: Page, language: str) -> None:
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": "lang", "value": language, "url": desk.address}])
    page = context.new_page()
    desk.open(page, wanted)
    # Once more as a reader moves about in it: the queue, an event, the next one.
    if wanted.ready.startswith("#queue-list"):
        page.locator("#queue-list [data-id] button").first.focus()
        for key in ("j", "j", "k"):
            page.keyboard.press(key)
    settled(page)
    assert page.evaluate("typeof pwned") == "undefined"
    assert page.locator("img:not(.tile img), svg[onload], iframe, object, embed").count() == 0
    assert page.locator("script:not([src]):not([type='application/json'])").count() == 0
    if wanted.name in SHOWN:
        typed = page.locator("input").evaluate_all("fields => fields.map((field) => field.value)")
        assert MARK in page.inner_text("body") + " ".join(typed)
        assert "49" not in page.title()
    context.close()


@pytest.mark.parametrize(
    "address",
    [
        f"?lang={MARK}",
        f"#event={MARK}",
        "#event=javascript:pwned=1",
        f"login?lang={MARK}",
        f"accounts?lang={MARK}",
        f"alerts?lang={MARK}",
        f"acknowledge/{MARK}",
        f"nothing/{MARK}",
        f"api/events/{MARK}",
        f"api/events?cursor={MARK}",
        f"static/{MARK}",
    ],
)
def test_markup_in_an_address_is_not_run(browser: Any, desk: Desk, address: str) -> None:
    context = browser.new_context(bypass_csp=True)
    context.add_cookies([{"name": "conduct_session", "value": desk.cookie, "url": desk.address}])
    page = context.new_page()
    page.goto(desk.address + address)
    settled(page)
    assert page.evaluate("typeof pwned") == "undefined"
    assert page.locator("img").count() == 0
    context.close()


def test_the_policy_would_stop_it_as_well(browser: Any, desk: Desk) -> None:
    """Without the browser's leave to ignore it, markup that got in would still not run."""
    context = browser.new_context()
    context.add_cookies([{"name": "conduct_session", "value": desk.cookie, "url": desk.address}])
    page = context.new_page()
    page.goto(desk.address)
    page.wait_for_selector("#queue-list [data-id]")
    page.evaluate(f"document.body.insertAdjacentHTML('beforeend', {json.dumps(MARK + OTHERS[1])})")
    # Its error is told once the picture could not be loaded.
    page.wait_for_selector("img", state="attached")
    test_browser.until(page, "document.querySelector('img').complete")
    settled(page)
    assert page.evaluate("typeof pwned") == "undefined"
    context.close()
