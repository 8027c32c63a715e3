"""The set-up page in a real browser: a hall is set up from nothing, zones are drawn and changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_browser
from samples_browser import DEMO, Desk, open_site, served_site
from samples_service import PASSWORD
from test_browser import MISSING_TEXT, until

from pipelines.hall.site import load_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a browser

browser, page, errors = test_browser.browser, test_browser.page, test_browser.errors


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A service without a site, its admin, and a video beside where the site file will be."""
    with served_site(tmp_path, None) as found:
        yield found


def click_at(page: Any, x: float, y: float) -> None:
    """Click at fractions of the board's width and height."""
    box = page.locator("#zones").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def corners(page: Any) -> int:
    return int(page.locator("#zones .corner").count())


SIZES = [
    pytest.param({"viewport": {"width": 1280, "height": 900}}, "en", id="desk, English"),
    pytest.param({"viewport": {"width": 400, "height": 820}}, "zh-CN", id="telephone, Chinese"),
]


@pytest.mark.parametrize(("page", "language"), SIZES, indirect=["page"])
def test_a_hall_is_set_up_from_nothing(desk: Desk, page: Any, errors: list[str], language: str) -> None:
    context, address = desk
    open_site(page, address, language, "#camera-none:not([hidden])")
    page.click("#add-camera")
    page.fill("#f-cameras-0-url", "rtsp://admin:hush@camera-1/main")
    page.keyboard.press("Tab")
    told = {"en": "expected no plain password", "zh-CN": "不能直接填写密码"}[language]
    until(page, f"document.getElementById('f-cameras-0-url-fault').textContent.includes('{told}')")
    page.fill("#f-cameras-0-url", "example_12s.mp4")
    page.fill("#f-cameras-0-id", "east")
    page.click("#take-picture")
    page.wait_for_selector("#camera-picture:not([hidden])")
    page.click("#tab-posts")
    page.click("#add-post")
    page.fill("#f-posts-0-name", "1号窗口")
    page.keyboard.press("Tab")
    until(page, "document.getElementById('board-empty').hidden")
    for x, y in ((0.2, 0.2), (0.6, 0.2), (0.6, 0.7), (0.35, 0.9)):
        click_at(page, x, y)
    until(page, "document.querySelectorAll('#zones .corner').length === 4")
    page.click("#undo")
    assert corners(page) == 3
    click_at(page, 0.2, 0.7)
    click_at(page, 0.2, 0.2)
    page.wait_for_selector("#zones polygon.shape")
    page.click("#tab-rules")
    page.fill("#f-hall", "福田区行政服务大厅")
    page.fill("#f-timezone", "Asia/Shanghai")
    page.fill("#f-rules-absent-grace_s", "240")
    page.click("#add-shifts")
    page.click("#tab-file")
    assert MISSING_TEXT not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing lies beside the page"
    until(page, "!document.getElementById('save').disabled")
    page.click("#save")
    page.wait_for_selector("#outcome:not([hidden])")
    site = load_site(context.settings.data_dir / "site.yaml")
    assert (site.hall, site.cameras[0].id, site.cameras[0].url) == (
        *("福田区行政服务大厅", "east", "example_12s.mp4"),
    )
    assert (site.posts[0].id, site.posts[0].name, site.posts[0].camera) == ("w01", "1号窗口", "east")
    expected = [(0.2, 0.2), (0.6, 0.2), (0.6, 0.7), (0.2, 0.7)]
    for found, meant in zip(site.posts[0].staff_zone, expected, strict=True):
        assert found == pytest.approx(meant, abs=0.005)
    assert site.rules.absent.grace_s == 240
    assert site.schedule.shifts[0].days == "mon-fri"
    done = [one for one in context.store.audit.oldest() if one.action == "site.saved"]
    assert [(one.who, one.object) for one in done] == [("boss", "site.yaml")]
    assert "posts" in [change["where"] for change in done[0].detail["changes"]]
    assert errors == []


def test_what_is_typed_after_an_id_was_changed_is_not_lost(desk: Desk, page: Any, errors: list[str]) -> None:
    _, address = desk
    open_site(page, address, "zh-CN", "#camera-none:not([hidden])")
    page.click("#add-camera")
    page.fill("#f-cameras-0-id", "east")
    page.click("#f-cameras-0-url")
    page.keyboard.type("example_12s.mp4")
    assert page.input_value("#f-cameras-0-url") == "example_12s.mp4"
    page.click("#f-cameras-0-id")
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    until(page, "document.activeElement.id === 'f-cameras-0-transport'")
    assert (page.input_value("#f-cameras-0-id"), page.input_value("#f-cameras-0-url")) == (
        "east1",
        "example_12s.mp4",
    )
    assert errors == []


