"""A real RTSP server on loopback, clips to serve, and eyes that see only what those clips show."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.detector import Crop
from pipelines.evidence.cutting import Recorders
from pipelines.evidence.spots import SpotPlan
from pipelines.hall.site import Site
from pipelines.live import run_live
from pipelines.looking.eyes import Seen
from pipelines.reader import Patience
from pipelines.rules.events import CoveredAbsence, HealthEntry, RuleEvent
from pipelines.run import Plan
from tests.conftest import Pixels, write_video
from tests.stub_eyes import StubEyes
from vision.detections import Detections

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).parent / "rtsp_server.py"
PACKAGES = "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
NEEDED = f"GStreamer's RTSP server is missing; on Debian: apt install {PACKAGES}"
PATIENCE_S = 60.0
STAFFED_S, EMPTY_S = 2.4, 2.4
PARTS = ((STAFFED_S, True), (EMPTY_S, False), (3.0, True))
"""One absence, from 2.4 to 4.8 s; a look is taken every 0.4 s, and the first second passes in connecting."""
OFF_S = 0.85
"""Two looks and a little: as far as an absence's ends may be off."""
QUICK = Patience(first_pause_s=0.05, longest_pause_s=0.2, silence_s=3.0)
GREEN, GREY = (40, 220, 40), (90, 90, 90)


@cache
def server_is_there() -> bool:
    needs = (
        "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst; Gst.init(None)"
    )
    parts = "; ".join(
        f"assert Gst.ElementFactory.find('{name}')" for name in ("qtdemux", "h265parse", "rtph265pay")
    )
    try:
        done = subprocess.run(
            [SYSTEM_PYTHON, "-W", "ignore", "-c", f"{needs}; {parts}"], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def need_server() -> None:
    """Skip where there is no server, but not where CONDUCT_REQUIRE_RTSP says that there must be one."""
    if server_is_there():
        return
    if os.environ.get("CONDUCT_REQUIRE_RTSP"):
        pytest.fail(NEEDED)
    pytest.skip(NEEDED)


class RtspServer:
    """One server process at a time, on one port; `kill` and `start` it as often as needed."""

    def __init__(
        self, clip: Path, codec: str = "h264", password: str = "", *, sub: Path | None = None
    ) -> None:
        self._words = ["--clip", str(clip), "--codec", codec]
        self._words += ["--sub", str(sub)] if sub else []
        self._words += ["--password", password] if password else []
        self.port = "0"
        self.connections: list[float] = []
        """When each was made, in seconds since the epoch."""
        self.played: dict[str, list[float]] = {"/main": [], "/sub": []}
        """When each stream began, by its path."""
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, "-W", "ignore", str(SERVER), "--port", self.port, *self._words],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        ready, _, port = self._process.stdout.readline().partition(" ")
        assert ready == "ready", "the server did not start"
        self.port = port.strip()
        self._reading = threading.Thread(target=self._count, args=(self._process.stdout,))
        self._reading.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reading.join()

    def stall(self) -> None:
        """Connections stay, and nothing comes any more."""
        self._process.send_signal(signal.SIGSTOP)

    def url(self, login: str = "", path: str = "/main") -> str:
        return f"rtsp://{login}127.0.0.1:{self.port}{path}"

    def _count(self, lines: Any) -> None:
        with lines:
            for line in lines:
                what, _, path = line.strip().partition(" ")
                (self.played[path] if what == "play" else self.connections).append(time.time())


