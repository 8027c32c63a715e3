"""Clips cut by hand from what is recorded: what is held, what is refused, and a live camera by RTSP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples_cutting import FPS, held_s, recorded

from pipelines.evidence.cutting import AWAY_S, CutRefusedError, Recorders, Span, Wanted
from pipelines.evidence.recorder import ClipError
from tests.conftest import packet_bytes, read_frames
from tests.pipelines.streams.samples_rtsp import LiveRun, RtspServer, hall, hall_clip, need_server

START = 1000.0
LONG = 8.0
NOW = START + LONG
LATE = NOW + AWAY_S + 1


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[Recorders]:
    """`east` holds eight seconds with a keyframe each second; `west` is live and holds nothing."""
    with recorded(tmp_path / "east.mp4", START, LONG) as recording:
        made = Recorders()
        made.record("east", recording)
        made.record("west", None)
        yield made


def test_what_is_held_is_told_by_camera(cameras: Recorders) -> None:
    held = cameras.held("east")
    assert held is not None
    assert (held.start, held.end) == (START, pytest.approx(NOW - 1 / FPS))
    assert cameras.held("west") is None
    with pytest.raises(CutRefusedError) as refused:
        cameras.held("north")
    assert refused.value.why == "not_live"


@pytest.mark.parametrize(
    ("wanted", "now", "start", "end"),
    [
        pytest.param(Wanted(3), NOW, 4, 7.9, id="the last seconds, from a keyframe on"),
        pytest.param(Wanted(60), NOW, 0, 7.9, id="more than is held: all of it"),
        pytest.param(Wanted(2, START + 1.5), NOW, 1, 3.5, id="a time within it"),
        pytest.param(Wanted(60, START + 5), NOW, 5, 7.9, id="from a time on, up to now"),
        pytest.param(Wanted(2, START + 1.5), LATE, 1, 3.5, id="a time before the camera went away"),
    ],
)
def test_a_piece_is_the_cameras_own_packets(
    cameras: Recorders, tmp_path: Path, wanted: Wanted, now: float, start: float, end: float
) -> None:
    span = cameras.cut("east", tmp_path / "cut.mp4", wanted, now)
    assert span == Span(pytest.approx(START + start), pytest.approx(START + end))
    cut, whole = packet_bytes(tmp_path / "cut.mp4"), packet_bytes(tmp_path / "east.mp4")
    first = round(start * FPS)
    assert cut == whole[first : first + len(cut)]
    assert len(cut) == round((end - start) * FPS) + 1


@pytest.mark.parametrize(
    ("camera", "wanted", "now", "why"),
    [
        pytest.param("north", Wanted(3), NOW, "not_live", id="no live run"),
        pytest.param("west", Wanted(3), NOW, "away", id="never came"),
        pytest.param("east", Wanted(3), LATE, "away", id="nothing comes any more"),
        pytest.param("east", Wanted(3, NOW + 5), LATE, "away", id="a time after it went away"),
        pytest.param("east", Wanted(3, START - 0.5), NOW, "not_held", id="forgotten"),
        pytest.param("east", Wanted(3, NOW + 60), NOW, "not_held", id="still to come"),
    ],
)
def test_what_is_not_there_is_refused_and_leaves_no_file(
    cameras: Recorders, tmp_path: Path, camera: str, wanted: Wanted, now: float, why: str
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(CutRefusedError) as refused:
        cameras.cut(camera, tmp_path / "out/cut.mp4", wanted, now)
    assert refused.value.why == why
    assert list((tmp_path / "out").iterdir()) == []


def test_what_cannot_be_written_leaves_nothing(cameras: Recorders, tmp_path: Path) -> None:
    with pytest.raises(ClipError) as failed:
        cameras.cut("east", tmp_path / "no/such/folder/cut.mp4", Wanted(3), NOW)
    assert failed.value.missing == "not_writable"


def test_what_the_ring_forgets_meanwhile_is_in_the_clip(tmp_path: Path) -> None:
    """The ring keeps no more than it must: its first group goes with the next keyframe."""
    with recorded(tmp_path / "east.mp4", START, LONG, ring_s=4.0) as recording:
        made = Recorders()
        made.record("east", recording)
        held = made.held("east")
        assert held is not None
        assert held.start == START + 3
        span = made.cut("east", tmp_path / "cut.mp4", Wanted(60), NOW)
        assert span.start == START + 3


@pytest.mark.slow  # a clip is played at its own speed
def test_a_clip_is_cut_from_a_live_camera_while_it_is_watched(tmp_path: Path) -> None:
    need_server()
    source = hall_clip(tmp_path / "h264.mp4", ((30.0, True),))
    server = RtspServer(source)
    recorders = Recorders()
    live = LiveRun(hall(server.url()), tmp_path / "out", recorders=recorders)
    try:
        live.until(lambda sink: held_s(recorders, "cam0") > 3)
        span = recorders.cut("cam0", tmp_path / "cut.mp4", Wanted(2), time.time())
        assert 1.8 <= span.end - span.start <= 3.2  # a keyframe each second
        assert abs(time.time() - span.end) < 3
        shown, sent = read_frames(tmp_path / "cut.mp4"), read_frames(source)
        first = next(i for i, frame in enumerate(sent) if (frame == shown[0]).all())
        assert all((shown[i] == sent[first + i]).all() for i in range(len(shown)))
        server.kill()
        live.until(lambda sink: "gap" in sink.states())
        with pytest.raises(CutRefusedError) as refused:
            recorders.cut("cam0", tmp_path / "late.mp4", Wanted(2), time.time() + AWAY_S + 3)
        assert refused.value.why == "away"
        again = recorders.cut("cam0", tmp_path / "again.mp4", Wanted(1, span.start), time.time())
        assert again.start == span.start
    finally:
        live.end()
        server.kill()
    with pytest.raises(CutRefusedError) as over:
        recorders.cut("cam0", tmp_path / "over.mp4", Wanted(1), time.time())
    assert over.value.why == "away"
