"""Every word of alerts is there in both languages, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from samples_alerts import alert
from samples_service import NINE, SHANGHAI

import service
from pipelines.rules.events import HealthEntry
from pipelines.texts import LANGUAGES, catalogue
from service.alerts.records import DeliveryState, Kind, Message
from service.alerts.wording import LISTED, Words

SERVICE = Path(service.__file__).parent
SOURCES = [*SERVICE.glob("alerts/*.py"), *SERVICE.glob("web/*.py"), *SERVICE.glob("web/templates/*.html")]
KEY = re.compile(r'"(alerts?\.(?!html|key)[a-z_.]*[a-z])"')
MADE = (
    {f"alert.{kind}" for kind in get_args(Kind)}
    | {f"alert.says.{kind}" for kind in get_args(Kind)}
    | {f"alerts.state.{state}" for state in get_args(DeliveryState)}
)


def test_the_keys_in_use_are_exactly_those_that_have_words() -> None:
    used = {key for path in SOURCES for key in KEY.findall(path.read_text(encoding="utf-8"))}
    for language in LANGUAGES:
        known = {key for key in catalogue(language) if key.startswith(("alert.", "alerts."))}
        assert used | MADE == known


def message(kind: Kind, count: int) -> Message:
    states = get_args(HealthEntry.model_fields["state"].annotation)
    alerts = tuple(alert(n, kind=kind, state_of_camera=states[0]) for n in range(count))
    return Message("m", "g", "leads", kind, "urgent", alerts, ("mail",), NINE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "count"),
    [
        pytest.param(kind, n, id=f"{n} {kind}")
        for kind in get_args(Kind)
        for n in (1, 50)
        if kind not in ("test", "digest")
    ]
    + [pytest.param("test", 0, id="test")],
)
def test_every_kind_of_message_can_be_said(language: str, kind: Kind, count: int) -> None:
    words = Words("大厅", language, SHANGHAI, {"w01": "1号窗口"}, "https://desk.example/")
    said = words.outgoing("m.mail", message(kind, count), "token" if count else None)
    assert "{" not in said.title + said.text
    assert ("49" in said.title) == (count == 50)
    assert said.text.count("2026-01-05") == min(count, LISTED + 1)
    assert ("https://desk.example/acknowledge/token" in said.text) == bool(count)
    assert said.payload["count"] == count == len(said.payload["alerts"])
