"""`make screenshots`: every page in both languages, from a served hall whose store a real run has filled.

The bundled clip is watched by `conduct serve` as a user starts it; the admin is set up, verdicts are given
and accounts are added through the pages and the API, and alerts go to a receiver of our own. Nothing is
written into the store by hand. A new page is one row of PAGES. Takes some minutes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Browser, Locator, Page, sync_playwright

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "datasets" / "demo"
WIDE, PHONE = (1280, 800), (400, 800)
PATIENCE_S = 900
PASSWORD = "a long sentence"
QUALITY = 72
ACCOUNTS = (
    ("li.na", "reviewer", None),
    ("wang.fang", "supervisor", ["w01", "w02"]),
    ("zhao.yu", "auditor", None),
)
VERDICTS = (
    ("eating", "confirmed", ""),
    ("smoking", "rejected", "手里是笔"),
    ("out_of_uniform", "unclear", ""),
)
FINDINGS = (
    ("B12", "w01", "2026-01-05T09:00:40", "对群众说话不耐烦，已当面提醒。"),
    ("B12", "w03", "2026-01-05T09:00:55", "材料不全，只口头说了一项，没有一次性书面告知。"),
)
STATEMENT = "当时已连续接待两个小时，吃的是治低血糖的饼干，旁边没有群众等候。"
SIGNED = "窗口值班员"
THE_DAY = "from=2026-01-05&to=2026-01-05"
"""The day of the clip."""
ALERTS = """
alerts:
  channels:
    - {{id: leads, kind: webhook, url: "http://127.0.0.1:{port}/", secret: "${{HOOK_KEY}}"}}
    - {{id: duty-office, kind: webhook, url: "http://127.0.0.1:1/", secret: "${{HOOK_KEY}}"}}
  routes:
    - {{id: window-leads, to: [leads]}}
    - {{id: absences, rules: [absent], to: [duty-office]}}
"""


@dataclass(frozen=True)
class Shot:
    """A picture to be taken: of which page, as whom (None: nobody is logged in), how wide, light or dark."""

    name: str
    path: str
    ready: str
    who: str | None = "chen.jing"
    size: tuple[int, int] = WIDE
    scheme: str = "light"
    before: Callable[[Page], None] | None = None


def open_first(page: Page) -> None:
    """Open the first question of the queue."""
    open_row(page, 0)


def open_second(page: Page) -> None:
    """Open the next one: a telephone at the ear or in the hand, with its boxes."""
    open_row(page, 1)


def open_row(page: Page, number: int) -> None:
    """Press a row of the queue; until its event is shown, in the middle of its clip."""
    row: Locator = page.locator("#list-open [data-id]").nth(number)
    row.locator("button").click()
    clip = f"/api/events/{row.get_attribute('data-id')}/clip"
    until(page, f"document.getElementById('video').currentSrc.includes('{clip}')")
    playing(page)


def open_appeal(page: Page) -> None:
    """The first appeal, with its clip."""
    page.locator("#rows button").first.click()
    page.wait_for_timeout(3000)


def open_help(page: Page) -> None:
    """The keys of the review page."""
    page.keyboard.press("?")


def playing(page: Page) -> None:
    """Until the clip has come to its middle and the chart is drawn; then it stands still."""
    until(page, "document.getElementById('video').readyState >= 2")
    until(page, "document.querySelector('#plot .main-svg') !== null")
    page.evaluate("(() => { const v = document.getElementById('video'); v.pause(); v.currentTime = 8; })()")
    until(page, "!document.getElementById('video').seeking")
    page.wait_for_timeout(500)


def show_zones(page: Page) -> None:
    """The first post's zones on a picture of its camera."""
    page.click("#post-picture")
    until(page, "document.getElementById('board-empty').hidden")


def try_rules(page: Page) -> None:
    """Longer limits, tried on the last hour of the clip."""
    page.fill("#f-rules-phone_use-hold_s", "60")
    page.click("#try-hour")
    until(page, "document.getElementById('try-told').textContent.length > 20")
    until(page, "document.getElementById('try-stop').hidden")
    page.locator("#try-title").scroll_into_view_if_needed()


def find_people(page: Page) -> None:
    """The people in a picture of the camera, the first one chosen."""
    page.click("#pick-picture")
    page.wait_for_selector(".people .person")
    page.locator(".people .person").first.press("Enter")  # somebody may stand before them


