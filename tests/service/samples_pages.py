"""Every page there is, one row each, and a served hall in which each has something to show.

A new page is one row of PAGES: it is then looked at by axe, in both languages, light and dark.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import samples_appeals
import yaml
from samples_service import act, add_account, an_event, draw_spot, look_at
from test_browser import Hall as Delivered
from test_browser import until

from pipelines.hall.site import Site
from pipelines.rules.events import HealthEntry, RuleEvent
from service.api.context import Context
from service.auth.entrance import digest
from service.bootstrap import build_app
from service.serving import listen, server_for
from service.settings import Settings
from service.store import LastLook

EVENT = "0123456789abcdef"
Hall = Literal["full", "empty", "first run"]


@dataclass(frozen=True)
class Page:
    """A page in one of its states."""

    name: str
    path: str
    """`{token}` is that of a message that nobody has acknowledged, `{appeal}` that of a contested event."""
    ready: str
    """A selector of what is there once the page is."""
    hall: Hall = "full"
    logged_in: bool = True
    clicks: tuple[str, ...] = ()
    """What is pressed then."""


PAGES = (
    Page("login", "login", "#login-form", logged_in=False),
    Page("login, nobody by that identity", "login?sso=unknown", "#sso-problem", logged_in=False),
    Page("login with passwords of admins", "login?sso=away", "#sso-problem", "empty", logged_in=False),
    Page("set-up", "setup", "#code", "first run", logged_in=False),
    Page("review without events", "", "#queue-empty:not([hidden])", "empty"),
    Page("review", "", "#queue-list [data-id]"),
    Page("review of an event", f"#event={EVENT}", "#detail-body:not([hidden])"),
    Page("keys of the review", "", "#queue-list [data-id]", clicks=("#help",)),
    Page("cameras of the review", "", "#queue-list [data-id]", clicks=("#cameras summary",)),
    Page("own password", "", "#queue-list [data-id]", clicks=("#account-name", "#change-password")),
    Page("accounts", "accounts", "tr[data-account]"),
    Page(
        "new password of an account",
        "accounts",
        "tr[data-account]",
        clicks=("td.account-buttons button:nth-of-type(3)",),
    ),
    Page(
        "link of an account",
        "accounts",
        "tr[data-account]",
        clicks=("td.account-buttons button:nth-of-type(4)",),
    ),
    Page("agreement of reviewers", "", "#queue-list [data-id]", clicks=("#agreement summary",)),
    Page("appeals", "appeals", "#rows > *"),
    Page("appeals, none yet", "appeals", "main", "empty"),
    Page("appeal of the staff", "appeal/{appeal}", "form", logged_in=False),
    Page("appeal of nothing", "appeal/nothing", "main", logged_in=False),
    Page("findings", "findings", "main"),
    Page("findings: a clip is cut", "findings", "#cut:not([hidden])", clicks=("#cut-wanted",)),
    Page("spot checks", "spot-checks", "#rules button"),
    Page("spot checks, none yet", "spot-checks", "#queue-empty:not([hidden])", "empty"),
    Page("keys of spot checks", "spot-checks", "#rules button", clicks=("#help",)),
    Page("wall", "wall", ".tile img:not([hidden])"),
    Page("wall without looks", "wall", "#tiles .tile", "empty"),
    Page("reports", "reports", "main"),
    Page("reports, nothing yet", "reports", "main", "empty"),
    Page("site: cameras", "site", "#camera-list button"),
    Page("site: posts", "site#posts", "#post-list button"),
    Page("site: rules", "site#rules", "#rule-cards li"),
    Page("site: uniforms", "site#uniform", "#pick-picture:enabled"),
    Page("site: alerts", "site#alerts", "#alert-rules select"),
    Page("site: file", "site#file", "#part-file:not([hidden])"),
    Page("site, none yet", "site", "#camera-none:not([hidden])", "empty"),
    Page("alerts", "alerts", "tr.dead"),
    Page("alerts, none yet", "alerts", "main", "empty"),
    Page("acknowledgement", "acknowledge/{token}", "form", logged_in=False),
    Page("acknowledgement of nothing", "acknowledge/nothing", "main", logged_in=False),
)

_PROVIDER = {"oidc_issuer": "https://login.hall.invalid/realm", "oidc_client_id": "conduct"}
SIGN_ON: dict[Hall, dict[str, Any]] = {
    "full": _PROVIDER,
    "empty": {**_PROVIDER, "passwords": "admins", "oidc_label": "政务服务平台 Government platform"},
    "first run": {},
}
"""Nobody is there to be asked; the pages know of it."""

SITE: dict[str, Any] = {
    "hall": "测试大厅",
    "timezone": "Asia/Shanghai",
    "cameras": [{"id": "east", "url": "east.mp4"}],
    "posts": [
        {"id": post, "name": name, "camera": "east", "staff_zone": [[0, 0], [1, 0], [1, 1]]}
        for post, name in (("w01", "1号窗口 社会保障"), ("w02", "2号窗口 综合受理"))
    ],
    "alerts": {
        "channels": [
            {"id": "hook", "kind": "webhook", "url": "https://hook.invalid/", "secret": "${HOOK_KEY}"}
        ],
        "routes": [{"id": "leads", "to": ["hook"]}],
    },
}


@dataclass(frozen=True)
class Desk:
    """A served hall."""

    address: str
    context: Context
    cookie: str
    token: str

    def open(self, page: Any, wanted: Page) -> None:
        """Show a page in its state, in the language of the browser's cookie."""
        cookies = [{"name": "conduct_session", "value": self.cookie, "url": self.address}]
        page.goto("about:blank")  # a page that is left open would go to the log-in by itself
        page.context.clear_cookies(name="conduct_session")
        if wanted.logged_in:
            page.context.add_cookies(cookies)
        page.goto(self.address + wanted.path.format(token=self.token, appeal=samples_appeals.TOKEN))
        page.wait_for_selector(wanted.ready)
        until(page, "document.querySelector('#cameras summary')?.textContent.trim() !== ''")
        for selector in wanted.clicks:
            page.locator(selector).first.click()


