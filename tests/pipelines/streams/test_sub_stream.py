"""A camera's sub stream is looked at and its main stream recorded: over real RTSP, two mounts of one server,
or two servers where one of the streams goes away.

All of it is slow because the clips play at their own speed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
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
from pipelines.rules.events import HealthEntry
from tests.conftest import read_frames

pytestmark = pytest.mark.slow

FPS = 10
MAIN, SUB = (240, 480), (120, 160)
"""Heights and widths: not even the same shape."""

Serve = Callable[..., RtspServer]


@pytest.fixture(autouse=True)
def looked_at_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Absences are so short here, to save time, that a settled post is looked at as often as any."""
    monkeypatch.setattr(looks, "QUIET_S", looks.INTERVAL_S)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server of both streams (``main`` and ``sub``), or of one of them at /main."""
    need_server()
    clips = {
        "main": hall_clip(tmp_path / "main.mp4", PARTS, size=MAIN),
        "sub": hall_clip(tmp_path / "sub.mp4", PARTS, size=SUB),
    }
    servers: list[RtspServer] = []

    def serving(*streams: str) -> RtspServer:
        first, *second = (clips[stream] for stream in streams)
        servers.append(RtspServer(first, sub=second[0] if second else None))
        return servers[-1]

    yield serving
    for server in servers:
        server.kill()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_what_the_sub_stream_shows_is_found_and_cut_from_the_main_stream_on_one_clock(
    serve: Serve, tmp_path: Path, transport: str
) -> None:
    server = serve("main", "sub")
    site = hall(server.url(), sub_url=server.url(path="/sub"), transport=transport)
    run = LiveRun(site, tmp_path)
    run.until(lambda sink: any(event.clip for event in sink.closed()))
    sink = run.end()
    event = next(event for event in sink.closed() if event.clip)
    assert sink.states() == []
    # By the sub stream's clock the absence is where the sub stream showed it.
    began = event.start.timestamp() - server.played["/sub"][0]
    assert began == pytest.approx(STAFFED_S + 0.4, abs=OFF_S + 0.4)
    # By the main stream's clock the clip shows it where the main stream did.
    timeline = json.loads((tmp_path / str(event.timeline)).read_text(encoding="utf-8"))
    frames = read_frames(tmp_path / str(event.clip))
    assert frames[0].shape[:2] == MAIN
    assert (timeline["height"], timeline["width"]) == MAIN
    left = next(i for i, frame in enumerate(frames) if not staffed(frame)) / FPS
    main_began = datetime.fromisoformat(timeline["t0"]).timestamp() + left - server.played["/main"][0]
    assert main_began == pytest.approx(STAFFED_S + 0.4, abs=OFF_S)
    assert abs(began - main_began) < OFF_S
    # Looks tell their boxes in the sub stream's pixels, the timeline in the clip's.
    (seen,) = {tuple(box["box"]) for look in sink.looks for box in look["boxes"]}
    drawn = {tuple(box["box"]) for look in timeline["looks"] for box in look["boxes"]}
    across, down = MAIN[1] / SUB[1], MAIN[0] / SUB[0]
    assert drawn == {(seen[0] * across, seen[1] * down, seen[2] * across, seen[3] * down)}


def staffed(frame: Any) -> bool:
    """Whether a picture of the hall is green in the middle."""
    high, wide = frame.shape[:2]
    blue, green, red = np.asarray(frame)[high * 2 // 5 : high * 3 // 5, wide * 2 // 5 : wide * 3 // 5].mean(
        (0, 1)
    )
    return bool(green > 1.5 * max(blue, red))


def test_without_the_main_stream_looks_go_on_and_events_say_that_they_have_no_clip(
    serve: Serve, tmp_path: Path
) -> None:
    main, sub = serve("main"), serve("sub")
    run = LiveRun(hall(main.url(), sub_url=sub.url()), tmp_path)
    run.until(lambda sink: any(event.clip for event in sink.closed()))
    main.kill()
    killed, told = time.time(), time.monotonic()

    def outage(sink: Watched) -> list[HealthEntry]:
        """The main stream also breaks off where its clip is over; that is not meant here."""
        unrecorded = [entry for _, entry in list(sink.entries) if entry.state == "unrecorded"]
        return [entry for entry in unrecorded if abs(entry.start.timestamp() - killed) < 1.5]

    run.until(outage)
    assert time.monotonic() - told < 10
    run.until(lambda sink: any(e.clip_missing for e in sink.closed() if e.start.timestamp() > killed))
    main.start()
    run.until(lambda sink: len(outage(sink)) == 2)
    back = time.time()
    run.until(lambda sink: any(e.clip for e in sink.closed() if e.start.timestamp() > back))
    sink = run.end()
    begun, ended = outage(sink)
    assert begun.end is None
    assert ended.end is not None
    assert ended.end.timestamp() == pytest.approx(back, abs=2.5)
    assert "main stream" in begun.detail
    without = [e for e in sink.closed() if killed + 0.5 < e.start.timestamp() < back - EMPTY_S - 1]
    assert without
    assert {(e.clip, e.clip_missing) for e in without} == {(None, "no_video")}
    assert not list(tmp_path.rglob("*.partial"))


def test_without_the_sub_stream_all_is_unknown_whatever_is_recorded(serve: Serve, tmp_path: Path) -> None:
    main, sub = serve("main"), serve("sub")
    run = LiveRun(hall(main.url(), sub_url=sub.url()), tmp_path)
    run.until(lambda sink: [look["presence"] for look in sink.looks][-2:] == [True, True])
    sub.kill()
    run.until(lambda sink: "gap" in sink.states())
    looked = len(run.sink.looks)
    plays = len(main.played["/main"])
    run.until(lambda sink: len(main.played["/main"]) >= plays + 2)  # a whole clip with its absence
    sink = run.end()
    assert len(sink.looks) <= looked + 1
    assert sink.events == {}


def test_a_main_stream_that_was_never_reached_is_said(serve: Serve, tmp_path: Path) -> None:
    sub = serve("sub")
    gone = serve("main")
    url = gone.url()
    gone.kill()
    run = LiveRun(hall(url, sub_url=sub.url()), tmp_path)
    run.until(lambda sink: any(event.clip_missing for event in sink.closed()))
    gone.start()
    sink = run.end()
    assert sink.states()[0] == "unrecorded"
    assert sink.closed()[0].clip_missing == "no_video"
    assert all(look["presence"] is not None for look in sink.looks)
