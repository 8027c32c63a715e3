"""The weekly digest: when it is told, to whom, how often, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from samples_alerts import Desk, Receiver, settings
from samples_reports import MONDAY, at, fill
from samples_service import SHANGHAI, EventMaker
from typer.testing import CliRunner

from pipelines.hall.alerting import Alerts
from pipelines.texts import LANGUAGES
from service.alerts.channels import SendError
from service.alerts.digest import Digest
from service.alerts.ledger import Ledger
from service.alerts.weekly import message_now, of_week
from service.alerts.wording import Outgoing, Words
from service.cli import app
from service.reports.making import make_report
from service.reports.period import Period
from service.store import Store
from service.store.database import connect, downgrade

LEADS = {"id": "leads", "about": ["digest"]}
WEEK = Period(MONDAY, MONDAY + timedelta(days=6), SHANGHAI)
NEXT = MONDAY + timedelta(days=7)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "week"),
    [
        pytest.param(at(NEXT, "7:59"), None, id="Monday before the hour"),
        pytest.param(at(NEXT, "8:00"), MONDAY, id="Monday at the hour"),
        pytest.param(
            at(NEXT + timedelta(days=6), "23:59"), MONDAY, id="until Sunday, after a week-end's outage"
        ),
        pytest.param(at(NEXT, "4:00", BERLIN), MONDAY, id="in the hall's zone, not the caller's"),
    ],
)
def test_when_last_weeks_report_is_told(now: datetime, week: date | None) -> None:
    found = of_week(settings(LEADS), SHANGHAI, now)
    assert [alert.key for alert in found] == ([] if week is None else [f"digest:{week}@leads"])
    assert all(alert.happened == at(MONDAY, "0:00") for alert in found)


def test_only_routes_that_want_it_are_told_whatever_else_they_ask_for() -> None:
    given = settings(
        {**LEADS, "severity": "urgent", "rules": ["smoking"], "hours": [{"from": "13:00", "to": "14:00"}]},
        {"id": "boss"},
        digest={"at": "07:30"},
    )
    assert [alert.route for alert in of_week(given, SHANGHAI, at(NEXT, "7:30"))] == ["leads"]


class Channel:
    """Takes what is sent, or is down."""

    def __init__(self) -> None:
        self.got: list[Outgoing] = []
        self.down = False

    def send(self, message: Outgoing) -> None:
        if self.down:
            raise SendError("down")
        self.got.append(message)


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def opened(store: Store, tmp_path: Path, channel: Channel) -> Callable[[Alerts], Desk]:
    """A monitor over the store, at last week's end; called again it is one that was restarted."""

    def make(alerts: Alerts) -> Desk:
        desk = Desk.of_senders(store, tmp_path, alerts, {"mail": channel})
        desk.clock.time = at(NEXT, "7:00")
        return desk

    return make


def test_each_week_is_told_once_over_restarts_outages_and_two_monitors(
    store: Store, event: EventMaker, opened: Callable[[Alerts], Desk], channel: Channel
) -> None:
    fill(store, event)
    alerts = settings({**LEADS, "acknowledge_s": 60, "then": "boss"}, {"id": "boss", "about": []})
    desk = opened(alerts)
    channel.down = True
    desk.run(minutes=90, step_s=900)
    assert channel.got == []
    channel.down = False
    for other in (desk, opened(alerts), opened(alerts)):
        other.clock.time = at(NEXT, "12:00")
        other.run(minutes=30, step_s=900)
    assert [message.title for message in channel.got] == ["【测试大厅】2026-01-05 至 2026-01-11 周报"]
    desk.clock.time = at(NEXT + timedelta(days=7), "8:00")
    desk.run(minutes=5, step_s=150)
    assert len({message.id for message in channel.got}) == len(channel.got) == 2
    for one in (desk,):
        one.worker.stop()


def test_a_hall_without_records_of_that_week_is_told_of_nothing(
    store: Store, event: EventMaker, opened: Callable[[Alerts], Desk], channel: Channel
) -> None:
    store.upsert_event(event(0, start=at(NEXT, "7:00"), end=at(NEXT, "7:01")))
    desk = opened(settings(LEADS))
    desk.run(minutes=120, step_s=3600)
    assert channel.got == []


