"""A file whose picture changes its size on the way: posts, clips and timelines stay right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from samples_http import transport_stream
from samples_rtsp import GreenEyes, Watched, hall, hall_frames

from pipelines.run import Plan, run_files
from tests.conftest import read_frames

SMALL, LARGE = (120, 160), (180, 320)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([(2, True), (2.4, False), (2, True)], [(2, True)], id="the absence comes before"),
        pytest.param([(2, True)], [(2, True), (2.4, False), (2, True)], id="the absence comes after"),
        pytest.param([(2, True), (2, False)], [(2, False), (2, True)], id="in the middle of an absence"),
    ],
)
def test_an_absence_and_its_clip_when_the_size_changes(
    tmp_path: Path, before: list[tuple[float, bool]], after: list[tuple[float, bool]]
) -> None:
    length = sum(seconds for seconds, _ in before)
    chunks = transport_stream(hall_frames(before, size=SMALL))
    chunks += transport_stream(hall_frames(after, size=LARGE), from_s=length)
    path = tmp_path / "hall.ts"
    path.write_bytes(b"".join(chunk for _, chunk in chunks))
    sink, eyes = Watched(), GreenEyes()
    anything: Any = eyes
    run_files(Plan(hall(str(path)), {"cam0": str(path)}, None), anything, sink, tmp_path, start=0.0)
    parts = before + after
    begins = sum(s for s, _ in parts[: next(i for i, (_, staffed) in enumerate(parts) if not staffed)])
    empty = sum(seconds for seconds, staffed in parts if not staffed)
    (event,) = sink.closed()
    assert event.start.timestamp() == pytest.approx(begins, abs=0.5)
    assert event.end is not None
    assert event.end.timestamp() == pytest.approx(begins + empty, abs=0.9)
    timeline = json.loads((tmp_path / str(event.timeline)).read_text())
    size = (timeline["height"], timeline["width"])
    assert {frame.shape[:2] for frame in read_frames(tmp_path / str(event.clip))} == {size}
    assert timeline["looks"]
    assert all(
        box["box"][2] <= size[1] and box["box"][3] <= size[0]
        for look in timeline["looks"]
        for box in look["boxes"]
    )
