"""The desk in a real browser: who does which clip, answers taken back, several at once, second opinions."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from contextlib import closing
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import test_browser
import test_browser_login
from samples_service import PASSWORD, EventMaker, add_account
from sqlalchemy import select
from test_browser import MISSING_TEXT, Hall, until
from test_browser_login import log_in, shot

from service.review.sampling import NOTHING, Sampling
from service.store.claim_tables import ClaimRow

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors
guarded = test_browser_login.guarded
PATIENCE_S = 150


def fill(hall: Hall, event: EventMaker, numbers: range, **changes: Any) -> list[str]:
    """Events with one and the same clip."""
    names = hall.evidence(event(numbers[0]).id)
    made = []
    for number in numbers:
        one = event(number, **changes)
        files = {kind: name.replace(event(numbers[0]).id, one.id) for kind, name in names.items()}
        for kind, name in files.items():
            if not (hall.data_dir / name).exists():
                shutil.copy(hall.data_dir / names[kind], hall.data_dir / name)
        hall.sink.event(one.model_copy(update=files))
        made.append(one.id)
    return made


def enter(hall: Hall, page: Any, name: str, role: str = "reviewer", lang: str = "en") -> None:
    """Log in at the page."""
    if name not in {one.name for one in hall.store.accounts.all()}:
        add_account(hall.store, name, role)  # type: ignore[arg-type]
    page.goto(f"{hall.address}?lang={lang}")
    page.wait_for_url("**/login*")
    log_in(page, name)
    page.wait_for_selector("#queue-list")


@pytest.fixture
def other(browser: Any) -> Any:
    """A second person's browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


SHOWN = "location.hash.slice(7)"


def opened(page: Any, seconds: float = 60) -> str:
    until(page, f"{SHOWN} !== ''", seconds)
    found: str = page.evaluate(SHOWN)
    return found


def test_two_people_get_two_events_and_one_can_take_over_on_purpose(
    guarded: Hall, event: EventMaker, page: Any, other: Any
) -> None:
    guarded.store.answers.sampling = NOTHING
    fill(guarded, event, range(2))
    enter(guarded, page, "li.na")
    first = opened(page)
    enter(guarded, other, "wang.wei")
    second = opened(other)
    assert {first, second} == {event(0).id, event(1).id}
    until(other, "document.querySelector('#list-open').textContent.includes('with li.na')")
    other.keyboard.press("k")
    until(other, "!document.getElementById('held').hidden")
    assert "li.na does this event now, until" in other.inner_text("#held")
    shot(other, "held")
    other.keyboard.press("1")
    until(other, "!document.getElementById('form-error').hidden")
    assert guarded.store.counts() == {"none": 2}
    other.keyboard.press("t")
    until(other, "document.getElementById('held').hidden")
    until(page, "document.getElementById('held-text').textContent.includes('wang.wei')")
    page.keyboard.press("1")
    other.keyboard.press("2")
    until(other, f"{SHOWN} === '{second}'")
    assert [(v.verdict, v.by) for v in guarded.store.verdicts(first)] == [("rejected", "wang.wei")]


def test_what_was_given_back_just_when_it_was_opened_is_claimed_after_all(
    guarded: Hall, event: EventMaker, page: Any
) -> None:
    guarded.store.answers.sampling = NOTHING
    held, free = fill(guarded, event, range(2))
    asked = []
    with closing(program(guarded, "wang.wei")) as client:
        assert client.post(f"api/events/{held}/claim", json={}).status_code == 200
        enter(guarded, page, "li.na")
        until(page, f"{SHOWN} === '{free}'")
        page.route(f"**/api/events/{held}/claim", lambda route: asked.append((route, route.fetch())))
        page.keyboard.press("k")
        until(
            page, f"{SHOWN} === '{held}' && document.querySelector('#list-open [aria-current=true]') !== null"
        )
        # What the page hears of the holder meanwhile must not keep the answer from waiting for the claim.
        with page.expect_response("**/api/events?*"):
            pass
        page.wait_for_timeout(100)
        page.keyboard.press("1")
        assert client.delete(f"api/events/{held}/claim").status_code == 200
        for status in (409, 200):
            while not asked:
                page.wait_for_timeout(20)
            route, answer = asked.pop()
            assert answer.status == status
            route.fulfill(response=answer)
        until(page, f"{SHOWN} === '{free}'")
    assert [(v.verdict, v.by) for v in guarded.store.verdicts(held)] == [("confirmed", "li.na")]
    taken = guarded.store.audit.newest(limit=100, action="claim.taken")
    assert ("li.na", held) in {(one.who, one.object) for one in taken}


