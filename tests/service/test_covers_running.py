"""A cover entered through the API while the engine runs. Slow: real looks at the bundled clip."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from samples_service import Client

from pipelines.hall.site import Site
from pipelines.looking.eyes import Eyes
from pipelines.run import make_plan, run_files
from service.covers import REFRESH_S, StoreCovers
from service.intake import StoreSink

pytestmark = pytest.mark.slow
START = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
STAFF_ZONE = [[0.56, 0.25], [0.76, 0.25], [0.76, 0.70], [0.56, 0.70]]


class Meanwhile(StoreSink):
    """Stores what is found; when the run is at five seconds, somebody asks the API."""

    def __init__(self, client: Client, entry: dict[str, Any] | None) -> None:
        super().__init__(client.store)
        self.client, self.entry, self.monotonic = client, entry, 0.0

    def observation(self, line: Any) -> None:
        super().observation(line)
        if self.entry is not None and datetime.fromisoformat(line["t"]).timestamp() >= START.timestamp() + 5:
            assert self.client.post("/api/covers", json=self.entry).status_code == 201
            self.entry, self.monotonic = None, self.monotonic + REFRESH_S


@pytest.mark.parametrize(
    ("posts", "asked", "covered"),
    [
        pytest.param(None, ["w02"], [], id="no cover"),
        pytest.param(["w02"], [], [("w02", "pause")], id="a pause of the post"),
        pytest.param(["w01"], ["w02"], [], id="a pause of another post"),
    ],
)
def test_the_absence_at_ten_seconds(
    client: Client,
    eyes: Eyes,
    example: Path,
    posts: list[str] | None,
    asked: list[str],
    covered: list[tuple[str, str]],
) -> None:
    site = Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": "cam", "url": str(example)}],
            "posts": [{"id": "w02", "camera": "cam", "staff_zone": STAFF_ZONE}],
            "rules": {"absent": {"grace_s": 1}},
        }
    )
    entry = None if posts is None else {"kind": "pause", "posts": posts, "from": "2026-01-05T09:00:04"}
    sink = Meanwhile(client, entry)
    plan = replace(make_plan(site, eyes), covers=StoreCovers(client.store, clock=lambda: sink.monotonic))
    run_files(plan, eyes, sink, client.data_dir, start=START.timestamp())
    events = client.get("/api/events?rule=absent").json()["events"]
    assert [event["post"] for event in events] == asked
    absences = client.get("/api/covered-absences").json()["absences"]
    assert [(one["post"], one["cover"]) for one in absences] == covered
