"""From a video to events: the bundled clip, whole, slowed, broken, and twice side by side.

Slow (seconds a test): the real detector looks at real pictures.
"""

import json
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipelines.hall.site import Site
from pipelines.looking.eyes import Eyes
from pipelines.rules.events import RuleEvent
from pipelines.run import make_plan, run_files
from pipelines.sinks import JsonLines
from tests.conftest import Pixels, packet_bytes, read_frames, write_video

pytestmark = pytest.mark.slow
START = datetime.fromisoformat("2026-01-05T09:00:00+08:00").timestamp()
STAFF_ZONE = [[0.56, 0.25], [0.76, 0.25], [0.76, 0.70], [0.56, 0.70]]


def site(**cameras: Path) -> Site:
    """Post 2 of the rendered hall, seen by each camera."""
    return Site.model_validate(
        {
            "hall": "Test",
            "timezone": "Asia/Shanghai",
            "cameras": [{"id": name, "url": str(path)} for name, path in cameras.items()],
            "posts": [{"id": f"{name}-w02", "camera": name, "staff_zone": STAFF_ZONE} for name in cameras],
            "rules": {"absent": {"grace_s": 1}},
            "evidence": {"pre_roll_s": 2, "post_roll_s": 2},
        }
    )


def watch(eyes: Eyes, out: Path, **cameras: Path) -> Path:
    sink = JsonLines(out)
    given = site(**cameras)
    run_files(make_plan(given, eyes), eyes, sink, out, start=START)
    sink.close()
    return out


class Told(JsonLines):
    """Knows whether an event has been opened."""

    opened = False

    def event(self, event: RuleEvent) -> None:
        self.opened |= event.state == "open"
        super().event(event)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def seconds(moment: str) -> float:
    return round(datetime.fromisoformat(moment).timestamp() - START, 3)


def stays(out: Path, camera: str = "cam") -> list[tuple[bool | None, float, float]]:
    """Runs of the same presence: what, first look, last look."""
    seen = [
        (line["presence"], seconds(line["t"]))
        for line in lines(out / "observations.jsonl")
        if line["camera"] == camera
    ]
    runs = [(value, [t for _, t in group]) for value, group in groupby(seen, key=lambda item: item[0])]
    return [(value, times[0], times[-1]) for value, times in runs]


