"""Live cameras over real RTSP: GStreamer's server, on loopback.

All of it is slow because the clips play at their own speed.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import quote

import pytest
from samples_rtsp import (
    EMPTY_S,
    OFF_S,
    PARTS,
    STAFFED_S,
    LiveRun,
    RtspServer,
    Watched,
    hall,
    hall_clip,
    need_server,
)

from pipelines.looking import looks
from pipelines.reader import Patience
from pipelines.streams.clock import RunClock
from tests.conftest import read_frames

pytestmark = pytest.mark.slow

SERVERS = 4
ROUNDS = int(os.environ.get("CONDUCT_RTSP_ROUNDS", "5"))
"""Twenty outages in all, at the same time where they can be; more on demand."""
PASSWORD = "s3/c@r%41t"

Serve = Callable[..., RtspServer]


@pytest.fixture(autouse=True)
def looked_at_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Absences are so short here, to save time, that a settled post is looked at as often as any."""
    monkeypatch.setattr(looks, "QUIET_S", looks.INTERVAL_S)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    need_server()
    servers: list[RtspServer] = []

    def serving(codec: str = "h264", password: str = "") -> RtspServer:
        clip = tmp_path / f"{codec}.mp4"
        if not clip.exists():
            hall_clip(clip, PARTS, codec=codec.replace("h", "libx"))
        servers.append(RtspServer(clip, codec, password))
        return servers[-1]

    yield serving
    for server in servers:
        server.kill()


@pytest.mark.parametrize(
    ("codec", "transport"), [("h264", "tcp"), ("h264", "udp"), ("h265", "tcp"), ("h265", "udp")]
)
def test_the_absence_in_a_clip_is_found_on_utc_with_its_evidence(
    serve: Serve, tmp_path: Path, codec: str, transport: str
) -> None:
    server = serve(codec)
    run = LiveRun(hall(server.url(), transport=transport), tmp_path)
    run.until(lambda sink: any(event.clip for event in sink.closed()))
    sink = run.end()
    event = sink.closed()[0]
    assert event.start.timestamp() == pytest.approx(server.connections[0] + STAFFED_S + 0.4, abs=OFF_S + 0.4)
    assert event.end is not None
    assert (event.end - event.start).total_seconds() == pytest.approx(EMPTY_S, abs=OFF_S)
    assert len(read_frames(tmp_path / str(event.clip))) / 10 >= EMPTY_S
    assert sink.states() == []


