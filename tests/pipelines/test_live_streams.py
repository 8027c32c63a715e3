"""Live streams that do not stay what they were: clocks that jump, sizes and codecs that change.

All of it is slow because the streams come at their own speed.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from samples_http import HttpCamera, transport_stream
from samples_rtsp import LiveRun, hall, hall_frames

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
