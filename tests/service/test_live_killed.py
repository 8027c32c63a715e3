"""A live camera's monitor, killed with SIGKILL in the middle of an event and started again.

Slow: a real RTSP server plays at its own speed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest

import service
from pipelines.rules.events import RuleEvent
from service.store import EventFilter, Store, open_database
from tests.pipelines.streams.samples_rtsp import RtspServer, hall_clip, need_server

pytestmark = pytest.mark.slow

PATIENCE_S = 60.0
PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path

from pipelines.keeper import open_events
from pipelines.live import run_live
from pipelines.run import Plan
from service import intake
from service.delivery import Delivery, RunBegins
from service.spool import Spool
from service.store import Store
from service.store.database import connect
from tests.pipelines.streams.samples_rtsp import QUICK, GreenEyes, hall

folder, url = Path(sys.argv[1]), sys.argv[2]
site = hall(url)
store = Store(connect(f"sqlite:///{folder / 'store.sqlite3'}"))
delivery = Delivery(store, Spool(folder / "spool" / "store.jsonl"), root=folder)
kept = open_events(folder / "state", site)
delivery.begin(RunBegins(at=datetime.now(UTC), cameras=frozenset({"cam0"}), going_on=kept))
delivery.start()
stop = folder / "stop"
intake.WATCHED_EVERY_S = 0.5
sink = intake.StoreSink(store, delivery=delivery, site=site)
run_live(
    Plan(site, {"cam0": url}, None), GreenEyes(), sink, folder,
    start=0.0, stopped=stop.exists, patience=QUICK, keep=folder / "state", passed=sink.passed,
)
sink.finish()
delivery.close()
store.close()
"""


class Monitor:
    """A process that watches one camera into a folder."""

    def __init__(self, folder: Path, url: str) -> None:
        root = Path(service.__file__).parents[1]
        here = Path(__file__).parents[2]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(root)])}
        self._process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), url], env=env)
        self._folder = folder

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        (self._folder / "stop").touch()
        assert self._process.wait(PATIENCE_S) == 0


def wait_for(store: Store, wanted: Callable[[RuleEvent], bool]) -> RuleEvent:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = [judged.event for judged in store.events(EventFilter()).events if wanted(judged.event)]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"not seen: {[one.event.line() for one in store.events(EventFilter()).events]}")


def test_an_event_that_was_open_at_the_kill_is_ended_once_and_has_its_clip(tmp_path: Path) -> None:
    need_server()
    server = RtspServer(hall_clip(tmp_path / "clip.mp4", [(2.0, True), (20.0, False)]))
    folder = tmp_path / "data"
    folder.mkdir()
    store = Store(open_database(f"sqlite:///{folder / 'store.sqlite3'}"))
    began = time.time()
    first = Monitor(folder, server.url())
    try:
        opened = wait_for(store, lambda event: event.state == "open")
        time.sleep(2.5)  # real time must pass in the event, for its clip to have something to show
    finally:
        first.kill()
    assert store.event(opened.id).event.state == "open"
    second = Monitor(folder, server.url())  # the camera plays its clip from the start: staffed
    try:
        ended = wait_for(store, lambda event: event.id == opened.id and event.clip is not None)
    finally:
        second.stop()
    events = [
        judged.event for judged in store.events(EventFilter()).events if judged.event.start == opened.start
    ]
    assert [event.id for event in events] == [opened.id]
    assert ended.end is not None
    assert not ended.end_known  # the staff came back while nobody looked
    assert ended.timeline is not None
    told = json.loads((folder / ended.timeline).read_text())
    assert told["event_start"] >= 0.4  # the clip begins before the event, which was before the kill
    assert told["duration"] >= told["event_start"] + 2.0
    assert ended.snapshot is not None
    with av.open(str(folder / str(ended.clip))) as clip:
        assert sum(1 for _ in clip.decode(video=0)) >= 20
    assert len(store.evidence.files(opened.id)) == 3
    ((_, seconds),) = store.watched.seconds().items()
    # Both lives are counted, no second of them twice, and none of the time in which nobody watched.
    assert (
        3.0 < seconds["staffed"] + seconds["unstaffed"] < sum(seconds.values()) + 0.001 < time.time() - began
    )
    left = [
        path
        for path in folder.rglob("*")
        if path.suffix == ".partial" or path.parent.name in ("state", "spool")
    ]
    assert left == []
    store.close()
    server.kill()