def test_a_login_by_digest_lets_in_and_its_password_is_nowhere(
    serve: Serve,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CAMERA_PASSWORD", PASSWORD)
    server = serve(password=PASSWORD)
    run = LiveRun(hall(server.url("viewer:${CAMERA_PASSWORD}@")), tmp_path)
    run.until(lambda sink: len(sink.looks) >= 3)
    server.kill()
    run.until(lambda sink: "gap" in sink.states())
    sink = run.end()
    said = caplog.text + "".join(capfd.readouterr()) + repr(sink)
    assert "cannot" in said or "refused" in said, "the test would see what is said"
    for secret in (PASSWORD, quote(PASSWORD, safe=""), "s3/c", "s3%2Fc"):
        assert secret not in said


def test_a_wrong_password_is_said_and_tried_seldom(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve(password=PASSWORD)
    patience = Patience(first_pause_s=0.02, longest_pause_s=1.0, silence_s=3.0)
    run = LiveRun(hall(server.url("viewer:wr0ng@")), tmp_path, patience)
    run.until(lambda sink: len(server.connections) >= 4)
    sink = run.end()
    assert all(later - sooner > 0.7 for sooner, later in pairwise(server.connections))
    begun, ended = (entry for _, entry in sink.entries)
    assert (begun.state, begun.end, ended.state) == ("unauthorised", None, "unauthorised")
    assert "unauthorised" in begun.detail
    assert sink.looks == []
    assert "wr0ng" not in caplog.text + "".join(capfd.readouterr()) + repr(sink)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_stream_that_stalls_is_found_within_ten_seconds(
    serve: Serve, tmp_path: Path, transport: str
) -> None:
    server = serve()
    run = LiveRun(hall(server.url(), transport=transport), tmp_path, Patience())  # as shipped
    run.until(lambda sink: len(sink.looks) >= 3)
    server.stall()
    stalled, looks = time.monotonic(), len(run.sink.looks)
    run.until(lambda sink: "gap" in sink.states())
    (told, entry), *_ = run.sink.entries
    assert told - stalled < 10
    assert "stalls" in entry.detail
    assert len(run.sink.looks) <= looks + 2
    server.kill()
    run.end()


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_the_hosts_clock_stepped_by_an_hour_harms_nothing(
    serve: Serve, tmp_path: Path, step: float, caplog: pytest.LogCaptureFixture
) -> None:
    server, steps = serve(), [0.0]
    clock = RunClock(lambda: time.time() + sum(steps), time.monotonic)
    run = LiveRun(hall(server.url()), tmp_path, clock=clock)
    run.until(lambda sink: len(sink.looks) >= 3)
    steps.append(step)  # in the middle of the clip; the second connection is made after it
    run.until(lambda sink: len(sink.closed()) == 2)
    sink = run.end()
    times = [look["t"] for look in sink.looks]
    assert times == sorted(times)
    for event, connected in zip(sink.closed(), server.connections, strict=False):
        assert event.start.timestamp() == pytest.approx(connected + STAFFED_S + 0.4, abs=OFF_S + 0.4)
    assert {entry.state for _, entry in sink.entries} == {"gap"}
    assert all(e.end is None or (e.end - e.start).total_seconds() < 10 for _, e in sink.entries)
    assert f"{step:+.1f} s" in caplog.text


def test_a_server_that_dies_twenty_times_costs_no_event_and_invents_none(
    serve: Serve, tmp_path: Path
) -> None:
    """Each server dies just after the clip's absence, or, each third time, just after that has begun; it
    stays away longer than the grace of an absence, and comes back with the clip from its beginning."""
    servers = {f"cam{i}": serve() for i in range(SERVERS)}
    run = LiveRun(hall(*(server.url() for server in servers.values())), tmp_path)
    watching = [
        threading.Thread(target=torment, args=(run, camera, server)) for camera, server in servers.items()
    ]
    for thread in watching:
        thread.start()
    for thread in watching:
        thread.join()
    sink = run.end()
    assert sum(len(KILLED[camera]) for camera in servers) == SERVERS * ROUNDS
    for camera in servers:
        check(sink, camera, KILLED[camera])


KILLED: dict[str, list[tuple[float, float, float, bool]]] = {}
"""By camera: when its server was killed (UTC, monotonic), until when it was away (UTC), and whether the
clip's absence had been whole."""


def torment(run: LiveRun, camera: str, server: RtspServer) -> None:
    killed = KILLED.setdefault(camera, [])
    for i in range(ROUNDS):
        whole = i % 3 != 1
        since = len(run.sink.looks)
        if whole:
            events = len(run.sink.closed(camera))
            run.until(lambda sink, n=events: len(sink.closed(camera)) > n)
        else:
            run.until(lambda sink, n=since: has_left(presence(sink, camera, n)))
        wall, told = time.time(), time.monotonic()
        server.kill()
        run.until(lambda sink, t=told: any(at > t and e.camera == camera for at, e in list(sink.entries)))
        time.sleep(
            max(0.0, 1.2 + 0.1 * i - (time.monotonic() - told))
        )  # the outage itself: longer than the grace
        server.start()
        killed.append((wall, told, time.time(), whole))
    since = len(run.sink.looks)
    run.until(lambda sink: len(presence(sink, camera, since)) >= 2)


def has_left(seen: list[bool | None]) -> bool:
    """Whether somebody was there and no longer is; several looks may come at once."""
    return True in seen and seen[-1] is False


def presence(sink: Watched, camera: str, since: int) -> list[bool | None]:
    return [look["presence"] for look in list(sink.looks[since:]) if look["camera"] == camera]


def check(sink: Watched, camera: str, killed: list[tuple[float, float, float, bool]]) -> None:
    # A server that is through plays its clip again while others are still at it.
    last = killed[-1][0]
    events = [event for event in sink.closed(camera) if event.start.timestamp() < last]
    # On a busy machine a clip now and then ends before its server is killed, and plays once more.
    assert len(events) >= sum(whole for *_, whole in killed)
    back_before = [0.0, *(back for *_, back, _ in killed)]
    for came_back, (gone, _, _, whole) in zip(back_before, killed, strict=False):
        found = [e for e in events if came_back <= e.start.timestamp() + 0.1 and e.start.timestamp() < gone]
        assert found or not whole, "an absence is lost"
    lasted = sorted((event.end - event.start).total_seconds() for event in events if event.end is not None)
    assert lasted[-1] < EMPTY_S + OFF_S
    # On a busy machine connecting now and then takes so long that an absence's beginning falls into it.
    assert median(lasted) == pytest.approx(EMPTY_S, abs=OFF_S)
    for event in events:
        assert event.end is not None
        assert not any(
            event.start.timestamp() < back - 0.1 and event.end.timestamp() > gone + 0.1
            for gone, _, back, _ in killed
        ), "an absence reaches into an outage"
    gaps = [
        (told, e) for told, e in sink.entries if e.camera == camera and e.state == "gap" and e.end is None
    ]
    for gone, at, _, _ in killed:
        assert any(told - at < 10 and abs(gap.start.timestamp() - gone) < 1.5 for told, gap in gaps)
