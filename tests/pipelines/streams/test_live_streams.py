"""Live streams that do not stay what they were: clocks that jump, sizes and codecs that change.

All of it is slow because the streams come at their own speed.
"""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path

import cv2
import pytest
from samples_http import HttpCamera, transport_stream
from samples_rtsp import LiveRun, hall, hall_frames

from pipelines.streams.gathering import Gathering
from pipelines.streams.loss import PARAMETERS
from pipelines.streams.source import Source
from tests.conftest import read_frames

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_camera_whose_clock_jumps_is_a_state_and_time_goes_on(tmp_path: Path, jump: float) -> None:
    before, after = hall_frames([(2.5, True)]), hall_frames([(4, True)])
    chunks = transport_stream(before, from_s=4000) + transport_stream(after, from_s=4002.5 + jump, lead_s=2.5)
    with HttpCamera(lambda: chunks) as camera:
        run = LiveRun(hall(camera.url), tmp_path)
        run.until(lambda sink: [e.state for _, e in sink.entries if e.end is not None][:1] == ["clock"])
        sink = run.end()
    (_, begun), (_, ended), *_ = sink.entries
    assert "jumps by" in begun.detail
    assert begun.end is None
    assert ended.end is not None
    assert 0 < (ended.end - ended.start).total_seconds() < 5
    times = [look["t"] for look in sink.looks]
    assert all(sooner < later for sooner, later in pairwise(times))
    assert sink.events == {}


LARGER = (180, 320)


@pytest.mark.parametrize(
    ("size", "codec", "reason"),
    [
        pytest.param(LARGER, "libx264", "size changed from 160 x 120 to 320 x 180", id="another size"),
        pytest.param((120, 160), "libx265", "", id="another codec"),
    ],
)
def test_a_stream_that_changes_is_opened_anew_and_watched_on(
    tmp_path: Path, size: tuple[int, int], codec: str, reason: str
) -> None:
    """The first connection changes after 2.5 s; whoever connects again gets the changed stream alone."""
    then = hall_frames([(1.6, True), (2.4, False), (3.0, True)], size=size)
    changes = transport_stream(hall_frames([(2.5, True)]))
    changes += transport_stream(then, codec=codec, from_s=2.5, lead_s=2.5)
    alone = transport_stream(then, codec=codec)
    with HttpCamera(lambda: changes if camera.connections == 1 else alone) as camera:
        run = LiveRun(hall(camera.url), tmp_path)
        run.until(lambda sink: any(event.clip for event in sink.closed()))
        sink = run.end()
    assert camera.connections >= 2
    gap = next(e for _, e in sink.entries if e.state == "gap")
    assert reason in gap.detail
    event = next(event for event in sink.closed() if event.clip)
    timeline = json.loads((tmp_path / str(event.timeline)).read_text())
    assert (timeline["height"], timeline["width"]) == size
    assert {frame.shape[:2] for frame in read_frames(tmp_path / str(event.clip))} == {size}


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize(
    ("size", "lost"),
    [pytest.param(LARGER, True, id="larger"), pytest.param((120, 160), False, id="as before")],
)
def test_a_stream_that_is_only_recorded_ends_where_its_picture_changes_its_size(
    codec: str, size: tuple[int, int], lost: bool
) -> None:
    first = transport_stream(hall_frames([(2.0, True)]), codec=codec)
    then = transport_stream(hall_frames([(2.0, True)], size=size), codec=codec, from_s=2.0, lead_s=2.0)
    with (
        HttpCamera(lambda: [*first, *then]) as camera,
        Source("cam", camera.url, decode=False) as source,
    ):
        packets = [step.packet for step in source if step.packet is not None]
        assert (source.loss == PARAMETERS) is lost
    lasted = packets[-1].t - packets[0].t
    assert (lasted < 2.5) is lost


def test_a_stream_that_changes_while_its_keyframes_wait_undecoded_is_noticed() -> None:
    before, after = hall_frames([(4, True)]), hall_frames([(2, True)], size=LARGER)
    chunks = transport_stream(before) + transport_stream(after, from_s=4, lead_s=4)
    with HttpCamera(lambda: chunks) as camera, Source("east", camera.url) as source:
        source.rest_while(lambda: False, lambda: True)
        pictures = [picture for step in source for picture in step.pictures]
    assert "size changed" in source.loss.detail or source.loss == PARAMETERS
    assert {picture.size for picture in pictures} == {(160, 120)}
    assert sum(not picture.decoded for picture in pictures) > 1


def test_packets_that_gathered_are_read_together_and_none_is_late(tmp_path: Path) -> None:
    chunks = transport_stream(hall_frames([(6, True)]), fps=10)
    found: dict[float, list[float]] = {}
    for lull in (0.0, 0.35):
        gathering = Gathering(1)
        gathering.lull_s = lull
        with HttpCamera(lambda: chunks) as camera, Source("east", camera.url, gathering=gathering) as source:
            came = [(time.monotonic(), step.packet.t) for step in source if step.packet is not None]
        began = came[0][1]
        times = [round(t - began, 2) for _, t in came]
        assert times == [round(i / 10, 2) for i in range(60)], "event time knows of no lull"
        found[lull] = [at - t for at, t in came]
        gaps = [later - sooner for (sooner, _), (later, _) in pairwise(came)]
        apart = sum(gap > 0.05 for gap in gaps)
        assert apart > 50 if lull == 0 else apart < 35
    late = [lull - early for early, lull in zip(*found.values(), strict=True)]
    assert max(late) - min(late) < 0.35 + 0.3


def test_a_camera_that_sends_jpeg_pictures_over_http_is_watched(tmp_path: Path) -> None:
    """It sends no stamps: time is that of arrival."""
    frames = hall_frames([(2.4, True), (2.4, False), (3.0, True)])

    def pictures() -> list[tuple[float, bytes]]:
        coded = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames]
        head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
        return [(i / 10, head % len(jpeg) + jpeg + b"\r\n") for i, jpeg in enumerate(coded)]

    began = time.time()
    with HttpCamera(pictures, "multipart/x-mixed-replace; boundary=frame") as camera:
        run = LiveRun(hall(camera.url), tmp_path)
        run.until(lambda sink: any(event.clip for event in sink.closed()))
        sink = run.end()
    event = sink.closed()[0]
    assert event.end is not None
    assert (event.end - event.start).total_seconds() == pytest.approx(2.4, abs=0.85)
    assert event.start.timestamp() == pytest.approx(began + 2.8, abs=1.25)
    assert len(read_frames(tmp_path / str(event.clip))) >= 20
