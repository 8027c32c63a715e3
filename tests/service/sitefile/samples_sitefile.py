"""A site as a draft of the page, and as a file."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

SITE: dict[str, Any] = {
    "hall": "测试大厅",
    "timezone": "Asia/Shanghai",
    "cameras": [{"id": "east", "url": "rtsp://viewer:${EAST_PASSWORD}@camera-1.hall.example/main"}],
    "posts": [
        {"id": "w01", "name": "1号窗口", "camera": "east", "staff_zone": [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]}
    ],
}
TEXT = """
# as an integrator writes it
hall: 测试大厅
timezone: Asia/Shanghai
cameras: [{id: east, url: "rtsp://admin:s3cr3t@camera-1.hall.example/main?token=hush"}]
posts: [{id: w01, camera: east, staff_zone: [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]}]
alerts:
  channels: [{id: leads, kind: webhook, url: "https://hook.example/key-in-the-path", secret: "${HOOK_KEY}"}]
  routes: [{id: all, to: [leads]}]
"""


def site(**changes: Any) -> dict[str, Any]:
    """A site of its own, with parts replaced."""
    return {**copy.deepcopy(SITE), **changes}


def file_in(folder: Path, text: str = TEXT) -> Path:
    """A site file."""
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return path
