"""The list of deliveries, the test button, the page that acknowledges; and the API behind them."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples_service import Client, EventMaker

from pipelines.hall.site import Site
from service.bootstrap import build_app
from service.settings import Settings

SITE = {
    "hall": "测试大厅",
    "timezone": "Asia/Shanghai",
    "cameras": [{"id": "east", "url": "east.mp4"}],
    "posts": [
        {"id": "w01", "name": "<b>1号</b>", "camera": "east", "staff_zone": [[0, 0], [1, 0], [1, 1]]},
    ],
    "alerts": {
        "channels": [
            {"id": "hook", "kind": "webhook", "url": "https://hook.invalid/", "secret": "${HOOK_KEY}"}
        ],
        "routes": [{"id": "leads", "to": ["hook"]}],
    },
}


@pytest.fixture
def desk(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("HOOK_KEY", "hush-hush-key")
    app = build_app(Settings(data_dir=data_dir), Site.model_validate(SITE))
    made = Client(app)
    yield made
    app.state.alerts.stop()
    made.store.close()


def token_of_first(client: Client, event: EventMaker) -> str:
    """The token in the message of an absence."""
    context = client.app.state.context
    client.store.upsert_event(event(rule="absent"))
    context.outbox.plan(context.now())
    (entry,) = context.ledger.entries()
    token: str = context.ack_tokens.make(entry.message.id)
    return token


def test_the_api_lists_tests_and_revives(desk: Client) -> None:
    assert desk.get("/api/alerts").json() == {
        "channels": ["hook"],
        "counts": {"pending": 0, "sent": 0, "dead": 0},
        "deliveries": [],
    }
    answer = desk.post("/api/alerts/test", json={})
    assert answer.status_code == 202
    (delivery,) = answer.json()["deliveries"]
    assert (delivery["channel"], delivery["kind"], delivery["state"]) == ("hook", "test", "pending")
    assert desk.post("/api/alerts/retry", json={"delivery": delivery["id"]}).status_code == 404
    desk.app.state.alerts.step()
    desk.app.state.alerts.settle()
    (tried,) = desk.get("/api/alerts", params={"state": "pending"}).json()["deliveries"]
    assert (tried["tries"], tried["error"]) == (1, "the host's name has no address")
    assert "hush" not in desk.get("/api/alerts").text
    found = next(
        d for d in desk.app.state.context.outbox.due(desk.app.state.context.now().replace(year=2200))
    )
    desk.app.state.context.outbox.claim(found, desk.app.state.context.now())
    desk.app.state.context.outbox.dead(found, "given up")
    assert desk.get("/api/alerts").json()["counts"] == {"pending": 0, "sent": 0, "dead": 1}
    assert desk.post("/api/alerts/retry", json={"delivery": found.id}).json()["counts"]["pending"] == 1


def test_a_test_for_a_channel_that_is_not_there_is_refused(desk: Client, client: Client) -> None:
    answer = desk.post("/api/alerts/test", json={"channels": ["desk"]})
    assert (answer.status_code, answer.json()["detail"]) == (422, "channels: expected some of hook, got desk")
    answer = client.post("/api/alerts/test", json={})
    assert (answer.status_code, answer.json()["detail"]) == (409, "the site file names no channels")


@pytest.mark.parametrize("path", ["/alerts/test", "/alerts/retry?delivery=x", "/acknowledge/x"])
def test_no_other_site_can_press_a_button(desk: Client, path: str) -> None:
    assert desk.post(path, headers={"Origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        pytest.param("zh-CN", ["提醒", "等待中", "向每个渠道发送测试消息"], id="zh-CN"),
        pytest.param("en", ["Alerts", "Waiting", "Send a test message over every channel"], id="en"),
    ],
)
def test_the_list_says_how_each_delivery_went(
    desk: Client, event: EventMaker, lang: str, words: list[str]
) -> None:
    token_of_first(desk, event)
    assert desk.post("/alerts/test").status_code == 303
    page = desk.get(f"/alerts?lang={lang}").text
    for word in words:
        assert word in page
    assert page.count("<tr class=") == 2
    assert html.escape("<b>1号</b>") in page
    assert "<b>1号</b>" not in page


@pytest.mark.parametrize(
    ("lang", "question", "done"),
    [
        pytest.param("zh-CN", "是，我来处理", "起已有人处理", id="zh-CN"),
        pytest.param("en", "Yes, I have it in hand", "In hand since", id="en"),
    ],
)
def test_opening_the_link_only_asks_and_the_button_acknowledges_once(
    desk: Client, event: EventMaker, lang: str, question: str, done: str
) -> None:
    token = token_of_first(desk, event)
    outbox = desk.app.state.context.outbox
    message = token.partition(".")[0]
    for _ in range(2):
        assert question in desk.get(f"/acknowledge/{token}?lang={lang}").text
    assert outbox.acknowledged(message) is None
    assert done in desk.post(f"/acknowledge/{token}?lang={lang}").text
    first = outbox.acknowledged(message)
    assert first is not None
    again = desk.post(f"/acknowledge/{token}?lang={lang}").text
    assert (done in again, question in again, outbox.acknowledged(message)) == (True, False, first)
    (entry,) = desk.store.audit.newest(limit=9)
    assert (entry.way, entry.action, entry.object) == ("link", "message.acknowledged", message)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_that_was_not_made_here_acknowledges_nothing(
    desk: Client, event: EventMaker, method: str
) -> None:
    token = token_of_first(desk, event)
    message, _, signature = token.partition(".")
    for forged in (
        message,
        f"{message}.",
        f"{message}.{signature[:-1]}",
        f"{message}.{'A' * 20}",
        "ü.ü",
        "x" * 900,
    ):
        answer = desk.ask(method, f"/acknowledge/{forged}?lang=en")
        assert answer.status_code == 404
        assert "not valid" in answer.text
    assert desk.app.state.context.outbox.acknowledged(message) is None


def test_the_key_of_the_links_is_the_owners_only_and_stays(tmp_path: Path, desk: Client) -> None:
    path = tmp_path / "data" / "alerts.key"
    assert path.stat().st_mode & 0o777 == 0o600
    key = path.read_bytes()
    app = build_app(Settings(data_dir=tmp_path / "data"))
    app.state.context.store.close()
    assert path.read_bytes() == key
    assert [file.name for file in path.parent.glob("alerts.key*")] == ["alerts.key"]


def test_messages_link_to_the_configured_address_and_it_may_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDUCT_BASE_URL", "https://review.hall.example/monitor")
    app = build_app(Settings(data_dir=tmp_path), address="http://127.0.0.1:1/")
    client = Client(app)
    assert app.state.context.words.base_url == "https://review.hall.example/monitor/"
    assert client.get("/alerts", headers={"Host": "review.hall.example"}).status_code == 200
    client.store.close()
