"""/api/site/try: a draft's rules on the looks that the service kept, with the events that there are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from samples_service import Client, Person, add_account, an_event, logged_in
from samples_sitefile import SITE, site

from pipelines.hall.site import load_site
from pipelines.replay.journal import LooksJournal
from service.api import site_trial
from service.bootstrap import build_app
from service.serving import listen, server_for
from service.settings import Settings
from service.sitefile.draft import written

ZONE = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 1, 5, 9, tzinfo=ZONE)
CALM = {"phone": 0.02, "presence": 0.97, "smoking": 0.02, "eating": 0.02, "uniform": None}
SAVED = site(rules={"phone_use": {"hold_s": 8}})
LONGER = site(rules={"phone_use": {"hold_s": 45}})


@pytest.fixture
def boss(tmp_path: Path) -> Iterator[Person]:
    """An admin of a hall whose phones of half a minute and of a minute are asked about."""
    path = tmp_path / "site.yaml"
    path.write_text(written(SAVED), encoding="utf-8")
    client = Client(build_app(Settings(data_dir=tmp_path / "data"), load_site(path), site_file=path))
    yield logged_in(client, add_account(client.store, "boss", "admin"))
    client.store.close()


def keep_looks(boss: Person, post: str = "w01") -> None:
    keep_looks_in(boss.data_dir / "looks", post)


def keep_looks_in(folder: Path, post: str = "w01") -> None:
    """Ten minutes with a phone in hand for half a minute, and for more than one."""
    journal = LooksJournal(folder, ZONE)
    for s in range(600):
        t = (NINE + timedelta(seconds=s)).isoformat(timespec="milliseconds")
        cues = {**CALM, "phone": 0.97 if 100 <= s < 130 or 300 <= s < 400 else 0.02}
        journal.observation({"t": t, "camera": "east", "post": post, "presence": True, "cues": cues})
    journal.close()


def tried(boss: Person, draft: dict[str, Any], span: str = "hour") -> Any:
    return boss.post("/api/site/try", json={"site": draft, "span": span})


def test_a_longer_limit_is_tried_and_the_events_are_named(boss: Person) -> None:
    keep_looks(boss)
    for number, second in ((1, 104), (2, 304), (3, 500)):
        boss.store.upsert_event(an_event(number, NINE + timedelta(seconds=second)))
    found = tried(boss, LONGER).json()
    assert [(one["outcome"], one["rule"], one["post"], one["event"]) for one in found["told"]] == [
        ("gone", "phone_use", "w01", f"{1:016x}"),
        ("still", "phone_use", "w01", f"{2:016x}"),
    ]
    assert found["told"][0]["start"].startswith("2026-01-05T09:01:")
    assert {"rule": "phone_use", "still": 1, "gone": 1, "new": 0} in found["counts"]
    assert (found["looks"], found["others"], found["posts"], found["rules"]) == (600, 1, [], [])
    (act,) = [one for one in boss.store.audit.oldest() if one.action == "site.tried"]
    assert (act.who, act.detail) == ("boss", {"span": "hour"})
    assert load_site(boss.app.state.context.site_file.path).rules.phone_use.hold_s == 8, "nothing is changed"


def test_a_shorter_limit_asks_anew_and_a_rule_switched_off_no_longer(boss: Person) -> None:
    keep_looks(boss)
    shorter = tried(boss, site(rules={"phone_use": {"hold_s": 8}, "absent": {"grace_s": 5}}), "day").json()
    assert [one["outcome"] for one in shorter["told"]] == ["still", "still"]
    off = tried(boss, site(rules={"phone_use": {"enabled": False}}), "week").json()
    assert [one["outcome"] for one in off["told"]] == ["gone", "gone"]


def test_looks_do_not_speak_for_other_zones(boss: Person) -> None:
    keep_looks(boss)
    keep_looks(boss, "w02")
    moved = {**SITE["posts"][0], "staff_zone": [[0, 0], [1, 0], [1, 1]]}
    answer = tried(boss, site(posts=[moved]))
    assert (answer.status_code, answer.json()["field"]) == (409, "looks")
    more = site(posts=[SITE["posts"][0], {**moved, "id": "w09"}], rules={"phone_use": {"hold_s": 8}})
    assert tried(boss, more).json()["posts"] == [{"post": "w09", "why": "new"}]


def test_without_looks_that_is_said(boss: Person) -> None:
    answer = tried(boss, LONGER)
    assert (answer.status_code, answer.json()["field"]) == (409, "looks")


def test_a_draft_that_cannot_be_saved_cannot_be_tried(boss: Person) -> None:
    keep_looks(boss)
    answer = boss.post("/api/site/try?lang=zh-CN", json={"site": site(timezone="Mars"), "span": "hour"})
    assert (answer.status_code, answer.json()["field"]) == (422, "timezone")
    assert "应为时区" in answer.json()["detail"]
    assert tried(boss, LONGER, "year").status_code == 422


@pytest.mark.slow  # a real server, and a process of its own behind it
def test_when_the_page_goes_the_trial_ends(boss: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_looks(boss)
    monkeypatch.setattr(site_trial, "partial", lambda *_: partial(time.sleep, 100))
    aside = boss.app.state.context.aside
    with listen(Settings(data_dir=boss.data_dir, port=0)) as listener:
        server = server_for(boss.app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            address = "http://{}:{}/api/site/try".format(*listener.getsockname())
            body = {"site": LONGER, "span": "hour"}
            headers = {**boss.headers, "Origin": address.removesuffix("/api/site/try")}
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(address, json=body, headers=headers, timeout=2)
            freed = aside._free.acquire(timeout=20)
            assert freed, "nobody waits, and it goes on"
            aside._free.release()
        finally:
            server.should_exit = True
            thread.join(30)


def test_only_one_at_a_time(boss: Person) -> None:
    keep_looks(boss)
    aside = boss.app.state.context.aside
    with aside._free:
        answer = tried(boss, LONGER)
    assert answer.status_code == 429
    assert tried(boss, LONGER).status_code == 200
