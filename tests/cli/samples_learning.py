"""A hall whose looks are kept: calls that were confirmed, and fainter ones that were rejected."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from models.manifest import Manifest
from pipelines.hall.site import load_site
from pipelines.replay.journal import Place, kept_in, packed
from pipelines.replay.looks import PostLooks
from pipelines.rules.events import ModelRef, RuleEvent
from service.bootstrap import take_site
from service.store import Store, open_database
from vision.behaviours import BEHAVIOURS

ZONE = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 1, 5, 9, tzinfo=ZONE)
SITE = """\
hall: Test
timezone: Asia/Shanghai
cameras: [{id: hall, url: hall.mp4}]
posts:
  - {id: w01, camera: hall, staff_zone: [[0, 0], [1, 0], [1, 1]]}
"""
EVERY_S = 240.0
CALL_S = 30.0


def a_hall(folder: Path, *, confirmed: int, rejected: int) -> Path:
    """A site file; its data folder is ``folder/data``. Every four minutes a call, the rejected ones first."""
    site_file = folder / "hall.site.yaml"
    site_file.write_text(SITE, encoding="utf-8")
    calls = [0.5] * rejected + [0.88] * confirmed
    _keep(folder / "data" / "looks", calls)
    store = Store(open_database(f"sqlite:///{folder / 'data' / 'conduct.sqlite3'}"))
    take_site(store, load_site(site_file))
    for i, p in enumerate(calls):
        event = call(i)
        store.upsert_event(event)
        store.give_verdict(event.id, "confirmed" if p > 0.6 else "rejected", None, "", at=NINE)
    store.close()
    return site_file


def call(number: int) -> RuleEvent:
    """The event of one call; the machine runs the model as it is and quantised by turns."""
    name, entry = Manifest.load().of_task("detect")
    start = NINE + timedelta(seconds=60 + number * EVERY_S)
    return RuleEvent(
        id=hashlib.sha256(str(number).encode()).hexdigest()[:16],
        rule="phone_use",
        clause="B1",
        post="w01",
        camera="hall",
        start=start,
        end=start + timedelta(seconds=CALL_S),
        state="closed",
        confidence=0.9,
        why="phone in hand",
        clip=None,
        snapshot=None,
        timeline=None,
        model=ModelRef(name=name, sha256=entry.hashes[number % len(entry.hashes)]),
        rule_version="1",
    )


def _keep(folder: Path, calls: list[float]) -> None:
    t = NINE.timestamp() + np.arange(0, 60 + len(calls) * EVERY_S, 0.5)
    since = (t - NINE.timestamp() - 60) % EVERY_S
    number = np.floor((t - NINE.timestamp() - 60) / EVERY_S).astype(int)
    called = (since < CALL_S) & (number >= 0)
    phone = np.where(called, np.array(calls)[np.clip(number, 0, len(calls) - 1)], 0.11)
    said = {"presence": 0.95, "phone": phone, "smoking": 0.11, "eating": 0.12, "uniform": np.nan}
    cues = np.stack([np.broadcast_to(said[name], t.shape) for name in BEHAVIOURS], axis=1)
    path = kept_in(folder, Place("hall", "w01"), NINE.date())
    path.parent.mkdir(parents=True)
    path.write_bytes(packed(PostLooks("w01", "hall", tuple(BEHAVIOURS), t, cues, np.zeros(len(t), np.bool_))))
