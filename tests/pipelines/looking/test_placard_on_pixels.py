"""A placard on the real pixels of the rendered hall, up for part of an absence.

Slow: the real detector and the real reader look at 23 seconds of video. The video is the clip's
stretch in which the first post is empty, its visitor painted over; the placard is painted over in
the first and the last third.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import pytest

from pipelines.hall.covers import CoverSource, FixedCovers
from pipelines.hall.site import Site
from pipelines.looking.eyes import Eyes
from pipelines.rules.covers import Cover, CoverKind
from pipelines.run import Plan, make_plan, run_files
from pipelines.sinks import JsonLines
from tests.conftest import DEMO_FOLDER, Pixels, write_video

pytestmark = pytest.mark.slow
START = datetime.fromisoformat("2026-01-05T09:00:00+08:00").timestamp()
FROM, UP, DOWN, TO = 46.0, 54.0, 61.0, 68.75
"""Seconds of the clip: the video begins, the placard goes up, down, the video ends."""


def painted(frame: Pixels, *, placard: bool) -> Pixels:
    shown = frame.copy()
    shown[455:720, 0:440] = (190, 195, 195)
    if placard:
        shown[455:545, 200:345] = frame[455:545, 200:345]
    return shown


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = []
    with av.open(str(DEMO_FOLDER / "hall_clean.mp4")) as container:
        for frame in container.decode(video=0):
            if FROM <= frame.time < TO:
                image = frame.to_ndarray(format="bgr24")
                frames.append(painted(image, placard=UP <= frame.time < DOWN))
    return write_video(tmp_path_factory.mktemp("placard") / "part.mp4", frames, fps=8)


def site(video: Path, **more: Any) -> Site:
    zone = [[0.0171, 0.1725], [0.2787, 0.1725], [0.2787, 0.6975], [0.0171, 0.6975]]
    return Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": "hall", "url": str(video)}],
            "posts": [{"id": "w01", "camera": "hall", "staff_zone": zone}],
            "rules": {"absent": {"grace_s": 4}},
            **more,
        }
    )


Spans = list[tuple[float, float]]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def spans(path: Path) -> Spans:
    """Starts and ends, in seconds of the clip."""
    found = [
        (datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])) for row in lines(path)
    ]
    return sorted((s.timestamp() - START + FROM, e.timestamp() - START + FROM) for s, e in found)


def watch(eyes: Eyes, given: Site, out: Path, covers: CoverSource | None = None) -> tuple[Spans, Spans]:
    """Absences asked about, and covered ones."""
    plan = make_plan(given, eyes)
    if covers is not None:
        plan = Plan(plan.site, plan.urls, plan.enrolment, covers)
    sink = JsonLines(out)
    run_files(plan, eyes, sink, out, start=START)
    sink.close()
    return spans(out / "events.jsonl"), spans(out / "covered.jsonl")


@pytest.fixture(scope="module")
def plain(eyes: Eyes, video: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plain")
    watch(eyes, site(video), out)
    return out


def test_only_the_uncovered_parts_count(plain: Path) -> None:
    asked, covered = spans(plain / "events.jsonl"), spans(plain / "covered.jsonl")
    assert asked == [pytest.approx((FROM, UP), abs=2.6), pytest.approx((DOWN, TO), abs=2.6)]
    assert covered == [pytest.approx((UP, DOWN), abs=2.6)]
    assert asked[0][1] == covered[0][0] < covered[0][1] == asked[1][0]
    looks = lines(plain / "observations.jsonl")
    assert {look["placard"] for look in looks if "placard" in look} == {"暂停服务"}
    assert {look["cover"] for look in looks if "cover" in look} == {"placard"}
    (record,) = lines(plain / "covered.jsonl")
    assert (record["cover"], record["note"], record["post"]) == ("placard", "暂停服务", "w01")


def test_the_same_video_gives_the_same_bytes(eyes: Eyes, video: Path, plain: Path, tmp_path: Path) -> None:
    watch(eyes, site(video), tmp_path)
    for file in ("observations.jsonl", "events.jsonl", "covered.jsonl"):
        assert (plain / file).read_bytes() == (tmp_path / file).read_bytes()


def test_uncovered_parts_within_the_grace_are_no_event(eyes: Eyes, video: Path, tmp_path: Path) -> None:
    asked, covered = watch(eyes, site(video, rules={"absent": {"grace_s": 12}}), tmp_path)
    assert asked == []
    assert covered == []  # 7 s under the placard: below the 10 s from which one is recorded


def test_a_hall_may_have_no_placard_read(eyes: Eyes, video: Path, tmp_path: Path) -> None:
    asked, covered = watch(eyes, site(video, placards={"read": False}), tmp_path)
    assert asked == [pytest.approx((FROM, TO), abs=1)]
    assert covered == []
    assert all("placard" not in look for look in lines(tmp_path / "observations.jsonl"))


def test_a_break_of_the_schedule_and_a_leave_cover_too(eyes: Eyes, video: Path, tmp_path: Path) -> None:
    leave = Cover(CoverKind.LEAVE, START + 6, START + 60, "a")
    given = site(video, placards={"read": False}, schedule={"breaks": [{"from": "08:50", "to": "09:00"}]})
    asked, covered = watch(eyes, given, tmp_path, FixedCovers({"w01": [leave]}))
    assert asked == [pytest.approx((FROM, FROM + 6), abs=0.5)]
    assert covered == [pytest.approx((FROM + 6, TO), abs=0.5)]
