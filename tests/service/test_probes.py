"""Alive and ready: what each trouble answers, and under which host names."""

from pathlib import Path

import pytest
from samples_service import Client
from sqlalchemy.exc import OperationalError

from pipelines.metrics import (
    FRAMES,
    LOOKS,
    LOOKS_DROPPED,
    OVERLOADED,
    PICTURES_DROPPED,
    PICTURES_LOOKED_AT,
    Counters,
)
from service.bootstrap import build_app
from service.progress import Engine, RunProgress
from service.settings import Settings


def away() -> None:
    raise OperationalError("SELECT 1", {}, Exception("host db.example, password s3cr3t"))


def failing(answer: dict[str, object]) -> list[str]:
    checks = answer["checks"]
    assert isinstance(checks, list)
    assert all(bool(check["detail"]) != check["ok"] for check in checks)
    return [check["name"] for check in checks if not check["ok"]]


@pytest.mark.parametrize(
    ("engine", "state", "alive", "frames", "store", "missing"),
    [
        pytest.param(Engine("m", 2), "running", True, 1, True, [], id="all is well"),
        pytest.param(Engine("m", 2), "running", True, 0, True, ["cameras"], id="no camera has been seen"),
        pytest.param(Engine("m", 0), "running", True, 0, True, [], id="there are no cameras to see"),
        pytest.param(Engine("m", 2), "running", False, 1, True, ["run"], id="the run's thread is gone"),
        pytest.param(Engine("m", 2), "idle", False, 0, True, ["run", "cameras"], id="it has not begun"),
        pytest.param(Engine("m", 2), "failed", False, 1, True, ["run"], id="the run failed"),
        pytest.param(Engine("m", 2), "done", False, 1, True, [], id="all files are watched"),
        pytest.param(Engine("", 2), "running", True, 1, True, ["models"], id="no model is loaded"),
        pytest.param(Engine("m", 2), "running", True, 1, False, ["store"], id="the store is away"),
        pytest.param(None, "idle", False, 0, True, [], id="only the page is served"),
        pytest.param(None, "idle", False, 0, False, ["store"], id="only the page, the store away"),
    ],
)
def test_when_the_service_is_ready(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine: Engine | None,
    state: str,
    alive: bool,
    frames: int,
    store: bool,
    missing: list[str],
) -> None:
    counters = Counters()
    counters.add(FRAMES, "east", by=frames)
    client = Client(build_app(Settings(data_dir=tmp_path), engine=engine, counters=counters))
    progress: RunProgress = client.app.state.context.progress
    progress.update(state=state)
    progress.alive = lambda: alive
    if not store:
        monkeypatch.setattr(client.store, "ping", away)
    answer = client.get("/readyz")
    client.store.close()
    assert failing(answer.json()) == missing
    assert answer.json()["ready"] is (missing == [])
    assert answer.status_code == (503 if missing else 200)
    assert "s3cr3t" not in answer.text
    assert client.get("/healthz").json() == {"status": "alive"}


def test_overload_is_in_the_health_that_the_page_shows(client: Client) -> None:
    counters = client.app.state.context.counters
    counters.add(PICTURES_LOOKED_AT, "east", by=90)
    counters.add(PICTURES_DROPPED, "east", by=7)
    counters.add(PICTURES_DROPPED, "west", by=3)
    counters.add(LOOKS_DROPPED, "west", "w01", by=4)
    counters.add(LOOKS, "west", "w01", by=200)
    counters.set(OVERLOADED, value=1)
    assert client.get("/api/health").json()["load"] == {
        "pictures_looked_at": 90,
        "pictures_dropped": 10,
        "looks": 200,
        "looks_dropped": 4,
        "overloaded": True,
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_an_orchestrator_may_ask_by_address(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Host": "10.1.2.3:8080"})
    assert answer.status_code == 200
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("path", ["/healthz/", "/healthz/../api/posts", "/api/posts", "/", "/metrics"])
def test_nothing_else_is_answered_under_a_foreign_name(client: Client, path: str) -> None:
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 400
