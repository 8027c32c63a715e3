"""The delivery worker inside the service: it starts with it, ends with it, and goes on after a restart."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from samples_alerts import Receiver
from samples_service import EventMaker

from pipelines.hall.site import Site
from service import serving
from service.alerts.ledger import Ledger
from service.intake import StoreSink
from service.settings import Settings
from service.store import Store, open_database

SITE: dict[str, Any] = {
    "hall": "测试大厅",
    "timezone": "Asia/Shanghai",
    "cameras": [{"id": "east", "url": "east.mp4"}],
    "posts": [{"id": "w01", "camera": "east", "staff_zone": [[0, 0], [1, 0], [1, 1]]}],
}


def serve_until(
    done: Event, settings: Settings, site: Site, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serve, wait for `done`, stop as a signal would."""
    servers: list[uvicorn.Server] = []
    make = serving.server_for

    def remember(app: FastAPI) -> uvicorn.Server:
        servers.append(make(app))
        return servers[0]

    with monkeypatch.context() as patch:
        patch.setattr(serving, "server_for", remember)
        announced = Event()
        thread = Thread(
            target=serving.serve,
            args=(settings, site),
            kwargs={"run": run, "announce": lambda _: announced.set()},
        )
        thread.start()
        assert announced.wait(30)
        assert done.wait(30)
        servers[0].should_exit = True
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.slow  # the worker looks into the outbox once a second
def test_what_was_not_delivered_before_a_restart_is_delivered_once_after_it(
    tmp_path: Path, event: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_KEY", "hush-hush-key")
    receiver = Receiver(status=503)
    with receiver.up() as up:
        url = f"http://127.0.0.1:{up.port}/hook"
        channel = {"id": "hook", "kind": "webhook", "url": url, "secret": "${HOOK_KEY}"}
        alerts = {
            "channels": [channel],
            "routes": [{"id": "leads", "to": ["hook"]}],
            "retries": {"first_s": 0.1},
        }
        site = Site.model_validate({**SITE, "alerts": alerts})
        settings = Settings(data_dir=tmp_path, port=0, alert_networks=("127.0.0.0/8",))  # type: ignore[arg-type]

        def run(sink: StoreSink) -> None:
            sink.event(event(rule="absent"))

        serve_until(receiver.asked, settings, site, run, monkeypatch)
        assert receiver.got == []
        receiver.asked.clear()
        receiver.status = 200
        serve_until(receiver.asked, settings, site, None, monkeypatch)
        assert len(receiver.got) == 1
    store = Store(open_database(settings.store_url))
    assert Ledger(store.transactions).counts() == {"sent": 1}
    store.close()