def test_a_route_with_posts_is_told_of_these_only(
    store: Store, event: EventMaker, opened: Callable[[Alerts], Desk], channel: Channel
) -> None:
    fill(store, event)
    desk = opened(settings({**LEADS, "posts": ["w02"]}, {**LEADS, "id": "all"}))
    desk.run(minutes=90, step_s=900)
    counts = {one.payload["route"]: one.payload["digest"]["total"]["events"] for one in channel.got}
    assert counts == {"leads": 0, "all": 13}
    texts = {one.payload["route"]: one.text for one in channel.got}
    assert ["仅含本路由所列窗口" in texts[route] for route in ("leads", "all")] == [True, False]


def test_an_earlier_release_which_knows_no_digest_finds_none(
    store: Store,
    event: EventMaker,
    opened: Callable[[Alerts], Desk],
    database_url: str,
) -> None:
    fill(store, event)
    opened(settings(LEADS, {"id": "desk"})).run(minutes=90, step_s=900)
    ledger = Ledger(store.transactions)
    assert [entry.message.kind for entry in ledger.entries()] == ["digest"]
    engine = connect(database_url)
    downgrade(engine, "0009")
    engine.dispose()
    assert ledger.entries() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_says(store: Store, event: EventMaker, language: str) -> None:
    fill(store, event)
    now = at(NEXT, "8:00")
    words = Words("大厅", language, SHANGHAI, {}, "https://desk.example/")
    route = settings(LEADS).routes[0]
    digest = Digest(make_report(store, WEEK, None, now), {"open": 1, "upheld": 2}, 7)
    said = words.digest("m.mail", message_now(route, WEEK, now), digest)
    assert "{" not in said.title + said.text
    for figure in ("13", "10", "2", "650.0", "500.0", "83", "55", "95", "32", "92", "3", "7"):
        assert figure in said.text, f"{figure} in {said.text}"
    assert "https://desk.example/reports?from=2026-01-05&to=2026-01-11" in said.text
    assert json.loads(json.dumps(said.payload))["digest"]["total"]["confirmed"] == 10
    nothing = Digest(
        make_report(store, Period(date(2024, 1, 1), date(2024, 1, 7), SHANGHAI), None, now), {}, 0
    )
    assert "{" not in words.digest("m.mail", message_now(route, WEEK, now), nothing).text


SITE = """
hall: 测试大厅
timezone: Asia/Shanghai
cameras: [{id: east, url: east.mp4}]
posts: [{id: w01, camera: east, staff_zone: [[0, 0], [1, 0], [1, 1]]}]
alerts:
  channels: [{id: hook, kind: webhook, url: "http://127.0.0.1:PORT/hook", secret: "${HOOK_KEY}"}]
  routes: [{id: leads, to: [hook], about: [digest]}, {id: boss, to: [hook], about: []}]
"""


@pytest.mark.parametrize(
    ("chosen", "route"), [pytest.param([], "leads", id="those that get it"), (["--route", "boss"], "boss")]
)
def test_it_can_be_sent_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: list[str], route: str
) -> None:
    monkeypatch.setenv("HOOK_KEY", "hush-hush-key")
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONDUCT_ALERT_NETWORKS", '["127.0.0.0/8"]')
    with Receiver().up() as receiver:
        site = tmp_path / "site.yaml"
        site.write_text(SITE.replace("PORT", str(receiver.port)), encoding="utf-8")
        told = CliRunner().invoke(app, ["alerts", "digest", "--site", str(site), *chosen])
        assert (told.exit_code, told.stdout) == (0, f"{route}, hook: sent\n"), told.stderr
        assert [json.loads(body)["route"] for _, body in receiver.got] == [route]
        listed = CliRunner().invoke(app, ["audit", "list", "--json"])
        assert '"report.exported"' in listed.stdout
        unknown = CliRunner().invoke(app, ["alerts", "digest", "--site", str(site), "--route", "nobody"])
        assert unknown.exit_code == 2
        assert "expected a route 'nobody', there is none" in unknown.stderr