def hall_frames(
    parts: Sequence[tuple[float, bool]], *, fps: int = 10, size: tuple[int, int] = (120, 160)
) -> list[Pixels]:
    """A post that is staffed, or not, for some seconds each; the noise shows that the picture is live."""
    random = np.random.default_rng(7)
    high, wide = size
    frames: list[Pixels] = []
    for seconds, staffed in parts:
        for _ in range(round(seconds * fps)):
            frame = np.full((high, wide, 3), GREY, np.uint8)
            if staffed:
                frame[high // 4 : high * 3 // 4, wide // 3 : wide * 2 // 3] = GREEN
            frames.append(frame + random.integers(0, 20, frame.shape, dtype=np.uint8))
    return frames


def hall_clip(
    path: Path,
    parts: Sequence[tuple[float, bool]],
    *,
    codec: str = "libx264",
    fps: int = 10,
    size: tuple[int, int] = (120, 160),
) -> Path:
    """`hall_frames` as a clip, a keyframe each second."""
    # GStreamer repeats the parameter sets before each slice of a keyframe, which splits it: one slice each.
    options = {"tune": "zerolatency", "preset": "ultrafast", "crf": "18", "x264-params": "sliced-threads=0"}
    if codec == "libx265":
        x265 = "log-level=none:crf=18:bframes=0:keyint=10:scenecut=0"
        options = {"preset": "ultrafast", "x265-params": x265}
    return write_video(
        path, hall_frames(parts, fps=fps, size=size), fps=fps, gop=fps, codec=codec, options=options
    )


class GreenEyes(StubEyes):
    """See one person wherever a crop is green in the middle. All else in a run is real."""

    def __init__(self) -> None:
        super().__init__()
        self.classes = frozenset({"person"})

    def see(self, crops: Sequence[Crop]) -> list[Seen]:
        return [self._see(crop) for crop in crops]

    def _see(self, crop: Crop) -> Seen:
        high, wide = crop.image.shape[:2]
        blue, green, red = crop.image[high * 2 // 5 : high * 3 // 5, wide * 2 // 5 : wide * 3 // 5].mean(
            (0, 1)
        )
        if green < 1.5 * max(blue, red):
            return Seen(Detections.none(), Detections.none())
        box = np.array([[0.3 * wide, 0.25 * high, 0.7 * wide, 0.75 * high]], np.float32)
        return Seen(Detections(box, np.array([0.95], np.float32), ("person",)), Detections.none())


def hall(*urls: str, **camera: Any) -> Site:
    """A post before each camera (cam0, cam1, ...), and an absence after a grace of 0.8 s."""
    return Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": f"cam{i}", "url": url, **camera} for i, url in enumerate(urls)],
            "posts": [
                {
                    "id": f"post{i}",
                    "camera": f"cam{i}",
                    "staff_zone": [[0.25, 0.2], [0.75, 0.2], [0.75, 0.8], [0.25, 0.8]],
                }
                for i in range(len(urls))
            ],
            "rules": {"absent": {"grace_s": 0.8, "release_s": 0.4}},
            "placards": {"read": False},
            "evidence": {"pre_roll_s": 0.5, "post_roll_s": 0.5},
        }
    )


@dataclass
class Watched:
    """A sink that keeps what it is told, and when."""

    events: dict[str, RuleEvent] = field(default_factory=dict)
    entries: list[tuple[float, HealthEntry]] = field(default_factory=list)
    looks: list[dict[str, Any]] = field(default_factory=list)

    def event(self, event: RuleEvent) -> None:
        self.events[event.id] = event

    def health(self, entry: HealthEntry) -> None:
        self.entries.append((time.monotonic(), entry))

    def covered(self, absence: CoveredAbsence) -> None:
        raise AssertionError(f"nothing is covered here, got {absence}")

    def observation(self, line: dict[str, Any]) -> None:
        self.looks.append(line)

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        pass

    def states(self, camera: str = "cam0") -> list[str]:
        return [entry.state for _, entry in list(self.entries) if entry.camera == camera]

    def closed(self, camera: str = "cam0") -> list[RuleEvent]:
        found = [event for event in list(self.events.values()) if event.camera == camera]
        return sorted((event for event in found if event.end is not None), key=lambda event: event.start)


class LiveRun:
    """`run_live` in a thread of its own, until the test is through with it."""

    def __init__(
        self,
        site: Site,
        folder: Path,
        patience: Patience = QUICK,
        *,
        recorders: Recorders | None = None,
        spots: SpotPlan | None = None,
        **more: Any,
    ) -> None:
        self.sink, self._stop = Watched(), threading.Event()
        self._error: list[BaseException] = []
        subs = {camera.id: url for camera in site.cameras if (url := camera.resolved_sub()) is not None}
        urls = {camera.id: camera.resolved() for camera in site.cameras}
        plan = Plan(site, urls, None, sub_urls=subs, recorders=recorders, spots=spots)

        def run() -> None:
            try:
                eyes = GreenEyes()
                run_live(
                    plan,
                    eyes,
                    self.sink,
                    folder,
                    start=0.0,
                    stopped=self._stop.is_set,
                    patience=patience,
                    **more,
                )
            except BaseException as error:  # noqa: BLE001 - `until` and `end` raise it
                self._error.append(error)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def until(self, holds: Callable[[Watched], object], patience_s: float = PATIENCE_S) -> None:
        """Wait until something holds of what was found."""
        began = time.monotonic()
        while not holds(self.sink):
            assert not self._error, self._error
            assert time.monotonic() - began < patience_s, f"not within {patience_s} s: {self.sink.states()}"
            time.sleep(0.02)  # the condition is polled: a sink is told from another thread

    def end(self) -> Watched:
        self._stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        assert not self._error, self._error
        return self.sink
