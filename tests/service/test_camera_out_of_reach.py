"""A live camera that cannot be reached, over a real connection: the service says so while it is so."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

from samples_service import Client

from pipelines.hall.site import Site
from pipelines.live import run_live
from pipelines.looking.eyes import Eyes
from pipelines.run import make_plan
from service.intake import StoreSink

PATIENCE_S = 60.0


def test_health_is_degraded_while_a_camera_cannot_be_reached(
    client: Client, eyes: Eyes, tmp_path: Path
) -> None:
    answers: list[dict[str, Any]] = []
    began = time.monotonic()

    def told() -> bool:
        answers.append(client.get("/api/health").json())
        return bool(answers[-1]["cameras"]) or time.monotonic() - began > PATIENCE_S

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: every connection is refused
        site = Site.model_validate(
            {
                "hall": "Test",
                "timezone": "Asia/Shanghai",
                "cameras": [
                    {"id": "east", "url": f"rtsp://user:s3cret@127.0.0.1:{taken.getsockname()[1]}/main"}
                ],
                "posts": [
                    {"id": "w01", "camera": "east", "staff_zone": [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]}
                ],
            }
        )
        plan = make_plan(site, eyes)
        run_live(plan, eyes, StoreSink(client.store), tmp_path, start=0.0, stopped=told)
    assert answers[-1]["status"] == "degraded"
    (entry,) = answers[-1]["cameras"]
    assert (entry["camera"], entry["state"], entry["end"]) == ("east", "gap", None)
    assert "s3cret" not in str(answers)
    assert client.get("/api/health").json()["status"] == "ok", "nobody watches any more"
