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
ZONE = [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]
WHOLE: dict[str, Any] = {
    "hall": "测试大厅",
    "timezone": "Asia/Shanghai",
    "cameras": [
        {"id": "east", "url": "rtsp://camera-1/main", "sub_url": "rtsp://camera-1/sub", "transport": "tcp"}
    ],
    "posts": [
        {
            **{"id": "w01", "name": "1号窗口", "camera": "east", "staff": 1, "staff_zone": ZONE},
            **{"visitor_zone": ZONE, "placard_zone": ZONE, "telephone_zone": ZONE},
        }
    ],
    "schedule": {
        "shifts": [{"days": "mon-fri", "from": "09:00", "to": "12:00"}],
        "breaks": [{"days": "mon", "from": "10:00", "to": "10:10", "posts": ["w01"]}],
        "holidays": "china",
        "closed": ["2026-01-26"],
        "open": ["2026-01-25"],
    },
    "rules": {
        "absent": {"grace_s": 240, "enabled": True},
        "eating": {"hold_s": 15, "drinking": False, "open_at": 0.9, "close_at": 0.4, "release_s": 2},
    },
    "evidence": {"pre_roll_s": 5, "post_roll_s": 5, "max_clip_s": 600},
    "uniform": {"wear": "uniform/wear", "other": "uniform/other"},
    "calibration": "calibration.yaml",
    "placards": {"read": True, "texts": ["午间轮休"]},
    "alerts": {
        "channels": [{"id": "team", "kind": "webhook", "url": "https://a.example/", "secret": "${KEY}"}],
        "routes": [
            {
                **{"id": "first", "to": ["team"], "about": ["event"], "rules": ["absent"], "posts": ["w01"]},
                **{"severity": "low", "hours": [{"from": "09:00", "to": "10:00"}]},
                **{"acknowledge_s": 60, "then": "second"},
            },
            {"id": "second", "to": ["team"]},
        ],
        "rules": {"absent": {"when": "before", "severity": "urgent"}},
        "cameras": {"after_s": 60, "severity": "low"},
        "review": {"after_s": 600, "severity": "low"},
        "digest": {"at": "08:00"},
        "quiet": [{"from": "20:00", "to": "07:00"}],
        "fold_s": 60,
        "retries": {"tries": 3, "first_s": 2, "longest_s": 60},
    },
}
"""A site that says something of all that a site can say."""
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