def test_a_zone_is_drawn_and_changed_by_keys_alone(desk: Desk, page: Any, errors: list[str]) -> None:
    _, address = desk
    open_site(page, address, "en", "#camera-none:not([hidden])")
    page.click("#add-camera")
    page.click("#tab-posts")
    page.click("#add-post")
    page.focus("#zones")
    for keys in ("  ", "ArrowRight*20", " ", "ArrowDown*20", " ", "ArrowLeft*10", " ", "Backspace", "Enter"):
        key, _, times = keys.partition("*")
        for _ in range(int(times or 1)):
            page.keyboard.press("Space" if key.strip() == "" else key)
    page.wait_for_selector("#zones polygon.shape")
    assert corners(page) == 3
    page.focus("#zones [data-corner='1']")
    page.keyboard.press("+")
    assert corners(page) == 4
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    assert corners(page) == 3
    assert page.evaluate("document.activeElement.dataset.corner") == "1"
    labels = page.locator("#zones .corner").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert labels[0] == "Corner 1: 50.0 % from the left, 50.0 % from the top"
    assert labels[1].startswith("Corner 2: 70.0 % from the left")
    page.keyboard.press("Control+z")
    assert corners(page) == 4
    page.keyboard.press("Control+y")
    assert corners(page) == 3
    assert errors == []


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(desk: Desk, page: Any) -> None:
    context, address = desk
    open_site(page, address, "en", "#camera-none:not([hidden])")
    page.click("#tab-rules")
    page.fill("#f-hall", "mine")
    page.click("#tab-file")
    page.set_input_files("#upload-file", DEMO / "example_12s.site.yaml")
    until(page, "!document.getElementById('save').disabled")
    theirs = (DEMO / "example_12s.site.yaml").read_text(encoding="utf-8") + "# theirs\n"
    (context.settings.data_dir / "site.yaml").write_text(theirs, encoding="utf-8")
    page.click("#save")
    page.wait_for_selector("#reload:not([hidden])")
    assert (context.settings.data_dir / "site.yaml").read_text(encoding="utf-8") == theirs
    page.click("#reload")
    until(page, "document.getElementById('file-error').hidden")
    assert page.is_hidden("#reload")
    assert page.inner_text("#draft-state") == "Nothing changed"


def test_a_draft_outlives_the_session(desk: Desk, page: Any, errors: list[str]) -> None:
    _, address = desk
    open_site(page, address, "en", "#camera-none:not([hidden])")
    page.click("#add-camera")
    page.fill("#f-cameras-0-url", "rtsp://admin:hush@camera-1/main")
    page.click("#add-camera")
    page.fill("#f-cameras-1-url", "rtsp://admin:${EAST}@camera-2/main")
    page.click("#tab-rules")
    page.context.clear_cookies()
    page.on("dialog", lambda dialog: dialog.accept())
    page.fill("#f-hall", "福田区行政服务大厅")
    page.keyboard.press("Tab")
    page.wait_for_selector("#login-form")
    assert "hush" not in page.evaluate("JSON.stringify(sessionStorage)")
    errors.clear()  # the 401 that ended the session
    page.fill("#name", "boss")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-hall")
    until(page, "document.getElementById('f-hall').value === '福田区行政服务大厅'")
    assert "draft is back" in page.inner_text("#toast")
    page.click("#tab-cameras")
    page.click("#camera-list button >> nth=1")
    assert page.input_value("#f-cameras-1-url") == "rtsp://admin:${EAST}@camera-2/main"
    page.click("#undo")
    page.reload()
    page.wait_for_selector("#camera-none:not([hidden])")
    assert errors == []


KEPT = """async (urls) => {
  const { withoutSecrets } = await import("/static/site_kept.js");
  const cameras = urls.map((url) => ({ id: "east", url, sub_url: url, transport: "udp" }));
  return withoutSecrets({ hall: "x", cameras }).cameras;
}"""


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        pytest.param("rtsp://admin:hush@camera/main", False, id="a password"),
        pytest.param("rtsp://a:b@c:hush@camera/main", False, id="an @ in it"),
        pytest.param("rtsp://admin:${EAST}hush@camera/main", False, id="half a password"),
        pytest.param("http://camera/v.mjpg?Password=hush", False, id="a password in the query"),
        pytest.param("rtsp://admin:${EAST}@camera/main", True, id="a variable"),
        pytest.param("rtsp://admin@camera/main", True, id="a name alone"),
        pytest.param("rtsp://…@camera/main?…", True, id="what the service has hidden"),
        pytest.param("http://camera:8080/v.mjpg?size=2&token=${EAST}", True, id="a port and a query"),
        pytest.param("hall.mp4", True, id="a file"),
    ],
)
def test_a_kept_draft_holds_no_password(desk: Desk, page: Any, url: str, kept: bool) -> None:
    page.goto(f"{desk[1]}login?lang=en")
    (camera,) = page.evaluate(KEPT, [url])
    assert (camera["id"], camera["transport"]) == ("east", "udp")
    assert [camera.get(key) for key in ("url", "sub_url")] == [url if kept else None] * 2