@pytest.fixture(scope="module")
def plain(eyes: Eyes, example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return watch(eyes, tmp_path_factory.mktemp("plain"), cam=example)


@pytest.fixture(scope="module")
def frames(example: Path) -> list[Pixels]:
    return read_frames(example)


def test_who_leaves_at_ten_seconds_is_an_absence_from_then_to_the_end(plain: Path) -> None:
    events = lines(plain / "events.jsonl")
    assert [(event["rule"], event["clause"], event["post"], event["state"]) for event in events] == [
        ("absent", "B6", "cam-w02", "closed")
    ]
    assert seconds(events[0]["start"]) == pytest.approx(10.0, abs=0.5)
    assert seconds(events[0]["end"]) == pytest.approx(12.4, abs=0.5)
    assert [value for value, _, _ in stays(plain)] == [True, False]


def test_what_goes_on_when_the_run_is_stopped_has_no_known_end(
    eyes: Eyes, example: Path, plain: Path, tmp_path: Path
) -> None:
    sink = Told(tmp_path)
    plan = make_plan(site(cam=example), eyes)
    missing = run_files(plan, eyes, sink, tmp_path, start=START, stopped=lambda: sink.opened)
    assert missing == {}, "it is not the file that is cut short"
    sink.close()
    (event,) = lines(tmp_path / "events.jsonl")
    (whole,) = lines(plain / "events.jsonl")
    assert (event["id"], event["state"], event["end_known"]) == (whole["id"], "closed", False)
    assert event["end"] < whole["end"]
    assert "end_known" not in whole


def test_every_line_has_the_fields_of_the_contract(plain: Path) -> None:
    event = lines(plain / "events.jsonl")[0]
    assert list(event) == [
        "id",
        "rule",
        "clause",
        "post",
        "camera",
        "start",
        "end",
        "state",
        "confidence",
        "why",
        "clip",
        "snapshot",
        "timeline",
        "model",
        "rule_version",
    ]
    assert set(event["model"]) == {"name", "sha256"}
    look = lines(plain / "observations.jsonl")[0]
    assert list(look) == ["t", "camera", "post", "presence", "cues", "beliefs", "boxes"]
    assert set(look["cues"]) == {"presence", "phone", "smoking", "eating", "uniform"} == set(look["beliefs"])


def test_the_same_file_gives_the_same_bytes(eyes: Eyes, example: Path, plain: Path, tmp_path: Path) -> None:
    again = watch(eyes, tmp_path, cam=example)
    names = sorted(path.relative_to(plain) for path in plain.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert [name for name in names if (plain / name).read_bytes() != (again / name).read_bytes()] == []


def test_at_another_frame_rate_the_events_are_the_same(
    eyes: Eyes, plain: Path, frames: list[Pixels], tmp_path: Path
) -> None:
    doubled = [frame for frame in frames for _ in (0, 1)]
    faster = write_video(tmp_path / "ten.mp4", doubled, fps=10, options={"crf": "12"})
    events = lines(watch(eyes, tmp_path / "out", cam=faster) / "events.jsonl")
    before = lines(plain / "events.jsonl")
    assert [(event["rule"], event["post"]) for event in events] == [("absent", "cam-w02")]
    for key in ("start", "end"):
        assert seconds(events[0][key]) == pytest.approx(seconds(before[0][key]), abs=0.5)


def test_two_cameras_share_no_state(
    eyes: Eyes, example: Path, plain: Path, frames: list[Pixels], tmp_path: Path
) -> None:
    other = write_video(tmp_path / "other.mp4", frames[::-1], fps=5)
    both = watch(eyes, tmp_path / "out", cam=example, other=other)
    for name in ("observations.jsonl", "events.jsonl"):
        mine = [line for line in lines(both / name) if line["camera"] == "cam"]
        assert mine == lines(plain / name)
    assert {line["camera"] for line in lines(both / "events.jsonl")} == {"cam", "other"}


@pytest.mark.parametrize(
    ("state", "piece"),
    [
        pytest.param("dark", lambda frame: np.zeros_like(frame), id="black"),
        pytest.param("blank", lambda frame: np.full_like(frame, 128), id="grey"),
        pytest.param("frozen", lambda frame: frame, id="frozen"),
    ],
)
@pytest.mark.parametrize("at", [pytest.param(25, id="staffed"), pytest.param(57, id="just left")])
def test_a_dead_piece_in_the_middle_is_unknown_and_no_absence(
    eyes: Eyes, frames: list[Pixels], tmp_path: Path, state: str, piece, at: int
) -> None:
    dead = [piece(frames[at])] * 100
    path = write_video(tmp_path / "dead.mp4", [*frames[:at], *dead, *frames[at:]], fps=5, gop=10)
    out = watch(eyes, tmp_path / "out", cam=path)
    from_s, to_s = at / 5, at / 5 + 20
    unknown = [run for run in stays(out) if run[0] is None]
    assert len(unknown) == 1
    settles_s = 2.1 if state == "frozen" else 0.5  # an encoder refines a still picture for a while
    assert unknown[0][1] == pytest.approx(from_s, abs=settles_s)
    assert unknown[0][2] == pytest.approx(to_s, abs=0.9)
    events = [(seconds(event["start"]), seconds(event["end"])) for event in lines(out / "events.jsonl")]
    assert all(end <= from_s + settles_s or start >= to_s - 2.5 for start, end in events)
    health = lines(out / "health.jsonl")
    assert [entry["state"] for entry in health] == [state]
    assert seconds(health[0]["end"]) == pytest.approx(to_s, abs=0.9)


def test_a_clip_has_the_cameras_own_packets_around_the_event(example: Path, plain: Path) -> None:
    event = lines(plain / "events.jsonl")[0]
    source, cut = packet_bytes(example), packet_bytes(plain / event["clip"])
    first = source.index(cut[0])
    assert cut == source[first : first + len(cut)]
    timeline = json.loads((plain / event["timeline"]).read_text())
    gop_s = 5.0
    wanted = seconds(event["start"]) - 2
    assert wanted - gop_s <= seconds(timeline["t0"]) <= wanted
    assert timeline["event_start"] == pytest.approx(seconds(event["start"]) - seconds(timeline["t0"]))


def test_a_timelines_box_lies_on_the_person_in_the_clips_own_picture(plain: Path) -> None:
    event = lines(plain / "events.jsonl")[0]
    timeline = json.loads((plain / event["timeline"]).read_text())
    with av.open(str(plain / event["clip"])) as container:
        pictures = {round(float(f.time), 2): f.to_ndarray(format="bgr24") for f in container.decode(video=0)}
    empty = pictures[max(pictures)].astype(int)
    looks = [look for look in timeline["looks"] if any(box["role"] == "staff" for box in look["boxes"])]
    assert looks
    for look in looks:
        x1, y1, x2, y2 = (int(v) for v in next(b["box"] for b in look["boxes"] if b["role"] == "staff"))
        changed = np.abs(pictures[round(look["t"], 2)].astype(int) - empty).max(axis=2) > 40
        assert changed[y1:y2, x1:x2].mean() > 0.3
        changed[y1:y2, x1:x2] = False
        assert changed[:, 360:].mean() < 0.04  # the chair swings


def test_a_snapshot_shows_the_moment_in_the_cameras_size(plain: Path) -> None:
    import cv2

    event = lines(plain / "events.jsonl")[0]
    image = cv2.imread(str(plain / event["snapshot"]))
    assert image is not None
    assert image.shape == (360, 640, 3)
