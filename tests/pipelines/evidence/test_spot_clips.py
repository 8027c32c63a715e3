"""Clips of spot checks, cut by real runs of little videos, in which eyes see what those show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import av
import pytest

from pipelines.evidence.spots import SpotCheck, SpotPlan
from pipelines.rules.spots import Draw
from pipelines.run import Plan, run_files
from tests.pipelines.streams.samples_http import HttpCamera, transport_stream
from tests.pipelines.streams.samples_rtsp import GreenEyes, LiveRun, Watched, hall, hall_clip, hall_frames

START = datetime.fromisoformat("2026-01-05T09:00:00+08:00").timestamp()
LENGTH_S, NEAR_S = 4.0, 2.0
ALL = Draw(1e9, b"key", LENGTH_S, NEAR_S)


def watched(clip: Path, folder: Path, draw: Draw = ALL) -> tuple[list[SpotCheck], Watched]:
    """A run of a file: the spot checks that it told of, and what else it found."""
    checks: list[SpotCheck] = []
    sink = Watched()
    plan = Plan(hall(str(clip)), {"cam0": str(clip)}, None, spots=SpotPlan(draw, checks.append))
    run_files(plan, GreenEyes(), sink, folder, start=START)
    return checks, sink


def starts(checks: Sequence[SpotCheck]) -> list[float]:
    return [check.start.timestamp() - START for check in checks]


def seconds(path: Path) -> tuple[float, float]:
    """Times of a clip's first and last picture."""
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    return float(times[0]), float(times[-1])


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds of a staffed post, a keyframe each second."""
    return hall_clip(tmp_path_factory.mktemp("calm") / "calm.mp4", [(40.0, True)])


@pytest.fixture(scope="module")
def absence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty seconds with an absence from 21 to 25 s."""
    parts = [(21.0, True), (4.0, False), (35.0, True)]
    return hall_clip(tmp_path_factory.mktemp("absence") / "absence.mp4", parts)


def test_of_a_calm_post_every_stretch_that_is_decided_has_its_clip(calm: Path, tmp_path: Path) -> None:
    checks, sink = watched(calm, tmp_path)
    assert starts(checks) == [4, 8, 12, 16, 20]
    assert sink.events == {}
    for check in checks:
        first, last = seconds(tmp_path / check.clip)
        assert first == 0
        assert 0 <= check.lead_s <= 1.0
        assert last == pytest.approx(check.lead_s + LENGTH_S, abs=0.3)
        assert (check.post, check.chance, check.end.timestamp()) == (
            "post0",
            1.0,
            check.start.timestamp() + 4,
        )
        assert "phone_use" in check.rules
    files = sorted(path.name for path in (tmp_path / "spot-checks").iterdir())
    assert files == sorted(f"{check.id}.mp4" for check in checks)


def test_near_an_event_there_is_none(absence: Path, tmp_path: Path) -> None:
    checks, sink = watched(absence, tmp_path)
    (event,) = sink.closed("cam0")
    assert event.end is not None
    begun, over = (moment.timestamp() - START for moment in (event.start, event.end))
    assert (begun, over) == pytest.approx((21, 25), abs=1)
    found = starts(checks)
    assert found == [4, 8, 12, 28, 32, 36, 40]
    assert all(one + LENGTH_S + NEAR_S <= begun or one - NEAR_S >= over for one in found)
    assert {path.suffix for path in (tmp_path / "spot-checks").iterdir()} == {".mp4"}  # nothing half written


def test_the_same_run_with_the_same_key_draws_the_same(calm: Path, tmp_path: Path) -> None:
    half = replace(ALL, per_day=86400 / LENGTH_S / 2)
    found = []
    for name, key in (("a", b"2"), ("b", b"2"), ("c", b"4")):
        checks, _ = watched(calm, tmp_path / name, replace(half, key=key))
        assert all(check.chance == 0.5 for check in checks)
        content = [(tmp_path / name / check.clip).read_bytes() for check in checks]
        found.append(([check.id for check in checks], content))
    assert found[0] == found[1]
    assert found[0][0]
    assert found[0][0] != found[2][0]


def test_what_the_looks_find_does_not_hang_on_the_draw(absence: Path, tmp_path: Path) -> None:
    _, none = watched(absence, tmp_path / "none", Draw(0.0))
    _, every = watched(absence, tmp_path / "all")
    assert none.looks == every.looks
    assert none.events == every.events
    assert not (tmp_path / "none" / "spot-checks").exists()


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_clips(
    calm: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "spot-checks").write_text("in the way")
    checks, sink = watched(calm, tmp_path)
    assert checks == []
    assert len(sink.looks) > 10
    assert "a spot check came to nothing" in caplog.text


@pytest.mark.slow  # a camera plays in real time
def test_a_live_run_cuts_them_too_and_none_across_a_broken_stream(tmp_path: Path) -> None:
    stream = transport_stream(hall_frames([(40.0, True)]))
    checks: list[SpotCheck] = []
    short = replace(ALL, near_s=0.5)
    with HttpCamera(lambda: stream) as camera:
        run = LiveRun(hall(camera.url), tmp_path, spots=SpotPlan(short, checks.append))
        run.until(lambda _: len(checks) >= 2)
        sink = run.end()
    looked = [datetime.fromisoformat(look["t"]).timestamp() for look in sink.looks]
    for check in checks:
        _, last = seconds(tmp_path / check.clip)
        assert last == pytest.approx(check.lead_s + LENGTH_S, abs=0.5)
        assert min(looked) <= check.start.timestamp()
        assert check.end.timestamp() <= max(looked)
    assert not list((tmp_path / "spot-checks").glob("*.partial"))