@contextmanager
def served(data_dir: Path, kind: Hall, site: dict[str, Any] | None = None) -> Iterator[Desk]:
    """A hall of this kind, where everybody must log in."""
    settings = Settings.model_validate(
        {"data_dir": data_dir, "port": 0, "login": "required", **SIGN_ON[kind]}
    )
    if kind == "full":
        text = yaml.safe_dump(site or SITE, allow_unicode=True)
        (data_dir / "site.yaml").write_text(text, encoding="utf-8")  # what the set-up page edits
    with listen(settings) as listener:
        app = build_app(settings, Site.model_validate(site or SITE))
        server = server_for(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        context: Context = app.state.context
        try:
            cookie, token = "", ""
            if kind != "first run":
                cookie = _logged_in(context)
            if kind == "full":
                token = _filled(context, data_dir)
            yield Desk(f"http://127.0.0.1:{listener.getsockname()[1]}/", context, cookie, token)
        finally:
            server.should_exit = True
            thread.join(30)
            app.state.alerts.stop()
            context.store.close()


def _logged_in(context: Context) -> str:
    """The cookie of an admin; there is an account of every role besides."""
    boss = add_account(context.store, "boss", "admin")
    add_account(context.store, "li.na", "reviewer")
    add_account(context.store, "wang.fang", "supervisor", ("w01",))
    cookie = secrets.token_urlsafe(16)
    context.store.sessions.start(boss.id, digest(cookie), act(datetime.now(UTC), "login.succeeded"))
    return cookie


def _filled(context: Context, data_dir: Path) -> str:
    """Events in each state, deliveries in each; the token of an alert that nobody has acknowledged."""
    store, now = context.store, context.now()
    for number, (verdict, changes) in enumerate(_EVENTS):
        made = _event(number, now, **changes)
        if number == 0:
            made = made.model_copy(update=Delivered(data_dir, context, "").evidence(made.id))
        store.upsert_event(made)
        if verdict:
            store.give_verdict(made.id, verdict, None, "看过了", at=now)
        if verdict == "confirmed":
            samples_appeals.invite(store, made.id, now)
            samples_appeals.contest(store, at=now)
    store.upsert_health(
        HealthEntry(camera="east", state="dark", start=now - timedelta(minutes=5), end=None, detail="dark")
    )
    store.put_looks([LastLook(post="w01", t=now, presence=True, beliefs={"phone": 0.4})], {})
    look_at(context.newest, "w01", now)
    for minutes in (30, 20):
        draw_spot(store, data_dir, start=now - timedelta(minutes=minutes))
    now = context.now()  # alerts are due at the time at which their events came
    context.outbox.plan(now)
    context.outbox.tell_test(context.channels, now)
    deliveries = context.outbox.due(now + timedelta(days=1))
    context.outbox.claim(deliveries[0], now)
    context.outbox.dead(deliveries[0], "the receiver cannot be reached: ConnectionRefusedError")
    message = next(one.message.id for one in context.ledger.entries() if one.message.kind == "event")
    return context.ack_tokens.make(message)


_EVENTS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (None, {}),
    (None, {"rule": "absent", "clause": "B3", "post": "w02"}),
    (None, {"state": "open", "end": None}),
    ("confirmed", {"rule": "smoking"}),
    ("rejected", {"rule": "eating"}),
    ("unclear", {"clip_missing": "no_video"}),
)


def _event(number: int, now: datetime, **changes: Any) -> RuleEvent:
    start = now - timedelta(minutes=10 * number + 1)
    return an_event(int(EVENT, 16) + number, start, **changes)
