"""The page in a real browser, over a real server: what a reviewer sees and does."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from samples_appeals import confirm
from samples_service import CLIP_FPS, CLIP_SIZE, HALL, NINE, POSTS, EventMaker, make_clip, rectangle_at

from pipelines.metrics import PICTURES_DROPPED, PICTURES_LOOKED_AT
from pipelines.rules.events import HealthEntry
from service.api.context import Context
from service.bootstrap import build_app
from service.intake import StoreSink
from service.serving import listen, server_for
from service.settings import Settings
from service.store import LastLook

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser and plays video in real time

FRAMES = 40
MISSING_TEXT = "⟦"


def chromium() -> str:
    """Path of the browser; without one the test is skipped, or fails where one is required."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CONDUCT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found:
        return found
    message = "no Chromium found in CONDUCT_CHROMIUM or on the PATH"
    if os.environ.get("CONDUCT_REQUIRE_BROWSER") == "1":
        pytest.fail(message)
    pytest.skip(message)


class Hall:
    """A served store to which a test can deliver."""

    def __init__(self, data_dir: Path, context: Context, address: str) -> None:
        self.data_dir, self.store, self.address = data_dir, context.store, address
        self.progress, self.counters = context.progress, context.counters
        self.planter, self.recorders = context.planter, context.cutter.recorders
        self.sink = StoreSink(self.store)

    def evidence(self, event_id: str, zone: Sequence[tuple[int, int]] = ()) -> dict[str, str]:
        """Write a clip and its timeline, one look per frame with the box of the rectangle in it.

        Without a `zone` nobody in it can be blurred, and no line of it is in the way of the box.
        """
        make_clip(self.data_dir / "clips" / f"{event_id}.mp4", frames=FRAMES)
        timeline = {
            "event": event_id,
            "clip": f"clips/{event_id}.mp4",
            "t0": "2026-01-05T09:00:00+08:00",
            "duration": FRAMES / CLIP_FPS,
            "width": CLIP_SIZE[0],
            "height": CLIP_SIZE[1],
            "behaviour": "phone",
            "event_start": 1.0,
            "event_end": 3.0,
            "truncated": False,
            "open_at": 0.9,
            "close_at": 0.4,
            "zone": list(zone),
            "looks": [
                {
                    "t": index / CLIP_FPS,
                    "presence": True,
                    "score": 0.9,
                    "belief": round(0.2 + 0.7 * index / FRAMES, 3),
                    "why": {"code": "phone_in_hand", "args": {"percent": 90}},
                    "boxes": [
                        {"box": rectangle_at(index), "label": "person", "role": "evidence", "score": 0.9}
                    ],
                }
                for index in range(FRAMES)
            ],
        }
        (self.data_dir / "clips" / f"{event_id}.json").write_text(json.dumps(timeline))
        return {"clip": f"clips/{event_id}.mp4", "timeline": f"clips/{event_id}.json"}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    settings = Settings(data_dir=tmp_path / "data", port=0)
    with listen(settings) as listener:
        app = build_app(settings)
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        context: Context = app.state.context
        store = context.store
        store.set_site(HALL, POSTS)
        yield Hall(settings.data_dir, context, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        server.should_exit = True
        thread.join(30)
        store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = chromium()
    playwright = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with playwright.sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def page(browser: Any, errors: list[str], request: pytest.FixtureRequest) -> Iterator[Any]:
    context = browser.new_context(**getattr(request, "param", {"viewport": {"width": 1366, "height": 768}}))
    opened = context.new_page()
    # The page must work offline: anything asked of another host fails the test.
    opened.on("request", lambda asked: "127.0.0.1" in asked.url or errors.append(asked.url))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()


def until(page: Any, expression: str, seconds: float = 60) -> None:
    """Ask the page until an expression holds: Playwright's own wait needs eval, which the CSP forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never became true: {expression[:200]}"
        page.wait_for_timeout(20)


# Looks in the picture for the white rectangle and on the canvas for the box, both as they are shown now; true
# if the box's left, right and lower edges lie on the rectangle's (the label hides the upper one).
BOX_LIES_ON_RECTANGLE = """() => {
  const video = document.getElementById("video");
  const overlay = document.getElementById("overlay");
  if (!overlay.width || video.readyState < 2) return false;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [video.videoWidth, video.videoHeight];
  const pen = copy.getContext("2d");
  pen.drawImage(video, 0, 0);
  const extent = (context, width, height, wanted) => {
    const data = context.getImageData(0, 0, width, height).data;
    const found = { left: Infinity, right: -1, bottom: -1, count: 0 };
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      if (!wanted(data[at], data[at + 1], data[at + 2], data[at + 3])) continue;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
      found.bottom = Math.max(found.bottom, y);
      found.count += 1;
    }
    return found;
  };
  const rectangle = extent(pen, copy.width, copy.height, (r, g, b) => r > 200 && g > 200 && b > 200);
  // Only below the label: the lower half of the rectangle's height is enough to see both sides.
  const scale = Math.min(overlay.width / copy.width, overlay.height / copy.height);
  const offset = [(overlay.width - copy.width * scale) / 2, (overlay.height - copy.height * scale) / 2];
  const red = (r, g, b, a) => a > 200 && r > 230 && g > 70 && g < 115 && b > 70 && b < 115;
  const below = Math.round(offset[1] + 125 * scale);
  const strip = document.createElement("canvas");
  [strip.width, strip.height] = [overlay.width, overlay.height - below];
  strip.getContext("2d").drawImage(overlay, 0, -below);
  const box = extent(strip.getContext("2d"), strip.width, strip.height, red);
  if (!box.count || !rectangle.count) return false;
  const reach = 4 * devicePixelRatio;
  const near = (shown, pixel, axis) => Math.abs(shown - (offset[axis] + pixel * scale)) < reach;
  return near(box.left, rectangle.left, 0) && near(box.right, rectangle.right + 1, 0) &&
    near(box.bottom + below, rectangle.bottom + 1, 1);
}"""

SIZES = [
    pytest.param({"viewport": {"width": 1366, "height": 768}}, id="a desk screen"),
    pytest.param({"viewport": {"width": 1280, "height": 500}, "device_scale_factor": 2}, id="flat and dense"),
    pytest.param({"viewport": {"width": 400, "height": 800}, "device_scale_factor": 1.5}, id="a telephone"),
]


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_the_box_lies_on_what_it_is_about_playing_and_step_by_step(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    hall.sink.event(event(0, **hall.evidence(event(0).id)))
    page.goto(f"{hall.address}?lang=en")
    until(page, "document.getElementById('video').currentTime > 0.5")
    page.keyboard.press(" ")
    until(page, "document.getElementById('video').paused")
    until(page, BOX_LIES_ON_RECTANGLE)
    page.evaluate("document.getElementById('video').currentTime = 1.05")
    for key, shown in ((None, 1.0), ("ArrowRight", 1.1), ("ArrowRight", 1.2), ("ArrowLeft", 1.1)):
        if key:
            page.keyboard.press(key)
        until(page, f"Math.abs(document.getElementById('seek').value - {shown}) < 0.011")
        until(page, BOX_LIES_ON_RECTANGLE)
    sharp = "Math.abs(overlay.width - overlay.clientWidth * devicePixelRatio) < 1"
    assert page.evaluate(f"() => {{ const overlay = document.getElementById('overlay'); return {sharp}; }}")
    page.keyboard.press("b")
    assert page.evaluate(BOX_LIES_ON_RECTANGLE) is False
    assert errors == []


STAFF = {"x": 60, "y": 40, "width": 80, "height": 150}


@pytest.mark.parametrize(
    "boxes",
    [
        pytest.param(
            [STAFF, {**STAFF, "x": 80, "y": 44, "height": 40}], id="evidence at the top of a person"
        ),
        pytest.param([STAFF] * 6, id="six boxes in one place"),
        pytest.param([{**STAFF, "y": 0, "height": 225}] * 2, id="as high as the picture"),
        pytest.param([{**STAFF, "x": 380, "width": 20}, {**STAFF, "x": 300}], id="at the right edge"),
        pytest.param([STAFF, {**STAFF, "y": 57}, {**STAFF, "y": 207}], id="above, below and inside"),
    ],
)
def test_no_name_of_a_box_covers_another(hall: Hall, page: Any, boxes: list[dict[str, int]]) -> None:
    page.goto(f"{hall.address}?lang=en")
    placed = """async (boxes) => {
      const { placeLabel, LABEL_HEIGHT } = await import("/static/labels.js");
      const taken = [];
      for (const box of boxes) taken.push(placeLabel(box, 90, { width: 400, height: 225 }, taken));
      const corners = ({ left, top, width }) => [left, top, left + width, top + LABEL_HEIGHT];
      return taken.map(corners);
    }"""
    places = page.evaluate(placed, boxes)
    assert all(
        left >= 0 and top >= 0 and right <= 400 and bottom <= 225 for left, top, right, bottom in places
    )
    for one, other in combinations(places, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)


def test_a_reason_that_was_chosen_by_key_can_be_left_out_again_by_key(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    hall.sink.event(event(0, **hall.evidence(event(0).id)))
    page.goto(f"{hall.address}?lang=en#event={event(0).id}")
    page.wait_for_selector("#detail-body:not([hidden])")
    reasons = page.locator("input[name=reason]").count()
    page.keyboard.press("r")
    assert page.locator("input[name=reason]:checked").count() == 1
    page.keyboard.press("1")
    assert page.is_visible("#form-error"), "the first reason does not go with 'confirmed'"
    for _ in range(reasons):
        page.keyboard.press("r")
    assert page.locator("input[name=reason]:checked").count() == 0
    page.keyboard.press("1")
    page.wait_for_selector("#history:not([hidden])")
    assert hall.store.counts() == {"confirmed": 1}
    assert errors == []


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("zh-CN", "未能撤回：只能撤回最近 10 分钟内的答复，可以重新答复"),
        (
            "en",
            "Not taken back: expected an answer of the last 10 minutes: give another one instead",
        ),
    ],
)
def test_what_is_refused_is_told_in_the_page_s_language(
    hall: Hall, event: EventMaker, page: Any, errors: list[str], lang: str, told: str
) -> None:
    hall.sink.event(event(0, **hall.evidence(event(0).id)))
    hall.store.give_verdict(event(0).id, "confirmed", None, "", at=datetime.now(UTC) - timedelta(hours=1))
    page.goto(f"{hall.address}?lang={lang}#event={event(0).id}")
    page.wait_for_selector("#history:not([hidden])")
    page.keyboard.press("u")
    until(page, f"document.getElementById('toast').textContent === {told!r}")
    assert hall.store.counts() == {"confirmed": 1}
    assert all("409" in error for error in errors)


def test_a_link_to_another_event_opens_it_where_the_page_is_open_already(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    for number in (0, 1):
        hall.sink.event(event(number, **hall.evidence(event(number).id)))
    page.goto(f"{hall.address}?lang=zh-CN#event={event(0).id}")
    shown = "document.querySelector('#list-open [aria-current=true]')?.closest('li').dataset.id"
    until(page, f"{shown} === '{event(0).id}'")
    page.evaluate(f"location.hash = 'event={event(1).id}'")
    until(page, f"{shown} === '{event(1).id}'")
    page.go_back()
    until(page, f"{shown} === '{event(0).id}'")
    page.evaluate("location.hash = 'event=ffffffffffffffff'")
    until(page, "document.getElementById('toast').textContent === '没有这个事件，或您无权查看。'")
    until(page, f"location.hash === '#event={event(0).id}'")
    assert page.evaluate(shown) == event(0).id
    assert all("404" in error for error in errors)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_nothing_of_the_bar_is_pushed_off_the_screen(hall: Hall, page: Any, lang: str) -> None:
    hall.progress.update(state="running", seconds_done=0)
    hall.counters.add(PICTURES_LOOKED_AT, "east", by=292)
    hall.counters.add(PICTURES_DROPPED, "east", by=8)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{hall.address}?lang={lang}")
    until(page, "document.getElementById('run-text').textContent.includes('300')")
    right = "[...document.querySelectorAll('.bar > *')].map((one) => one.getBoundingClientRect().right)"
    edges = page.evaluate(right)
    assert max(edges) <= 1280
    assert page.evaluate("document.getElementById('hall').getBoundingClientRect().width") >= 50


def test_a_queue_of_answers_loses_what_has_another_answer_by_now(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    for number in (0, 1):
        hall.sink.event(event(number, **hall.evidence(event(number).id)))
        confirm(hall.store, event(number).id, at=datetime.now(UTC))
    page.goto(f"{hall.address}?lang=en")
    page.wait_for_selector("#queue-list")
    page.select_option("#filter-verdict", "confirmed")
    until(page, "document.querySelectorAll('#list-judged li').length === 2")
    hall.store.give_verdict(event(0).id, "rejected", None, "", at=datetime.now(UTC))
    until(page, "document.querySelectorAll('#list-judged li').length === 1", 20)
    assert errors == []


def test_without_anybody_who_watches_the_page_does_not_look_well(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    hall.store.put_looks([LastLook(post="w01", t=NINE, presence=True, beliefs={})], {"w01": "east"})
    page.goto(f"{hall.address}?lang=zh-CN")
    until(page, "document.getElementById('cameras-text').textContent === '目前没有查看任何摄像机'")
    assert not page.get_attribute("#cameras-dot", "data-kind")
    page.click("#cameras-text")
    assert "2026" in page.inner_text("#post-rows")
    newest = LastLook(post="w01", t=datetime.now(UTC), presence=True, beliefs={})
    hall.store.put_looks([newest], {"w01": "east"})  # another process watches
    until(page, "document.getElementById('cameras-dot').dataset.kind === 'good'", 20)
    assert errors == []


def test_a_verdict_by_key_is_recorded_and_the_next_question_opens(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    for number in (0, 1):
        hall.sink.event(event(number, **hall.evidence(event(number).id)))
    page.goto(f"{hall.address}?lang=en#event={event(1).id}")
    page.wait_for_selector("#detail-body:not([hidden])")
    page.keyboard.press("n")
    page.keyboard.type("3 of them, jk")
    page.keyboard.press("Escape")
    assert hall.store.counts() == {"none": 2}, "a key that is typed in the note must not judge"
    page.keyboard.press("1")
    until(page, f"location.hash === '#event={event(0).id}'")
    answer = page.request.get(f"{hall.address}api/events/{event(1).id}").json()["verdict"]
    assert (answer["verdict"], answer["reason"], answer["note"]) == ("confirmed", None, "3 of them, jk")
    assert page.input_value("#note") == ""
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.wait_for_selector("#history:not([hidden])")
    assert hall.store.counts() == {"confirmed": 1, "rejected": 1}
    assert hall.store.verdicts(event(0).id)[0].reason == "not_what_it_seems"
    assert errors == []


def test_a_verdict_given_before_the_queue_has_arrived_still_opens_the_next_question(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    for number in (0, 1):
        hall.sink.event(event(number, **hall.evidence(event(number).id)))
    held: list[Any] = []
    late = {"queue": True}
    page.route("**/api/events?*", lambda route: held.append(route) if late["queue"] else route.continue_())
    page.goto(f"{hall.address}?lang=en#event={event(1).id}")
    page.wait_for_selector("#detail-body:not([hidden])")
    page.keyboard.press("1")
    page.keyboard.press("1")
    until(page, "document.getElementById('note').readOnly")
    late["queue"] = False
    for route in held:
        route.continue_()
    until(page, f"location.hash === '#event={event(0).id}'")
    assert [len(hall.store.verdicts(event(number).id)) for number in (0, 1)] == [0, 1]
    assert errors == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Phone use", "Confirmed", "a phone in the hand (90 %)"]),
        ("zh-CN", ["使用手机", "属实", "第十五条"]),
    ],
)
def test_the_page_speaks_its_language_whole(
    hall: Hall, event: EventMaker, page: Any, errors: list[str], language: str, words: list[str]
) -> None:
    hall.sink.event(event(0, **hall.evidence(event(0).id)))
    page.goto(f"{hall.address}?lang={language}")
    page.wait_for_selector("#plot .main-svg")
    until(page, "document.getElementById('why-text').textContent !== ''")
    until(page, "document.getElementById('d-clause-text').textContent.length > 20")
    page.keyboard.press("?")
    html = page.content()
    assert page.get_attribute("html", "lang") == language
    # The catalogue itself stands in the page's data, which nobody reads.
    shown = html.replace(page.inner_html("#page-data"), "")
    for word in words:
        assert word in shown
    assert MISSING_TEXT not in shown
    assert errors == []


def test_switching_the_language_keeps_the_place_and_the_note(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    for number in (0, 1):
        hall.sink.event(event(number, **hall.evidence(event(number).id)))
    page.goto(f"{hall.address}?lang=en#event={event(0).id}")
    page.wait_for_selector("#detail-body:not([hidden])")
    page.fill("#note", "half a thought")
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    until(page, "document.documentElement.lang === 'zh-CN'")
    assert page.inner_text("#d-title") == "使用手机"
    assert page.input_value("#note") == "half a thought"
    assert page.url.endswith(f"#event={event(0).id}")
    page.reload()
    assert page.get_attribute("html", "lang") == "zh-CN"
    assert errors == []


def test_a_click_on_the_chart_goes_there_in_the_video(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    hall.sink.event(event(0, **hall.evidence(event(0).id)))
    page.goto(f"{hall.address}?lang=en")
    page.wait_for_selector("#plot .main-svg")
    page.keyboard.press(" ")
    until(page, "document.getElementById('video').paused")
    area = page.locator("#plot .nsewdrag, #plot .bglayer .bg").first.bounding_box()
    page.mouse.click(area["x"] + area["width"] * 0.5, area["y"] + area["height"] / 2)
    until(page, "Math.abs(document.getElementById('video').currentTime - 2.0) < 0.05")
    middle = area["x"] + area["width"] / 2
    until(page, f"Math.abs(document.getElementById('cursor').getBoundingClientRect().x + 1 - {middle}) < 20")
    assert errors == []


def test_an_open_event_waits_for_its_clip_and_then_plays_it(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    page.goto(f"{hall.address}?lang=en")
    until(page, "document.getElementById('queue-empty-title').textContent === 'Nothing to review'")
    hall.sink.event(event(0, state="open", end=None))
    until(page, "document.getElementById('curtain-title').textContent.includes('not ready')")
    hall.sink.event(event(0, **hall.evidence(event(0).id)))
    until(page, "document.getElementById('video').currentTime > 0.1")
    assert page.is_hidden("#curtain")
    # An event that arrives now must not take the reviewer away from this one.
    hall.sink.event(event(5, rule="smoking"))
    page.wait_for_selector(f"li[data-id='{event(5).id}']")
    assert page.url.endswith(f"#event={event(0).id}")
    assert errors == []


def test_a_camera_that_cannot_be_reached_is_shown_until_it_is_back(
    hall: Hall, page: Any, errors: list[str]
) -> None:
    gap = HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="the camera cannot be reached")
    hall.sink.health(gap)
    page.goto(f"{hall.address}?lang=en")
    until(page, "document.getElementById('cameras-dot').dataset.kind === 'bad'")
    assert page.inner_text("#cameras-text") == "Camera trouble: 1"
    hall.sink.health(gap.model_copy(update={"end": NINE + timedelta(minutes=1)}))
    until(page, "document.getElementById('cameras-dot').dataset.kind === ''")
    assert page.inner_text("#cameras-text") == "No camera is watched now"
    assert errors == []


def test_overload_is_shown_beside_the_progress(hall: Hall, page: Any, errors: list[str]) -> None:
    hall.progress.update(state="running", seconds_done=60)
    counters = hall.counters
    counters.add(PICTURES_LOOKED_AT, "east", by=90)
    counters.add(PICTURES_DROPPED, "east", by=10)
    page.goto(f"{hall.address}?lang=en")
    until(page, "document.getElementById('run-text').textContent.includes('overload')")
    assert page.inner_text("#run-text").endswith("overload: 10 of 100 pictures given up")
    assert errors == []


@pytest.mark.parametrize(
    ("content", "words"), [(None, "The clip is missing"), (b"no video at all", "The clip cannot be played")]
)
def test_a_clip_that_cannot_be_shown_says_why(
    hall: Hall, event: EventMaker, page: Any, content: bytes | None, words: str
) -> None:
    if content is not None:
        (hall.data_dir / "clips").mkdir()
        (hall.data_dir / "clips" / f"{event(0).id}.mp4").write_bytes(content)
    hall.sink.event(event(0, clip=f"clips/{event(0).id}.mp4"))
    page.goto(f"{hall.address}?lang=en")
    until(page, f"document.getElementById('curtain-title').textContent === '{words}'")
    assert page.is_visible("#curtain")


def test_a_damaged_timeline_does_not_take_the_clip_with_it(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    files = hall.evidence(event(0).id)
    (hall.data_dir / files["timeline"]).write_text("{}")
    hall.sink.event(event(0, **files))
    page.goto(f"{hall.address}?lang=en")
    until(page, "document.getElementById('video').currentTime > 0.1")
    assert page.is_hidden("#curtain")
    assert errors == []


@pytest.mark.parametrize(
    ("lang", "words", "state"),
    [("en", "at least 20 s", "end not seen"), ("zh-CN", "至少 20 秒", "未看到结束")],
)
def test_of_an_end_that_nobody_saw_only_the_least_is_told(
    hall: Hall, event: EventMaker, page: Any, errors: list[str], lang: str, words: str, state: str
) -> None:
    end = event(0).start + timedelta(seconds=20)
    hall.sink.event(event(0, end=end, end_known=False, **hall.evidence(event(0).id)))
    hall.sink.event(event(1, end=event(1).start + timedelta(seconds=20)))
    page.goto(f"{hall.address}?lang={lang}#event={event(0).id}")
    until(page, f"document.getElementById('d-duration').textContent === '{words}'")
    assert page.inner_text("#d-state") == state
    until(page, "document.querySelectorAll('#list-open .item-note').length === 2")
    notes = page.locator("#list-open .item-note").all_inner_texts()
    assert sorted(words in note for note in notes) == [False, True]
    assert errors == []


def test_names_from_outside_are_shown_as_text(
    hall: Hall, event: EventMaker, page: Any, errors: list[str]
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    hall.sink.event(event(0, post=hostile, why=hostile, rule=hostile))
    hall.store.give_verdict(event(0).id, "unclear", None, hostile, at=event(0).start)
    page.goto(f"{hall.address}?lang=en#event={event(0).id}")
    page.wait_for_selector("#history q")
    assert page.inner_text("#d-title") == hostile
    assert page.inner_text("#history q").strip('"“”') == hostile
    assert page.locator("img").count() == 0
    assert errors == []