def test_an_answer_is_taken_back_by_key_and_the_event_is_open_again(
    guarded: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    guarded.store.answers.sampling = NOTHING
    fill(guarded, event, range(2))
    enter(guarded, page, "li.na")
    assert opened(page) == event(0).id
    page.keyboard.press("2")
    until(page, f"{SHOWN} === '{event(1).id}'")
    page.keyboard.press("u")
    until(page, f"{SHOWN} === '{event(0).id}'")
    until(page, "document.getElementById('history').textContent.includes('Taken back')")
    assert guarded.store.counts() == {"none": 2}
    page.keyboard.press("1")
    until(page, f"{SHOWN} === '{event(1).id}'")
    assert [v.verdict for v in guarded.store.verdicts(event(0).id)] == ["rejected", "withdrawn", "confirmed"]
    assert errors == []


def test_several_events_get_one_answer_by_keys(
    guarded: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    guarded.store.answers.sampling = NOTHING
    ids = fill(guarded, event, range(5))
    add_account(guarded.store, "wang.wei", "reviewer")
    enter(guarded, page, "li.na")
    assert opened(page) == ids[0]
    until(page, "document.querySelectorAll('#list-open .item').length === 5")
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    page.keyboard.press("Shift+J")
    until(page, "document.querySelectorAll('.item[aria-pressed=true]').length === 3")
    assert page.inner_text("#marked-text").startswith("3 chosen")
    shot(page, "marked")
    page.keyboard.press("2")
    until(page, "document.getElementById('marked').hidden")
    until(page, "document.querySelectorAll('#list-judged .item').length === 3")
    assert guarded.store.counts() == {"none": 2, "rejected": 3}
    page.keyboard.press("u")
    until(page, "document.querySelectorAll('#list-open .item').length === 5")
    assert guarded.store.counts() == {"none": 5}
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    assert page.is_hidden("#marked")
    assert errors == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_second_opinion_is_blind_and_the_adjudicator_sees_both(
    guarded: Hall, event: EventMaker, page: Any, other: Any, errors: list[str], language: str
) -> None:
    guarded.store.answers.sampling = Sampling({"confirmed": 1.0})
    (one,) = fill(guarded, event, range(1))
    client = program(guarded, "zhao.min")
    said = {"verdict": "confirmed", "note": "I saw it"}
    assert client.post(f"api/events/{one}/verdict", json=said).is_success
    client.close()
    enter(guarded, page, "li.na", lang=language)
    assert opened(page) == one
    page.wait_for_selector("#list-open .item")
    for secret in ("zhao.min", "I saw it"):
        for part in ("#queue-list", "#stage", "#detail"):
            assert secret not in page.inner_text(part)
    assert page.is_hidden("#d-verdict")
    page.keyboard.press("2")
    until(page, "!document.getElementById('d-stage').hidden")
    enter(guarded, other, "judge", role="adjudicator", lang=language)
    assert opened(other) == one
    until(other, "document.querySelectorAll('#history-rows li').length === 2")
    assert {"zhao.min", "li.na"} <= set(other.inner_text("#history-rows").replace("·", " ").split())
    other.click("#agreement summary")
    until(other, "document.getElementById('agreement-n').textContent !== ''")
    shot(other, f"dispute-{language}")
    assert MISSING_TEXT not in other.inner_text("body")
    other.keyboard.press("Escape")
    other.keyboard.press("2")
    until(other, "document.querySelectorAll('#history-rows li').length === 3")
    assert guarded.store.counts() == {"rejected": 1}
    assert errors == []


def test_filters_show_what_they_name(guarded: Hall, event: EventMaker, page: Any, errors: list[str]) -> None:
    guarded.store.answers.sampling = NOTHING
    fill(guarded, event, range(2))
    guarded.sink.event(event(2, state="open", end=None, rule="smoking"))
    client = program(guarded, "zhao.min")
    assert client.post(f"api/events/{event(1).id}/verdict", json={"verdict": "unclear"}).is_success
    client.close()
    enter(guarded, page, "li.na")
    rows = "[...document.querySelectorAll('.queue-list li')].map((row) => row.dataset.id).join()"
    until(page, f"{rows} === '{event(2).id},{event(0).id},{event(1).id}'")
    for name, value, shown in (
        ("by", "zhao.min", [1]),
        ("state", "open", [2]),
        ("time", "today", []),
        ("rule", "smoking", [2]),
    ):
        page.select_option(f"#filter-{name}", value)
        until(page, f"{rows} === '{','.join(event(number).id for number in shown)}'")
        page.select_option(f"#filter-{name}", "")
    page.select_option("#filter-time", "days")
    page.fill("#filter-from", "2026-01-05")
    page.fill("#filter-to", "2026-01-05")
    until(page, f"{rows}.split(',').length === 3")
    page.fill("#filter-from", "2026-01-06")
    page.fill("#filter-to", "2026-01-06")
    until(page, f"{rows} === ''")
    assert errors == []


def test_the_next_clip_is_there_before_it_is_asked_for(
    guarded: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    guarded.store.answers.sampling = NOTHING
    ids = fill(guarded, event, range(3))
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith(("clip", "timeline")) else None)
    enter(guarded, page, "li.na")
    assert opened(page) == ids[0]
    for following in ids[1:]:
        until(page, "document.getElementById('video-next').readyState >= 3")
        assert any(following in url for url in asked), "made ready while the one before is looked at"
        page.keyboard.press("1")
        until(page, f"{SHOWN} === '{following}'")
        until(page, "document.getElementById('video').currentTime > 0.1")
        assert page.is_hidden("#curtain")
        until(page, test_browser.BOX_LIES_ON_RECTANGLE)
    assert errors == []


# -- ten at once


def program(hall: Hall, name: str) -> httpx.Client:
    """Somebody logged in, without a browser."""
    if name not in {one.name for one in hall.store.accounts.all()}:
        add_account(hall.store, name, "reviewer")
    client = httpx.Client(base_url=hall.address, headers={"Origin": hall.address.rstrip("/")}, timeout=60)
    assert client.post("api/session", json={"name": name, "password": PASSWORD}).status_code == 201
    return client


def work(client: httpx.Client, quota: int, stop: Event, recorded: list[str]) -> None:
    """Judge what the queue gives until the quota is reached; each answer that was taken is noted."""
    while len(recorded) < quota and not stop.is_set():
        found = client.post("api/queue/next", json={}).json()["event"]
        if found is None:
            stop.wait(0.05)
            continue
        url = f"api/events/{found['id']}/verdict"
        answer = client.post(url, json={"verdict": "confirmed", "claimed": True})
        if answer.status_code == 201:
            recorded.append(found["id"])
            # What is sent twice (a slow network, an impatient hand) adds nothing.
            assert client.post(url, json={"verdict": "confirmed", "claimed": True}).status_code == 201
            assert client.post(url, json={"verdict": "unclear", "claimed": True}).status_code == 409


READY = """document.getElementById('video').readyState >= 2
  && !document.querySelector('button.confirmed').disabled
  && document.querySelector('#list-open [aria-current=true]') !== null"""


def state(page: Any) -> tuple[str, ...]:
    """What is on a page that does not come to an end."""
    texts = [page.inner_text(part) for part in ("#queue-count", "#list-open", "#form-error", "#held")]
    return (page.url, *texts, page.evaluate("document.getElementById('stage').dataset.state"))


def test_ten_reviewers_at_once_lose_no_verdict_and_give_none_twice(
    guarded: Hall, event: EventMaker, page: Any, other: Any
) -> None:
    guarded.store.answers.sampling = Sampling({"confirmed": 1.0})  # so each event is judged by two of them
    ids = fill(guarded, event, range(30))
    names = [f"p{number}" for number in range(8)]
    recorded: dict[str, list[str]] = {name: [] for name in names}
    stop = Event()
    clients = [program(guarded, name) for name in names]
    for browser_page, name in ((page, "li.na"), (other, "wang.wei")):
        enter(guarded, browser_page, name)
        opened(browser_page)
    threads = [
        Thread(target=work, args=(client, 6, stop, recorded[name]))
        for client, name in zip(clients, names, strict=True)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE_S
    while sum(len(guarded.store.verdicts(one)) for one in ids) < 2 * len(ids):
        assert time.monotonic() < end, [state(one) for one in (page, other)]
        for browser_page in (page, other):
            if browser_page.evaluate(READY):
                browser_page.keyboard.press("1")
            browser_page.wait_for_timeout(20)
    stop.set()
    for thread in threads:
        thread.join(60)
    for client in clients:
        client.close()

    given = {one: guarded.store.verdicts(one) for one in ids}
    by = Counter(v.by for verdicts in given.values() for v in verdicts)
    for one, verdicts in given.items():
        assert [v.part for v in verdicts] == ["first", "second"], one
        assert verdicts[0].by != verdicts[1].by, one
    for name in names:
        assert by[name] == len(recorded[name]), "none was lost, none came from nowhere"
    assert by["li.na"] > 0
    assert by["wang.wei"] > 0
    entries = guarded.store.audit.newest(limit=1000, action="verdict.given")
    assert len({(one.who, one.object) for one in entries}) == len(entries) == 2 * len(ids)
    taken = Counter((e.who, e.object) for e in guarded.store.audit.newest(limit=1000, action="claim.taken"))
    assert all(taken[one.who, one.object] >= 1 for one in entries)
    assert guarded.store.audit.first_fault() is None
    with guarded.store.transactions.read() as session:
        assert session.scalars(select(ClaimRow)).all() == []
