"""What the service's tests share: stores, events, and a client that needs no socket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from samples_service import HALL, NINE, POSTS, Client, EventMaker

from pipelines.rules.events import RuleEvent
from service.bootstrap import build_app
from service.settings import Settings
from service.store import Store, open_database


@pytest.fixture
def event() -> EventMaker:
    """Makes events: `event(3)` is the one three minutes after nine; keywords replace fields."""

    def make(number: int = 0, **changes: Any) -> RuleEvent:
        start = NINE + timedelta(minutes=number)
        fields: dict[str, Any] = {
            "id": f"{number:016x}",
            "rule": "phone_use",
            "clause": "B15",
            "post": "w01",
            "camera": "east",
            "start": start,
            "end": start + timedelta(seconds=30),
            "state": "closed",
            "confidence": 0.9,
            "why": "a phone in the hand (93 %)",
            "clip": None,
            "snapshot": None,
            "timeline": None,
            "model": {"name": "detector", "sha256": "ab" * 32},
            "rule_version": "1-12345678",
        }
        return RuleEvent.model_validate({**fields, **changes})

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(open_database(f"sqlite:///{tmp_path / 'store.sqlite3'}"))
    opened.set_site(HALL, POSTS)
    yield opened
    opened.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    app = build_app(Settings(data_dir=tmp_path / "data"))
    made = Client(app)
    made.store.set_site(HALL, POSTS)
    yield made
    made.store.close()