POLYGONS = """async () => {
  const p = await import("/static/polygon.js");
  const { History } = await import("/static/history.js");
  const square = [[0.2, 0.2], [0.4, 0.2], [0.4, 0.4], [0.2, 0.4]];
  const size = [1000, 500];
  const history = new History(0);
  for (const state of [1, 2, 3]) history.push(state);
  history.undo();
  history.undo();
  history.push(9);
  history.redo();
  return {
    "a point outside is drawn in": p.append([], [-0.1, 1.5]),
    "digits are few": p.append([], [1 / 3, 0.5]),
    "a corner is moved": p.move(square, 1, [0.5, 0.1])[1],
    "a corner is taken away": p.remove(square, 0).length,
    "a triangle keeps its corners": p.remove(square.slice(1), 0).length,
    "a new corner stands between": p.insert(square, 1, [0.3, 0.1])[1],
    "a shift stops at the border": p.shift(square, 5, -5)[0],
    "a click near the first corner closes": p.closes(square, [0.205, 0.2], size, 9),
    "two corners close nothing": p.closes(square.slice(0, 2), [0.2, 0.2], size, 9),
    "a corner draws before its edges": p.snap([0.404, 0.405], [square], size, 9),
    "an edge draws": p.snap([0.3, 0.41], [square], size, 9),
    "the border draws": p.snap([0.995, 0.5], [square], size, 9),
    "what is far draws nothing": p.snap([0.3, 0.3], [square], size, 9),
    "the distance is of the screen": p.snap([0.41, 0.3], [square], [200, 100], 9),
    "a square does not cross itself": p.crosses(square),
    "a bow does": p.crosses([square[0], square[2], square[1], square[3]]),
    "undone, and gone on from there": [history.state, history.canRedo, history.canUndo],
  };
}"""


def test_what_polygons_and_undo_do(desk: Desk, page: Any) -> None:
    page.goto(f"{desk[1]}login")
    assert page.evaluate(POLYGONS) == {
        "a point outside is drawn in": [[0, 1]],
        "digits are few": [[0.3333, 0.5]],
        "a corner is moved": [0.5, 0.1],
        "a corner is taken away": 3,
        "a triangle keeps its corners": 3,
        "a new corner stands between": [0.3, 0.1],
        "a shift stops at the border": [0.8, 0],
        "a click near the first corner closes": True,
        "two corners close nothing": False,
        "a corner draws before its edges": [0.4, 0.4],
        "an edge draws": [0.3, 0.4],
        "the border draws": [1, 0.5],
        "what is far draws nothing": [0.3, 0.3],
        "the distance is of the screen": [0.4, 0.3],
        "a square does not cross itself": False,
        "a bow does": True,
        "undone, and gone on from there": [9, False, True],
    }


EDITS = """async () => {
  const e = await import("/static/site_edit.js");
  const all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
  const zone = [[0, 0], [1, 0], [1, 1]];
  const site = {
    cameras: [{ id: "east" }],
    posts: [{ id: "w01", camera: "east", staff_zone: zone }, { id: "w03", camera: "west", staff_zone: zone }],
    schedule: { breaks: [{ posts: ["w01"] }, {}] },
    rules: { absent: { grace_s: 5 } },
  };
  const limit = ["rules", "absent", "grace_s"];
  const frozen = JSON.stringify(site);
  return {
    "a section that is empty goes": e.withValue(site, limit, undefined).rules ?? null,
    "a section comes with its field": e.withValue({}, ["rules", "eating", "hold_s"], 3),
    "posts follow their camera": e.renameCamera(site, 0, "north").posts.map((one) => one.camera),
    "breaks follow their post": e.renamePost(site, 0, "w09").schedule.breaks,
    "the first free id": e.freeId(site.posts, "w", 2),
    "an empty list goes": e.withoutEntry({ schedule: { shifts: [1] } }, ["schedule", "shifts"], 0),
    "no posts is an empty list": e.withoutEntry({ posts: [1] }, ["posts"], 0),
    "other zones of the camera": e.otherZones(site, "east", 0, "visitor").map((one) => one.kind),
    "days of a span over the week's end": e.daysOf("sat-mon", all),
    "a span as text": e.daysText(["mon", "tue", "wed"], all),
    "single days as text": e.daysText(["mon", "wed"], all),
    "nothing was changed in place": JSON.stringify(site) === frozen,
  };
}"""


def test_what_is_done_to_a_draft(desk: Desk, page: Any) -> None:
    page.goto(f"{desk[1]}login")
    assert page.evaluate(EDITS) == {
        "a section that is empty goes": None,
        "a section comes with its field": {"rules": {"eating": {"hold_s": 3}}},
        "posts follow their camera": ["north", "west"],
        "breaks follow their post": [{"posts": ["w09"]}, {}],
        "the first free id": "w02",
        "an empty list goes": {},
        "no posts is an empty list": {"posts": []},
        "other zones of the camera": ["staff"],
        "days of a span over the week's end": ["mon", "sat", "sun"],
        "a span as text": "mon-wed",
        "single days as text": "mon,wed",
        "nothing was changed in place": True,
    }