FIRST_RUN = (Shot("set-up", "setup", "#code", who=None),)
PAGES = (
    Shot("login", "login", "#login-form", who=None),
    Shot("review", "", "#list-open [data-id]", before=open_second),
    Shot("review-dark", "", "#list-open [data-id]", scheme="dark", before=open_first),
    Shot("review-keys", "", "#list-open [data-id]", before=open_help),
    Shot("review-phone", "", "#list-open [data-id]", who="wang.fang", size=PHONE, before=open_first),
    Shot("wall", "wall", ".tile img:not([hidden])"),
    Shot("wall-phone", "wall", ".tile img:not([hidden])", who="wang.fang", size=PHONE, scheme="dark"),
    Shot("reports", f"reports?{THE_DAY}", "main table"),
    Shot("appeals", "appeals", "#rows > *", before=open_appeal),
    Shot("appeal-phone", "{appeal}", "form", who=None, size=PHONE),
    Shot("findings", "findings", "#rows > *"),
    Shot("accounts", "accounts", "tr[data-account]"),
    Shot("site-zones", "site#posts", "#post-list button", before=show_zones),
    Shot("site-try", "site#rules", "#try-hour", before=try_rules),
    Shot("site-uniform", "site#uniform", "#wear-list li", before=find_people),
    Shot("alerts", "alerts", "tbody tr"),
    Shot("alerts-phone", "alerts", "tbody tr", size=PHONE),
    Shot("acknowledge-phone", "{acknowledge}", "form", who=None, size=PHONE),
)


def main() -> int:
    """Take every picture. Exit code 2 when there is no browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = os.environ.get("CONDUCT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        print(
            "error: expected Chromium in CONDUCT_CHROMIUM or on the PATH; apt install chromium",
            file=sys.stderr,
        )
        return 2
    with (
        tempfile.TemporaryDirectory() as name,
        received() as (port, messages),
        served(Path(name), port) as (address, code),
        sync_playwright() as play,
    ):
        started = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        take(started, address, FIRST_RUN, {})
        set_up(started, address, code)
        contested = fill(started, address)
        links = [told["acknowledge"] for told in messages if told.get("acknowledge")]
        paths = {"acknowledge": links[0], "appeal": contested}
        take(started, address, PAGES, {name: url.removeprefix(address) for name, url in paths.items()})
        started.close()
    size = sum(file.stat().st_size for file in HERE.glob("*.webp"))
    print(f"{len(list(HERE.glob('*.webp')))} pictures, {size / 1e6:.2f} MB")
    return 0


def take(browser: Browser, address: str, shots: tuple[Shot, ...], values: dict[str, str]) -> None:
    """Each picture in both languages."""
    for shot in shots:
        for language, short in (("zh-CN", "zh"), ("en", "en")):
            context = browser.new_context(
                viewport={"width": shot.size[0], "height": shot.size[1]},
                color_scheme=shot.scheme,  # type: ignore[arg-type]
                reduced_motion="reduce",
            )
            context.add_cookies([{"name": "lang", "value": language, "url": address}])
            page = context.new_page()
            if shot.who is not None:
                log_in(page, address, shot.who)
            page.goto(address + shot.path.format(**values))
            page.wait_for_selector(shot.ready, timeout=60_000)
            if shot.before is not None:
                shot.before(page)
            page.wait_for_timeout(300)
            keep(page.screenshot(), HERE / f"{shot.name}-{short}.webp")
            context.close()
            print(f"{shot.name}-{short}", flush=True)


def keep(png: bytes, target: Path) -> None:
    """As WebP: a tenth of the PNG, and no difference to be seen."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    done, content = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    if not done:
        raise RuntimeError(f"{target.name}: OpenCV cannot write WebP")
    target.write_bytes(content.tobytes())


