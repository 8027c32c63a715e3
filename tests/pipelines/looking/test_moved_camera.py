"""A camera that is moved: on a file, over a restart, on a live stream; and a person who says it is right."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.looking.viewpoints import MOVED_DETAIL, CameraView, ViewFile, kept_views
from pipelines.run import make_plan, run_files
from pipelines.sinks import JsonLines
from tests.conftest import Pixels, write_video
from tests.pipelines.streams.samples_http import HttpCamera, transport_stream
from tests.pipelines.streams.samples_rtsp import GREEN, GreenEyes, LiveRun, hall
from vision.frame import Frame
from vision.posts import Post
from vision.viewpoint import LEARN_FROM

FPS = 5
START = 1_767_574_800.0
ZONE = ((0.25, 0.2), (0.75, 0.2), (0.75, 0.8))


def room(seed: int = 3) -> Pixels:
    """Furniture: larger than any picture of it, so that a camera can be turned."""
    patches = np.random.default_rng(seed).integers(40, 200, (24, 40), dtype=np.uint8)
    grey = cv2.resize(patches, (480, 280), interpolation=cv2.INTER_CUBIC)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


def shown(parts: list[tuple[float, bool, int]], *, fps: int = FPS) -> list[Pixels]:
    """For so many seconds each: whether the post is staffed, and by how many pixels the camera is turned."""
    random, frames = np.random.default_rng(5), []
    for seconds, staffed, turned in parts:
        for _ in range(round(seconds * fps)):
            view = room()
            if staffed:
                view[75:165, 187:253] = GREEN
            view = view[30:210, 60 + turned : 380 + turned]
            noise = random.integers(0, 12, view.shape, dtype=np.uint8)
            frames.append((view // 2 + view // 4 + noise).astype(np.uint8))
    return frames


def watched(tmp_path: Path, parts: list[tuple[float, bool, int]]) -> Path:
    """What `conduct watch` finds on a clip, with an absence after 5 s."""
    clip = write_video(tmp_path / "cam0.mp4", shown(parts), fps=FPS, gop=FPS)
    out, site = tmp_path / "out", hall(str(clip))
    rules = site.rules.model_copy(
        update={"absent": site.rules.absent and site.rules.absent.model_copy(update={"grace_s": 5.0})}
    )
    eyes, sink = GreenEyes(), JsonLines(out)
    plan = make_plan(site.model_copy(update={"rules": rules}), eyes)
    run_files(plan, eyes, sink, out, start=START)
    sink.close()
    return out


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_camera_turned_away_from_its_post_makes_no_absence(tmp_path: Path) -> None:
    out = watched(tmp_path, [(14, True, 0), (30, True, 90), (10, True, 0)])
    assert lines(out / "events.jsonl") == []
    (entry,) = lines(out / "health.jsonl")
    assert (entry["state"], entry["detail"]) == ("moved", MOVED_DETAIL)
    assert str(entry["start"])[17:19] in ("14", "15", "16")
    assert str(entry["end"])[17:19] in ("46", "47", "48", "49", "50")
    while_moved = [
        line["presence"]
        for line in lines(out / "observations.jsonl")
        if "09:00:17" <= str(line["t"])[11:19] <= "09:00:43"
    ]
    assert while_moved
    assert set(while_moved) == {None}
    after = [
        line["presence"] for line in lines(out / "observations.jsonl") if str(line["t"])[11:19] >= "09:00:51"
    ]
    assert set(after) == {True}


def test_who_leaves_while_the_camera_stands_still_is_absent(tmp_path: Path) -> None:
    out = watched(tmp_path, [(14, True, 0), (20, False, 0)])
    assert [line["rule"] for line in lines(out / "events.jsonl")][:1] == ["absent"]
    assert lines(out / "health.jsonl") == []


def post(zone: tuple[tuple[float, float], ...] = ZONE, name: str = "w01") -> Post:
    return Post.model_validate({"id": name, "camera": "east", "staff_zone": zone})


def views(view: CameraView, turned: int, count: int = 12, start: float = 0.0) -> list[bool]:
    """Whether pictures two seconds apart show the known view."""
    frames = shown([(count / FPS, False, turned)])
    return [
        view.fits(Frame("east", i, start + 2.0 * i, frame)) and view.moved_since is None
        for i, frame in enumerate(frames)
    ]


def test_a_camera_moved_while_nobody_watched_is_found_after_the_restart(tmp_path: Path) -> None:
    assert all(views(CameraView([post()], ViewFile(tmp_path, "east")), 0))
    later = CameraView([post()], ViewFile(tmp_path, "east"))
    assert not any(views(later, 30, start=1e6))
    assert later.moved_since == 1e6
    back = CameraView([post()], ViewFile(tmp_path, "east"))
    assert all(views(back, 0, start=2e6))


@pytest.mark.parametrize(
    ("posts", "known"),
    [
        pytest.param([post()], True, id="the same zones"),
        pytest.param([post(name="w99")], True, id="the post has another id"),
        pytest.param([post(((0.2, 0.2), (0.7, 0.2), (0.7, 0.8)))], False, id="the zone was drawn anew"),
        pytest.param([post(), post(((0, 0), (0.2, 0), (0.2, 0.2)), "w02")], False, id="a post was added"),
    ],
)
def test_zones_that_change_begin_with_a_new_view(tmp_path: Path, posts: list[Post], known: bool) -> None:
    views(CameraView([post()], ViewFile(tmp_path, "east")), 0)
    view = CameraView(posts, ViewFile(tmp_path, "east"))
    assert (view.state.reference is not None) is known
    assert all(views(view, 30)) is not known


@pytest.mark.parametrize("running", [True, False])
def test_an_accepted_view_is_learnt_anew(tmp_path: Path, running: bool) -> None:
    file = ViewFile(tmp_path, "east")
    view = CameraView([post()], ViewFile(tmp_path, "east"))
    views(view, 0)
    assert not any(views(view, 30, start=100))
    file.accept()
    if not running:
        view = CameraView([post()], ViewFile(tmp_path, "east"))
    assert all(views(view, 30, start=200))
    assert view.state.reference is not None
    later = CameraView([post()], ViewFile(tmp_path, "east"))
    assert all(views(later, 30, start=300)), "what was learnt anew is what is kept"
    assert not any(views(later, 0, start=400))


def test_the_cameras_whose_views_are_kept(tmp_path: Path) -> None:
    for camera in ("west", "east"):
        views(CameraView([post()], ViewFile(tmp_path / "state", camera)), 0)
    assert kept_views(tmp_path / "state") == ["east", "west"]
    assert kept_views(tmp_path / "none") == []


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff\xfe", b'{"camera": "east", "zones": "", "grey": "AAAA"}']
)
def test_a_file_that_holds_no_view_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "east.view.json").write_bytes(content)
    view = CameraView([post()], ViewFile(tmp_path, "east"))
    assert view.state.reference is None
    assert all(views(view, 0))
    assert CameraView([post()], ViewFile(tmp_path, "east")).state.reference is not None


def test_a_folder_that_cannot_be_written_costs_no_more_than_the_memory(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, no folder")
    view = CameraView([post()], ViewFile(tmp_path / "state", "east"))
    assert all(views(view, 0))
    assert not any(views(view, 30, start=100))


@pytest.mark.slow  # two live streams, five times as fast as they play
def test_a_live_camera_that_is_moved_between_two_runs_is_reported(tmp_path: Path) -> None:
    def stream(turned: int) -> list[tuple[float, bytes]]:
        frames = shown([(2 * LEARN_FROM + 30, True, turned)])
        return [(at / 5, chunk) for at, chunk in transport_stream(frames, fps=FPS)]

    for turned in (0, 60):
        chunks = stream(turned)
        with HttpCamera(lambda chunks=chunks: chunks) as camera:  # type: ignore[misc]
            run = LiveRun(hall(camera.url), tmp_path / "out", keep=tmp_path / "state")
            if turned:
                run.until(lambda sink: "moved" in sink.states())
            else:
                run.until(lambda _: (tmp_path / "state" / "cam0.view.json").exists())
            sink = run.end()
    assert {look["presence"] for look in sink.looks} == {None}
    moved = [entry for _, entry in sink.entries if entry.state == "moved"]
    assert moved[0].end is None
    assert moved[-1].end is not None, "nobody watches any more"