def log_in(page: Page, address: str, name: str) -> None:
    """As somebody with the one password."""
    page.goto(f"{address}login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("#enter")
    page.wait_for_selector("#queue-list")


def set_up(browser: Browser, address: str, code: str) -> None:
    """The first admin, by the page."""
    page = browser.new_page()
    page.goto(f"{address}setup")
    page.fill("#code", code)
    page.fill("#name", "chen.jing")
    page.fill("#password", PASSWORD)
    page.click("#enter")
    page.wait_for_selector("#queue-list")
    page.close()


def fill(browser: Browser, address: str) -> str:
    """Accounts, and verdicts on some of what the run has found, once it is over and its alerts are sent.

    What was confirmed is contested; gives the link for that. Findings are recorded.
    """
    page = browser.new_page()
    log_in(page, address, "chen.jing")
    for name, role, posts in ACCOUNTS:
        told = {"name": name, "role": role, "posts": posts, "password": PASSWORD}
        asked(page, "POST", f"{address}api/accounts", told)
    end = time.monotonic() + PATIENCE_S
    while asked(page, "GET", f"{address}api/health")["run"]["state"] != "done":
        if time.monotonic() > end:
            raise TimeoutError("the run has not come to its end")
        page.wait_for_timeout(1000)
    events = asked(page, "GET", f"{address}api/events?order=queue")["events"]
    for rule, verdict, note in VERDICTS:
        for event in [one for one in events if one["rule"] == rule][:1]:
            told = {"verdict": verdict, "note": note}
            asked(page, "POST", f"{address}api/events/{event['id']}/verdict", told)
    asked(page, "POST", f"{address}api/alerts/test", {})
    while not any(one["state"] == "sent" for one in asked(page, "GET", f"{address}api/alerts")["deliveries"]):
        page.wait_for_timeout(500)
    for clause, post, moment, note in FINDINGS:
        told = {"clause": clause, "post": post, "at": moment, "note": note}
        asked(page, "POST", f"{address}api/findings", told)
    confirmed = next(event for event in events if event["rule"] == VERDICTS[0][0])
    link: str = asked(page, "POST", f"{address}api/events/{confirmed['id']}/appeal-link", {})["url"]
    contest(page, link)
    page.wait_for_timeout(5000)
    page.close()
    return link


def contest(page: Page, link: str) -> None:
    """As the staff of the post, by the page of the link."""
    page.goto(link)
    page.fill("#statement", STATEMENT)
    page.fill("#signed", SIGNED)
    page.click("form.contest button")
    page.wait_for_selector("form[action*=withdraw]")


def asked(page: Page, method: str, url: str, body: object = None) -> Any:
    """What the API answers to who is logged in."""
    options = {} if body is None else {"data": json.dumps(body)}
    headers = {"Content-Type": "application/json", "Origin": url.split("/api/")[0]}
    answer = page.request.fetch(url, method=method, headers=headers, **options)  # type: ignore[arg-type]
    if not answer.ok:
        raise RuntimeError(f"{method} {url}: {answer.status} {answer.text()[:200]}")
    return answer.json()


def until(page: Page, expression: str) -> None:
    """Ask the page until an expression holds; Playwright's own wait needs eval, which the policy forbids."""
    end = time.monotonic() + 60
    while not page.evaluate(expression):
        if time.monotonic() > end:
            raise TimeoutError(f"never became true: {expression}")
        page.wait_for_timeout(50)


@contextmanager
def received() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A receiver of alerts: its port, and what it was told."""
    told: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], told
        server.shutdown()


@contextmanager
def served(folder: Path, port: int) -> Iterator[tuple[str, str]]:
    """`conduct serve` on the bundled clip: the address of the page, and the code of the first admin."""
    shutil.copytree(DEMO / "uniform", folder / "uniform")
    shutil.copy(DEMO / "hall_day.mp4", folder)
    site = (DEMO / "hall_day.site.yaml").read_text(encoding="utf-8") + ALERTS.format(port=port)
    (folder / "hall.site.yaml").write_text(site, encoding="utf-8")
    environment = {
        **os.environ,
        "CONDUCT_DATA_DIR": str(folder / "data"),
        "CONDUCT_LOGIN": "required",
        "CONDUCT_ALERT_NETWORKS": '["127.0.0.0/8"]',
        "CONDUCT_PROVIDER": "onnxruntime",
        "HOOK_KEY": "a key of the pictures only",
    }
    command = [str(Path(sys.executable).parent / "conduct"), "serve", "--port", "0", "--site"]
    with subprocess.Popen(
        [*command, str(folder / "hall.site.yaml")], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"page: (\S+).*with the code (\S+)", said, re.DOTALL)):
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"conduct serve has ended: {said}")
            said += line
        try:
            yield found[1], found[2]
        finally:
            process.terminate()
            process.stdout.close()


if __name__ == "__main__":
    sys.exit(main())
